"""The data folder: who owns it, which version wrote it, whether it can be written, which children run."""

import contextlib
import errno
import fcntl
import json
import os
import shutil
from collections.abc import Generator, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.errors import CannotStart
from phrases import Phrase

FORMAT = 1
"""The layout of the data folder that this version writes and reads."""
NEEDED_BYTES = 256 * 1024 * 1024
"""Room that a start asks for: a new cluster, its log and a day's work."""
_FULL = {errno.ENOSPC, errno.EDQUOT}
_CLOSED = {errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EEXIST, errno.ENOENT}


@dataclass(frozen=True)
class Record:
    """A child process that was started: enough to distinguish it from a stranger that got its process id."""

    name: str
    pid: int
    created: float


@contextlib.contextmanager
def owned(folder: Path, needed_bytes: int = NEEDED_BYTES) -> Generator[Path]:
    """Hold `folder` (made if missing) as its only owner; yield its absolute path.

    Raises CannotStart when another `jiesu up` holds it, a newer version wrote it, or it cannot be written.
    Nothing in the folder is touched before its version is known.
    """
    folder = folder.absolute()
    with _trouble_explained(folder, _FULL | _CLOSED):
        lock = _acquire(folder, needed_bytes)
    try:
        with _trouble_explained(folder, _FULL):
            yield folder
    finally:
        os.close(lock)


def records(folder: Path) -> list[Record]:
    """Return the children that the last `jiesu up` recorded; none when the list is missing or damaged."""
    try:
        entries = json.loads((folder / "children.json").read_text())
        return [Record(str(entry["name"]), int(entry["pid"]), float(entry["created"])) for entry in entries]
    except (OSError, ValueError, TypeError, KeyError, OverflowError):
        return []


def keep_records(folder: Path, children: Iterable[Record]) -> None:
    """Write down the running children, whole or not at all."""
    write_json(folder / "children.json", [asdict(child) for child in children])


def write_json(path: Path, value: object) -> None:
    """Write `value` to `path` in one step: a reader sees the old content or the new one."""
    draft = path.with_name(path.name + ".new")
    with open(draft, "w", encoding="utf-8", opener=_for_the_owner) as file:
        json.dump(value, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _for_the_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _acquire(folder: Path, needed_bytes: int) -> int:
    """Return the descriptor that holds the lock of `folder`, whose version and disk are in order."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _refuse_newer(folder)
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _take(lock, folder)
        _prove_writable(folder, needed_bytes)
        if not (folder / "format.json").exists():
            write_json(folder / "format.json", {"version": FORMAT})
    except BaseException:
        os.close(lock)
        raise
    return lock


def _refuse_newer(folder: Path) -> None:
    path = folder / "format.json"
    if not path.exists():
        return
    try:
        version = int(json.loads(path.read_text())["version"])
    except (ValueError, KeyError, TypeError, OverflowError):
        raise CannotStart(
            Phrase(
                "{path} is damaged, so the version of the data is unknown; nothing was touched.", path=path
            ),
        ) from None
    if version > FORMAT:
        raise CannotStart(
            Phrase(
                "{folder} was written by a newer version (format {version}, this one reads "
                "{FORMAT}): upgrade the program; nothing was touched.",
                folder=folder,
                version=version,
                FORMAT=FORMAT,
            ),
        )


def _take(lock: int, folder: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.pread(lock, 32, 0).decode(errors="replace").strip() or "?"
        raise CannotStart(
            Phrase(
                "{folder} is in use by another jiesu up (process {owner}): stop it, or choose "
                "another folder with --data.",
                folder=folder,
                owner=owner,
            ),
        ) from None
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)


def _prove_writable(folder: Path, needed_bytes: int) -> None:
    """Write, sync and remove a small file, and ask for room."""
    probe = folder / "probe"
    try:
        with probe.open("wb") as file:
            file.write(bytes(65536))
            file.flush()
            os.fsync(file.fileno())
    finally:
        with contextlib.suppress(OSError):
            probe.unlink()
    if shutil.disk_usage(folder).free < needed_bytes:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@contextlib.contextmanager
def _trouble_explained(folder: Path, kinds: AbstractSet[int]) -> Generator[None]:
    """Turn a full, read-only or forbidden disk into one sentence, if it is one of `kinds` (error numbers)."""
    try:
        yield
    except OSError as trouble:
        if trouble.errno not in kinds:
            raise
        if trouble.errno in _FULL:
            raise CannotStart(
                Phrase(
                    "The disk of {folder} is full or nearly so: {NEEDED_BYTES} MB are needed.",
                    folder=folder,
                    NEEDED_BYTES=NEEDED_BYTES >> 20,
                ),
            ) from None
        raise CannotStart(
            Phrase(
                "{folder} cannot be written ({strerror}): choose another folder with --data.",
                folder=folder,
                strerror=trouble.strerror,
            ),
        ) from None

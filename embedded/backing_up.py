"""One consistent pair while everything runs: PostgreSQL first, then the engine's file, then what lies beside.

The engine is copied last, so it is never older than the database: what the database lacks, a rebuild finds in
the workflows; the other way round nobody could. The master key is left out: who has both reads everything.
"""

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from embedded import manifest, postgres
from embedded.folder import records
from embedded.leftovers import still_running
from embedded.postgres import Cluster
from engine.errors import CannotStart
from phrases import Phrase

DATABASE = "postgres.dump"
ENGINE = "temporal.db"
BESIDE = ("calendars",)
"""Folders of the data folder that are kept as they are."""
_DUMP_SECONDS = 6 * 3600


class Source(Protocol):
    """What a backup is made of: a data folder, and the address of the database that runs there."""

    @property
    def data_dir(self) -> Path:
        """Return the data folder."""
        ...

    @property
    def database_url(self) -> str | None:
        """Return the address of the database."""
        ...


About = Callable[[str], dict[str, Any]]
"""Asks the database at an address for what the manifest says of it: schema, key fingerprint, editions."""


def back_up(
    source: Source, target: Path, about: About, say: Callable[[str], None], now: Callable[[], datetime]
) -> dict[str, Any]:
    """Write a backup of what runs in the data folder to the new folder `target`; return its manifest.

    Until everything is on the disk the folder has another name. Raises CannotStart.
    """
    target = target.absolute()
    if os.path.lexists(target):
        raise CannotStart(
            Phrase(
                "{target} exists already: choose another folder; a backup never replaces anything.",
                target=target,
            ),
        )
    cluster, port = _running(source)

    def instant() -> str:
        return now().isoformat(timespec="milliseconds")

    contents = {"format": manifest.FORMAT, "began_at": instant(), **about(cluster.url(port))}
    with _draft(target) as draft:
        say("PostgreSQL …")
        contents["database_at"] = instant()
        _dump(cluster, port, draft / DATABASE)
        say("Temporal …")
        contents["engine_at"] = instant()
        copy_sqlite(source.data_dir / "temporal.db", draft / ENGINE)
        for name in BESIDE:
            if (source.data_dir / name).is_dir():
                shutil.copytree(source.data_dir / name, draft / name)
        say("SHA-256 …")
        contents |= {"ended_at": instant(), "files": manifest.digests(draft)}
        manifest.write(draft, contents)
        manifest.keep_all(draft)
        draft.rename(target)
        manifest.keep(target.parent)
    return contents


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy the SQLite file `source` as it is at one instant, its log included, while others write to it."""
    with _opened(source) as running, _opened(target) as copy:
        running.execute("PRAGMA busy_timeout = 10000")
        running.backup(copy)  # all pages in one read transaction: writers go on in the log
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
        (verdict,) = copy.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise CannotStart(
            Phrase(
                "The copy of the engine's {source} is not sound: {verdict}", source=source, verdict=verdict
            ),
        )
    target.chmod(0o600)


@contextmanager
def _opened(path: Path) -> Generator[sqlite3.Connection]:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def _draft(target: Path) -> Generator[Path]:
    """Yield a new folder beside `target` that cannot be mistaken for a backup; leftovers are removed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.partial")
    handle = os.open(target.parent / f".{target.name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise CannotStart(Phrase("Another backup is being written to {target}.", target=target)) from None
    try:
        shutil.rmtree(draft, ignore_errors=True)  # of a backup that was killed
        draft.mkdir(mode=0o700)
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        (target.parent / f".{target.name}.lock").unlink(missing_ok=True)
        os.close(handle)


def _running(source: Source) -> tuple[Cluster, int]:
    """Return the embedded cluster that runs in the data folder, and its port. Raises CannotStart."""
    folder = source.data_dir / "postgres"
    running = {one.name for one in records(source.data_dir) if still_running([one])}
    is_elsewhere = source.database_url is not None and not folder.exists()
    if is_elsewhere or (running and not {"postgres", "temporal"} <= running):
        raise CannotStart(
            Phrase(
                "This backs up the embedded servers. Back up an external PostgreSQL and "
                "Temporal with their own tools: PostgreSQL first, then Temporal's database."
            ),
        )
    if not running:
        raise CannotStart(
            Phrase("Nothing runs in {data_dir}: start it with jiesu up first.", data_dir=source.data_dir),
        )
    port = urlsplit(source.database_url or "").port
    return postgres.open_cluster(folder), port or 0


def _dump(cluster: Cluster, port: int, target: Path) -> None:
    """Write the whole database to `target`, as it is at one instant."""
    wanted = ("--format=custom", "--compress=1", "--no-owner", "--no-privileges", f"--file={target}")
    code, complaint = postgres.run_client(cluster, port, "pg_dump", *wanted, seconds=_DUMP_SECONDS)
    if code:
        raise CannotStart(Phrase("pg_dump failed: {complaint}", complaint=complaint))
    target.chmod(0o600)

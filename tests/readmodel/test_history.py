"""The archive's table: what is kept comes back byte for byte, once, however often it is kept."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from readmodel import Database, history, packing
from readmodel.history import Run
from readmodel.packing import Damaged, name_of, pack, unpack, words
from tests.readmodel.records import rows

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
RELEASED = {"history_words_1.bin": "84f6d0e691ebc566"}


def run(workflow: str = "ticket/1", closed_at: datetime = NOW) -> Run:
    """Return a run that is over."""
    return Run(workflow, uuid4(), "completed", closed_at - timedelta(days=3), closed_at, 31)


async def test_a_history_comes_back_as_it_was_and_is_kept_once(database: Database) -> None:
    """Kept again, with whatever else, the first stays."""
    await history.keep_words(database)
    one, plain = run(), b"what the engine said" * 50
    assert await history.kept(database, [(one.workflow, one.run)]) == set()
    await history.keep(database, one, plain)
    await history.keep(database, one, b"something else")
    assert await history.kept(database, [(one.workflow, one.run), ("ticket/2", uuid4())]) == {one.run}
    assert await history.read(database, one.workflow, one.run) == plain
    (found,) = await history.runs_of(database, one.workflow)
    assert (found.run, found.events, found.bytes) == (one.run, 31, len(plain))
    assert found.packed < found.bytes


async def test_what_is_not_kept_is_not_there(database: Database) -> None:
    """No run, no history."""
    assert await history.read(database, "ticket/1", uuid4()) is None
    assert await history.runs_of(database, "ticket/1") == []


async def test_a_mark_never_moves_back(database: Database) -> None:
    """Two workers at once: the later one holds."""
    assert await history.mark(database, "front") is None
    await history.move(database, "front", NOW)
    await history.move(database, "front", NOW - timedelta(hours=1))
    assert await history.mark(database, "front") == NOW


async def test_kept_runs_are_counted_by_their_ends(database: Database) -> None:
    """From the first instant up to, not including, the last."""
    for hours in range(5):
        await history.keep(database, run(closed_at=NOW + timedelta(hours=hours)), b"x")
    assert await history.count(database, NOW, NOW + timedelta(hours=4)) == 4


async def test_an_archive_opens_with_the_words_it_was_packed_by(database: Database, dsn: str) -> None:
    """They lie in the database: a later release may pack by others. A missing one is reported."""
    for _ in range(2):
        await history.keep_words(database)
    one = run()
    await history.keep(database, one, b"plain")
    assert await rows(dsn, "SELECT id FROM history_words") == [(words()[0],)]
    await rows(dsn, "DELETE FROM history_words")
    with pytest.raises(Damaged, match="词表"):
        await history.read(database, one.workflow, one.run)


def test_what_was_damaged_is_reported() -> None:
    """Cut, turned, or of another length."""
    packed, known = pack(b"what the engine said"), words()[1]
    assert unpack(packed, known, 20) == b"what the engine said"
    for broken in (packed[:-3], b"\xff" + packed[1:]):
        with pytest.raises(Damaged):
            unpack(broken, known, 20)
    with pytest.raises(Damaged):
        unpack(packed, known, 21)


def test_released_words_never_change() -> None:
    """The database knows them by their hash: changed ones are a new file."""
    folder = Path(packing.__file__).parent
    found = {path.name: name_of(path.read_bytes()) for path in folder.glob("history_words_*.bin")}
    assert found == RELEASED

"""How the city stands is counted right: open tickets, and what waits though nothing should."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from domain.errors import Unavailable
from readmodel import Database, connect
from readmodel.condition import condition
from readmodel.vault import Vault
from tests.readmodel.records import filed, rows

CITY = """
INSERT INTO ticket SELECT (jsonb_populate_record(first, jsonb_build_object(
    'number', 'c' || g, 'filed_at', first.filed_at - g * interval '1 hour', 'district', '11010' || g % 2,
    'overdue', g % 3 = 0, 'level', CASE WHEN g % 3 = 0 THEN 'city' ELSE 'unit' END, 'wakes_at', null,
    'closed_at', CASE WHEN g > 8 THEN first.filed_at END))).*
FROM ticket AS first, generate_series(1, $1) AS g
"""


@pytest.fixture
async def database(dsn: str) -> AsyncIterator[Database]:
    """A database of its own, with one ticket."""
    database = connect(dsn, 2)
    await filed(database, Vault(b"k" * 32))
    yield database
    await database.dispose()


@pytest.fixture
async def behind_the_scenes(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """A way past all our code."""
    connection = await asyncpg.connect(dsn)
    yield connection
    await connection.close()


async def test_open_tickets_are_counted_by_where_they_stand(database: Database, dsn: str) -> None:
    """Closed ones are not counted; the sums over any label are those of the tickets."""
    await rows(dsn, CITY, 10)
    now = await condition(database)
    assert sum(now.by_stage().values()) == 9
    assert "closed" not in now.by_stage()
    late = [group for group in now.open if group.overdue]
    assert sum(group.tickets for group in late) == 2
    assert {group.level for group in late} == {"city"}
    in_first = [group for group in now.open if group.district == "110100"]
    assert sum(group.tickets for group in in_first) == 4


async def test_the_oldest_is_reported_with_each_group(database: Database, dsn: str) -> None:
    """By when it was filed."""
    await rows(dsn, CITY, 10)
    now = await condition(database)
    newest, oldest = max(group.oldest for group in now.open), min(group.oldest for group in now.open)
    assert newest - oldest == timedelta(hours=8)
    assert now.age(oldest) - now.age(newest) == timedelta(hours=8)
    assert now.age(None) == timedelta(0)
    assert now.age(datetime(2999, 1, 1, tzinfo=UTC)) == timedelta(0)


async def test_what_waits_though_it_should_not_is_counted(
    database: Database, behind_the_scenes: asyncpg.Connection
) -> None:
    """A request without a workflow, a silent ticket, a command in doubt, an emergency not acknowledged."""
    calm = await condition(database)
    assert calm.not_started.number == 1  # as it was filed: nobody has said that it was started
    assert (calm.behind.number, calm.in_doubt, calm.handed_over) == (0, 0, 0)
    await behind_the_scenes.execute("UPDATE ticket SET wakes_at = now() - interval '5 minutes'")
    await behind_the_scenes.execute("DELETE FROM unstarted")
    await behind_the_scenes.execute(
        "INSERT INTO command (key_hash, number, name, body_hash, doubted_at) "
        "VALUES ('k', 'n', 'sign', 'b', now())"
    )
    waiting = (("119", "ack.1", "-2 hours"), ("110", "ack.1", "2 hours"), ("119", "assist.1", "-9 hours"))
    for unit, task, due in waiting:
        await behind_the_scenes.execute(
            "INSERT INTO owed SELECT $2 || $1, $2, $1, now() + $3::text::interval", unit, task, due
        )
    now = await condition(database)
    assert now.not_started.number == 0
    assert now.not_started.since is None
    assert (now.behind.number, now.in_doubt, now.handed_over) == (1, 1, 2)
    assert now.age(now.behind.since) >= timedelta(minutes=5)
    assert now.unacknowledged.number == 1
    assert timedelta(hours=2) <= now.age(now.unacknowledged.since) < timedelta(hours=9)


async def test_a_question_that_takes_too_long_is_given_up(
    database: Database, behind_the_scenes: asyncpg.Connection
) -> None:
    """Somebody holds the table: the screens say that nothing is known, and wait no longer."""
    async with behind_the_scenes.transaction():
        await behind_the_scenes.execute("LOCK TABLE ticket IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(Unavailable):
            await condition(database)
    assert sum((await condition(database)).by_stage().values()) == 1

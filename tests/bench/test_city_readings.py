"""What a slice reads from event log and projection: the lateness of clocks, the lag, what is known."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from bench.city import readings
from domain.ticket.clocks import AFTER, earliest
from domain.vocabulary import ClockName
from readmodel import Database, connect
from readmodel.vault import Vault
from tests import sample
from tests.domain.journey import Journey
from tests.readmodel.records import filed, written

DAY = timedelta(days=1)
LATE = timedelta(seconds=3)


@pytest.fixture
async def database(dsn: str) -> AsyncIterator[Database]:
    """A fresh database as the product holds it."""
    database = connect(dsn, 2)
    yield database
    await database.dispose()


def rung_late(journey: Journey) -> tuple[str, datetime]:
    """Let the next clock ring three seconds late; return what rang and when it should have."""
    event = earliest(journey.ticket.clocks)
    assert event is not None
    journey.now = event[0] + LATE
    journey.process()
    return event[1], event[0]


def unsigned() -> Journey:
    """Return a ticket that lies with a unit which has not signed."""
    journey = Journey()
    assert any(clock.name is ClockName.SIGN_BY and clock.is_open for clock in journey.ticket.clocks.values())
    return journey


async def test_lateness_is_that_of_the_fact_against_its_due_instant(database: Database) -> None:
    """Every warning and miss that rang three seconds late is three seconds late, to the millisecond."""
    journey, rang = unsigned(), list[tuple[str, datetime]]()
    while not rang or rang[-1][0] != "missed":
        rang.append(rung_late(journey))
    await written(database, journey)
    found = await readings.rungs(database, rang[0][1], rang[-1][1])
    assert {one.what for one in found} >= {what for what, _ in rang}
    exact = [one for one in found if one.what == "missed"]
    assert [round(one.decided_ms) for one in exact] == [3000]
    assert all(one.decided_ms >= 0 for one in found)


async def test_only_the_last_write_says_when_it_was_recorded(database: Database) -> None:
    """What was written over later keeps the time of its decision alone."""
    journey = unsigned()
    first, _ = rung_late(journey)
    second, _ = rung_late(journey)
    await written(database, journey)
    found = {one.what: one for one in await readings.rungs(database, sample.MONDAY - DAY, journey.now)}
    assert found[first].recorded_ms is None
    assert (found[second].recorded_ms or 0.0) > found[second].decided_ms


async def test_clocks_that_were_due_before_or_after_do_not_count(database: Database) -> None:
    """A slice answers for its own time."""
    journey = unsigned()
    _, due = rung_late(journey)
    await written(database, journey)
    assert await readings.rungs(database, due + AFTER, due + DAY) == []
    assert await readings.rungs(database, due - DAY, due - AFTER) == []


async def test_the_lag_is_from_the_engines_time_to_the_row(database: Database) -> None:
    """One write, one figure; writes outside the slice have none."""
    journey = unsigned()
    rung_late(journey)
    await written(database, journey)
    assert len(await readings.lags(database, journey.now, journey.now)) == 1
    assert await readings.lags(database, journey.now + AFTER, journey.now + DAY) == []


async def test_only_numbers_in_the_database_are_known(database: Database) -> None:
    """A number that was given out and is not there would be a lost ticket."""
    one = await filed(database, Vault(b"k" * 32))
    assert await readings.known(database, [one.number, "20261102-000018-1"]) == 1
    assert await readings.open_now(database) == 1
    assert await readings.database_bytes(database) > 0

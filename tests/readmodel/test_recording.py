"""Writing what happened: whole, once, and only forward, in whatever order and however often it comes."""

import asyncio
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from domain.errors import Unavailable
from domain.facts import FACT
from domain.views import status_view
from readmodel import Database, connect, notices, recording, tickets
from tests import sample
from tests.domain.journey import Journey
from tests.readmodel.records import batches, cut_in_the_middle, rows


def _journey(number: str = sample.NUMBER) -> Journey:
    """Return a ticket that nobody touches: warned, overdue, escalated, surveyed in vain, closed."""
    journey = Journey(sample.intake(number=number))
    journey.left_alone()
    return journey


async def _state(database: str, number: str) -> tuple[object, ...]:
    """Return all that is stored of one ticket, except when it was written."""
    ticket = await rows(
        database, "SELECT to_jsonb(t) - 'recorded_at' FROM ticket t WHERE number = $1", number
    )
    events = await rows(
        database, "SELECT to_jsonb(e) FROM ticket_event e WHERE number = $1 ORDER BY seq", number
    )
    told = await rows(database, "SELECT to_jsonb(n) FROM notice n WHERE number = $1 ORDER BY key", number)
    return ticket, events, told


async def test_every_fact_and_notice_is_there_and_the_row_shows_the_end(engine: Database) -> None:
    """One write for each fact; what can be read back is what happened."""
    journey = _journey()
    for batch in batches(journey):
        await recording.record(engine, batch)
    events = await tickets.events(engine, journey.ticket.number)
    assert [FACT.validate_python(one.fact) for one in events] == journey.log[1:]
    assert [one.seq for one in events] == list(range(2, len(journey.log) + 1))
    assert {notice.key for notice in await notices.about(engine, journey.ticket.number)} == {
        notice.key for notice in journey.notices
    }
    shown = await tickets.view(engine, journey.ticket.number)
    assert shown is not None
    assert shown.view == status_view(journey.ticket).model_dump(mode="json")
    assert shown.version == journey.ticket.version


async def test_a_write_is_one_statement(engine: Database) -> None:
    """Nothing can come between its parts, and it costs one round trip."""
    said: list[str] = []
    event.listen(
        engine.sync_engine, "before_cursor_execute", lambda _c, _u, statement, *_: said.append(statement)
    )
    await recording.record(engine, batches(_journey(), (1000,))[0])
    assert len(said) == 1


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.randoms(use_true_random=False), st.lists(st.integers(1, 9), max_size=12))
async def test_writes_in_any_order_and_any_number_leave_the_same(
    engine: Database, database: str, chance: random.Random, sizes: list[int]
) -> None:
    """Retried, doubled, late and overlapping writes: the end is that of writing each once, in order."""
    once, often = _journey(f"2026{chance.randrange(10**12)}"), _journey(f"2026{chance.randrange(10**12)}")
    for batch in batches(once, sizes):
        await recording.record(engine, batch)
    shuffled = batches(often, sizes) * chance.randint(1, 3) + batches(often)
    chance.shuffle(shuffled)
    for batch in shuffled:
        await recording.record(engine, batch)
    expected = str(await _state(database, once.ticket.number)).replace(
        once.ticket.number, often.ticket.number
    )
    assert str(await _state(database, often.ticket.number)) == expected


async def test_writes_of_one_ticket_at_the_same_time_leave_the_same(engine: Database, database: str) -> None:
    """An attempt given up by its worker may still be running beside the next one."""
    once, often = _journey("20261102-000001-1"), _journey("20261102-000002-2")
    for batch in batches(once):
        await recording.record(engine, batch)
    await asyncio.gather(*(recording.record(engine, batch) for batch in batches(often) * 2))
    expected = str(await _state(database, once.ticket.number)).replace(
        once.ticket.number, often.ticket.number
    )
    assert str(await _state(database, often.ticket.number)) == expected


async def test_an_old_write_never_sets_the_row_back(engine: Database) -> None:
    """The projection only goes forward; the late facts are added all the same."""
    journey = _journey()
    first, *rest = batches(journey, (3, 1000))
    for batch in (*rest, first):
        await recording.record(engine, batch)
    shown = await tickets.view(engine, journey.ticket.number)
    assert shown is not None
    assert shown.version == journey.ticket.version
    assert len(await tickets.events(engine, journey.ticket.number)) == len(journey.log) - 1


async def test_a_fact_once_written_never_changes(engine: Database) -> None:
    """The log is append-only: another fact under the same number is left out."""
    (batch,) = batches(Journey(), (1000,))
    await recording.record(engine, batch)
    before = await tickets.events(engine, batch.number)
    changed = batch.facts[0].fact.model_copy(update={"at": sample.MONDAY.replace(year=2030)})
    await recording.record(
        engine, batch.model_copy(update={"facts": (batch.facts[0].model_copy(update={"fact": changed}),)})
    )
    assert await tickets.events(engine, batch.number) == before


async def test_a_write_whose_connection_dies_leaves_nothing_or_all(engine: Database, database: str) -> None:
    """Cut while it waits for a lock, the write fails as an outage and no part of it is there."""
    (batch,) = batches(_journey(), (1000,))
    assert isinstance(
        await cut_in_the_middle(database, "notice", recording.record(engine, batch)), Unavailable
    )
    assert await _state(database, batch.number) == ([], [], [])
    await recording.record(engine, batch)
    assert len(await tickets.events(engine, batch.number)) == len(batch.facts)


async def test_a_write_without_a_database_is_an_outage() -> None:
    """The workflow's engine sees a failure and tries again."""
    engine = connect("postgresql://nobody:x@127.0.0.1:9/jiesu", 1)
    with pytest.raises(Unavailable):
        await recording.record(engine, batches(Journey(), (1000,))[0])
    await engine.dispose()

"""Writing what happened: whole, once, and only forward, in whatever order and however often it comes."""

import asyncio
import random
import re
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import Unavailable
from domain.facts.fact import FACT
from domain.show.views import Batch, status_view
from readmodel import Database, commands, connect, notices, recording, tickets
from readmodel.vault import Vault
from tests import sample
from tests.domain.journey import Journey
from tests.readmodel.records import batches, cut_in_the_middle, filed, rows, statements, states


def _journey(number: str = sample.NUMBER) -> Journey:
    """Return a ticket that nobody touches: warned, overdue, escalated, surveyed in vain, closed."""
    journey = Journey(sample.intake(number=number))
    journey.left_alone()
    return journey


async def _state(dsn: str, number: str) -> tuple[object, ...]:
    """Return all that is stored of one ticket, except when it was written."""
    ticket = await rows(dsn, "SELECT to_jsonb(t) - 'recorded_at' FROM ticket t WHERE number = $1", number)
    events = await rows(dsn, "SELECT to_jsonb(e) FROM ticket_event e WHERE number = $1 ORDER BY seq", number)
    notified = await rows(dsn, "SELECT to_jsonb(n) FROM notice n WHERE number = $1 ORDER BY key", number)
    return ticket, events, notified


async def test_every_fact_and_notice_is_there_and_the_row_shows_the_end(database: Database) -> None:
    """One write for each fact; what can be read back is what happened."""
    journey = _journey()
    for batch in batches(journey):
        await recording.record(database, batch)
    events = await tickets.events(database, journey.ticket.number)
    assert [FACT.validate_python(one.fact) for one in events] == journey.log[1:]
    assert [one.seq for one in events] == list(range(2, len(journey.log) + 1))
    assert {notice.key for notice in await notices.about(database, journey.ticket.number)} == {
        notice.key for notice in journey.notices
    }
    shown = await tickets.view(database, journey.ticket.number)
    assert shown is not None
    assert shown.view == status_view(journey.ticket).model_dump(mode="json")
    assert shown.version == journey.ticket.version


async def test_a_write_is_one_statement(database: Database) -> None:
    """Nothing can come between its parts, and it costs one round trip."""
    said = statements(database)
    await recording.record(database, batches(_journey(), (1000,))[0])
    assert len(said) == 1


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.randoms(use_true_random=False), st.lists(st.integers(1, 9), max_size=12))
async def test_writes_repeated_at_any_time_leave_the_same(
    database: Database, dsn: str, chance: random.Random, sizes: list[int]
) -> None:
    """Retried, doubled and late writes: the end is that of writing each once, in order."""
    once, often = _journey(f"2026{chance.randrange(10**12)}"), _journey(f"2026{chance.randrange(10**12)}")
    for batch in batches(once, sizes):
        await recording.record(database, batch)
    in_order = batches(often, sizes)
    for place, batch in enumerate(in_order):
        await recording.record(database, batch)
        await recording.record(database, chance.choice(in_order[: place + 1]))
    expected = str(await _state(dsn, once.ticket.number)).replace(once.ticket.number, often.ticket.number)
    assert str(await _state(dsn, often.ticket.number)) == expected


async def test_writes_of_one_ticket_at_the_same_time_leave_the_same(database: Database, dsn: str) -> None:
    """An attempt given up by its worker may still be running beside the next one."""
    once, often = _journey("20261102-000001-1"), _journey("20261102-000002-2")
    for batch in batches(once):
        await recording.record(database, batch)
    for batch in batches(often):
        await asyncio.gather(recording.record(database, batch), recording.record(database, batch))
    expected = str(await _state(dsn, once.ticket.number)).replace(once.ticket.number, often.ticket.number)
    assert str(await _state(dsn, often.ticket.number)) == expected


async def test_an_earlier_account_never_touches_a_later_one(database: Database, dsn: str) -> None:
    """A worker that was frozen in mid-write wakes up when another has long gone on."""
    journey = _journey()
    first, *rest = batches(journey, (3, 1000))
    for batch in (first, *rest):
        assert await recording.record(database, batch)
    before = await _state(dsn, journey.ticket.number)
    changed = first.facts[0].fact.model_copy(update={"at": sample.MONDAY.replace(year=2030)})
    late = first.model_copy(update={"facts": (first.facts[0].model_copy(update={"fact": changed}),)})
    assert not await recording.record(database, late)
    assert await _state(dsn, journey.ticket.number) == before


def _signed(journey: Journey) -> Journey:
    """Return the journey with the unit's signature."""
    journey.sign()
    return journey


async def test_what_a_lost_task_had_written_gives_way_to_the_account_the_engine_kept(
    database: Database, dsn: str
) -> None:
    """A task that closed a ticket was refused by the engine; done again it came to something else."""
    lost, kept = _journey(), _signed(Journey())
    for batch in batches(lost, (2, 1000)):
        await recording.record(database, batch)
    later = lost.log[-1].at + timedelta(minutes=1)
    second = batches(kept, (2, 1000))[1].model_copy(update={"written_at": later})
    assert await recording.record(database, second)
    expected = f"{kept.ticket.number}-expected"
    for batch in batches(kept, (2, 1000)):
        await recording.record(database, _renumbered(batch, expected))
    found = str(await _state(dsn, kept.ticket.number)).replace(later.isoformat(), "")
    assert _without_times(found) == _without_times(
        str(await _state(dsn, expected)).replace(expected, kept.ticket.number)
    )


async def test_a_notice_says_what_the_account_the_engine_kept_says(database: Database) -> None:
    """Both accounts tell the requester of the end, under one key: when and how it ended is the kept one's."""
    journey = _journey()
    before, lost = batches(journey, (len(journey.log) - 2, 1000))
    await recording.record(database, before)
    await recording.record(database, lost)
    (end,) = lost.facts
    later = end.fact.at + timedelta(seconds=2)
    answer = tuple(
        notice.model_copy(update={"at": later, "about": {"ending": "withdrawn"}}) for notice in lost.notices
    )
    fact = end.model_copy(update={"fact": end.fact.model_copy(update={"at": later})})
    changes = {"written_at": later, "facts": (fact,), "notices": answer}
    assert answer
    assert await recording.record(database, lost.model_copy(update=changes))
    stored = {notice.key: notice for notice in await notices.about(database, journey.ticket.number)}
    assert [stored[notice.key] for notice in answer] == list(answer)
    assert all(stored[notice.key] == notice for notice in before.notices)


async def test_the_first_notice_of_a_key_stands_while_its_fact_does(database: Database) -> None:
    """A second fact that calls for the same notice tells nobody again, in the same write or a later one."""
    journey = _journey()
    before, after = batches(journey, (len(journey.log) - 2, 1000))
    once = before.notices[0]
    again = once.model_copy(update={"seq": after.facts[0].seq, "at": after.facts[0].fact.at})
    await recording.record(database, before.model_copy(update={"notices": (*before.notices, again)}))
    await recording.record(database, after.model_copy(update={"notices": (*after.notices, again)}))
    stored = {notice.key: notice for notice in await notices.about(database, journey.ticket.number)}
    assert stored[once.key] == once


async def test_the_answer_of_an_account_that_gave_way_is_taken_back(
    database: Database, dsn: str, vault: Vault
) -> None:
    """A key must never be answered by what did not happen in the end; other answers stay."""
    number = (await filed(database, vault)).number
    lost, kept = _journey(number), _signed(Journey(sample.intake(number=number)))
    first, second = batches(lost, (2, 1000)), batches(kept, (2, 1000))
    keys = {name: vault.key_hash(number, name) for name in ("before", "lost")}
    for name, key in keys.items():
        await commands.begin(database, vault, number, name, key, "b")
    receipts = {"before": states(lost)[2].receipt(), "lost": lost.ticket.receipt()}
    for name, batch in zip(keys, first, strict=True):
        answered = batch.model_copy(update={"answers": {keys[name]: receipts[name]}})
        await recording.record(database, answered)
    later = lost.log[-1].at + timedelta(minutes=1)
    await recording.record(database, second[1].model_copy(update={"written_at": later}))
    found = await rows(dsn, "SELECT name FROM command WHERE answer IS NOT NULL")
    assert found == [("before",)]


async def test_a_repair_replaces_everything_unless_something_was_written_meanwhile(
    database: Database, dsn: str
) -> None:
    """What the workflow told may be old by the time it is written."""
    lost, kept = _journey(), _signed(Journey())
    await recording.record(database, batches(lost, (1000,))[0])
    seen = await recording.seen(database, lost.ticket.number)
    batch = batches(kept, (1000,))[0]
    assert await recording.record(database, batch, seen)
    assert len(await tickets.events(database, kept.ticket.number)) == len(kept.log) - 1
    before = await _state(dsn, kept.ticket.number)
    assert not await recording.record(database, batches(lost, (1000,))[0], seen)
    assert await _state(dsn, kept.ticket.number) == before


def _renumbered(batch: Batch, number: str) -> Batch:
    return Batch.model_validate_json(batch.model_dump_json().replace(batch.number, number))


def _without_times(stored: str) -> str:
    """Return `stored` without when it was written, which differs between two accounts of the same."""
    return re.sub(r'"written_at": "[^"]*"', "", stored)


async def test_a_write_whose_connection_dies_leaves_nothing_or_all(database: Database, dsn: str) -> None:
    """Cut while it waits for a lock, the write fails as an outage and no part of it is there."""
    (batch,) = batches(_journey(), (1000,))
    assert isinstance(await cut_in_the_middle(dsn, "notice", recording.record(database, batch)), Unavailable)
    assert await _state(dsn, batch.number) == ([], [], [])
    await recording.record(database, batch)
    assert len(await tickets.events(database, batch.number)) == len(batch.facts)


async def test_a_write_without_a_database_is_an_outage() -> None:
    """The workflow's engine sees a failure and tries again."""
    database = connect("postgresql://nobody:x@127.0.0.1:9/jiesu", 1)
    with pytest.raises(Unavailable):
        await recording.record(database, batches(Journey(), (1000,))[0])
    await database.dispose()

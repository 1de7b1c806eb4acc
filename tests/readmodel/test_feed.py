"""The line of what changed for a unit: nothing is skipped and nothing told twice, whoever writes at once."""

import asyncio
import random
from collections.abc import Sequence
from datetime import timedelta

import asyncpg
import pytest
from sqlalchemy import text

from domain import messages as m
from domain.errors import Malformed
from domain.handle.assisting import AnswerTask, Assist
from domain.show.views import status_view
from domain.vocabulary import Role
from readmodel import Database, feed, recording, texts
from readmodel.feed import Entry
from readmodel.intake import FiledRequest
from readmodel.migrations.versions import r0005_unit_ticket as step
from readmodel.vault import Vault
from tests import sample
from tests.domain.journey import Journey
from tests.readmodel.records import batches, filed, rows, written

TOWN = sample.TOWN.code


def begun(one: FiledRequest) -> Journey:
    """Return the filed ticket, as its workflow has it."""
    return Journey(one.intake)


async def entries_of(
    database: Database, unit: str = TOWN, after: str | None = None, limit: int = 50
) -> list[Entry]:
    """Return the feed of `unit` behind `after`, page by page."""
    found: list[Entry] = []
    while True:
        part = await feed.read(database, unit, after, limit)
        found += part.entries
        after = part.next
        if not part.more:
            return found


async def goes_on(database: Database, journey: Journey, known: int) -> None:
    """Write what happened behind the first `known` facts, in one write."""
    await recording.record(database, batches(journey, (known - 1, 1000))[-1])


def numbers(entries: Sequence[Entry]) -> list[str]:
    """Return the numbers of the tickets."""
    return [entry.number for entry in entries]


async def test_what_is_filed_for_a_unit_is_fed_at_once_oldest_first(database: Database, vault: Vault) -> None:
    """Before any workflow has run: the intake dispatches by the directory."""
    filed_here = [(await filed(database, vault)).number for _ in range(3)]
    assert numbers(await entries_of(database, limit=2)) == filed_here
    assert await entries_of(database, sample.OTHER_TOWN.code) == []


async def test_it_goes_on_behind_the_mark_and_repeats_nothing(database: Database, vault: Vault) -> None:
    """An idle unit gets nothing; what changes comes once more, as it stands then."""
    first, second = await filed(database, vault), await filed(database, vault)
    part = await feed.read(database, TOWN, None, 50)
    assert (numbers(part.entries), part.more) == ([first.number, second.number], False)
    assert await feed.read(database, TOWN, part.next, 50) == feed.Feed((), part.next, more=False)
    journey = begun(first)
    journey.sign()
    await written(database, journey)
    (news,) = await entries_of(database, after=part.next)
    assert news.share.ticket == status_view(journey.ticket)
    assert await entries_of(database, after=news.mark) == []


async def test_an_entry_s_own_mark_goes_on_right_behind_it(database: Database, vault: Vault) -> None:
    """A stream that breaks in the middle is taken up after its last whole line."""
    for _ in range(4):
        await filed(database, vault)
    entries = await entries_of(database)
    assert numbers(await entries_of(database, after=entries[1].mark)) == numbers(entries[2:])


async def test_what_a_slower_writer_commits_later_is_not_skipped(
    database: Database, dsn: str, vault: Vault
) -> None:
    """A write that began first and commits last comes behind the mark that the reader holds by then."""
    slow, quick = begun(await filed(database, vault)), begun(await filed(database, vault))
    mark = (await feed.read(database, TOWN, None, 50)).next
    slow.sign()
    quick.sign()
    connection = await asyncpg.connect(dsn)
    transaction = connection.transaction()
    await transaction.start()  # it holds the row as a write does that has not committed yet
    await connection.execute(
        "UPDATE unit_ticket SET place = NULL, changed_at = clock_timestamp() WHERE number = $1",
        slow.ticket.number,
    )
    await written(database, quick)
    part = await feed.read(database, TOWN, mark, 50)
    assert numbers(part.entries) == [quick.ticket.number]
    await transaction.commit()
    await connection.close()
    assert numbers(await entries_of(database, after=part.next)) == [slow.ticket.number]


async def test_while_many_write_every_reader_ends_with_the_last_state_of_everything(
    database: Database, vault: Vault
) -> None:
    """Two readers follow at their own pace; each ends where the tickets end, in the order of their marks."""
    chance = random.Random(20261122)
    journeys = [begun(await filed(database, vault)) for _ in range(12)]
    known = len(journeys[0].log)
    for journey in journeys:
        journey.sign()
        journey.contact()
        journey.feedback()

    async def write(journey: Journey) -> None:
        for batch in batches(journey, (known - 1,))[1:]:
            await asyncio.sleep(chance.random() / 50)
            await recording.record(database, batch)

    async def follow(limit: int, until: asyncio.Event) -> list[Entry]:
        found, after = list[Entry](), None
        while True:
            is_last = until.is_set()
            part = await feed.read(database, TOWN, after, limit)
            found += part.entries
            after = part.next
            if is_last and not part.more:
                return found

    over = asyncio.Event()
    readers = [asyncio.create_task(follow(limit, over)) for limit in (1, 5)]
    await asyncio.gather(*(write(journey) for journey in journeys))
    over.set()
    for found in await asyncio.gather(*readers):
        last = {entry.number: entry.share.ticket.version for entry in found}
        assert last == {journey.ticket.number: journey.ticket.version for journey in journeys}
        seen = [(entry.number, entry.share.ticket.version) for entry in found]
        assert len(set(seen)) == len(seen)


async def test_what_another_reader_is_just_giving_places_to_is_not_missed(
    database: Database, vault: Vault
) -> None:
    """It was committed before this reader came: he waits for its place, and reads it."""
    journeys = [begun(await filed(database, vault)) for _ in range(3)]
    asks = text("""
        SELECT EXISTS (SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = database
                       WHERE datname = current_database() AND NOT granted)
    """)
    other = database.execution_options(isolation_level="READ COMMITTED")
    async with other.connect() as giving:
        await giving.execute(feed._LOCK, {"locks": feed._LOCKS, "unit": TOWN})
        await giving.execute(feed._PLACE, {"unit": TOWN, "limit": 10})
        reading = asyncio.create_task(feed.read(database, TOWN, None, 10))
        while not (await giving.execute(asks)).scalar_one():  # noqa: ASYNC110 - the server's event, not ours
            await asyncio.sleep(0.01)
        await giving.commit()
    found = await reading
    assert {entry.number for entry in found.entries} == {journey.ticket.number for journey in journeys}


async def test_a_unit_that_lost_a_ticket_is_fed_that_and_then_no_more_of_it(
    database: Database, vault: Vault
) -> None:
    """The copy ends where its part ended; the successor has the ticket."""
    journey = begun(await filed(database, vault))
    mark = (await feed.read(database, TOWN, None, 50)).next
    journey.reassign(sample.assignment(sample.OTHER_TOWN))
    await written(database, journey)
    (left,) = await entries_of(database, after=mark)
    assert left.share.parts == ()
    assert left.share.left_at == journey.now
    known = len(journey.log)
    journey.handled()
    journey.left_alone()
    await goes_on(database, journey, known)
    assert await entries_of(database, after=left.mark) == []
    (theirs,) = await entries_of(database, sample.OTHER_TOWN.code)
    assert theirs.share.ticket.unit == sample.OTHER_TOWN


async def test_a_part_that_began_and_ended_within_one_write_is_fed_too(
    database: Database, vault: Vault
) -> None:
    """Given to another unit and back before anything was written."""
    journey = begun(await filed(database, vault))
    journey.reassign(sample.assignment(sample.HEATING))
    journey.reassign(sample.assignment(sample.TOWN))
    await written(database, journey)
    (heard,) = await entries_of(database, sample.HEATING.code)
    assert heard.share.left_at == journey.now
    assert heard.share.ticket.unit == sample.HEATING


async def test_a_unit_that_assisted_hears_the_survey_of_its_round(
    database: Database, dsn: str, vault: Vault
) -> None:
    """Its task is done by then: it gets the result, once."""
    water = m.Actor(unit=sample.WATER.code, role=Role.HANDLER)
    one = await filed(database, vault)
    terms = sample.terms(at_feedback=True, always_open=True, redo_rounds=0)
    journey = Journey(one.intake.model_copy(update={"terms": terms}))
    await rows(
        dsn,
        "UPDATE request SET intake = $1 WHERE number = $2",
        journey.intake.model_dump_json(),
        one.number,
    )
    journey.sign()
    journey.take("assist", Assist(actor=sample.HANDLER, unit=sample.WATER.code, text=sample.TEXT))
    await written(database, journey)
    known = len(journey.log)
    journey.take("answer_task", AnswerTask(actor=water, task="assist.1", reply=sample.TEXT))
    await goes_on(database, journey, known)
    mark = (await feed.read(database, sample.WATER.code, None, 50)).next
    known = len(journey.log)
    journey.contact()
    journey.feedback()
    journey.says()
    await goes_on(database, journey, known)
    (news,) = await entries_of(database, sample.WATER.code, mark)
    assert [one.resolved for one in news.share.surveys] == [True]


async def test_a_write_that_is_repeated_is_no_news(database: Database, vault: Vault) -> None:
    """The engine may do a write again that was done, and reconciliation writes all of it again."""
    journey = begun(await filed(database, vault))
    journey.sign()
    parts = batches(journey)
    for batch in parts:
        await recording.record(database, batch)
    mark = (await feed.read(database, TOWN, None, 50)).next
    await recording.record(database, parts[-1])
    await written(database, journey)
    assert await entries_of(database, after=mark) == []


async def test_facts_that_a_later_account_takes_back_are_fed_again(database: Database, vault: Vault) -> None:
    """A task the engine lost gave the ticket away; done again it did not: the other unit never had it."""
    one = await filed(database, vault)
    lost, kept = begun(one), begun(one)
    lost.reassign(sample.assignment(sample.HEATING))
    await written(database, lost)
    assert len(await entries_of(database, sample.HEATING.code)) == 1
    mark = (await feed.read(database, TOWN, None, 50)).next
    kept.wait(minutes=1)
    kept.sign()
    kept.wait(minutes=1)
    for batch in batches(kept, (1000,)):
        await recording.record(database, batch.model_copy(update={"written_at": kept.now}))
    assert await entries_of(database, sample.HEATING.code) == []
    (news,) = await entries_of(database, after=mark)
    assert news.share.ticket == status_view(kept.ticket)


async def test_an_erasure_is_fed_without_the_words(database: Database, vault: Vault) -> None:
    """The unit's own copy says that there is no description any more."""
    one = await filed(database, vault, "门口的路灯不亮")
    (before,) = await entries_of(database)
    await texts.erase(database, one.number)
    (after,) = await entries_of(database, after=before.mark)
    assert (before.masked, after.masked) == ("门口的路灯不亮", "")


@pytest.mark.parametrize("mark", ["", "x", "bnVsbA", "WzEsMl0", "é", "WyJ4IiwxXQ", "A" * 499])
async def test_a_mark_that_is_none_of_this_unit_s_is_refused(database: Database, mark: str) -> None:
    """Whatever was sent, and a mark of another unit."""
    with pytest.raises(Malformed):
        await feed.read(database, TOWN, mark, 10)


async def test_the_largest_mark_is_behind_everything(database: Database, vault: Vault) -> None:
    """A number at the end of its range is a place like any other."""
    await filed(database, vault)
    part = await feed.read(database, TOWN, feed._mark(TOWN, 2**63 - 1), 10)
    assert part.entries == ()


async def test_a_stream_holds_one_chunk_at_a_time(
    database: Database, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of it in order, in parts no larger than a chunk."""
    filed_here = [(await filed(database, vault)).number for _ in range(5)]
    monkeypatch.setattr(feed, "CHUNK", 2)
    parts = [part async for part in feed.stream(database, TOWN, None)]
    assert [len(part.entries) for part in parts] == [2, 2, 1]
    assert [entry.number for part in parts for entry in part.entries] == filed_here


async def test_tickets_from_before_the_line_existed_are_in_it(
    database: Database, dsn: str, vault: Vault
) -> None:
    """The migration finds everyone who has or had a part, from views and facts."""
    journey = begun(await filed(database, vault))
    journey.sign()
    journey.reassign(sample.assignment(sample.OTHER_TOWN))
    journey.wait(hours=timedelta(days=3) / timedelta(hours=1))
    await written(database, journey)
    known = await rows(dsn, "SELECT number, unit, has_part FROM unit_ticket ORDER BY 1, 2")
    await rows(dsn, "DELETE FROM unit_ticket")
    (fill,) = [statement for statement in step.STATEMENTS if "INSERT INTO" in statement]
    await rows(dsn, fill)
    assert await rows(dsn, "SELECT number, unit, has_part FROM unit_ticket ORDER BY 1, 2") == known
    assert len(await entries_of(database)) == 1

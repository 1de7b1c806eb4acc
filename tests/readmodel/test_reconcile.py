"""What operations compare, and the editions that decided tickets."""

from datetime import timedelta

import pytest

from readmodel import Database, commands, editions, reconcile, recording
from readmodel.vault import Vault
from tests import sample
from tests.domain.journey import Journey
from tests.readmodel.records import batches, filed, rows, written

NOW = timedelta(0)


async def test_requests_that_nobody_noted_as_started_are_found_oldest_first(
    database: Database, vault: Vault
) -> None:
    """What the intake could not start is started from its own start argument."""
    done = [await filed(database, vault) for _ in range(4)]
    await reconcile.note_started(database, [done[1].number])
    assert await reconcile.not_started(database, NOW, 10) == [done[place].intake for place in (0, 2, 3)]
    assert await reconcile.not_started(database, NOW, 2) == [done[0].intake, done[2].intake]


async def test_a_request_of_a_moment_ago_is_given_time(database: Database, vault: Vault) -> None:
    """Whoever filed it is most likely about to start it, or has."""
    await filed(database, vault)
    assert await reconcile.not_started(database, timedelta(minutes=5), 10) == []


async def test_a_ticket_whose_workflow_has_written_needs_no_start_although_nobody_noted_it(
    database: Database, vault: Vault, dsn: str
) -> None:
    """The process that started it died before noting it; a repeated key must not start it again."""
    begun, waiting = [await filed(database, vault, idempotency_key=key) for key in ("a", "b")]
    journey = Journey(begun.intake)
    journey.sign()
    await written(database, journey)
    assert not (await filed(database, vault, idempotency_key="a")).is_waiting
    assert (await filed(database, vault, idempotency_key="b")).is_waiting
    await reconcile.forget_begun(database, timedelta(minutes=5))
    assert len(await rows(dsn, "SELECT number FROM unstarted")) == 2
    await reconcile.forget_begun(database, NOW)
    assert await rows(dsn, "SELECT number FROM unstarted") == [(waiting.number,)]


async def test_a_projection_that_slept_through_its_alarm_is_behind(database: Database) -> None:
    """It should have shown a reminder by now; one that is closed or still has time is not behind."""
    late, early, closed = (Journey(sample.intake(number=f"20261102-00000{n}-0")) for n in range(3))
    closed.left_alone()
    early.wait(hours=1, minutes=30)
    for journey in (late, early, closed):
        await written(database, journey)
    wakes = late.wakes_at()
    assert wakes is not None
    grace = timedelta(minutes=1)
    assert await reconcile.behind(database, wakes + grace, grace, 10) == []
    assert await reconcile.behind(database, wakes + 2 * grace, grace, 10) == [late.ticket.number]
    assert await reconcile.behind(database, wakes + timedelta(days=30), grace, 1) == [late.ticket.number]
    assert len(await reconcile.behind(database, wakes + timedelta(days=30), grace, 9)) == 2


async def test_every_issued_number_comes_in_order_with_its_end(database: Database, vault: Vault) -> None:
    """More than one portion of the cursor, closed ones marked, none left out."""
    done = [await filed(database, vault) for _ in range(5)]
    closed = Journey(done[2].intake)
    closed.left_alone()
    await written(database, closed)
    found = [one async for one in reconcile.issued_numbers(database)]
    assert found == [(one.number, one.number == done[2].number) for one in done]


async def test_an_issued_number_without_a_row_on_the_screens_is_not_lost(
    database: Database, dsn: str, vault: Vault
) -> None:
    """The truth about what was issued is the request."""
    number = (await filed(database, vault)).number
    await rows(dsn, "DELETE FROM ticket")
    assert [one async for one in reconcile.issued_numbers(database)] == [(number, False)]
    assert await reconcile.is_issued(database, number)
    assert not await reconcile.is_issued(database, "20261102-000017-3")


async def test_many_numbers_are_read_in_portions(database: Database, dsn: str, vault: Vault) -> None:
    """A reader that stops early leaves the connection usable."""
    await filed(database, vault)
    await rows(
        dsn,
        """INSERT INTO request SELECT 'n' || lpad(g::text, 5, '0'), filed_at, null, channel, type, null, null,
           body_hash, district, town, null, masked, grams, intake
           FROM request, generate_series(1, 5000) AS g""",
    )
    found = [number async for number, _ in reconcile.issued_numbers(database)]
    assert len(found) == 5001
    assert found == sorted(found)
    stream = reconcile.issued_numbers(database)
    await anext(stream)
    await stream.aclose()
    assert await reconcile.is_issued(database, "n00001")


async def test_open_tickets_come_in_pages_by_number(database: Database, vault: Vault) -> None:
    """Closed ones are left out; the next page begins above the last number."""
    done = [await filed(database, vault) for _ in range(4)]
    closed = Journey(done[1].intake)
    closed.left_alone()
    await written(database, closed)
    first = await reconcile.open_tickets(database, None, 2)
    assert first == [(done[0].number, done[0].filed_at), (done[2].number, done[2].filed_at)]
    assert await reconcile.open_tickets(database, first[-1][0], 2) == [(done[3].number, done[3].filed_at)]


async def test_writing_everything_again_repairs_a_row_that_is_behind(
    database: Database, dsn: str, vault: Vault
) -> None:
    """Rows, events and notices that were lost come back from what the workflow knows."""
    done = await filed(database, vault)
    journey = Journey(done.intake)
    await written(database, journey)
    before = await rows(dsn, "SELECT view, version, wakes_at FROM ticket")
    for table in ("ticket_event", "notice"):
        await rows(dsn, f"DELETE FROM {table} WHERE true")
    await rows(dsn, "UPDATE ticket SET version = 1, view = '{}', wakes_at = null")
    (batch,) = batches(journey, (1000,))
    await recording.record(database, batch)
    assert await rows(dsn, "SELECT view, version, wakes_at FROM ticket") == before
    assert await rows(dsn, "SELECT count(*) FROM ticket_event") == [(len(journey.log) - 1,)]
    assert await rows(dsn, "SELECT count(*) FROM notice") == [(len(journey.notices),)]


async def test_an_edition_stays_as_it_was_first_stored(database: Database) -> None:
    """What decided a ticket can be read when the files have long changed."""
    await editions.store(database, "beijing@abc", {"tiers.yaml": "一级: 2h", "units.csv": "a,b\n"})
    await editions.store(database, "beijing@abc", {"tiers.yaml": "changed"})
    assert await editions.fetch(database, "beijing@abc") == {"tiers.yaml": "一级: 2h", "units.csv": "a,b\n"}
    with pytest.raises(LookupError, match="beijing@def"):
        await editions.fetch(database, "beijing@def")


async def test_commands_in_doubt_are_asked_about_until_settled(database: Database, vault: Vault) -> None:
    """Nobody knows whether they counted; a ticket is named once, whatever the number of its commands."""
    here, there = await filed(database, vault), await filed(database, vault)
    for number, key in ((here.number, "a"), (here.number, "b"), (there.number, "c"), (there.number, "d")):
        await commands.begin(database, vault, number, "sign", key, "body")
    assert await reconcile.in_doubt(database, 10) == []
    for key in "abc":
        await commands.doubt(database, key)
    doubted = await reconcile.in_doubt(database, 10)
    assert [number for number, _ in doubted] == [here.number, there.number]
    assert await reconcile.in_doubt(database, 1) == doubted[:1]
    await reconcile.settle(database, *doubted[0])
    assert await reconcile.in_doubt(database, 10) == doubted[1:]


async def test_a_doubt_raised_while_another_is_settled_is_not_settled_with_it(
    database: Database, vault: Vault
) -> None:
    """The workflow was asked before the later command was sent."""
    done = await filed(database, vault)
    for key in "ab":
        await commands.begin(database, vault, done.number, "sign", key, "body")
    await commands.doubt(database, "a")
    ((number, since),) = await reconcile.in_doubt(database, 10)
    await commands.doubt(database, "b")
    await reconcile.settle(database, number, since)
    assert [number for number, _ in await reconcile.in_doubt(database, 10)] == [done.number]


async def test_after_a_death_every_recent_command_is_in_doubt(
    database: Database, dsn: str, vault: Vault
) -> None:
    """What a worker had told the database may not be what the engine kept; older commands are settled."""
    old, new = await filed(database, vault), await filed(database, vault)
    for number in (old.number, new.number):
        await commands.begin(database, vault, number, "sign", number, "body")
    ago = "UPDATE command SET created_at = now() - interval '1 hour' WHERE number = $1"
    await rows(dsn, ago, old.number)
    await reconcile.doubt_recent(database, timedelta(minutes=15))
    assert [number for number, _ in await reconcile.in_doubt(database, 10)] == [new.number]

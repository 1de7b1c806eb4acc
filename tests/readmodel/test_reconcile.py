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
    engine: Database, vault: Vault
) -> None:
    """What the intake could not start is started from its own start argument."""
    done = [await filed(engine, vault) for _ in range(4)]
    await reconcile.note_started(engine, [done[1].number])
    assert await reconcile.not_started(engine, NOW, 10) == [done[place].intake for place in (0, 2, 3)]
    assert await reconcile.not_started(engine, NOW, 2) == [done[0].intake, done[2].intake]


async def test_a_request_of_a_moment_ago_is_given_time(engine: Database, vault: Vault) -> None:
    """Whoever filed it is most likely about to start it, or has."""
    await filed(engine, vault)
    assert await reconcile.not_started(engine, timedelta(minutes=5), 10) == []


async def test_a_ticket_whose_workflow_has_written_needs_no_start_although_nobody_noted_it(
    engine: Database, vault: Vault, database: str
) -> None:
    """Whoever started it died before saying so; a repeated key must not begin it anew over its own past."""
    begun, waiting = [await filed(engine, vault, idempotency_key=key) for key in ("a", "b")]
    journey = Journey(begun.intake)
    journey.sign()
    await written(engine, journey)
    assert not (await filed(engine, vault, idempotency_key="a")).is_waiting
    assert (await filed(engine, vault, idempotency_key="b")).is_waiting
    await reconcile.forget_begun(engine, timedelta(minutes=5))
    assert len(await rows(database, "SELECT number FROM unstarted")) == 2
    await reconcile.forget_begun(engine, NOW)
    assert await rows(database, "SELECT number FROM unstarted") == [(waiting.number,)]


async def test_a_projection_that_slept_through_its_alarm_is_behind(engine: Database) -> None:
    """It should have shown a reminder by now; one that is closed or still has time is not behind."""
    late, early, closed = (Journey(sample.intake(number=f"20261102-00000{n}-0")) for n in range(3))
    closed.left_alone()
    early.wait(hours=1, minutes=30)
    for journey in (late, early, closed):
        await written(engine, journey)
    wakes = late.wakes_at()
    assert wakes is not None
    grace = timedelta(minutes=1)
    assert await reconcile.behind(engine, wakes + grace, grace, 10) == []
    assert await reconcile.behind(engine, wakes + 2 * grace, grace, 10) == [late.ticket.number]
    assert await reconcile.behind(engine, wakes + timedelta(days=30), grace, 1) == [late.ticket.number]
    assert len(await reconcile.behind(engine, wakes + timedelta(days=30), grace, 9)) == 2


async def test_every_issued_number_comes_in_order_with_its_end(engine: Database, vault: Vault) -> None:
    """More than one portion of the cursor, closed ones marked, none left out."""
    done = [await filed(engine, vault) for _ in range(5)]
    closed = Journey(done[2].intake)
    closed.left_alone()
    await written(engine, closed)
    found = [one async for one in reconcile.issued_numbers(engine)]
    assert found == [(one.number, one.number == done[2].number) for one in done]


async def test_an_issued_number_without_a_row_on_the_screens_is_not_lost(
    engine: Database, database: str, vault: Vault
) -> None:
    """The truth about what was issued is the request."""
    number = (await filed(engine, vault)).number
    await rows(database, "DELETE FROM ticket")
    assert [one async for one in reconcile.issued_numbers(engine)] == [(number, False)]
    assert await reconcile.is_issued(engine, number)
    assert not await reconcile.is_issued(engine, "20261102-000017-3")


async def test_many_numbers_are_read_in_portions(engine: Database, database: str, vault: Vault) -> None:
    """A reader that stops early leaves the connection usable."""
    await filed(engine, vault)
    await rows(
        database,
        """INSERT INTO request SELECT 'n' || lpad(g::text, 5, '0'), filed_at, null, channel, type, null, null,
           body_hash, district, town, null, masked, grams, intake
           FROM request, generate_series(1, 5000) AS g""",
    )
    found = [number async for number, _ in reconcile.issued_numbers(engine)]
    assert len(found) == 5001
    assert found == sorted(found)
    stream = reconcile.issued_numbers(engine)
    await anext(stream)
    await stream.aclose()
    assert await reconcile.is_issued(engine, "n00001")


async def test_open_tickets_come_in_pages_by_number(engine: Database, vault: Vault) -> None:
    """Closed ones are left out; the next page begins above the last number."""
    done = [await filed(engine, vault) for _ in range(4)]
    closed = Journey(done[1].intake)
    closed.left_alone()
    await written(engine, closed)
    first = await reconcile.open_tickets(engine, None, 2)
    assert first == [(done[0].number, done[0].filed_at), (done[2].number, done[2].filed_at)]
    assert await reconcile.open_tickets(engine, first[-1][0], 2) == [(done[3].number, done[3].filed_at)]


async def test_writing_everything_again_repairs_a_row_that_is_behind(
    engine: Database, database: str, vault: Vault
) -> None:
    """Rows, events and notices that were lost come back from what the workflow knows."""
    done = await filed(engine, vault)
    journey = Journey(done.intake)
    await written(engine, journey)
    before = await rows(database, "SELECT view, version, wakes_at FROM ticket")
    for table in ("ticket_event", "notice"):
        await rows(database, f"DELETE FROM {table} WHERE true")
    await rows(database, "UPDATE ticket SET version = 1, view = '{}', wakes_at = null")
    (batch,) = batches(journey, (1000,))
    await recording.record(engine, batch)
    assert await rows(database, "SELECT view, version, wakes_at FROM ticket") == before
    assert await rows(database, "SELECT count(*) FROM ticket_event") == [(len(journey.log) - 1,)]
    assert await rows(database, "SELECT count(*) FROM notice") == [(len(journey.notices),)]


async def test_an_edition_stays_as_it_was_first_stored(engine: Database) -> None:
    """What decided a ticket can be read when the files have long changed."""
    await editions.store(engine, "beijing@abc", {"tiers.yaml": "一级: 2h", "units.csv": "a,b\n"})
    await editions.store(engine, "beijing@abc", {"tiers.yaml": "changed"})
    assert await editions.fetch(engine, "beijing@abc") == {"tiers.yaml": "一级: 2h", "units.csv": "a,b\n"}
    with pytest.raises(LookupError, match="beijing@def"):
        await editions.fetch(engine, "beijing@def")


async def test_commands_in_doubt_are_asked_about_until_settled(engine: Database, vault: Vault) -> None:
    """Nobody knows whether they counted; a ticket is named once, whatever the number of its commands."""
    here, there = await filed(engine, vault), await filed(engine, vault)
    for number, key in ((here.number, "a"), (here.number, "b"), (there.number, "c"), (there.number, "d")):
        await commands.begin(engine, vault, number, "sign", key, "body")
    assert await reconcile.in_doubt(engine, 10) == []
    for key in "abc":
        await commands.doubt(engine, key)
    doubted = await reconcile.in_doubt(engine, 10)
    assert [number for number, _ in doubted] == [here.number, there.number]
    assert await reconcile.in_doubt(engine, 1) == doubted[:1]
    await reconcile.settle(engine, *doubted[0])
    assert await reconcile.in_doubt(engine, 10) == doubted[1:]


async def test_a_doubt_raised_while_another_is_settled_is_not_settled_with_it(
    engine: Database, vault: Vault
) -> None:
    """The workflow was asked before the later command was sent."""
    done = await filed(engine, vault)
    for key in "ab":
        await commands.begin(engine, vault, done.number, "sign", key, "body")
    await commands.doubt(engine, "a")
    ((number, since),) = await reconcile.in_doubt(engine, 10)
    await commands.doubt(engine, "b")
    await reconcile.settle(engine, number, since)
    assert [number for number, _ in await reconcile.in_doubt(engine, 10)] == [done.number]


async def test_after_a_death_every_recent_command_is_in_doubt(
    engine: Database, database: str, vault: Vault
) -> None:
    """What a worker had told the database may not be what the engine kept; older commands are settled."""
    old, new = await filed(engine, vault), await filed(engine, vault)
    for number in (old.number, new.number):
        await commands.begin(engine, vault, number, "sign", number, "body")
    ago = "UPDATE command SET created_at = now() - interval '1 hour' WHERE number = $1"
    await rows(database, ago, old.number)
    await reconcile.doubt_recent(engine, timedelta(minutes=15))
    assert [number for number, _ in await reconcile.in_doubt(engine, 10)] == [new.number]

"""Rebuilding beside a running system: what was lost comes back from the workflows, nothing goes back."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from activities.reconciling import repair
from activities.rulebook import Rulebook
from clock import utc_now
from domain import messages as m
from domain.search_attributes import SEARCH_ATTRIBUTES
from domain.show.views import Batch
from domain.vocabulary import RequestType
from embedded.numbering import RESTORED, advance, behind
from embedded.temporal import program, search_attribute_keys
from engine.asking import TicketQueries
from engine.starting import start_incident, start_ticket, workflow_id
from operations.rebuilding import PageResult, Rebuilding
from readmodel import Database, incidents, numbering, recording
from readmodel.vault import Vault
from settings import Settings
from tests import sample
from tests.domain.journey import Journey
from tests.domain.outage import give_result
from tests.readmodel.records import batches, filed, rows, written
from tests.readmodel.test_incidents import make as make_opening
from worker import build_worker

QUEUE = "rebuilding"
SOON = timedelta(seconds=10)
VAULT = Vault(b"master key for tests, 32 bytes!!")
TABLES = ("ticket", "ticket_event", "notice", "owed", "unit_ticket")


@pytest.fixture
async def own_engine() -> AsyncIterator[Client]:
    """An engine of workflows that no other test fills."""
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=str(program()), search_attributes=search_attribute_keys(SEARCH_ATTRIBUTES)
    ) as environment:
        config = environment.client.config()
        config["data_converter"] = pydantic_data_converter
        yield Client(**config)


@pytest.fixture
async def working(own_engine: Client, database: Database, tmp_path: Path) -> AsyncIterator[Client]:
    """The engine with a worker that writes to the test's database; its tickets end with the test."""
    settings = Settings(task_queue=QUEUE, data_dir=tmp_path)
    async with build_worker(own_engine, settings, database, Rulebook("beijing", tmp_path)):
        yield own_engine


async def _ticket(database: Database, client: Client, type_: RequestType = RequestType.COMPLAINT) -> str:
    """File a request, start its ticket, and return the number."""
    request = await filed(database, VAULT, type_=type_)
    await start_ticket(client, request.intake, QUEUE, SOON)
    return request.number


async def _acts(client: Client, number: str, *acts: tuple[str, m.Command]) -> None:
    handle = client.get_workflow_handle(workflow_id(number))
    for name, command in acts:
        await handle.execute_update(name, command, id=uuid4().hex)


SIGN = ("sign", m.Sign(actor=sample.HANDLER))
URGE = ("urge", m.Urge(actor=sample.REQUESTER))
NOTE = ("note", m.Note(actor=sample.HANDLER, text=sample.TEXT))


async def _rebuilt(
    database: Database, client: Client, *, mends: bool, vault: Vault | None = VAULT
) -> PageResult:
    """Rebuild or check; return all that came of it."""
    queries = TicketQueries(client)
    work = Rebuilding(database, client, queries.everything, queries.filing, vault, utc_now)
    whole = PageResult()
    async for result in work.pages(mends=mends):
        whole.tickets += result.tickets
        whole.differences += result.differences
        whole.left += result.left
        whole.found += result.found
        whole.forgotten += result.forgotten
        whole.wordless += result.wordless
    return whole


async def _state(dsn: str) -> dict[str, list[tuple[object, ...]]]:
    left_out = "'recorded_at' - 'changed_at' - 'place'"
    return {
        table: await rows(dsn, f"SELECT to_jsonb(t) - {left_out} FROM {table} AS t ORDER BY 1")
        for table in TABLES
    }


async def _listed(client: Client, count: int, kind: str = "Ticket") -> None:
    """Wait until the engine lists `count` workflows of a kind: its lists lag a little."""
    for _ in range(200):
        if (await client.count_workflows(f'WorkflowType = "{kind}"')).count >= count:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the engine never listed them")


async def test_what_a_lost_database_had_not_written_comes_back_from_the_workflows(
    database: Database, dsn: str, working: Client
) -> None:
    """Facts at the end, whole tickets, columns: each loss is found by a check and mended by a rebuild."""
    numbers = [await _ticket(database, working) for _ in range(4)]
    ended = await _ticket(database, working, RequestType.PRAISE)
    for number in numbers:
        await _acts(working, number, SIGN, URGE, NOTE)
    await working.get_workflow_handle(workflow_id(ended)).result()
    await _listed(working, 5)
    before = await _state(dsn)
    clean = await _rebuilt(database, working, mends=False)
    assert (clean.differences, clean.left, clean.tickets) == ([], [], 5)
    tail, whole, spoilt, gone = numbers
    await rows(dsn, "DELETE FROM ticket_event WHERE number = $1 AND seq > 5", tail)
    for table in (*TABLES, "request", "vault_key", "vault_text"):
        await rows(dsn, f"DELETE FROM {table} WHERE number = $1", whole)
    await rows(dsn, "UPDATE ticket SET written_at = now() + interval '1 y' WHERE number = $1", spoilt)
    await rows(dsn, "DELETE FROM ticket_event WHERE number = $1 AND seq = 3", gone)
    await rows(dsn, "DELETE FROM ticket WHERE number = $1", ended)
    checked = await _rebuilt(database, working, mends=False)
    assert {one.number for one in checked.differences} == {*numbers, ended}
    assert checked.found == [whole]
    mended = await _rebuilt(database, working, mends=True)
    assert mended.left == []
    assert await _state(dsn) == before
    after = await _rebuilt(database, working, mends=False)
    assert (after.differences, after.left) == ([], [])
    assert after.wordless.count(whole) == 1


async def test_an_incident_comes_back_from_its_workflow(
    database: Database, dsn: str, working: Client
) -> None:
    """Its row is gone, then a result is missing in it: the check names it, the rebuild writes it."""
    opening, _ = await incidents.open_incident(database, VAULT, "k", "b", "主管道破裂", make_opening)
    await start_incident(working, opening, QUEUE, SOON)
    handle = working.get_workflow_handle(f"incident/{opening.number}")
    await handle.execute_update("result", give_result(), id="r")
    await _listed(working, 1, "Incident")
    queries = TicketQueries(working)
    work = Rebuilding(database, working, queries.everything, queries.filing, VAULT, utc_now)
    assert await work.incidents(mends=False) == PageResult()
    before = await incidents.stored(database, opening.number)
    for spoil in ("DELETE FROM incident", "UPDATE incident SET version = 1, state = state - 'results'"):
        await rows(dsn, "DELETE FROM vault_key")
        await rows(dsn, spoil)
        checked = await work.incidents(mends=False)
        assert [one.number for one in checked.differences] == [opening.number]
        await work.incidents(mends=True)
        after = await incidents.stored(database, opening.number)
        assert before is not None
        assert after is not None
        assert after.incident.results == before.incident.results
        assert await work.incidents(mends=False) == PageResult()


async def test_an_incident_that_cannot_be_asked_or_sealed_is_named_and_the_rebuild_goes_on(
    database: Database, dsn: str, own_engine: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No worker answers; then its row is gone and no key is here: neither may cost the report on the rest."""
    opening, _ = await incidents.open_incident(database, VAULT, "k", "b", "主管道破裂", make_opening)
    await start_incident(own_engine, opening, QUEUE, SOON)
    await _listed(own_engine, 1, "Incident")
    queries = TicketQueries(own_engine)
    work = Rebuilding(database, own_engine, queries.everything, queries.filing, None, utc_now)
    monkeypatch.setattr("operations.rebuilding._PATIENCE", timedelta(seconds=1))
    silent = await work.incidents(mends=True)
    assert [number for number, _ in silent.left] == [opening.number]
    monkeypatch.undo()
    settings = Settings(task_queue=QUEUE, data_dir=tmp_path)
    async with build_worker(own_engine, settings, database, Rulebook("beijing", tmp_path)):
        assert await work.incidents(mends=True) == PageResult()
        for table in ("incident", "vault_key"):
            await rows(dsn, f"DELETE FROM {table}")
        keyless = await work.incidents(mends=True)
    assert [number for number, _ in keyless.left] == [opening.number]
    assert await rows(dsn, "SELECT FROM incident") == []


async def test_an_engine_older_than_the_database_overwrites_nothing_of_the_log(
    database: Database, dsn: str, own_engine: Client
) -> None:
    """It knows the ticket up to its sign; the log holds, is named, and what is spoilt follows from it."""
    request = await filed(database, VAULT)
    journey = Journey(request.intake)
    journey.sign()
    older = batches(journey, (1000,))[0]
    journey.wait(hours=1)
    journey.urge()
    await written(database, journey)
    before = await _state(dsn)

    async def everything(_number: str) -> Batch:
        return older

    work = Rebuilding(database, own_engine, everything, TicketQueries(own_engine).filing, VAULT, utc_now)
    for mends in (False, True):
        (result,) = [page async for page in work.pages(mends=mends)]
        assert (result.forgotten, result.differences, result.left) == ([request.number], [], [])
        assert await _state(dsn) == before
    await rows(dsn, "UPDATE ticket SET stage = 'nowhere'")
    (result,) = [page async for page in work.pages(mends=True)]
    assert (result.forgotten, result.left) == ([request.number], [])
    assert await _state(dsn) == before
    await rows(dsn, "DELETE FROM ticket_event WHERE seq = 3")
    (result,) = [page async for page in work.pages(mends=True)]
    assert [number for number, _ in result.left] == [request.number]
    last = await rows(dsn, "SELECT max(seq) FROM ticket_event")
    assert last == [(journey.ticket.version,)]


async def test_without_the_master_key_a_lost_request_is_named_and_not_taken_in(
    database: Database, dsn: str, working: Client
) -> None:
    """Nobody could seal a word of it later; it waits for a rebuild where the key is."""
    number = await _ticket(database, working)
    await _acts(working, number, SIGN)
    await _listed(working, 1)
    await rows(dsn, "DELETE FROM request")
    result = await _rebuilt(database, working, mends=True, vault=None)
    assert [left for left, _ in result.left] == result.found == [number]
    assert await rows(dsn, "SELECT FROM request") == []


async def test_while_commands_go_on_nothing_goes_back_and_nothing_false_is_reported(
    database: Database, working: Client
) -> None:
    """Tickets are pressed for all the time; checks report nothing, and rebuilds end where the tickets are."""
    numbers = [await _ticket(database, working) for _ in range(4)]
    stop = asyncio.Event()

    async def presses(number: str) -> None:
        while not stop.is_set():
            await _acts(working, number, URGE)
            await asyncio.sleep(0.3)

    pressing = [asyncio.create_task(presses(number)) for number in numbers]
    for mends in (False, True, False):
        result = await _rebuilt(database, working, mends=mends)
        if not mends:
            assert result.differences == []
    stop.set()
    await asyncio.gather(*pressing)
    result = await _rebuilt(database, working, mends=False)
    assert (result.differences, result.left) == ([], [])
    for number in numbers:
        seen = await recording.seen(database, number)
        receipt = await working.get_workflow_handle(workflow_id(number)).query("status")
        assert seen is not None
        assert seen.version == receipt["version"]


async def test_where_no_worker_answers_the_histories_do(
    database: Database, dsn: str, working: Client
) -> None:
    """A ticket lived again from its history alone says what its workflow says."""
    number = await _ticket(database, working)
    await _acts(working, number, SIGN, URGE)
    queries = TicketQueries(working)
    by_query = await queries.everything(number)
    queries._has_worker = False
    assert await queries.everything(number) == by_query
    assert by_query is not None


async def test_a_ticket_that_is_over_is_repaired_from_its_history_when_no_worker_answers(
    database: Database, dsn: str, own_engine: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody works on the queue any more; the one that still runs has to wait for somebody who does."""
    settings = Settings(task_queue=QUEUE, data_dir=tmp_path)
    async with build_worker(own_engine, settings, database, Rulebook("beijing", tmp_path)):
        ended = await _ticket(database, own_engine, RequestType.PRAISE)
        running = await _ticket(database, own_engine)
        await _acts(own_engine, running, SIGN)
        await own_engine.get_workflow_handle(workflow_id(ended)).result()
    shown = "SELECT stage, version FROM ticket WHERE number = $1"
    before = await rows(dsn, shown, ended)
    await rows(dsn, "UPDATE ticket SET stage = 'handle', version = 1 WHERE number = $1", ended)
    monkeypatch.setattr("activities.reconciling.RPC_TIMEOUT", timedelta(seconds=1))
    assert await repair(database, own_engine, ended)
    assert await rows(dsn, shown, ended) == before
    with pytest.raises(RPCError):
        await repair(database, own_engine, running)


async def test_a_database_older_than_the_engine_issues_no_number_again(
    database: Database, dsn: str, working: Client
) -> None:
    """The sequence stood at an earlier number when the copy was made; the next one lies beyond all issued."""
    numbers = [await _ticket(database, working) for _ in range(3)]
    await _listed(working, 3)
    assert await behind(working, database) == []
    first = int(numbers[0].split("-")[1])
    await rows(dsn, "DELETE FROM request WHERE number > $1", numbers[0])
    await rows(dsn, "SELECT setval('ticket_serial', $1)", first)
    found = await behind(working, database)
    assert [(one.sequence, one.furthest) for one in found] == [("ticket_serial", first + 2)]
    await advance(database, found)
    assert (await numbering.stand(database, "ticket_serial")).last > first + 2
    assert (await filed(database, VAULT)).number > max(numbers)


async def test_after_a_restore_numbers_that_nobody_remembers_are_not_issued_again(
    database: Database, dsn: str
) -> None:
    """Half of all serial numbers further, round the end if need be; the units' lines go on far behind."""
    for last, then in ((7, 500_008), (700_000, 200_002)):
        await rows(dsn, "SELECT setval('ticket_serial', $1)", last)
        await numbering.move_all_on(database, RESTORED)
        assert int((await filed(database, VAULT)).number.split("-")[1]) == then
    assert await rows(dsn, "SELECT last_value > $1 FROM feed_place", 10**12) == [(True,)]

"""Reconciliation: each side is held against the other, and one ticket's fault stays its own."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from temporalio import workflow
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import ActivityEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.reconciling import Reconciling
from clock import utc_now
from domain.messages import Intake
from domain.show.views import Batch
from engine.starting import workflow_id
from operations.differences import differences
from readmodel import Database, recording, tickets
from readmodel.vault import Vault
from tests.domain.journey import Journey
from tests.readmodel.records import batches, filed, rows, written

QUEUE = f"reconciling-{uuid4().hex}"


@workflow.defn(name="Ticket", sandboxed=False)
class _StandIn:
    """A ticket's workflow as reconciliation sees it; one without a batch does not answer."""

    @workflow.init
    def __init__(self, batch: Batch | None) -> None:
        """Know `batch`, or nothing."""
        self._batch = batch

    @workflow.run
    async def run(self, _batch: Batch | None) -> None:
        """Wait until the test is over."""
        await workflow.wait_condition(lambda: False)

    @workflow.query
    def everything(self) -> Batch:
        """Return what is known. Raises ValueError for nothing."""
        if self._batch is None:
            raise ValueError("this ticket cannot answer")
        return self._batch


@pytest.fixture
async def client(client: Client) -> AsyncIterator[Client]:
    """The client, and a worker for the stand-ins that are started on the queue `QUEUE`."""
    async with Worker(
        client, task_queue=QUEUE, workflows=[_StandIn], workflow_runner=UnsandboxedWorkflowRunner()
    ):
        yield client


async def _request(database: Database) -> Intake:
    """File a request and return its intake."""
    return (await filed(database, Vault(b"1" * 32))).intake


async def test_a_ticket_that_does_not_answer_keeps_no_other_from_its_repair(
    database: Database, dsn: str, client: Client
) -> None:
    """The one that has waited longest cannot answer; the one behind it is repaired all the same."""
    deaf, well = Journey(await _request(database)), Journey(await _request(database))
    for journey in (deaf, well):
        await written(database, journey)
    well.sign()
    (everything,) = batches(well, (1000,))
    await rows(
        dsn,
        "UPDATE ticket SET wakes_at = now() - make_interval(hours => CASE number WHEN $1 THEN 3 ELSE 2 END)",
        deaf.ticket.number,
    )
    handles = [
        await client.start_workflow("Ticket", batch, id=workflow_id(journey.ticket.number), task_queue=QUEUE)
        for journey, batch in ((deaf, None), (well, everything))
    ]
    reconciling = Reconciling(database, client, QUEUE, utc_now)
    assert await ActivityEnvironment().run(reconciling.repair_projection) == 1
    shown = await tickets.view(database, well.ticket.number)
    assert shown is not None
    assert shown.version == well.ticket.version
    for handle in handles:
        await handle.terminate("end of the test")


async def test_tickets_that_are_silent_for_long_keep_no_other_waiting(
    database: Database, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seven take their time; the eighth is asked meanwhile."""
    silent, heard = [f"2026112300000{place}" for place in range(7)], asyncio.Event()

    async def overdue(*_: object) -> list[str]:
        return [*silent, "20261123000007"]

    async def asked(_engine: Database, _client: Client, number: str, _doubted: object) -> bool:
        if number in silent:
            await heard.wait()
        heard.set()
        return number not in silent

    monkeypatch.setattr("activities.reconciling.reconcile.behind", overdue)
    monkeypatch.setattr("activities.reconciling.repair", asked)
    async with asyncio.timeout(60):
        repair = Reconciling(database, client, QUEUE, utc_now).repair_projection
        assert await ActivityEnvironment().run(repair) == 1


async def test_of_several_faults_at_once_a_bug_is_the_one_that_is_raised(
    database: Database, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every activity that asks reports that the engine is away."""
    bug = KeyError("ours")

    async def overdue(*_: object) -> list[str]:
        return ["20261123000000", "20261123000001"]

    async def asked(_engine: Database, _client: Client, number: str, _doubted: object) -> bool:
        raise bug if number.endswith("1") else RPCError("away", RPCStatusCode.UNAVAILABLE, b"")

    monkeypatch.setattr("activities.reconciling.reconcile.behind", overdue)
    monkeypatch.setattr("activities.reconciling.repair", asked)
    with pytest.raises(KeyError) as raised:
        await ActivityEnvironment().run(Reconciling(database, client, QUEUE, utc_now).repair_projection)
    assert raised.value is bug


async def test_an_engine_older_than_the_database_takes_back_only_what_a_lost_task_may_have_written(
    database: Database, dsn: str, client: Client
) -> None:
    """A doubted command of a moment it remembers goes; what was answered, took hours, came later holds."""
    vault, lives = Vault(b"1" * 32), list[Journey]()
    for _ in range(5):
        journey = Journey((await filed(database, vault)).intake)
        journey.sign()
        lives.append(journey)
    older = [batches(journey, (1000,))[0] for journey in lives]
    late, answered, doubted, hours, later = lives
    handles = [
        await client.start_workflow("Ticket", batch, id=workflow_id(batch.number), task_queue=QUEUE)
        for batch in older
    ]
    later.wait(minutes=10)
    for journey in lives:
        journey.wait(seconds=30)
        journey.urge()
    hours.wait(hours=1)
    hours.urge()
    for _ in range(100):
        if (await client.count_workflows(f'TaskQueue = "{QUEUE}"')).count >= len(lives):
            break
        await asyncio.sleep(0.1)
    command = "INSERT INTO command (key_hash, number, name, body_hash, answer, doubted_at, created_at) "
    for journey in lives:
        await written(database, journey)
    answer = (("a", answered, True), ("d", doubted, False), ("h", hours, False), ("l", later, False))
    for key, journey, knows_better in answer:
        version, number = journey.ticket.version, journey.ticket.number
        done = "jsonb_build_object('version', $3::int), {}, now() - interval '1 hour')"
        since = "NULL" if knows_better else "now()"
        values = f"VALUES ($1, $2, 'urge', '', {done.format(since)}"
        await rows(dsn, command + values, key, number, version)
    await rows(  # a second command of the one that was answered is in doubt
        dsn, command + "VALUES ('b', $1, 'note', '', NULL, now(), now())", answered.ticket.number
    )
    await rows(dsn, "UPDATE ticket SET wakes_at = NULL")
    overdue = "UPDATE ticket SET wakes_at = now() - interval '1 hour' WHERE number = $1"
    await rows(dsn, overdue, late.ticket.number)
    assert (
        await ActivityEnvironment().run(Reconciling(database, client, QUEUE, utc_now).repair_projection) == 1
    )
    now = {journey.ticket.number: await recording.seen(database, journey.ticket.number) for journey in lives}
    versions = [seen.version for seen in now.values() if seen]
    expected = [journey.ticket.version for journey in lives]
    expected[lives.index(doubted)] = older[lives.index(doubted)].view.version
    assert versions == expected
    in_doubt = await rows(dsn, "SELECT key_hash FROM command WHERE doubted_at IS NOT NULL ORDER BY 1")
    assert in_doubt == [("b",), ("h",), ("l",)]
    for handle in handles:
        await handle.terminate("end of the test")


async def test_a_ticket_whose_workflow_was_stopped_is_reported(database: Database, client: Client) -> None:
    """Terminated by hand while the ticket is open: nobody works on it any more."""
    stopped, running = await _request(database), await _request(database)
    handles = [
        await client.start_workflow("Ticket", None, id=workflow_id(intake.number), task_queue=QUEUE)
        for intake in (stopped, running)
    ]
    await handles[0].terminate("by mistake")
    found = await differences(database, client)
    assert found.without_workflow == [stopped.number]
    assert found.issued == 2
    await handles[1].terminate("end of the test")


async def test_what_was_started_is_noted_and_not_started_again(
    database: Database, client: Client, dsn: str
) -> None:
    """The list of requests that wait for their workflow is empty afterwards."""
    intakes = [await _request(database) for _ in range(3)]
    await rows(dsn, "UPDATE unstarted SET filed_at = now() - interval '1 minute'")
    reconciling = Reconciling(database, client, QUEUE, utc_now)
    beats: list[object] = []
    environment = ActivityEnvironment()
    environment.on_heartbeat = beats.append
    assert await environment.run(reconciling.start_missing) == len(intakes)
    assert len(beats) == len(intakes)
    assert await ActivityEnvironment().run(reconciling.start_missing) == 0
    for intake in intakes:
        await client.get_workflow_handle(workflow_id(intake.number)).terminate("end of the test")

"""What the doctor asks of a real engine: its namespace, who works, its schedules, and the tickets it runs."""

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from temporalio import workflow
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleIntervalSpec,
    ScheduleSpec,
)
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.archiving import FRONT, retention
from clock import utc_now
from doctor import engine, tickets
from doctor.engine import Round
from doctor.finding import Finding
from domain.search_attributes import SEARCH_ATTRIBUTES
from engine.starting import start_ticket
from phrases import Phrase
from readmodel import Database, history
from readmodel.vault import Vault
from settings import Settings
from tests.engine.listing import listed
from tests.readmodel.records import filed, rows

VAULT = Vault(b"master key for tests, 32 bytes!!")
HOUR = timedelta(hours=1)


def codes(found: Iterable[Finding]) -> list[str]:
    """Return the names of what was found."""
    return [finding.code for finding in found]


@pytest.fixture
def nowhere(client: Client) -> Client:
    """A client of a namespace that the engine does not have."""
    config = client.config()
    config["namespace"] = "nowhere"
    return Client(**config)


async def test_a_namespace_is_as_the_settings_say_or_the_difference_is_reported(client: Client) -> None:
    """How long it keeps what is over, in days."""
    kept = (await retention(client)).days
    assert await engine.namespace(client, Settings(retention_days=kept)) == []
    (found,) = await engine.namespace(client, Settings(retention_days=kept + 3))
    assert found.code == "engine.retention"
    assert f"the settings say {kept + 3}" in found.what.en


async def test_a_namespace_that_is_not_there_is_reported_and_has_no_schedules(nowhere: Client) -> None:
    """Each schedule is missed by what stands still without it."""
    assert codes(await engine.namespace(nowhere, Settings())) == ["engine.no_namespace"]
    assert codes(await engine.schedules(nowhere, Settings(), utc_now)) == ["engine.no_schedule"] * 2
    assert await engine.clock(nowhere, Settings()) is None


def test_search_attributes_that_are_missing_are_named() -> None:
    """Without them no ticket gets further."""
    known = dict.fromkeys(SEARCH_ATTRIBUTES, 1)
    assert codes(engine._attributes(known)) == []
    lost, *_ = known
    del known[lost]
    (found,) = engine._attributes(known)
    assert lost in found.what.en


async def test_a_queue_that_nobody_asks_for_work_is_reported_once(client: Client) -> None:
    """Not once for workflows and once for activities."""
    settings = Settings(task_queue=f"idle-{uuid4().hex}")
    assert codes(await engine.workers(client, settings, utc_now)) == ["engine.no_worker"]


@workflow.defn(name="Reconcile")
class _Round:
    """Stands for a round of reconciliation that goes on."""

    @workflow.run
    async def run(self) -> None:
        """Wait for the end of the test."""
        await workflow.wait_condition(lambda: False)


async def test_workers_that_do_not_answer_are_silent(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever works answers at once; after the worker's end nobody does."""
    monkeypatch.setattr(engine, "ANSWER", timedelta(seconds=2))
    name = f"round-{uuid4().hex}"
    handle = await client.start_workflow(_Round.run, id=name, task_queue=name)
    await listed(client, f'WorkflowId = "{name}"')
    try:
        async with Worker(
            client, task_queue=name, workflows=[_Round], workflow_runner=UnsandboxedWorkflowRunner()
        ):
            assert await engine.worker_answers(client) == []
        monkeypatch.setattr(engine, "ANSWER", timedelta(seconds=0.2))
        assert codes(await engine.worker_answers(client)) == ["engine.worker_silent"]
    finally:
        await handle.terminate()


@pytest.fixture
async def hourly(client: Client) -> AsyncIterator[Round]:
    """A schedule that runs every hour."""
    one = Round(f"hourly-{uuid4().hex}", HOUR, Phrase("gaps are not closed"))
    action = ScheduleActionStartWorkflow("Reconcile", id=one.name, task_queue=one.name)
    spec = ScheduleSpec(intervals=[ScheduleIntervalSpec(every=HOUR)])
    handle = await client.create_schedule(one.name, Schedule(action=action, spec=spec))
    yield one
    await handle.delete()


async def test_a_schedule_is_sound_late_or_paused(client: Client, hourly: Round) -> None:
    """Late by more than two rounds; who paused it, and why, stands in the finding."""
    handle, now = client.get_schedule_handle(hourly.name), datetime.now(UTC)
    described = await handle.describe()
    assert codes(engine.judge_schedule(hourly, described, now)) == []
    (late,) = engine.judge_schedule(hourly, described, now + 3 * HOUR)
    assert late.code == "engine.schedule_late"
    assert hourly.name in late.what.zh
    await handle.pause(note="a look at something")
    (paused,) = engine.judge_schedule(hourly, await handle.describe(), now + 3 * HOUR)
    assert paused.code == "engine.schedule_paused"
    assert "a look at something" in paused.what.en


async def test_an_open_ticket_without_a_workflow_is_named(
    client: Client, database: Database, dsn: str
) -> None:
    """Of two that were filed an hour ago one has its workflow."""
    there, lost = await filed(database, VAULT), await filed(database, VAULT)
    await start_ticket(client, there.intake, f"idle-{uuid4().hex}", timedelta(seconds=10))
    await listed(client, f'WorkflowId = "ticket/{there.number}"')
    await rows(dsn, "UPDATE request SET filed_at = filed_at - interval '1 hour'")
    try:
        (found,) = await tickets.numbers(database, client)
        assert found.code == "tickets.without_workflow"
        assert lost.number in found.what.en
        assert there.number not in found.what.en
        await rows(dsn, "UPDATE ticket SET closed_at = now() WHERE number = $1", lost.number)
        assert "tickets.without_workflow" not in codes(await tickets.numbers(database, client))
    finally:
        await client.get_workflow_handle(f"ticket/{there.number}").terminate()


async def test_an_archive_that_stands_where_it_was_yesterday_is_behind(
    client: Client, database: Database
) -> None:
    """One that has not begun is young."""
    assert await tickets.archive(database, client, Settings(), utc_now()) == []
    await history.move(database, FRONT, datetime.now(UTC) - timedelta(days=1))
    assert codes(await tickets.archive(database, client, Settings(), utc_now())) == ["archive.behind"]


async def test_what_ended_long_ago_and_is_not_kept_is_about_to_be_lost(
    client: Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the engine forgot within a second what it has just seen the end of."""
    name = f"ended-{uuid4().hex}"
    handle = await client.start_workflow("Ticket", id=f"ticket/{name}", task_queue=name)
    await handle.terminate()
    await listed(client, f'WorkflowId = "ticket/{name}" AND ExecutionStatus = "Terminated"')

    async def an_hour(_client: Client) -> timedelta:
        return HOUR

    monkeypatch.setattr(tickets, "retention", an_hour)
    monkeypatch.setattr(tickets, "LAST_QUARTER", 0.0)
    (found,) = await tickets.archive(database, client, Settings(), utc_now())
    assert found.code == "archive.about_to_lose"

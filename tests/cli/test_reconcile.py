"""What operations ask from the command line: differences, a recalculation, proposals to the directory."""

import asyncio
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import typer
from temporalio import workflow
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from cli import proposals, reconcile
from cli.recalculate import recalculate_running_tickets
from domain.messages import RecalculationProgress
from domain.vocabulary import Verdict
from engine.starting import start_ticket
from operations.differences import Differences
from readmodel import Database
from readmodel.vault import Vault
from rules.proposals import COLUMNS
from settings import Settings
from tests.doctor.answering import closed_port
from tests.engine.listing import listed
from tests.readmodel.records import filed
from tests.readmodel.test_proposals import _reviewed

VAULT = Vault(b"master key for tests, 32 bytes!!")


@workflow.defn(name="Recalculate")
class _Counting:
    """Stands for a recalculation that has come to three tickets and ends when the test lets it."""

    def __init__(self) -> None:
        """Nobody has looked yet."""
        self._may_end = False

    @workflow.run
    async def run(self, so_far: RecalculationProgress) -> RecalculationProgress:
        """Return after somebody has looked at the progress."""
        await workflow.wait_condition(lambda: self._may_end)
        return so_far.model_copy(update={"tickets": 3})

    @workflow.query
    def progress(self) -> RecalculationProgress:
        """Return how far it has come."""
        return RecalculationProgress(tickets=2)

    @workflow.signal
    def end(self) -> None:
        """Let it end."""
        self._may_end = True


@workflow.defn(name="Recalculate")
class _Failing:
    """Stands for a recalculation that could not reach a ticket for long."""

    @workflow.run
    async def run(self, so_far: RecalculationProgress) -> RecalculationProgress:
        """Fail, naming the ticket."""
        raise ApplicationError("20261102-000017-3", non_retryable=True)


@pytest.fixture
def settings(dev_server: WorkflowEnvironment, dsn: str, tmp_path: Path) -> Settings:
    """Settings that lead to the servers of the tests, with calendars that changed just now."""
    (tmp_path / "calendars").mkdir()
    return Settings(
        database_url=dsn,
        temporal_address=dev_server.client.service_client.config.target_host,
        task_queue=f"cli-{uuid4().hex}",
        data_dir=tmp_path,
    )


async def test_a_number_without_a_workflow_is_named_and_ends_with_1(
    settings: Settings, database: Database, client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of two issued numbers one has its workflow, and is not named."""
    there, lost = await filed(database, VAULT), await filed(database, VAULT)
    await start_ticket(client, there.intake, settings.task_queue, timedelta(seconds=10))
    await listed(client, f'WorkflowId = "ticket/{there.number}"')
    assert await asyncio.to_thread(reconcile.reconcile, settings) == 1
    output = capsys.readouterr().out
    assert "已发出编号 issued numbers: 2" in output
    assert lost.number in output
    assert there.number not in output
    await client.get_workflow_handle(f"ticket/{there.number}").terminate()


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (Differences(issued=7), 0),
        (Differences(issued=7, without_workflow=["a"]), 1),
        (Differences(issued=7, without_number=["b"]), 1),
    ],
)
def test_the_exit_code_says_whether_numbers_and_workflows_agree(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, found: Differences, code: int
) -> None:
    """Either side may have more."""

    async def differ(_database: Database, _client: Client) -> Differences:
        return found

    monkeypatch.setattr(reconcile, "differences", differ)
    assert reconcile.reconcile(settings) == code


def test_of_a_long_list_the_first_are_named_and_the_rest_is_a_number(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A screen full, whatever a bad day has left."""
    reconcile._print_list("gone", [f"n{place:03d}" for place in range(50)])
    output = capsys.readouterr().out
    assert "gone: 50" in output
    assert "n019" in output
    assert "n020" not in output
    assert "… 30" in output


async def test_running_tickets_are_counted_again_by_a_workflow_that_is_watched(
    settings: Settings, client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command waits for it, and says how many tickets were notified; asked again it finds it done."""
    name = f"recalculate/{(settings.data_dir / 'calendars').stat().st_mtime_ns}"
    async with Worker(
        client,
        task_queue=settings.task_queue,
        workflows=[_Counting],
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        running = asyncio.create_task(asyncio.to_thread(recalculate_running_tickets, settings))
        await listed(client, f'WorkflowId = "{name}"')
        await client.get_workflow_handle(name).signal("end")
        await running
    await asyncio.to_thread(recalculate_running_tickets, settings)
    output = capsys.readouterr().out
    assert output.count("已通知3件工单。 3 tickets notified.") == 2
    assert name in output


async def test_a_recalculation_that_fails_ends_with_1_and_names_what_it_could_not_reach(
    settings: Settings, client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the line for troubles."""
    async with Worker(
        client,
        task_queue=settings.task_queue,
        workflows=[_Failing],
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        with pytest.raises(typer.Exit) as ended:
            await asyncio.to_thread(recalculate_running_tickets, settings)
    assert ended.value.exit_code == 1
    assert "20261102-000017-3" in capsys.readouterr().err


def test_where_nothing_runs_the_recalculation_is_left_to_the_next_start(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """That is no failure: the worker does it by itself."""
    away = settings.model_copy(update={"temporal_address": f"127.0.0.1:{closed_port()}"})
    recalculate_running_tickets(away)
    assert "at the next start" in capsys.readouterr().out


async def test_upheld_objections_are_printed_as_rows_of_the_directory(
    settings: Settings, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    """The header even where there is none."""
    await proposals._print(settings)
    assert capsys.readouterr().out.splitlines() == [",".join(COLUMNS)]
    number = await _reviewed(database, VAULT, Verdict.UPHELD)
    await proposals._print(settings)
    header, row = capsys.readouterr().out.splitlines()
    assert header == ",".join(COLUMNS)
    assert number in row

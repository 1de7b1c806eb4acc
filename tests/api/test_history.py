"""What the engine has forgotten: kept before, replayed after, and still of use to late readers."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client, WorkflowHistory
from temporalio.client import WorkflowExecution as Execution
from temporalio.testing import ActivityEnvironment

from activities.archiving import FRONT, REAR, Archiving
from cli.history import ARCHIVE, ENGINE, Line, fetched, id_of, runs_of, show
from clock import utc_now
from domain.errors import Malformed, Unavailable, UnknownTicket
from engine.replaying import trouble_with
from engine.starting import workflow_id
from readmodel import Database, history
from readmodel.history import KeptRun
from readmodel.texts import originals
from settings import Settings
from tests.api.desk import NEVER_ISSUED, Desk, handler, problem
from tests.conftest import database_url
from tests.workflows.mutants import ShowsFirst
from workflows.ticket import Ticket

REQUESTER: dict[str, Any] = {"role": "requester"}


async def begins_to_archive(desk: Desk) -> None:
    """Let the archive begin now, with all that ended before kept: the engine is shared with other tests."""
    for head in (FRONT, REAR):
        await execute_in(
            desk.hotline.database,
            f"INSERT INTO history_mark VALUES ('{head}', now()) "
            "ON CONFLICT (head) DO UPDATE SET up_to = excluded.up_to",
        )
    await archives(desk)


async def archives(desk: Desk) -> int:
    """Let one round of the archive go by; return how many histories it kept."""
    archiving = Archiving(desk.hotline.database, desk.hotline.client, utc_now, settled=timedelta(0))
    return await ActivityEnvironment().run(archiving.archive_closed)


async def withdrawn(desk: Desk) -> tuple[str, dict[str, str]]:
    """Return number and tracking code of a request that its requester took back, once its run is over."""
    filed = (await desk.files()).json()
    number, says = filed["number"], {"tracking_code": filed["tracking_code"]}
    assert (await desk.says(number, "withdraw", REQUESTER, reason="已自行修好。", **says)).status_code == 200
    await is_over(desk, number)
    return number, says


async def is_over(desk: Desk, number: str) -> None:
    """Wait until the engine says that the newest run of the ticket is over, and lists it so."""
    await desk.hotline.client.get_workflow_handle(workflow_id(number)).result()
    query = f'WorkflowId = "{workflow_id(number)}" AND ExecutionStatus = "Running"'
    while (await desk.hotline.client.count_workflows(query)).count:  # the list is a moment behind
        pass


async def kept(desk: Desk, number: str) -> list[KeptRun]:
    """Return what the archive has of a ticket."""
    return await history.runs_of(desk.hotline.database, workflow_id(number))


async def forgets(client: Client, number: str, runs: list[KeptRun]) -> None:
    """Have the engine delete every run of a ticket, as its retention does."""
    for run in runs:
        execution = WorkflowExecution(workflow_id=workflow_id(number), run_id=str(run.run))
        await client.workflow_service.delete_workflow_execution(
            DeleteWorkflowExecutionRequest(namespace=client.namespace, workflow_execution=execution)
        )
    query = f'WorkflowId = "{workflow_id(number)}"'
    while (await client.count_workflows(query)).count:
        pass


async def test_every_run_of_an_ended_ticket_is_kept_once_and_replays_when_the_engine_has_it_no_more(
    desk: Desk,
) -> None:
    """Withdrawn, opened again, withdrawn again: each run of its own; a second round keeps nothing twice."""
    await begins_to_archive(desk)
    number, says = await withdrawn(desk)
    assert (await desk.says(number, "reopen", REQUESTER, reason="又坏了。", **says)).status_code == 200
    await desk.says(number, "withdraw", REQUESTER, **says)
    await is_over(desk, number)
    assert await archives(desk) >= 2
    runs = await kept(desk, number)
    assert len(runs) >= 2
    assert {run.outcome for run in runs} <= {"completed", "continued_as_new"}
    assert await archives(desk) == 0
    line = Line(desk.hotline.database, desk.hotline.client)
    known = await runs_of(line, workflow_id(number))
    before = [
        await desk.hotline.client.get_workflow_handle(
            workflow_id(number), run_id=str(one.run)
        ).fetch_history()
        for one in known
    ]
    assert {one.places for one in known} == {(ENGINE, ARCHIVE)}
    await forgets(desk.hotline.client, number, runs)
    known = await runs_of(line, workflow_id(number))
    assert {one.places for one in known} == {(ARCHIVE,)}
    histories = [await fetched(line, workflow_id(number), one) for one in known]
    assert [one.to_json_dict() for one in histories] == [one.to_json_dict() for one in before]
    assert [await trouble_with(one, Ticket) for one in histories] == [None] * len(runs)
    assert [await trouble_with(one, ShowsFirst) for one in histories].count(None) == 0
    shown = await desk.sees("tickets", archived=True, ending="withdrawn", unit="E-HEAT")
    assert number in {item["number"] for item in shown["items"]}
    shown = await desk.sees("tickets", archived=False, open=False)
    assert number not in {item["number"] for item in shown["items"]}


async def test_who_comes_after_the_engine_has_forgotten_is_served_from_the_record(desk: Desk) -> None:
    """Screens show it, a note is refused with what can be done, reopening works and the ticket goes on."""
    await begins_to_archive(desk)
    number, says = await withdrawn(desk)
    await archives(desk)
    await forgets(desk.hotline.client, number, await kept(desk, number))
    assert (await desk.sees(f"tickets/{number}"))["ending"] == "withdrawn"
    assert (await desk.sees(f"tickets/{number}/timeline"))["events"]
    refusal = problem(
        await desk.says(number, "supplement", REQUESTER, text="还有一户。", **says), 409, "WrongStage"
    )
    assert "reopen" in refusal["detail"]
    sealed = await originals(desk.hotline.database, desk.hotline.vault, number)
    assert "还有一户。" in {one.text for one in sealed}, "what was refused is not lost"
    assert (await desk.says(number, "reopen", REQUESTER, reason="又坏了。", **says)).status_code == 200
    signed = await desk.says(number, "sign", handler())
    assert signed.json()["status"] == "handling"


async def test_a_damaged_row_of_the_archive_is_reported_in_a_sentence_and_the_engine_asked_where_it_knows(
    desk: Desk,
) -> None:
    """A byte of it is gone: no defect of ours, no traceback."""
    await begins_to_archive(desk)
    number, _ = await withdrawn(desk)
    await archives(desk)
    await execute_in(
        desk.hotline.database, f"UPDATE history SET body = substr(body, 2) WHERE workflow = 'ticket/{number}'"
    )
    line = Line(desk.hotline.database, desk.hotline.client)
    known = (await runs_of(line, workflow_id(number)))[-1]
    assert (await fetched(line, workflow_id(number), known)).events
    with pytest.raises(Unavailable, match=r"damaged|not whole"):
        await fetched(line, workflow_id(number), replace(known, places=(ARCHIVE,)))


class DiesAfterOne(Archiving):
    """A worker that is killed when it has kept one history."""

    first: asyncio.Task[bool] | None = None

    async def _keep(self, execution: Execution) -> bool:
        """Keep the first, die at the second when the first is kept."""
        if self.first is not None:
            await self.first
            raise ConnectionAbortedError
        self.first = asyncio.create_task(super()._keep(execution))
        return await self.first


async def test_a_round_that_dies_in_the_middle_is_made_up_by_the_next(desk: Desk) -> None:
    """Its mark has not moved: everything is looked at again, and what was kept is not kept twice."""
    await begins_to_archive(desk)
    numbers = [(await withdrawn(desk))[0] for _ in range(3)]
    database = desk.hotline.database
    before = await history.mark(database, FRONT)
    dying = DiesAfterOne(database, desk.hotline.client, utc_now, settled=timedelta(0))
    with pytest.raises(ConnectionAbortedError):
        await ActivityEnvironment().run(dying.archive_closed)
    assert await history.mark(database, FRONT) == before
    assert [len(await kept(desk, number)) for number in numbers].count(1) == 1
    assert await archives(desk) == len(numbers) - 1
    assert [len(await kept(desk, number)) for number in numbers] == [1, 1, 1]


class SoonForgotten(Archiving):
    """The archive before an engine that forgets at once: the second look comes right after the first."""

    async def _remembered(self) -> timedelta:
        """Return no time at all."""
        return timedelta(0)


async def test_the_second_look_finds_what_the_first_did_not_see(desk: Desk) -> None:
    """A list that was behind, a clock that went wrong: half way to the end it is looked for again."""
    await begins_to_archive(desk)
    number, _ = await withdrawn(desk)
    database = desk.hotline.database
    await history.move(database, FRONT, datetime.now(UTC) + timedelta(hours=1))
    assert await archives(desk) == 0
    second = SoonForgotten(database, desk.hotline.client, utc_now, settled=timedelta(0))
    assert await ActivityEnvironment().run(second.archive_closed) == 1
    assert len(await kept(desk, number)) == 1


async def execute_in(database: Database, statement: str) -> None:
    """Run one statement in the database of the hotline."""
    async with database.connect() as connection:
        await connection.exec_driver_sql(statement)


async def test_the_command_shows_every_run_plays_it_again_and_writes_it_down(
    desk: Desk, postgres_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the engine before the archive has it; a number that nobody has is refused."""
    number, _ = await withdrawn(desk)
    async with desk.hotline.database.connect() as connection:
        name = (await connection.exec_driver_sql("SELECT current_database()")).scalar_one()
    settings = Settings(
        database_url=database_url(postgres_url, name),
        temporal_address=desk.hotline.client.service_client.config.target_host,
    )
    capsys.readouterr()
    code = await asyncio.to_thread(show, settings, number, replay=True, output=tmp_path / "out")
    said = capsys.readouterr().out
    assert (code, "重放一致" in said, "completed" in said) == (0, True, True), said
    (file,) = (tmp_path / "out").iterdir()
    written = WorkflowHistory.from_json("again", file.read_text(encoding="utf-8"))
    assert await trouble_with(written, Ticket) is None
    with pytest.raises(UnknownTicket):
        await asyncio.to_thread(show, settings, NEVER_ISSUED, replay=False, output=None)
    with pytest.raises(Malformed):
        await asyncio.to_thread(show, settings, "20261122-000001-5", replay=False, output=None)


def test_an_incident_is_asked_for_by_its_number() -> None:
    """As it is read out: small letters do."""
    assert id_of("i20261122-000001") == "incident/I20261122-000001"

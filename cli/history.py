"""`jiesu history NUMBER`: every run of the workflow of a ticket or an incident, from engine or archive."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import typer
from temporalio.api.history.v1 import History
from temporalio.client import Client, WorkflowHistory
from temporalio.service import RPCError

from domain.errors import Unavailable, UnknownTicket
from domain.numbers import read_incident_number, read_number
from embedded.running import find
from engine.connection import NotReady, connect_engine
from engine.replaying import trouble_with
from engine.starting import incident_workflow_id, workflow_id
from phrases import Phrase
from readmodel import Database, connect, history
from readmodel.packing import Damaged
from settings import Settings
from workflows.incident import Incident
from workflows.ticket import Ticket

ENGINE, ARCHIVE = "engine", "archive"
_RUNNING = "running"


@dataclass(frozen=True)
class Known:
    """One run of a workflow and where its history lies: `engine`, `archive` or both."""

    run: UUID
    outcome: str
    started_at: datetime
    closed_at: datetime | None
    places: tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """The way to the histories: the database, and the engine where it answers."""

    database: Database
    client: Client | None


def show(settings: Settings, number: str, *, replay: bool, output: Path | None) -> int:
    """Print every run of the workflow of `number`, and return 0, or 1 where one does not replay.

    With `replay` each is replayed with the present code; with `output` each is written to that folder as
    the JSON that Temporal's own tools read. Raises `Malformed`, `UnknownTicket`, `Unavailable`.
    """
    return asyncio.run(_show(find(settings), id_of(number), replay=replay, output=output))


def id_of(number: str) -> str:
    """Return the id of the workflow of a ticket or an incident. Raises `Malformed`."""
    if number.strip().upper().startswith("I"):
        return incident_workflow_id(read_incident_number(number))
    return workflow_id(read_number(number))


async def _show(settings: Settings, workflow: str, *, replay: bool, output: Path | None) -> int:
    database = connect(settings.database_url or "", 2)
    try:
        client: Client | None = await connect_engine(settings)
    except NotReady as away:
        typer.echo(f"{away}", err=True)
        client = None
    try:
        line = Line(database, client)
        runs = await runs_of(line, workflow)
        if not runs:
            raise UnknownTicket(Phrase("Neither engine nor archive has its workflow."))
        return (
            sum(
                [
                    await _tell(line, workflow, place, run, replay=replay, output=output)
                    for place, run in enumerate(runs, start=1)
                ]
            )
            and 1
        )
    finally:
        await database.dispose()


async def runs_of(line: Line, workflow: str) -> list[Known]:
    """Return every run of `workflow` that the engine or the archive knows, the first one first."""
    found = {
        one.run: Known(one.run, one.outcome, one.started_at, one.closed_at, (ARCHIVE,))
        for one in await history.runs_of(line.database, workflow)
    }
    if line.client is not None:
        async for one in line.client.list_workflows(f'WorkflowId = "{workflow}"'):
            run, known = UUID(one.run_id), found.get(UUID(one.run_id))
            outcome = one.status.name.lower() if one.status else _RUNNING
            places = (ENGINE, *(known.places if known else ()))
            found[run] = Known(run, outcome, one.start_time, one.close_time, places)
    return sorted(found.values(), key=lambda one: (one.started_at, one.closed_at is None))


async def fetched(line: Line, workflow: str, known: Known) -> WorkflowHistory:
    """Return the history of a run: from the archive where it lies there whole, else from the engine.

    Raises `Unavailable` where only the engine has it and does not answer, or where it is nowhere whole.
    """
    plain = None
    try:
        if ARCHIVE in known.places:
            plain = await history.read(line.database, workflow, known.run)
    except Damaged as damaged:
        if ENGINE not in known.places:
            raise Unavailable(damaged.what) from damaged
    if plain is not None:
        return WorkflowHistory(workflow, History.FromString(plain).events)
    if line.client is None:
        raise Unavailable(Phrase("The engine does not answer: try again later."))
    try:
        return await line.client.get_workflow_handle(workflow, run_id=str(known.run)).fetch_history()
    except RPCError as error:
        raise Unavailable(
            Phrase("The engine did not hand out the history: {name}.", name=error.status.name),
        ) from error


async def _tell(
    line: Line, workflow: str, place: int, known: Known, *, replay: bool, output: Path | None
) -> int:
    """Print one run, and return 1 where it was to be replayed and does not replay."""
    ended = known.closed_at.isoformat(timespec="seconds") if known.closed_at else "–"
    typer.echo(
        f"{place} {known.run} {known.outcome} {known.started_at.isoformat(timespec='seconds')} → {ended} "
        f"{'+'.join(known.places)}"
    )
    if not replay and output is None:
        return 0
    history = await fetched(line, workflow, known)
    if output is not None:
        file = output / f"{workflow.replace('/', '-')}-{place}.json"
        _write(file, history)
        typer.echo(f"  {file}: {len(history.events)} events")
    trouble = await trouble_with(history, Ticket, Incident) if replay else None
    if replay:
        words = f"重放不一致 does not replay: {trouble}" if trouble else "重放一致 replays"
        typer.echo(f"  {words} ({len(history.events)} events)")
    return int(trouble is not None)


def _write(file: Path, history: WorkflowHistory) -> None:
    """Write a history as the JSON that Temporal's own tools read."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(history.to_json() + "\n", encoding="utf-8")

"""What operations ask of a running installation from the command line; each function is one command."""

import asyncio
from collections.abc import Sequence
from typing import Any

import typer
from rich.console import Console
from rich.progress import Progress
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle

from domain.messages import RecalculationProgress
from embedded.running import find
from engine.connection import NotReady, connect_engine
from engine.starting import start_recalculation
from operations.differences import Differences, differences
from readmodel import connect, proposals
from rules.calendars import changed_at
from rules.proposals import COLUMNS, csv_row
from settings import Settings

console = Console()
_SHOWN = 20
_LOOK_SECONDS = 1.0


def reconcile(settings: Settings) -> int:
    """Print what issued numbers and workflows do not agree on, and return 0 when they agree, else 1."""
    found = asyncio.run(_differences(find(settings)))
    console.print(f"已发出编号 issued numbers: {found.issued}")
    _print_list("有编号而无工作流在办 issued and open, but no workflow works on it", found.without_workflow)
    _print_list("有工作流而无编号 workflow, but no issued number", found.without_number)
    return 1 if found.without_workflow or found.without_number else 0


def recalculate_running_tickets(settings: Settings) -> None:
    """Have every running ticket count its clocks again, and show how far that has come.

    The work is the workflow `Recalculate`: it goes on when this command is interrupted, and begins at the
    next start of the worker when nothing runs now.
    """
    asyncio.run(_recalculate(find(settings)))


def print_proposals(settings: Settings) -> None:
    """Print what upheld objections offer to the directory, as rows of `directory.csv`, newest first."""
    asyncio.run(_print_proposals(find(settings)))


async def _print_proposals(settings: Settings) -> None:
    engine, mark = connect(settings.database_url or "", 2), None
    print(",".join(COLUMNS))  # noqa: T201 - rows to paste, no markup
    try:
        while True:
            found = await proposals.of_the_directory(engine, mark, 200)
            for offered in found.rows:
                print(csv_row(offered))  # noqa: T201
            mark = found.next
            if mark is None:
                return
    finally:
        await engine.dispose()


async def _differences(settings: Settings) -> Differences:
    database = connect(settings.database_url or "", 2)
    try:
        return await differences(database, await connect_engine(settings))
    finally:
        await database.dispose()


def _print_list(title: str, numbers: Sequence[str]) -> None:
    console.print(f"{title}: {len(numbers)}")
    for number in numbers[:_SHOWN]:
        console.print(f"  {number}")
    if len(numbers) > _SHOWN:
        console.print(f"  … {len(numbers) - _SHOWN}")


async def _recalculate(settings: Settings) -> None:
    try:
        client = await connect_engine(settings)
    except NotReady:
        typer.echo(
            "系统未在运行,下次启动时会重算在办工单。 "
            "Nothing runs now: running tickets are counted again at the next start."
        )
        return
    handle = await start_recalculation(client, changed_at(settings.data_dir), settings.task_queue)
    typer.echo(f"重算在办工单 counting running tickets again: {handle.id}")
    try:
        done = await _shown(client, handle)
    except WorkflowFailureError as failed:  # some tickets could not be told for long; the cause names them
        typer.echo(str(failed.cause), err=True)
        raise typer.Exit(1) from failed
    typer.echo(f"已通知{done.tickets}件工单。 {done.tickets} tickets were told.")


async def _shown(client: Client, handle: WorkflowHandle[Any, RecalculationProgress]) -> RecalculationProgress:
    result = asyncio.create_task(handle.result())
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("重算 recalculating", total=None)
        while not result.done():
            await asyncio.wait([result], timeout=_LOOK_SECONDS)
            if not result.done():
                watched = client.get_workflow_handle(handle.id)
                progress = await watched.query("progress", result_type=RecalculationProgress)
                bar.update(task, completed=progress.tickets, description=f"重算 {progress.tickets}")
    return await result

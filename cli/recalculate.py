"""Recalculating the clocks of running tickets after a new calendar, with progress at the terminal."""

import asyncio
from typing import Any

import typer
from rich.console import Console
from rich.progress import Progress
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle

from domain.messages import RecalculationProgress
from embedded.running import find
from engine.connection import NotReady, connect_engine
from engine.starting import start_recalculation
from rules.calendars import changed_at
from settings import Settings

console = Console()


def recalculate_running_tickets(settings: Settings) -> None:
    """Have every running ticket count its clocks again, and show how far that has come.

    The work is the workflow `Recalculate`: it goes on when this command is interrupted, and begins at the
    next start of the worker when nothing runs now.
    """
    asyncio.run(_recalculate(find(settings)))


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
    typer.echo(f"已通知{done.tickets}件工单。 {done.tickets} tickets notified.")


async def _shown(client: Client, handle: WorkflowHandle[Any, RecalculationProgress]) -> RecalculationProgress:
    result = asyncio.create_task(handle.result())
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("重算 recalculating", total=None)
        while not result.done():
            await asyncio.wait([result], timeout=1)
            if not result.done():
                watched = client.get_workflow_handle(handle.id)
                progress = await watched.query("progress", result_type=RecalculationProgress)
                bar.update(task, completed=progress.tickets, description=f"重算 {progress.tickets}")
    return await result

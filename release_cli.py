"""What a release asks of the command line: which code this is, and whether running workflows survive it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from temporalio.client import Client, WorkflowHistory
from temporalio.service import RPCError, RPCStatusCode

from embedded.running import find
from readmodel.feed_gaps import close_gaps
from settings import Settings, from_process
from worker import WORKFLOWS, build_id, connect_engine
from workflows.replaying import trouble_with

_RUNNING = 'ExecutionStatus = "Running"'
_SHOWN = 20
_PAGE = 200

console = Console()
_trouble = Console(stderr=True)


@dataclass
class Replayed:
    """How many running workflows were told again, and the ids of those that did not come out the same."""

    workflows: int = 0
    diverged: dict[str, str] = field(default_factory=dict[str, str])


def add_to(app: typer.Typer) -> None:
    """Give `app` the command `replay`."""
    app.command(name="replay", help="用本程序重演在办工作流 / tell running workflows again with this code")(
        _replay
    )


def print_version(settings: Settings) -> None:
    """Print the release, and the build id that the worker stamps on what it does."""
    typer.echo(f"jiesu {version('jiesu')} (build {build_id(settings)})")


def complete(settings: Settings) -> None:
    """Add what workers of an older release have left out of tables it did not know; print how much."""
    added = asyncio.run(close_gaps(settings.database_url or ""))
    typer.echo(f"单位数据推送补记 rows added to the feeds: {added}")


def _replay(
    data: Annotated[
        Path | None, typer.Option(help="数据文件夹 / data folder (JIESU_DATA)", readable=False)
    ] = None,
    sample: Annotated[
        int | None, typer.Option(min=1, help="最多重演几件,均匀抽取 / at most so many, evenly spread")
    ] = None,
) -> None:
    """Fetch histories of running workflows, replay them with the present code; exit code 1 on divergence.

    Writes nothing: it may run beside the workers of the release that is to be replaced.
    """
    settings = find(from_process({} if data is None else {"data_dir": data}))
    found = asyncio.run(replay_running(settings, sample))
    console.print(
        f"重演 replayed: {found.workflows} · 不一致 diverged: {len(found.diverged)} · {build_id(settings)}"
    )
    for name, why in list(found.diverged.items())[:_SHOWN]:
        _trouble.print(f"  {name}: {why}", markup=False, highlight=False)
    if len(found.diverged) > _SHOWN:
        _trouble.print(f"  … {len(found.diverged) - _SHOWN}")
    if found.diverged:
        _trouble.print("不要部署此版本,见 docs/operations/upgrade.md。 Do not deploy this release.")
    raise typer.Exit(1 if found.diverged else 0)


async def replay_running(settings: Settings, sample: int | None) -> Replayed:
    """Replay running workflows of `settings`' namespace, all or about `sample`; return what came of it.

    Raises `worker.NotReady` when the engine is away.
    """
    client = await connect_engine(settings)
    query = f'{_RUNNING} AND TaskQueue = "{settings.task_queue}"'
    running = (await client.count_workflows(query)).count
    step = 1 if sample is None else max(1, -(-running // sample))
    found = Replayed()
    with Progress(console=_trouble, transient=True) as bar:
        task = bar.add_task("重演 replaying", total=running // step)
        async for history in _histories(client, query, step):
            trouble = await trouble_with(history, *WORKFLOWS)
            found.workflows += 1
            if trouble is not None:
                found.diverged[history.workflow_id] = str(trouble).partition("\n")[0][:300]
            bar.advance(task)
    return found


async def _histories(client: Client, query: str, step: int) -> AsyncIterator[WorkflowHistory]:
    """Yield the history of every `step`-th workflow that `query` finds and that is there still."""
    seen = 0
    async for execution in client.list_workflows(query, page_size=_PAGE):
        seen += 1
        if seen % step:
            continue
        handle = client.get_workflow_handle(execution.id, run_id=execution.run_id)
        try:
            yield await handle.fetch_history()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:  # it ended, and was removed, meanwhile
                raise

"""What a release asks of the command line: which code this is, and whether running workflows survive it."""

import asyncio
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from embedded.running import find
from operations.replaying import Replayed, replay_running
from phrases import Phrase
from readmodel.feed_gaps import close_gaps
from settings import Settings, from_process
from worker import build_id

_SHOWN = 20

console = Console()
_trouble = Console(stderr=True)


def add_to(app: typer.Typer) -> None:
    """Give `app` the command `replay`."""
    app.command(name="replay", help="用本程序重演在办工作流 / replay running workflows with this code")(
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
    found = _replayed(settings, sample)
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


def _replayed(settings: Settings, sample: int | None) -> Replayed:
    """Return what came of the replay, with a bar on the terminal while it goes on."""
    with Progress(console=_trouble, transient=True) as bar:
        task = bar.add_task(Phrase("replaying").both(), total=None)

        def step_done(done: int, of: int) -> None:
            bar.update(task, completed=done, total=of)

        return asyncio.run(replay_running(settings, sample, step_done))


app = typer.Typer()
add_to(app)

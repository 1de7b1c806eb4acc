"""`jiesu rebuild`: re-create the projection while the system runs, or, with `--check`, compare it."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from temporalio.service import RPCError

from cli.settings_of import settings_in
from clock import utc_now
from domain.errors import Unavailable
from embedded.numbering import Ahead, advance, behind
from embedded.restoring import forget
from embedded.running import find
from engine.asking import TicketQueries
from engine.connection import connect_engine
from operations.rebuilding import PageResult, Rebuilding
from phrases import Phrase
from readmodel import connect, rebuilding
from readmodel.texts import require_same_master
from readmodel.vault import BadVault, Vault, open_vault
from settings import Settings

console = Console(soft_wrap=True, highlight=False)
_SHOWN = 50
"""How many of a kind are listed by name."""


@dataclass
class Named:
    """How many there are of a kind, and the first of them: a city's worth would fill the memory."""

    count: int = 0
    first: list[str] = field(default_factory=list[str])

    def add(self, lines: Iterable[str]) -> None:
        """Count `lines`, and keep those that are shown."""
        for line in lines:
            self.count += 1
            if len(self.first) < _SHOWN:
                self.first.append(line)


@dataclass
class Totals:
    """What came of all pages so far; see `PageResult`."""

    tickets: int = 0
    differing: int = 0
    differences: Named = field(default_factory=Named)
    found: Named = field(default_factory=Named)
    forgotten: Named = field(default_factory=Named)
    left: Named = field(default_factory=Named)
    wordless: Named = field(default_factory=Named)

    def add(self, result: PageResult) -> None:
        """Add what came out of another page; a ticket is on one page alone."""
        self.tickets += result.tickets
        self.differing += len({one.number for one in result.differences})
        self.differences.add(
            f"{one.number}  {one.place}: {', '.join(one.columns)}" for one in result.differences
        )
        self.found.add(result.found)
        self.forgotten.add(result.forgotten)
        self.left.add(f"{number}  {why}" for number, why in result.left)
        self.wordless.add(result.wordless)


Data = Annotated[Path | None, typer.Option("--data", help="数据文件夹 data folder (JIESU_DATA)")]
Check = Annotated[bool, typer.Option("--check", help="只核对,不写入 write nothing, exit 1 if any differ")]


def add_to(app: typer.Typer, settings: Callable[[Path | None], Settings] = settings_in) -> None:
    """Give `app` the command; `settings` returns those of the installation in a data folder."""

    @app.command()
    def rebuild(data: Data = None, *, check: Check = False) -> None:
        """由事件记录与工作流重建投影,系统照常运行。 Rebuild the projection while the system runs."""
        raise typer.Exit(asyncio.run(_rebuild(find(settings(data)), mends=not check)))


async def _rebuild(settings: Settings, *, mends: bool) -> int:
    """Rebuild or check, print what came of it, and return the exit code.

    Raises `Unavailable` where database or engine went away on the way, after what had been done was printed.
    """
    database = connect(settings.database_url or "", 4, statement_seconds=None)
    totals, numbers = Totals(), list[Ahead]()
    try:
        client = await connect_engine(settings)
        vault = await _vault(settings, database)
        queries = TicketQueries(client)
        numbers += await behind(client, database)
        if mends:
            await advance(database, numbers)
        work = Rebuilding(database, client, queries.everything, queries.filing, vault, utc_now)
        total = await rebuilding.how_many(database)
        async with contextlib.aclosing(work.pages(mends=mends)) as pages:
            await _followed(pages, total, totals, mends=mends)
        totals.add(await work.incidents(mends=mends))
    except (RPCError, Unavailable) as away:
        _report(totals, numbers, mends=mends)
        raise _cut_off(away) from away
    finally:
        await database.dispose()
    if mends and not totals.left.count:
        forget(settings.data_dir)
    return _report(totals, numbers, mends=mends)


def _cut_off(away: RPCError | Unavailable) -> Unavailable:
    """Return that the work stopped half-way, and that nothing is spoilt by it."""
    if isinstance(away, RPCError):
        who = Phrase("The engine did not answer ({name})", name=away.status.name)
    else:
        who = Phrase("The database did not answer")
    return Unavailable(
        Phrase(
            "{who}; stopped half-way. What is written is whole and stays: run this again later.",
            who=who,
        ),
    )


async def _vault(settings: Settings, engine: rebuilding.Database) -> Vault | None:
    """Return the vault if its key is here and fits; never make a key."""
    if not settings.key_file.exists():
        return None
    try:
        vault = open_vault(settings.key_file)
        await require_same_master(engine, vault)
    except BadVault as bad:
        console.print(str(bad), markup=False)
        return None
    return vault


async def _followed(pages: AsyncGenerator[PageResult], total: int, totals: Totals, *, mends: bool) -> None:
    """Show how far it has come, and gather what came of each page."""
    word = "重建 rebuilding" if mends else "核对 checking"
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task(word, total=total)
        async for result in pages:
            totals.add(result)
            bar.update(task, completed=totals.tickets)


def _report(totals: Totals, numbers: list[Ahead], *, mends: bool) -> int:
    """Print what came of it; return 1 where something differs (`--check`) or could not be rebuilt."""
    done = "已重建 rebuilt" if mends else "不一致 differing"
    console.print(f"工单 tickets: {totals.tickets}")
    console.print(f"{done}: {totals.differing}")
    _lines(totals.differences)
    for ahead in numbers:
        console.print(f"编号序列落后于引擎 sequence behind the engine: {ahead.sequence}, {ahead.furthest}")
    _list("仅引擎知道、已收回 known to the engine alone", totals.found)
    _list("引擎落后于事件记录,以记录为准 the engine is older than the log, which was kept", totals.forgotten)
    _list("无法重建 could not be rebuilt", totals.left)
    _list(
        "原文缺失(诉求人信息或来往文字已丢失) words lost: the vault lacks texts that nobody erased",
        totals.wordless,
    )
    trouble = totals.left.count or totals.forgotten.count
    return 1 if trouble or (not mends and (totals.differing or numbers)) else 0


def _list(title: str, named: Named) -> None:
    if named.count:
        console.print(f"{title}: {named.count}")
        _lines(named)


def _lines(named: Named) -> None:
    for line in named.first:
        console.print(f"  {line}", markup=False)
    if named.count > len(named.first):
        console.print(f"  … {named.count - len(named.first)}")


app = typer.Typer()
add_to(app)

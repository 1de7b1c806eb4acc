"""`jiesu rebuild`: the projection told anew while the system runs, or, with `--check`, held against it."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from activities.rebuilding import Rebuilding, Told
from embedded.numbering import Ahead, advance, behind
from embedded.restoring import forget
from embedded.running import find
from readmodel import connect, rebuilding
from readmodel.texts import require_same_master
from readmodel.vault import BadVault, Vault, open_vault
from settings import Settings
from worker import connect_engine
from workflows.accounts import Accounts

console = Console(soft_wrap=True, highlight=False)
_SHOWN = 50
"""How many of a kind are listed by name."""


Data = Annotated[Path | None, typer.Option("--data", help="数据文件夹 data folder (JIESU_DATA)")]
Check = Annotated[bool, typer.Option("--check", help="只核对,不写入 write nothing, exit 1 if any differ")]


def add_to(app: typer.Typer, settings: Callable[[Path | None], Settings]) -> None:
    """Give `app` the command; `settings` returns those of the installation in a data folder."""

    @app.command()
    def rebuild(data: Data = None, *, check: Check = False) -> None:
        """由事件记录与工作流重建投影,系统照常运行。 Tell every ticket's rows anew while the system runs."""
        raise typer.Exit(asyncio.run(_rebuild(find(settings(data)), mends=not check)))


async def _rebuild(settings: Settings, *, mends: bool) -> int:
    """Rebuild or check, print what came of it, and return the exit code."""
    engine = connect(settings.database_url or "", 4, statement_seconds=None)
    try:
        client = await connect_engine(settings)
        vault = await _vault(settings, engine)
        retelling = Accounts(client)
        numbers = await behind(client, engine)
        if mends:
            await advance(engine, numbers)
        work = Rebuilding(engine, client, retelling.everything, retelling.filing, vault)
        all_told = Told()
        total = await rebuilding.how_many(engine)
        async with contextlib.aclosing(work.pages(mends=mends)) as pages:
            await _followed(pages, total, all_told, mends=mends)
        all_told.add(await work.incidents(mends=mends))
    finally:
        await engine.dispose()
    if mends and not all_told.left:
        forget(settings.data_dir)
    return _report(all_told, numbers, mends=mends)


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


async def _followed(pages: AsyncGenerator[Told], total: int, all_told: Told, *, mends: bool) -> None:
    """Show how far it has come, and gather what came of each page."""
    word = "重建 rebuilding" if mends else "核对 checking"
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task(word, total=total)
        async for told in pages:
            all_told.add(told)
            bar.update(task, completed=all_told.tickets)


def _report(told: Told, numbers: list[Ahead], *, mends: bool) -> int:
    """Print what came of it; return 1 where something differs (`--check`) or could not be told anew."""
    done = "已重建 rebuilt" if mends else "不一致 differing"
    tickets = sorted({one.number for one in told.differences})
    console.print(f"工单 tickets: {told.tickets}")
    console.print(f"{done}: {len(tickets)}")
    for one in told.differences[:_SHOWN]:
        console.print(f"  {one.number}  {one.place}: {', '.join(one.columns)}", markup=False)
    _rest(len(told.differences))
    for ahead in numbers:
        console.print(f"编号序列落后于引擎 sequence behind the engine: {ahead.sequence}, {ahead.furthest}")
    _list("仅引擎知道、已收回 known to the engine alone", told.found)
    _list("无法重建 could not be told anew", [f"{number}  {why}" for number, why in told.left])
    _list(
        "原文缺失(诉求人信息或来往文字已丢失) words lost: the vault lacks texts that nobody erased",
        told.wordless,
    )
    return 1 if told.left or (not mends and (tickets or numbers)) else 0


def _list(title: str, lines: list[str]) -> None:
    if not lines:
        return
    console.print(f"{title}: {len(lines)}")
    for line in lines[:_SHOWN]:
        console.print(f"  {line}", markup=False)
    _rest(len(lines))


def _rest(count: int) -> None:
    if count > _SHOWN:
        console.print(f"  … {count - _SHOWN}")

"""`jiesu revive`: a ticket whose history no code can play again goes on from its event log."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from cli.settings_of import settings_in
from domain.numbers import read_number
from embedded.running import find
from engine.connection import connect_engine
from operations.reviving import revive
from readmodel import connect
from settings import Settings

Number = Annotated[str, typer.Argument(help="工单编号 / number of the ticket")]
Data = Annotated[Path | None, typer.Option("--data", help="数据文件夹 data folder (JIESU_DATA)")]


def add_to(app: typer.Typer, settings: Callable[[Path | None], Settings] = settings_in) -> None:
    """Give `app` the command; `settings` returns those of the installation in a data folder."""

    @app.command(name="revive")
    def revive_ticket(number: Number, data: Data = None) -> None:
        """让历史已无法重放、或流程落后于事件记录的工单从事件记录继续办理。

        Let a ticket go on from its log where its history cannot be replayed, or knows less. No other.
        """
        asyncio.run(_revive(find(settings(data)), read_number(number)))
        typer.echo(f"{number}: 已从事件记录继续办理 / goes on from its event log")


async def _revive(settings: Settings, number: str) -> None:
    database = connect(settings.database_url or "", 2)
    try:
        await revive(database, await connect_engine(settings), number, settings.task_queue)
    finally:
        await database.dispose()


app = typer.Typer()
add_to(app)

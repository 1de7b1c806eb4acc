"""`jiesu rules proposals`: rows that upheld objections offer to the directory."""

import asyncio

import typer

from cli.settings_of import settings_of
from embedded.running import find
from readmodel import connect
from readmodel import proposals as offered
from rules.proposals import COLUMNS, csv_row
from settings import Settings

app = typer.Typer()


@app.command(
    "proposals",
    help="派单异议成立后建议修改的目录行 / "
    "rows that upheld objections offer to the directory, ready to paste",
)
def proposals() -> None:
    """Print what upheld objections offer to the directory, as rows of `directory.csv`, newest first."""
    asyncio.run(_print(find(settings_of())))


async def _print(settings: Settings) -> None:
    database, mark = connect(settings.database_url or "", 2), None
    print(",".join(COLUMNS))  # noqa: T201 - rows to paste, no markup
    try:
        while True:
            found = await offered.of_the_directory(database, mark, 200)
            for row in found.rows:
                print(csv_row(row))  # noqa: T201
            mark = found.next
            if mark is None:
                return
    finally:
        await database.dispose()

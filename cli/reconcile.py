"""`jiesu reconcile`: issued numbers held against workflows."""

import asyncio
from collections.abc import Sequence

from rich.console import Console

from embedded.running import find
from engine.connection import connect_engine
from operations.differences import Differences, differences
from readmodel import connect
from settings import Settings

console = Console()
_SHOWN = 20


def reconcile(settings: Settings) -> int:
    """Print what issued numbers and workflows do not agree on, and return 0 when they agree, else 1."""
    found = asyncio.run(_differences(find(settings)))
    console.print(f"已发出编号 issued numbers: {found.issued}")
    _print_list("有编号而无工作流在办 issued and open, but no workflow works on it", found.without_workflow)
    _print_list("有工作流而无编号 workflow, but no issued number", found.without_number)
    return 1 if found.without_workflow or found.without_number else 0


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

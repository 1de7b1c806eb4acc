"""`jiesu rules diff A B`: what changes from one edition to another, for people and for machines."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from domain.errors import UnknownCode
from rules.diff import Difference, diff
from rules.finding import Fetch, find_edition
from rules.keeping import ForeignEditionError
from rules.loading import UnsoundEditionError

_SHOWN = 200
Which = Annotated[str, typer.Argument(help="名称、name@hash 或文件夹。 A name, name@hash, or a folder.")]


def add_diff(app: typer.Typer, fetch: Fetch | None = None) -> None:
    """Give `app` the command `diff`; editions that are only kept are got by `fetch`."""

    @app.command("diff")
    def show_difference(
        a: Which,
        b: Which,
        root: Annotated[Path | None, typer.Option("--root", help="规则目录。 The editions' folder.")] = None,
        *,
        as_json: Annotated[bool, typer.Option("--json", help="输出 JSON。 Print JSON.")] = False,
        every: Annotated[bool, typer.Option("--all", help="全部列出。 Print every change.")] = False,
    ) -> None:
        """比较两个规则版本:相同时退出码为 0,不同为 1。 Compare two editions: exit 0 same, 1 different."""
        try:
            found = diff(find_edition(a, root, fetch), find_edition(b, root, fetch))
        except (UnknownCode, UnsoundEditionError, ForeignEditionError) as failure:
            typer.echo(str(failure), err=True)
            raise typer.Exit(2) from None
        if as_json:
            typer.echo(found.model_dump_json(indent=2))
        else:
            _print(found, None if every else _SHOWN)
        raise typer.Exit(int(bool(found.changes)))


def _print(found: Difference, most: int | None) -> None:
    typer.echo(f"{found.a} → {found.b}")
    if not found.changes:
        typer.echo("两个版本没有差别。 The editions say the same.")
        return
    table = Table()
    for heading in ("部分 part", "变化 change", "项目 item", "原 before", "新 after"):
        table.add_column(heading, overflow="fold")
    for change in found.changes[:most]:
        name = f"{change.name} " if change.name else ""
        field = f" · {change.field}" if change.field else ""
        what = f"{change.what.zh} {change.what.en}"
        item = f"{name}{change.key}{field}"
        table.add_row(change.part.zh, what, item, change.before or "–", change.after or "–")
    Console().print(table)
    counts = found.counts().items()
    zh = "、".join(f"{part.zh}{count}处" for part, count in counts)
    en = ", ".join(f"{part.en} {count}" for part, count in counts)
    typer.echo(f"{zh}。 {en}.")
    if most is not None and len(found.changes) > most:
        left = len(found.changes) - most
        typer.echo(f"另有{left}处,用 --all 全部列出。 {left} more: use --all.")

"""`jiesu rules proposals`: rows that upheld objections offer to the directory."""

import typer

from cli.reconcile import print_proposals
from cli.settings_of import settings_of

app = typer.Typer()


@app.command(
    "proposals",
    help="派单异议成立后建议修改的目录行 / "
    "rows that upheld objections offer to the directory, ready to paste",
)
def proposals() -> None:
    """Print what upheld objections offer to the directory."""
    print_proposals(settings_of())

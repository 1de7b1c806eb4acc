"""The table of packages in docs/architecture.md says what the contracts check."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS = PROJECT["tool"]["importlinter"]["contracts"]
ROW = re.compile(r"^\| \d \| (.*?) \|.*\| (.*?) \|$", re.MULTILINE)
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
PLACE = re.compile(r"`((?:\w+/)+\w+\.py): (\w+)`")
"""A name in a file, as the pages write it."""


def test_the_table_has_the_layers_of_the_contract() -> None:
    """Row by row, and each package in its row."""
    rows = [sorted(re.findall(r"`(\w+)/`", packages)) for packages, _ in ROW.findall(PAGE)]
    assert rows == [sorted(layer.split(" | ")) for layer in CONTRACTS[0]["layers"]]


def test_the_table_names_who_reads_settings() -> None:
    """As the contract lists them."""
    named = set[str]()
    for packages, may in ROW.findall(PAGE):
        if "`settings`" in may:
            files = {file.replace("/", ".") for file in re.findall(r"`(\w+/\w+)\.py`", may)}
            own = set(re.findall(r"`(\w+)/`", packages))
            also = may.partition("also `settings`")
            said = own & set(re.findall(r"`(\w+)`", also[0])) if also[1] else own
            named |= files or said
    assert named == set(CONTRACTS[2]["allowed_importers"])


def test_the_page_names_every_folder_of_the_domain() -> None:
    """Those that are there, in their order."""
    inside = PAGE.partition("Inside `domain/`")[2].partition("\n")[0]
    folders = {path.parent.name for path in (ROOT / "domain").glob("*/__init__.py")}
    assert folders == set(re.findall(r"`(\w+)`", inside)) - {"commands"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_name_in_a_file_is_there(page: Path) -> None:
    """Whoever looks it up finds it."""
    for file, name in PLACE.findall(page.read_text(encoding="utf-8")):
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        names = {getattr(node, "name", getattr(node, "id", "")) for node in ast.walk(tree)}
        assert name in names, (file, name)

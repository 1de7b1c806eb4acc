"""The trace of requirements names every row once, and nothing that is not there."""

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "requirements.md").read_text(encoding="utf-8")
STATES = {"done", "partly", "planned"}
NONE = "–"
MISSING = "Missing: "


@dataclass(frozen=True)
class Row:
    """One line of a table: its name, its state, and the cells as they are written."""

    name: str
    state: str
    module: str
    test: str
    what: str

    @property
    def modules(self) -> list[str]:
        """Return the paths that the row names."""
        return listed(self.module)

    @property
    def tests(self) -> list[str]:
        """Return the tests that the row names, `path::function`."""
        return listed(self.test)


def listed(cell: str) -> list[str]:
    """Return what a cell lists: `a`, `b` or a dash for nothing. A cell written otherwise fails the test."""
    if cell == NONE:
        return []
    parts = cell.split(", ")
    badly_written = [part for part in parts if not re.fullmatch(r"`[^`\s]+`", part)]
    assert badly_written == [], f"not a list of names in backticks: {cell}"
    return [part.strip("`") for part in parts]


def read_rows(page: str) -> list[Row]:
    """Return every line of every table but headers and rules. A line without five cells fails the test."""
    rows: list[Row] = []
    for line in page.splitlines():
        if not line.startswith("|") or line.startswith(("| row |", "|---")):
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        assert len(cells) == 5, f"not five cells: {line}"
        rows.append(Row(*cells))
    return rows


ROWS = read_rows(PAGE)


@cache
def functions_of(path: str) -> set[str]:
    """Return the names of the functions at the top of a file, none for a file that is not there."""
    file = ROOT / path
    if not file.is_file():
        return set()
    body = ast.parse(file.read_text(encoding="utf-8")).body
    return {node.name for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def is_a_test(node: str) -> bool:
    """Return whether `path::function` is a test that pytest would find."""
    path, _, function = node.partition("::")
    is_collected = path.startswith("tests/") and Path(path).name.startswith("test_")
    return is_collected and function.startswith("test_") and function in functions_of(path)


def test_every_requirement_and_every_branch_has_one_row_in_order() -> None:
    """R001 to R124 in the first table, B1 to B52 in the second."""
    expected = [f"R{number:03}" for number in range(1, 125)] + [f"B{number}" for number in range(1, 53)]
    assert [row.name for row in ROWS] == expected


def test_the_state_of_a_row_is_one_of_three_words() -> None:
    """Nothing is nearly done."""
    assert [row for row in ROWS if row.state not in STATES] == []


def test_every_named_module_is_there() -> None:
    """A file that was moved takes its rows with it."""
    missing = [f"{row.name} {path}" for row in ROWS for path in row.modules if not (ROOT / path).is_file()]
    assert missing == []


def test_no_row_names_a_test_as_its_module() -> None:
    """A test fulfils nothing."""
    assert [row.name for row in ROWS for path in row.modules if path.startswith("tests/")] == []


def test_every_named_test_is_defined_where_the_row_says() -> None:
    """A test that was renamed or moved takes its rows with it."""
    assert [f"{row.name} {node}" for row in ROWS for node in row.tests if not is_a_test(node)] == []


def test_what_is_built_names_a_module_and_a_test() -> None:
    """Without a test nobody knows, and without a module nobody finds it."""
    built = [row for row in ROWS if row.state in {"done", "partly"}]
    assert [row.name for row in built if not (row.modules and row.tests)] == []


def test_what_is_planned_names_neither_module_nor_test() -> None:
    """What has a module and a test is at least partly built."""
    planned = [row for row in ROWS if row.state == "planned"]
    assert [row.name for row in planned if row.modules or row.tests] == []


def test_only_what_is_partly_built_says_what_is_missing() -> None:
    """A row that is done misses nothing; one that is planned misses all of it."""
    unclear = [row.name for row in ROWS if (row.state == "partly") != (MISSING in row.what)]
    assert unclear == []


def test_every_row_says_in_chinese_first_what_it_is() -> None:
    """The term of the field, then the words of somebody who does not know it."""
    said = re.compile(r"[A-Z0-9+]*[一-鿿][^:]*: \S.*")
    assert [row.name for row in ROWS if not said.fullmatch(row.what)] == []

"""The clock is read in `clock.py` alone; whatever else needs it is given it."""

import ast
from collections.abc import Iterator

import pytest

from tests.test_imports import OURS, ROOT, files_of

INSTANTS = {"now", "utcnow", "today"}
"""What `datetime` and `date` are asked for."""
OF_TIME = {"time", "time_ns", "localtime", "gmtime", "ctime", "strftime"}
"""What the module `time` says of the time of day. Its monotonic clocks measure how long something took."""


def readings(source: str) -> Iterator[str]:
    """Yield every place in `source` that reads the time of day, or takes the name of what reads it."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Attribute(value=ast.Name("datetime" | "date") | ast.Attribute(attr="datetime" | "date")):
                is_reading = node.attr in INSTANTS
            case ast.Attribute(value=ast.Name("time")):
                is_reading = node.attr in OF_TIME
            case ast.ImportFrom(module="time"):
                is_reading = any(one.name in OF_TIME for one in node.names)
            case ast.Import():  # under another name it would not be found
                is_reading = any(one.name in {"time", "datetime"} and one.asname for one in node.names)
            case ast.ImportFrom(module="datetime"):
                is_reading = any(one.name in {"datetime", "date"} and one.asname for one in node.names)
            case _:
                continue
        if is_reading:
            yield f"{node.lineno}: {ast.unparse(node)}"


@pytest.mark.parametrize("unit", sorted(OURS - {"clock"}))
def test_nobody_else_reads_the_clock(unit: str) -> None:
    """Who needs an instant, or the clock, is given it by the root of its process."""
    found = [
        f"{file.relative_to(ROOT)}:{reading}"
        for file in files_of(unit)
        for reading in readings(file.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_the_clock_reads_it_once() -> None:
    """One function, one reading."""
    assert len(list(readings((ROOT / "clock.py").read_text(encoding="utf-8")))) == 1


@pytest.mark.parametrize(
    "source",
    [
        "datetime.now(UTC)", "datetime.datetime.utcnow()", "dt.date.today()", "time.time()", "time.time_ns()",
        "from time import time", "import time as clock", "from datetime import datetime as when",
        "field(default_factory=datetime.now)",
    ],
)  # fmt: skip
def test_a_reading_is_found(source: str) -> None:
    """By whatever way, also where it is handed on unread."""
    assert list(readings(source))


@pytest.mark.parametrize(
    "source", ["time.monotonic()", "time.perf_counter()", "workflow.now()", "self._now()", "at.time()"]
)
def test_what_is_no_reading_is_left_alone(source: str) -> None:
    """How long something took, a workflow's time, a clock that was given."""
    assert not list(readings(source))

"""The benchmark runs, checks that its tickets end, and says so in a line that machines can read."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bench.__main__ import app
from bench.arrivals import Latencies
from bench.measuring import Block
from bench.report import last_line, ratios

ROOT = Path(__file__).parents[2]
LAST_LINE = re.compile(r"ratio=(\d+\.\d+) rate=(\d+\.\d+) events=(\d+\.\d+) intake_p99_ms=(\d+\.\d+)")


def block(side: str, tickets: int, seconds: float) -> Block:
    """Return a block of `tickets` that took `seconds`, forty events each."""
    return Block(side, tickets, seconds, [40] * tickets, {}, 0.0)


@pytest.mark.long
@pytest.mark.timeout(280)
def test_a_small_run_ends_with_its_figures(tmp_path: Path) -> None:
    """Real servers, a handful of tickets on every side: each ended, at least 33 and at most 60 events."""
    options = "--tickets 6 --at-once 3 --blocks 2 --warm-up 2 --rate 4 --seconds 2"
    done = subprocess.run(
        [sys.executable, "-m", "bench", "lifecycle", *options.split()],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "TMPDIR": str(tmp_path), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = LAST_LINE.fullmatch(done.stdout.splitlines()[-1])
    assert found is not None, done.stdout[-1000:]
    assert 28 <= float(found[3]) <= 60
    assert "8 件 requests" in done.stdout
    assert list(tmp_path.glob("jiesu-bench-*")) == []


def test_the_last_line_compares_round_by_round() -> None:
    """The median of the rounds' ratios, not the ratio of the medians: a machine may change its speed."""
    blocks = [
        *(block("bare", 10, 1.0), block("direct", 10, 2.0)),
        *(block("bare", 10, 10.0), block("direct", 10, 20.0)),
        *(block("bare", 10, 1.0), block("direct", 10, 4.0)),
    ]
    assert ratios(blocks) == [0.5, 0.5, 0.25]
    latencies = Latencies([float(number) for number in range(101)], 0)
    assert last_line(blocks, latencies) == "ratio=0.50 rate=2.5 events=40.0 intake_p99_ms=99.0"


def test_without_arrivals_the_line_says_so() -> None:
    """`--seconds 0` leaves the latency out."""
    blocks = [block("bare", 4, 1.0), block("direct", 4, 2.0)]
    assert last_line(blocks, None) == "ratio=0.50 rate=2.0 events=40.0 intake_p99_ms=none"


def test_the_help_lists_every_option() -> None:
    """In two languages, without starting anything."""
    shown = CliRunner().invoke(app, ["lifecycle", "--help"], env={"COLUMNS": "160"})
    assert shown.exit_code == 0
    for option in ("--tickets", "--at-once", "--blocks", "--warm-up", "--rate", "--seconds"):
        assert option in shown.output
    assert "裸工作流" in shown.output

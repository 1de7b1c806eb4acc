"""A slice of the city's day on real servers: everything that came in is accounted for, every clock rings."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bench.__main__ import app
from bench.city.slice import Plan

ROOT = Path(__file__).parents[2]


@pytest.mark.long
@pytest.mark.timeout(290)
def test_a_small_slice_accounts_for_everybody(tmp_path: Path) -> None:
    """Each contact has its number, each clock rang once, and the last line says so."""
    options = "--minutes 0.3 --times 4 --before 40 --seed 5"
    done = subprocess.run(
        [sys.executable, "-m", "bench", "city", *options.split()],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "TMPDIR": str(tmp_path), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=270,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    found = dict(word.split("=") for word in done.stdout.splitlines()[-1].split())
    assert found["sound"] == "yes"
    assert found["refused"] == "0"
    assert int(found["contacts"]) == int(found["acknowledged"]) > 30
    assert 20 < int(found["due"]) == int(found["rang"]) <= 40
    assert float(found["timer_p99_ms"]) > 0
    assert list(tmp_path.glob("jiesu-bench-*")) == []


def test_the_help_lists_every_option() -> None:
    """In two languages, without starting anything."""
    shown = CliRunner().invoke(app, ["city", "--help"], env={"COLUMNS": "160"})
    assert shown.exit_code == 0
    for option in ("--times", "--minutes", "--hours", "--hour", "--before", "--open", "--seed"):
        assert option in shown.output
    assert "时段" in shown.output


def test_the_command_that_is_reported_asks_for_the_same_again() -> None:
    """A figure is worth its command: no digit of a seed is rounded away."""
    plan = Plan(times=2.5, seed=1_234_567, open=400_000, hour=18, together=True)
    words = plan.command().split()
    assert words[:4] == ["python", "-m", "bench", "city"]
    asked = dict(zip(words[4:-1:2], words[5:-1:2], strict=True))
    assert asked["--seed"] == "1234567"
    assert asked["--open"] == "400000"
    assert asked["--times"] == "2.5"
    assert words[-1] == "--together"


def test_an_hour_that_no_day_has_is_refused() -> None:
    """Before anything is started, with what may be said instead."""
    shown = CliRunner().invoke(app, ["city", "--hour", "24"], env={"COLUMNS": "160"})
    assert shown.exit_code == 2
    assert "peak" in shown.output

"""The outage of the benchmark: every caller is notified once, on real servers."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.incident import Report, Size

ROOT = Path(__file__).parents[2]


@pytest.mark.long
@pytest.mark.timeout(280)
def test_a_small_outage_notifies_every_caller_once(tmp_path: Path) -> None:
    """Filed, merged, resolved; the last line is for machines."""
    done = subprocess.run(
        [sys.executable, "-m", "bench", "incident", "--callers", "40"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "TMPDIR": str(tmp_path), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert (found["callers"], found["one_notice"], found["one_feedback"]) == (40, 40, 40)
    assert found["incident_signals"] == 0
    assert found["incident_updates"] == 1


@pytest.mark.parametrize(
    "flaw",
    [
        {"one_notice": 8813},
        {"one_feedback": 8813},
        {"largest_ticket": Size(60_000, 1)},
        {"incident": Size(1, 60 * 2**20)},
        {"incident_signals": 10_000},
        {"incident_updates": 2_000},
    ],
)
def test_a_report_with_a_flaw_is_not_sound(flaw: dict[str, object]) -> None:
    """One caller who was not told is enough."""
    sound: dict[str, object] = {
        "callers": 8814,
        "filing_seconds": 1.0,
        "joining_seconds": 1.0,
        "notifying_seconds": 1.0,
        "one_notice": 8814,
        "one_feedback": 8814,
        "largest_ticket": Size(20, 9_000),
        "incident": Size(300, 50_000),
        "incident_signals": 0,
        "incident_updates": 1,
    }
    assert Report(**sound).is_sound  # pyright: ignore[reportArgumentType]
    assert not Report(**{**sound, **flaw}).is_sound  # pyright: ignore[reportArgumentType]

"""A short run of chaos on a real installation, by the command that people use."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.long
@pytest.mark.e2e
@pytest.mark.timeout(600)
def test_a_short_run_under_mild_faults_violates_nothing_and_the_checker_can_fail(tmp_path: Path) -> None:
    """Faults of all kinds in little more than a minute, the proof, and the proof of the proof."""
    done = subprocess.run(
        [sys.executable, "-m", "chaos", "--seed", "7", "--minutes", "1.2", "--mild", "--prove"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=540,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-3000:]
    assert "nothing violated" in done.stdout
    assert "NOT CAUGHT" not in done.stdout

"""A child writes to its log file, and does not outlive the process that started it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from embedded.launch import Launch, start, stop

PARENT = """
import os, sys, time
from pathlib import Path
from embedded.launch import Launch, start
child = start(Launch("child", (sys.executable, "-c", "import time; time.sleep(60)")), Path(sys.argv[1]))
print(child.pid, flush=True)
time.sleep(60)
"""


def test_the_output_of_a_child_is_appended_to_its_log(tmp_path: Path) -> None:
    """Both streams; the log is for its owner alone, and its folder is made."""
    log = tmp_path / "logs" / "child.log"
    script = "import sys; print('接', flush=True); print('诉', file=sys.stderr)"
    for _ in range(2):
        launch = Launch("child", (sys.executable, "-c", script), {"PYTHONUTF8": "1"})
        assert start(launch, log).wait(30) == 0
    assert log.read_text() == "接\n诉\n接\n诉\n"
    assert log.stat().st_mode & 0o777 == 0o600


def test_a_child_sees_the_environment_it_is_given_and_no_other(tmp_path: Path) -> None:
    """Nothing of the caller leaks into PostgreSQL or the engine."""
    launch = Launch("child", (sys.executable, "-c", "import os; print(sorted(os.environ))"), {"ONLY": "this"})
    assert start(launch, tmp_path / "log").wait(30) == 0
    assert "ONLY" in (tmp_path / "log").read_text()
    assert "HOME" not in (tmp_path / "log").read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    """`kill -9` of the supervisor must not leave a worker that nobody watches."""
    root = str(Path(__file__).parents[2])
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path / "log")], cwd=root, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    deadline = time.monotonic() + 20
    while child.is_running() and child.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_stopping_a_child_returns_how_it_ended(tmp_path: Path) -> None:
    """By its own signal; a second stop changes nothing."""
    launch = Launch("child", (sys.executable, "-c", "import time; time.sleep(60)"), stop_signal=signal.SIGINT)
    child = start(launch, tmp_path / "log")
    assert stop(child, launch) in {-signal.SIGINT, 1}
    assert stop(child, launch) == child.returncode


def test_a_program_that_is_not_there_is_loud(tmp_path: Path) -> None:
    """A broken installation is not a child that died."""
    with pytest.raises(FileNotFoundError):
        start(Launch("child", (str(tmp_path / "nothing"),), dict(os.environ)), tmp_path / "log")

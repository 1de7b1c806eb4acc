"""What faults do to a process: killed it comes back, frozen it stands still until it is thawed."""

import asyncio
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psutil
import pytest

from chaos.parts import Part
from chaos.victims import Victim
from embedded.launch import Launch


def _pid(path: Path) -> int:
    return int(path.read_text() or "0") if path.exists() else 0


async def _comes_true(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


@pytest.fixture
async def part(tmp_path: Path) -> AsyncIterator[Part]:
    """A running part that writes its process id to `pid`."""
    command = ("/bin/sh", "-c", f"echo $$ > {tmp_path}/pid; exec sleep 60")
    made = Part("sleeper", lambda: Launch("sleeper", command, {"PATH": "/usr/bin:/bin"}), tmp_path / "log")
    made.start()
    await _comes_true(lambda: _pid(tmp_path / "pid") > 0)
    yield made
    await made.stop()


async def test_a_killed_part_is_started_again(part: Part, tmp_path: Path) -> None:
    """Nobody needs to look after it."""
    before = _pid(tmp_path / "pid")
    part.kill()
    await _comes_true(lambda: part.starts == 2 and _pid(tmp_path / "pid") not in {0, before})


async def test_a_frozen_part_stands_still_until_it_is_thawed(part: Part, tmp_path: Path) -> None:
    """It is there and does nothing."""
    process = psutil.Process(_pid(tmp_path / "pid"))
    part.freeze()
    await _comes_true(lambda: process.status() == psutil.STATUS_STOPPED)
    part.thaw()
    await _comes_true(lambda: process.status() != psutil.STATUS_STOPPED)


def test_a_process_that_somebody_else_runs_is_struck_by_its_file(tmp_path: Path) -> None:
    """A file with a number of nobody, or no file at all, harms nobody."""
    with subprocess.Popen(["/bin/sleep", "60"]) as process:
        (tmp_path / "pid").write_text(f"{process.pid}\n")
        Victim("sleeper", tmp_path / "pid").kill()
        assert process.wait(20) == -9
    Victim("nobody", tmp_path / "missing").kill()

"""A whole installation for one benchmark: `jiesu up` in a fresh folder, and the bare workflow's worker."""

import dataclasses
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import psutil

from embedded import running
from embedded.launch import Launch, start, stop
from embedded.supervisor import own_command
from rules.loading import RULES
from settings import Settings, child_environment, from_process

EDITION = "beijing-bench"
_EDITION_FILE = """\
name: beijing-bench
extends: beijing
title: {zh: 性能测试, en: Benchmark}
survey: {start: at_feedback, window: always}
"""
"""The survey begins with the feedback, at any hour, so that a lifecycle need not wait."""
_SECONDS = 120.0
_LIMITS = ("start_timeout", "start_patience", "command_timeout")
_PATIENCE = timedelta(seconds=30)
"""A machine busy with other things makes a measurement slow, not void."""


@dataclasses.dataclass(frozen=True)
class Installation:
    """Where everything listens, and the processes by the part they play."""

    settings: Settings
    up: psutil.Process
    bare: psutil.Process | None

    @property
    def urls(self) -> list[str]:
        """Return where the HTTP API answers."""
        return [f"http://{self.settings.host}:{self.settings.port}"]

    def parts(self) -> dict[str, list[psutil.Process]]:
        """Return the running processes by part: temporal, postgres, worker, api, bare."""
        found: dict[str, list[psutil.Process]] = {"bare": [self.bare]} if self.bare else {}
        for process in self.up.children(recursive=True):
            found.setdefault(_part(process), []).append(process)
        return found


@contextmanager
def installation(
    edition: str = EDITION, *, with_bare: bool = True, patient: bool = True
) -> Generator[Installation]:
    """Start everything with full durability in a temporary folder; end and remove it afterwards.

    `with_bare`: the worker of the bare workflow as well. `patient`: the engine gets far more time to answer
    than in service, so that a slow answer is measured. Settings come from the environment, except the
    addresses and the `edition`. Raises RuntimeError with the end of the log when a part does not start.
    """
    with ExitStack() as after:
        folder = Path(after.enter_context(tempfile.TemporaryDirectory(prefix="jiesu-bench-")))
        settings = from_process(
            {
                "data_dir": folder / "data",
                "edition": edition,
                "rules_dir": rules_with_bench_edition(folder),
                "database_url": None,
                "temporal_address": None,
                "port": _port(),
                "temporal_port": _port(),
                "ui_port": _port(),
                **(dict.fromkeys(_LIMITS, _PATIENCE) if patient else {}),
            }
        )
        up = _started(own_command("up", settings, child_environment()), folder / "up.log", after)
        settings = running.find(settings)
        bare = start_bare_worker(settings, folder / "bare.log", after) if with_bare else None
        yield Installation(settings, psutil.Process(up.pid), psutil.Process(bare.pid) if bare else None)


def rules_with_bench_edition(folder: Path) -> Path:
    """Return a folder of editions below `folder`, made if missing: the benchmark's and the one it extends."""
    rules = folder / RULES.name
    shutil.copytree(RULES / "beijing", rules / "beijing", dirs_exist_ok=True)
    (rules / EDITION).mkdir(exist_ok=True)
    (rules / EDITION / "edition.yaml").write_text(_EDITION_FILE, encoding="utf-8")
    return rules


def start_bare_worker(settings: Settings, log: Path, after: ExitStack) -> subprocess.Popen[bytes]:
    """Start the bare workflow's worker on the engine of `settings`; `after` ends it."""
    launch = own_command("worker", settings, child_environment())
    command = (sys.executable, "-P", "-m", "bench.bare_worker")
    return _started(dataclasses.replace(launch, command=command), log, after)


def _port() -> int:
    """Return a free port below those the kernel hands to clients, one of which could take it before us."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port


def _started(launch: Launch, log: Path, after: ExitStack) -> subprocess.Popen[bytes]:
    """Start `launch` and return it once its log says `ready`."""
    process = start(launch, log)
    after.callback(stop, process, launch)
    deadline = time.monotonic() + _SECONDS
    while not any(line.startswith("ready") for line in log.read_text(encoding="utf-8").splitlines()):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{launch.name}: {log.read_text(encoding='utf-8')[-2000:]}")
        time.sleep(0.1)
    return process


def _part(process: psutil.Process) -> str:
    try:
        words = process.cmdline() or [process.name()]
    except psutil.Error:
        return "gone"
    if "postgres" in words[0]:
        return "postgres"
    return "temporal" if "start-dev" in words else words[-1]

"""The supervisor starts the parts in order, revives dead ones, gives up loudly, and leaves nothing behind.

PostgreSQL and the engine are named by settings here, so that no server starts; our own commands are small
stand-ins. The real ones are in tests/e2e.
"""

import io
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil
import pytest

from embedded.folder import records
from embedded.launch import Launch
from embedded.postgres import free_port
from embedded.supervisor import GaveUp, Supervisor, own_command
from engine.errors import CannotStart
from settings import Settings

SLEEP = "import time; print('up', flush=True); time.sleep(60)"
API = """
import http.server, os, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(os.environ.get('STATUS', '200')))
        self.end_headers()
    def log_message(self, *_):
        pass
http.server.HTTPServer(('127.0.0.1', int(os.environ['JIESU_PORT'])), Answer).serve_forever()
"""
DONE = "print('migrated')"


def supervisor(folder: Path, **scripts: str) -> Supervisor:
    """Return a supervisor whose commands are the given Python scripts."""
    chosen = {"migrate": DONE, "worker": SLEEP, "api": API, **scripts}

    def own(command: str, settings: Settings, environment: Mapping[str, str]) -> Launch:
        return Launch(
            command,
            (sys.executable, "-c", chosen[command]),
            {**environment, **settings.to_environment()},
            stop_seconds=0.5,
        )

    settings = Settings(
        data_dir=folder,
        port=free_port(),
        database_url="postgresql://nobody@127.0.0.1:1/x",
        temporal_address="127.0.0.1:1",
    )
    return Supervisor(settings, folder, {"PATH": os.defpath}, own, output=io.StringIO(), patience=20)


class Run:
    """A supervisor that runs in a thread of its own: what it announced, how it ended."""

    def __init__(self, running: Supervisor) -> None:
        """Start `running`."""
        self.supervisor = running
        self.announced: list[str] = []
        self.failure: BaseException | None = None
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.supervisor.run(self.announced.append)
        except BaseException as failure:  # noqa: BLE001 - the test looks at it
            self.failure = failure

    def wait_for(self, condition: Callable[[], object]) -> None:
        """Wait until `condition` holds, at most 20 seconds."""
        deadline = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < deadline, self.supervisor.output.getvalue()  # type: ignore[attr-defined]
            time.sleep(0.02)

    def end(self) -> None:
        """Ask it to stop, and wait until it did."""
        self.supervisor.handle_signal(signal.SIGTERM, None)
        self.thread.join(20)
        assert not self.thread.is_alive()


def pid(folder: Path, name: str) -> int:
    """Return the process of the part `name` as it is written down, 0 if there is none."""
    return next((child.pid for child in records(folder) if child.name == name), 0)


def test_it_announces_the_address_when_the_api_is_ready_and_stops_with_its_children(tmp_path: Path) -> None:
    """The usual life; named servers are not started a second time."""
    run = Run(supervisor(tmp_path))
    run.wait_for(lambda: run.announced)
    children = records(tmp_path)
    assert sorted(child.name for child in children) == ["api", "worker"]
    run.end()
    assert run.failure is None
    assert run.announced == [f"http://127.0.0.1:{run.supervisor.settings.port}"]
    assert not any(psutil.pid_exists(child.pid) for child in children)
    assert records(tmp_path) == []


def test_a_killed_child_comes_back_and_the_others_stay(tmp_path: Path) -> None:
    """`kill -9` of the worker costs a moment."""
    run = Run(supervisor(tmp_path))
    run.wait_for(lambda: run.announced)
    worker, api = pid(tmp_path, "worker"), pid(tmp_path, "api")
    os.kill(worker, signal.SIGKILL)
    run.wait_for(lambda: pid(tmp_path, "worker") not in {0, worker})
    assert pid(tmp_path, "api") == api
    run.end()
    assert run.failure is None
    assert "SIGKILL" in run.supervisor.output.getvalue()  # type: ignore[attr-defined]


def test_a_child_that_cannot_run_ends_everything_loudly(tmp_path: Path) -> None:
    """Five deaths in a minute: the sentence has the part, its exit code and its last words."""
    run = Run(supervisor(tmp_path, worker="import sys; print('no such edition'); sys.exit(3)"))
    run.thread.join(30)
    assert isinstance(run.failure, GaveUp)
    for expected in ("worker", "exit 3", "no such edition"):
        assert expected in str(run.failure)
    assert "\n" not in str(run.failure)
    assert records(tmp_path) == []


def test_a_failed_migration_ends_the_start_before_worker_and_api(tmp_path: Path) -> None:
    """Old code on a new schema would do damage."""
    run = Run(supervisor(tmp_path, migrate="import sys; print('newer schema'); sys.exit(1)"))
    run.thread.join(30)
    assert isinstance(run.failure, CannotStart)
    assert "newer schema" in str(run.failure)
    assert not (tmp_path / "logs" / "worker.log").exists()
    assert run.announced == []


def test_an_api_that_never_gets_ready_ends_the_start(tmp_path: Path) -> None:
    """It answers, but says that no request can be filed."""
    starting = supervisor(tmp_path, api=API.replace("'200'", "'503'"))
    starting.patience = 1.0
    run = Run(starting)
    run.thread.join(30)
    assert isinstance(run.failure, CannotStart)
    assert "api" in str(run.failure)
    assert run.announced == []


def test_a_signal_during_the_start_ends_it_without_an_announcement(tmp_path: Path) -> None:
    """Ctrl-C must not have to wait for readiness."""
    run = Run(supervisor(tmp_path, api=SLEEP))
    run.wait_for(lambda: pid(tmp_path, "api"))
    run.end()
    assert run.failure is None
    assert run.announced == []
    assert records(tmp_path) == []


def test_a_child_that_ignores_the_stop_signal_is_killed(tmp_path: Path) -> None:
    """A hanging worker cannot keep the hotline from restarting."""
    run = Run(supervisor(tmp_path, worker="import signal; signal.signal(15, signal.SIG_IGN);" + SLEEP))
    log = tmp_path / "logs" / "worker.log"
    run.wait_for(lambda: run.announced and log.exists() and log.read_text())
    worker = pid(tmp_path, "worker")
    run.end()
    assert not psutil.pid_exists(worker)


def test_our_commands_get_exactly_the_settings_of_the_supervisor() -> None:
    """A variable of the caller's environment cannot contradict an option."""
    settings = Settings(port=9001, edition="beijing-minutes")
    launch = own_command("worker", settings, {"PATH": "/bin"})
    assert launch.command[-3:] == ("-m", "cli", "worker")
    assert Settings.from_environment(launch.environment) == settings


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_the_announced_address_is_one_a_browser_takes(tmp_path: Path, host: str) -> None:
    """IPv6 addresses stand in brackets."""
    running = supervisor(tmp_path)
    running.settings = running.settings.model_copy(update={"host": host})
    expected = {"127.0.0.1": "http://127.0.0.1:", "::1": "http://[::1]:"}[host]
    assert running._address().startswith(expected)

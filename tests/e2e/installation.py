"""A real installation for tests: `jiesu up` as a child process, spoken to over HTTP, killed part by part."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from itertools import cycle
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psutil

from embedded.postgres import free_port

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 90.0
AWAY = (503, 502)
PATIENCE = 90.0
"""Seconds that a question is repeated while nobody answers it."""


GIVEN = os.environ.get("JIESU_TEST_INSTALLATION")
"""A file that describes an installation which runs already (deploy.cluster.parts); None: we start one."""


def without_settings() -> dict[str, str]:
    """Return the environment of the caller without any of our settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("JIESU_")}


def answer_of(method: str, url: Callable[[], str], **rest: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
    """Return what `url` answers in the end, asked again and again while a part is away."""
    deadline = time.monotonic() + PATIENCE
    while True:
        with contextlib.suppress(httpx.TransportError):
            answer = httpx.request(method, url(), timeout=20, **rest)
            if answer.status_code not in AWAY:
                return answer
        assert time.monotonic() < deadline, f"{method} {url()} was never answered"
        time.sleep(0.2)


@contextlib.contextmanager
def running(installation: "Installation") -> Generator["Installation"]:
    """Start an installation; whatever of it still runs afterwards is killed."""
    installation.start()
    try:
        yield installation
    finally:
        if installation.process is not None and installation.process.poll() is None:
            installation.kill_everything()


class Installation:
    """One data folder and the processes of `jiesu up` on it. Ports stay the same over restarts."""

    def __init__(self, folder: Path, edition: str = "beijing-minutes", **variables: str) -> None:
        """Choose free ports for an installation in `folder`; nothing runs yet.

        `variables` join its environment: where servers are that somebody else runs, for instance.
        """
        self.folder = folder
        self.variables = variables
        self.edition = edition
        self.ports = {"port": free_port(), "temporal-port": free_port(), "ui-port": free_port()}
        self._url = f"http://127.0.0.1:{self.ports['port']}"
        self.temporal_address = f"127.0.0.1:{self.ports['temporal-port']}"
        self.namespace = "default"
        self.logs = folder / "logs"
        self.output = folder.parent / f"{folder.name}.out"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Return the address of the API."""
        return self._url

    def command(self, *words: str) -> list[str]:
        """Return the command line of `jiesu` with `words`, by this interpreter."""
        return [sys.executable, "-P", "-m", "cli", *words]

    def environment(self) -> dict[str, str]:
        """Return an environment without settings of the caller."""
        own = {"PYTHONPATH": str(ROOT), "JIESU_RECONCILE_INTERVAL": "2s"}
        return {**without_settings(), **own, **self.variables}

    def start(self) -> None:
        """Run `jiesu up` and return when it says ready."""
        options = [word for name, port in self.ports.items() for word in (f"--{name}", str(port))]
        words = ("up", "--data", str(self.folder), "--edition", self.edition, *options)
        with self.output.open("ab") as log:
            log.write(b"--- start\n")
            begins = log.tell()
            self.process = subprocess.Popen(
                self.command(*words), stdout=log, stderr=subprocess.STDOUT, env=self.environment(), cwd=ROOT
            )
        deadline = time.monotonic() + READY_SECONDS
        while f"ready {self.url}".encode() not in self.output.read_bytes()[begins:]:
            assert self.process.poll() is None, self.output.read_text()[-3000:]
            assert time.monotonic() < deadline, self.output.read_text()[-3000:]
            time.sleep(0.1)

    def pid(self, part: str) -> int:
        """Return the process id of `part`: postgres, temporal, worker or api."""
        for record in json.loads((self.folder / "children.json").read_text()):
            if record["name"] == part:
                return int(record["pid"])
        raise LookupError(part)

    def kill(self, *parts: str) -> None:
        """Kill -9 the named parts, PostgreSQL with all its children."""
        for part in parts:
            with contextlib.suppress(psutil.NoSuchProcess, LookupError):
                process = psutil.Process(self.pid(part))
                victims = [process, *process.children(recursive=True)] if part == "postgres" else [process]
                for victim in victims:
                    with contextlib.suppress(psutil.NoSuchProcess):
                        victim.send_signal(signal.SIGKILL)

    def kill_everything(self) -> None:
        """Kill -9 the supervisor first, then whatever it ran."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.kill("api", "worker", "temporal", "postgres")

    def stop(self) -> int:
        """Ask `jiesu up` to stop and return its exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(60)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run another `jiesu` command against this installation."""
        return subprocess.run(
            self.command(*words),
            capture_output=True,
            text=True,
            env=self.environment(),
            cwd=ROOT,
            timeout=120,
            check=False,
        )

    def get(self, path: str, **params: str) -> Any:  # noqa: ANN401 - JSON
        """Return the JSON that `path` answers, asked again while a part is away."""
        return self._counted("GET", path, params=params, headers={}).json()

    def post(self, path: str, body: dict[str, Any], key: str | None = None) -> httpx.Response:
        """Send `body` with one idempotency key, again and again while a part is away."""
        return self._counted("POST", path, json=body, headers={"Idempotency-Key": key or uuid4().hex})

    def _counted(self, method: str, path: str, **rest: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
        return answer_of(method, lambda: self.url + path, **rest)

    def wait_for(self, number: str, *statuses: str, seconds: float = 120) -> dict[str, Any]:
        """Return the live view of a ticket once its status is one of `statuses`."""
        deadline = time.monotonic() + seconds
        while True:
            ticket = self.get(f"/api/v1/tickets/{number}")
            if ticket["status"] in statuses and ticket["live"]:
                return ticket
            assert time.monotonic() < deadline, ticket
            time.sleep(0.3)


class GivenInstallation(Installation):
    """An installation that somebody else runs and watches: what is killed here starts again by itself.

    Requests go to its API processes in turn. A part is every process of its kind: killing `temporal` kills
    all services of the engine.
    """

    def __init__(self, file: Path) -> None:
        """Read where everything is from `file`, which its owner rewrites after each start."""
        self.file = file
        self.variables = {}
        described = self.description()
        self.folder = Path(described["data_dir"])
        self.edition = described["edition"]
        self.temporal_address = described["temporal_address"]
        self.namespace = described["temporal_namespace"]
        self.logs = Path(described["logs"])
        self.process = None
        self._urls = cycle(described["urls"])

    @property
    def url(self) -> str:
        """Return the address of the next API process."""
        return next(self._urls)

    def description(self) -> dict[str, Any]:
        """Return what the file says now."""
        return json.loads(self.file.read_text(encoding="utf-8"))

    def environment(self) -> dict[str, str]:
        """Return the environment of its commands: its settings and nothing of the caller's."""
        return {**super().environment(), **self.description()["environment"]}

    def start(self) -> None:
        """Wait until every API process can take requests."""
        deadline = time.monotonic() + READY_SECONDS
        for url in self.description()["urls"]:
            while True:
                with contextlib.suppress(httpx.TransportError):
                    if httpx.get(f"{url}/readyz", timeout=5).is_success:
                        break
                assert time.monotonic() < deadline, f"{url} was not ready"
                time.sleep(0.2)

    def kill(self, *parts: str) -> None:
        """Kill -9 every process of the named parts, PostgreSQL with all its children."""
        for part in self.description()["parts"]:
            if part["kind"] not in parts:
                continue
            with contextlib.suppress(psutil.NoSuchProcess):
                process = psutil.Process(part["pid"])
                for victim in (process, *process.children(recursive=True)):
                    with contextlib.suppress(psutil.NoSuchProcess):
                        victim.send_signal(signal.SIGKILL)

    def kill_everything(self) -> None:
        """Kill -9 all parts."""
        self.kill("api", "worker", "temporal", "postgres")

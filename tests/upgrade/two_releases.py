"""An installation whose parts run code of several releases: one set of servers, workers and APIs of each."""

import contextlib
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from embedded import postgres, temporal
from embedded.launch import start, stop
from settings import Settings, child_environment
from tests.e2e.installation import answer_of, without_settings

PATIENCE = 90.0
_EDITION = """\
name: rehearsal
extends: beijing
title: {zh: '升级演练,一小时为一秒', en: 'A rehearsal of an upgrade: an hour lasts a second'}
hour_lasts: 1s
minimum_limit: 45s
quiet_hours: {policy: ignore, default: 演练不分昼夜}
dispatch: {same_day: false}
survey:
  window: always
  spacing: 24h
"""
"""What both releases run by, each over its own Beijing: long enough to be caught in every stage."""


@dataclass
class Servers:
    """PostgreSQL and Temporal, which no release of ours replaces."""

    folder: Path
    database_url: str
    temporal_address: str


@contextlib.contextmanager
def servers(folder: Path) -> Generator[Servers]:
    """Run both servers on the data in `folder`, on free ports."""
    cluster = postgres.open_cluster(folder / "postgres", durable=False)
    port = postgres.free_port()
    settings = Settings(data_dir=folder, temporal_port=postgres.free_port(), ui_port=postgres.free_port())
    launches = {
        "postgres": postgres.server(cluster, port),
        "temporal": temporal.server(settings, child_environment()),
    }
    running = {name: start(launch, folder / "logs" / f"{name}.log") for name, launch in launches.items()}
    postgres.close_handles(launches["postgres"])
    try:
        url = postgres.ensure_database(cluster, port)
        yield Servers(folder, url, f"127.0.0.1:{settings.temporal_port}")
    finally:
        for name, process in running.items():
            stop(process, launches[name])


@dataclass
class Release:
    """The code of one release in `tree`, and the parts of it that run."""

    name: str
    tree: Path
    servers: Servers
    port: int = field(default_factory=postgres.free_port)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict[str, subprocess.Popen[bytes]])

    @property
    def url(self) -> str:
        """Return where its API listens."""
        return f"http://127.0.0.1:{self.port}"

    def log(self, part: str) -> Path:
        """Return the log of `part`."""
        return self.servers.folder / "logs" / f"{self.name}-{part}.log"

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run `jiesu` with `words` to its end."""
        return subprocess.run(
            self._command(*words),
            env=self._environment(),
            cwd=self.tree,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def start(self, part: str) -> None:
        """Start `worker` or `api`, and wait until it does its work."""
        path = self.log(part)
        begins = path.stat().st_size if path.exists() else 0
        with path.open("ab") as log:
            self.running[part] = subprocess.Popen(
                self._command(part), env=self._environment(), cwd=self.tree, stdout=log, stderr=log
            )
        self._wait(part, path, begins)

    def stop(self, part: str, how: signal.Signals = signal.SIGTERM) -> None:
        """End `part` by the signal `how` and wait until it is gone."""
        process = self.running.pop(part)
        process.send_signal(how)
        process.wait(PATIENCE)

    def stop_all(self) -> None:
        """End whatever runs."""
        for part in list(self.running):
            self.stop(part, signal.SIGKILL)

    def rules(self) -> Path:
        """Return the folder of its rules: its own Beijing, and the rehearsal over it."""
        folder = self.servers.folder / f"of-{self.name}" / "rules"  # the name counts in identities of 0.1.0
        if not folder.exists():
            shutil.copytree(self.tree / "rules" / "beijing", folder / "beijing")
            (folder / "rehearsal").mkdir()
            (folder / "rehearsal" / "edition.yaml").write_text(_EDITION, encoding="utf-8")
        return folder

    def get(self, path: str, **params: str) -> Any:  # noqa: ANN401 - JSON
        """Return the JSON that `path` answers."""
        answer = self._asked("GET", path, params=params)
        assert answer.status_code == httpx.codes.OK, (self.name, path, answer.text)
        return answer.json()

    def post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        """Send `body` with a key of its own, again and again while a part is away."""
        return self._asked("POST", path, json=body, headers={"Idempotency-Key": uuid4().hex})

    def _asked(self, method: str, path: str, **rest: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
        return answer_of(method, lambda: self.url + path, **rest)

    def _wait(self, part: str, log: Path, begins: int) -> None:
        deadline = time.monotonic() + PATIENCE
        while f"{part}_ready".encode() not in log.read_bytes()[begins:]:
            assert self.running[part].poll() is None, log.read_text()[-3000:]
            assert time.monotonic() < deadline, log.read_text()[-3000:]
            time.sleep(0.1)

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-P", "-m", "cli", *words]

    def _environment(self) -> dict[str, str]:
        return {
            **without_settings(),
            "PYTHONPATH": str(self.tree),
            "PYTHONUNBUFFERED": "1",
            "JIESU_DATA": str(self.servers.folder),
            "JIESU_RULES": str(self.rules()),
            "JIESU_EDITION": "rehearsal",
            "JIESU_PORT": str(self.port),
            "JIESU_DATABASE_URL": self.servers.database_url,
            "JIESU_TEMPORAL_ADDRESS": self.servers.temporal_address,
            "JIESU_RECONCILE_INTERVAL": "2s",
        }

"""The installation under test: both servers, two API and two worker processes, a proxy on every way."""

import asyncio
import shutil
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from chaos.parts import Part
from chaos.proxy import HOST, Proxy
from chaos.site import answers, heal, ready
from chaos.volume import Volume
from embedded import postgres, temporal
from embedded.launch import Launch, start, stop
from embedded.supervisor import own_command
from rules.loading import RULES
from settings import Settings, child_environment

EDITION = "beijing-chaos"
_EDITION_FILE = """\
name: beijing-chaos
extends: beijing
title: {zh: 混沌测试规则(一小时为一秒), en: Rules of the chaos test (an hour lasts a second)}
hour_lasts: 1s
minimum_limit: 5s
quiet_hours: {policy: ignore, default: 测试不分昼夜}
dispatch: {same_day: false}
survey: {start: at_feedback, window: always, spacing: 24h}
"""
"""Minutes instead of weeks, so that reminders and rungs fall due while parts are away."""
PARTS = ("postgres", "temporal", "api-1", "api-2", "worker-1", "worker-2")
LINKS = ("api-postgres", "api-temporal", "worker-postgres", "worker-temporal")
_SECONDS = 90.0
_SMALL_LOG = "\nmax_wal_size = '64MB'\nmin_wal_size = '32MB'\n"


class Installation:
    """Everything that runs, in `folder`: `data` on a small volume where permitted, `logs` beside it."""

    def __init__(self, folder: Path) -> None:
        """Choose ports; nothing runs yet."""
        self.folder = folder
        self.logs = folder / "logs"
        self.logs.mkdir(parents=True, exist_ok=True)
        self.volume = Volume(folder / "data")
        self.ports = {name: postgres.free_port() for name in ("postgres", "temporal", "ui", "api-1", "api-2")}
        self.apis = tuple(f"http://{HOST}:{self.ports[name]}" for name in ("api-1", "api-2"))
        self.temporal_address = f"{HOST}:{self.ports['temporal']}"
        self.database_url = ""
        self.namespace = "default"
        self.parts: dict[str, Part] = {}
        self.proxies = {link: Proxy(link, (HOST, self.ports[link.partition("-")[2]])) for link in LINKS}

    async def start(self) -> None:
        """Start everything, and return when both API processes say that a request can be filed."""
        for proxy in self.proxies.values():
            await proxy.open()
        cluster = await asyncio.to_thread(postgres.open_cluster, self.volume.folder / "postgres")
        if self.volume.is_small:
            with (cluster.folder / "postgresql.conf").open("a", encoding="utf-8") as file:
                file.write(_SMALL_LOG)
        self._add("postgres", lambda: postgres.server(cluster, self.ports["postgres"]))
        self._add("temporal", lambda: temporal.server(self._settings("postgres"), child_environment()))
        self.database_url = await asyncio.to_thread(
            postgres.ensure_database, cluster, self.ports["postgres"], _SECONDS
        )
        await asyncio.to_thread(self._migrate)
        for name in ("api-1", "worker-1", "worker-2", "api-2"):  # the first one draws the master key
            self._add(name, lambda name=name: self._own(name))
            if name == "api-1":
                await answers(self.apis[0], "/healthz")
        await ready(self.apis)

    async def stop(self, *, keep_data: bool) -> None:
        """End everything, our own parts before the servers they write to."""
        heal(self)
        for name in reversed(PARTS):
            if name in self.parts:
                await self.parts[name].stop()
        for proxy in self.proxies.values():
            await proxy.close()
        await asyncio.to_thread(self.volume.close, self.folder / "kept-data" if keep_data else None)

    def jiesu(self, *words: str, seconds: float = 300) -> subprocess.CompletedProcess[str]:
        """Run a command `jiesu …` against both servers, past the proxies."""
        settings = self._settings("postgres")
        launch = own_command(words[0], settings, child_environment())
        return subprocess.run(
            [*launch.command, *words[1:]],
            env=dict(launch.environment),
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def _add(self, name: str, make: Callable[[], Launch]) -> None:
        self.parts[name] = Part(name, make, self.logs / f"{name}.log")
        self.parts[name].start()

    def _own(self, name: str) -> Launch:
        return own_command(name.partition("-")[0], self._settings(name), child_environment())

    def _settings(self, name: str) -> Settings:
        """Return the settings of the part `name`: ours go through the proxies, others straight."""
        kind = name.partition("-")[0]
        database, engine = self.database_url or None, self.temporal_address
        if kind in {"api", "worker"}:
            port = self.proxies[f"{kind}-postgres"].port
            database = self.database_url.replace(f":{self.ports['postgres']}/", f":{port}/")
            engine = f"{HOST}:{self.proxies[f'{kind}-temporal'].port}"
        return Settings(
            data_dir=self.volume.folder,
            edition=EDITION,
            rules_dir=rules_with_chaos_edition(self.folder),
            port=self.ports.get(name, 8000),
            temporal_port=self.ports["temporal"],
            ui_port=self.ports["ui"],
            database_url=database,
            database_pool_size=12,
            temporal_address=engine,
            reconcile_interval=timedelta(seconds=2),
            log_format="json",
        )

    def _migrate(self) -> None:
        launch = own_command("migrate", self._settings("postgres"), child_environment())
        process = start(launch, self.logs / "migrate.log")
        try:
            code = process.wait(_SECONDS)
        finally:
            stop(process, launch)
        if code:
            raise RuntimeError((self.logs / "migrate.log").read_text(encoding="utf-8")[-2000:])


def rules_with_chaos_edition(folder: Path) -> Path:
    """Return a folder of editions with that of the test and the one it extends."""
    rules = folder / "rules"
    if not rules.exists():
        shutil.copytree(RULES / "beijing", rules / "beijing")
        (rules / EDITION).mkdir()
        (rules / EDITION / "edition.yaml").write_text(_EDITION_FILE, encoding="utf-8")
    return rules

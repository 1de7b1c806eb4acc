"""The processes of a whole installation on a cluster, watched like services are: whatever dies starts again.

Whoever tests them from outside reads one file: addresses, settings, and the process ids of all parts, written
again whenever a part has died or started.
"""

import json
import random
import secrets
import shutil
import socket
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

import httpx

from deploy.cluster import engine
from deploy.cluster.binaries import Binaries
from embedded import postgres
from embedded.children import Child
from embedded.folder import write_json
from embedded.launch import Launch
from embedded.supervisor import own_command
from engine.errors import CannotStart
from phrases import Phrase
from settings import Settings, child_environment

SHARDS: Final = 8
"""Shards of the engine here. Each costs its history process some goroutines and a row it rereads; one per
process and core is enough for tests. For an installation that grows: docs/operations/sizing.md."""
MOST_APIS: Final = 8
MOST_WORKERS: Final = 8
"""How many processes of a kind there may be: so many have ports and connections."""
_CONNECTIONS: Final = {"database_pool_size": 8, "intake_pool_size": 6, "list_places": 6}
_OTHERS: Final = 40
"""Connections for migrations, the suites and whoever looks."""
_READY_SECONDS = 120.0
_TICK_SECONDS = 0.1
_LAST_DELAY_SECONDS = 5.0


@dataclass(frozen=True)
class Plan:
    """What of Jiesu runs on the cluster: how many processes of each kind, by which edition."""

    apis: int = 2
    workers: int = 4
    edition: str = "beijing-minutes"
    rules_dir: Path | None = None
    reconcile_interval: str = "2s"
    patience: str | None = None
    """How long requests wait for the engine; None: as the settings have it."""


@dataclass
class Cluster:
    """Everything in `folder`; a context manager that ends all processes."""

    folder: Path
    binaries: Binaries
    namespace: str = "jiesu"
    children: list[Child] = field(default_factory=list[Child])
    settings: list[Settings] = field(default_factory=list[Settings])
    plan: Plan | None = None

    @property
    def file(self) -> Path:
        """Return the path of the file that tells where everything is."""
        return self.folder / "installation.json"

    def pid_file(self, part: str) -> Path:
        """Return the path of the file that holds the process id of one part."""
        return self.folder / "pids" / f"{part}.pid"

    def __enter__(self) -> Self:
        """Start the databases and the engine's four services; nothing of Jiesu yet."""
        self.folder.joinpath("pids").mkdir(parents=True, exist_ok=True)
        try:
            self._start_servers()
        except BaseException:
            self.stop_all()
            raise
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """End everything, our own processes first."""
        self.stop_all()

    def deploy(self, plan: Plan) -> None:
        """Run Jiesu by `plan` instead of what ran before; return when every API says it can take requests."""
        if plan.apis > MOST_APIS or plan.workers > MOST_WORKERS:
            raise CannotStart(
                Phrase(
                    "{MOST_APIS} APIs and {MOST_WORKERS} workers at most: for those the database has room.",
                    MOST_APIS=MOST_APIS,
                    MOST_WORKERS=MOST_WORKERS,
                ),
            )
        self.plan = None  # nothing is described while it changes
        self._end([child for child in self.children if child.name.startswith(("api-", "worker-"))])
        self.settings = [self._settings(number, plan) for number in range(max(plan.apis, plan.workers))]
        self._migrate()
        for kind, count in (("worker", plan.workers), ("api", plan.apis)):
            for number in range(count):
                launch = _own(kind, self.settings[number])
                self._add(f"{kind}-{number + 1}", launch)
        self._note(plan)
        for number in range(plan.apis):
            url = f"{address(self.settings[number])}/readyz"
            self.wait_until(lambda url=url: _is_ready(url), f"api-{number + 1}")

    def tick(self) -> None:
        """Start again what has died and is due, and note where everything is if that changed."""
        changed = False
        now = time.monotonic()
        for child in self.children:
            if child.died() is not None:
                child.due = now + (child.restarts.delay_after_death(now) or _LAST_DELAY_SECONDS)
                changed = True
            elif child.process is None and child.due is not None and child.due <= now:
                child.start()
                changed = True
        if changed and self.plan is not None:
            self._note(self.plan)
        time.sleep(_TICK_SECONDS)

    def wait_until(self, condition: Callable[[], bool], what: str, seconds: float = _READY_SECONDS) -> None:
        """Keep everything running until `condition` holds. Raises CannotStart after `seconds`."""
        deadline = time.monotonic() + seconds
        while not condition():
            self.tick()
            if time.monotonic() > deadline:
                last = " | ".join(line for child in self.children for line in child.tail.last_lines(1))
                raise CannotStart(Phrase("{what} was not ready: {last}", what=what, last=last))

    def stop_all(self) -> None:
        """End everything: Jiesu, then the engine, then the databases."""
        for names in (("api-", "worker-"), ("temporal-",), ("",)):
            self._end([child for child in self.children if child.name.startswith(names)])

    # --- servers

    def _start_servers(self) -> None:
        names = (*engine.SERVICES, *(f"{name}-membership" for name in engine.SERVICES), "http")
        self._ports = self._kept_ports(
            *names, "engine-db", "jiesu-db", *(f"api-{n}" for n in range(MOST_APIS))
        )
        url = self._database("engine-db")
        parts = urlsplit(url)
        self.store = engine.Store(self._ports["engine-db"], parts.username or "", parts.password or "")
        made = self.folder / "engine-db.made"
        if not made.exists():
            engine.make_databases(self.binaries, self.store)
            made.touch()
        environment = {**child_environment(), **engine.variables(self.store, self._ports, SHARDS)}
        for name in engine.SERVICES:
            self._add(f"temporal-{name}", lambda name=name: engine.service(self.binaries, name, environment))
        self.url = self._database("jiesu-db")

    def _kept_ports(self, *names: str) -> dict[str, int]:
        """Return the ports this folder had before: the engine's database remembers where services were."""
        path = self.folder / "ports.json"
        if not path.exists():
            write_json(path, free_ports(*names))
        return json.loads(path.read_text(encoding="utf-8"))

    def _database(self, name: str) -> str:
        cluster, port = postgres.open_cluster(self.folder / name), self._ports[name]
        self._add(name, lambda: postgres.server(cluster, port, connections()))
        self.wait_until(lambda: postgres.is_ready(cluster), name)
        return postgres.ensure_database(cluster, port)

    # --- Jiesu

    def _settings(self, number: int, plan: Plan) -> Settings:
        """Return the settings of host `number`: a data folder of its own, one master key for all."""
        host = self.folder / f"host-{number + 1}"
        host.mkdir(exist_ok=True)
        chosen: dict[str, Any] = {
            "data_dir": host,
            "master_key_file": _master_key(self.folder / "master.key"),
            "edition": plan.edition,
            "rules_dir": plan.rules_dir,
            "database_url": self.url,
            **_CONNECTIONS,
            "temporal_address": f"{engine.HOST}:{self._ports['frontend']}",
            "temporal_namespace": self.namespace,
            "port": self._ports[f"api-{number}"],
            "reconcile_interval": plan.reconcile_interval,
        }
        if plan.patience is not None:
            chosen |= dict.fromkeys(("start_timeout", "start_patience", "command_timeout"), plan.patience)
        return Settings.model_validate(chosen)

    def _migrate(self) -> None:
        child = Child("migrate", _own("migrate", self.settings[0]), self.folder / "logs" / "migrate.log")
        child.start()
        self.wait_until(lambda: child.died() is not None, "migrate")
        if child.code:
            last = " | ".join(child.tail.last_lines(3))
            raise CannotStart(Phrase("jiesu migrate failed: {last}", last=last))

    # --- bookkeeping

    def _add(self, name: str, make: Callable[[], Launch]) -> None:
        child = Child(name, make, self.folder / "logs" / f"{name}.log")
        self.children.append(child)
        child.start()

    def _end(self, children: list[Child]) -> None:
        for child in children:
            child.ask_to_stop()
        for child in children:
            child.stop()
            self.children.remove(child)

    def _note(self, plan: Plan) -> None:
        """Write the file that tells where everything is; for its owner alone, as it holds a password."""
        first = self.settings[0]
        self.plan = plan
        for child in self.children:
            if child.record is not None:
                self.pid_file(child.name).write_text(f"{child.record.pid}\n")
        write_json(
            self.file,
            {
                "urls": [address(one) for one in self.settings[: plan.apis]],
                "temporal_address": first.temporal_address,
                "temporal_namespace": first.temporal_namespace,
                "task_queue": first.task_queue,
                "database_url": first.database_url,
                "edition": first.edition,
                "logs": str(self.folder / "logs"),
                "data_dir": str(first.data_dir),
                "environment": first.to_environment(),
                "parts": [
                    {"name": child.name, "kind": kind_of(child.name), "pid": child.record.pid}
                    for child in self.children
                    if child.record is not None
                ],
            },
        )


def connections() -> int:
    """Return how many connections a database takes: those of every process that may be deployed, and some."""
    one = Settings.model_validate(_CONNECTIONS)
    worker = one.database_pool_size
    api = worker + one.intake_pool_size + one.list_places + one.report_places
    return MOST_APIS * api + MOST_WORKERS * worker + _OTHERS


def address(settings: Settings) -> str:
    """Return where the API with these settings answers."""
    return f"http://{settings.host}:{settings.port}"


def kind_of(name: str) -> str:
    """Return which part of the system the process `name` belongs to: api, worker, temporal or postgres."""
    return "postgres" if name.endswith("-db") else name.partition("-")[0]


def free_ports(*names: str) -> dict[str, int]:
    """Return a free port for each name, below those that the kernel hands to clients."""
    chosen: dict[str, int] = {}
    while len(chosen) < len(names):
        port = random.randrange(20_000, 32_000)  # noqa: S311 - no secret
        with socket.socket() as probe:
            if probe.connect_ex((engine.HOST, port)) and port not in chosen.values():
                chosen[names[len(chosen)]] = port
    return chosen


@contextmanager
def cluster(folder: Path | None, binaries: Binaries, temporary: Callable[[], Path]) -> Generator[Cluster]:
    """Yield a cluster whose servers run in `folder`, else in a temporary one that is removed afterwards."""
    with ExitStack() as after:
        place = folder
        if place is None:
            place = temporary()
            after.callback(shutil.rmtree, place, ignore_errors=True)
        yield after.enter_context(Cluster(place.absolute(), binaries))


def _own(command: str, settings: Settings) -> Callable[[], Launch]:
    def make() -> Launch:
        return own_command(command, settings, _environment())

    return make


def _environment() -> Mapping[str, str]:
    return child_environment()


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).is_success
    except httpx.TransportError:
        return False


def _master_key(path: Path) -> Path:
    """Return `path`, with a key drawn there at first: every host must have the same before it starts."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(secrets.token_bytes(32))
    return path

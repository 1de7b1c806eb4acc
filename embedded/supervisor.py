"""`jiesu up`: PostgreSQL, the migrations, Temporal, the worker and the API as child processes of one owner.

One loop, no threads: start what is due, look who died, show new log lines, sleep a tenth of a second.
Children write their logs to files, so that they outlive a killed supervisor without a broken pipe; the next
one finds them by their record (`embedded.leftovers`).
"""

import http.client
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TextIO
from urllib.parse import urlsplit

from embedded import postgres, running, temporal
from embedded.children import Child
from embedded.console import show
from embedded.folder import keep_records, owned
from embedded.launch import Launch
from embedded.leftovers import end_leftovers
from embedded.ports import require_free
from embedded.restoring import note_of, refuse_half_restored
from engine.errors import CannotStart
from phrases import Phrase
from settings import Settings

_TICK_SECONDS = 0.1
_READY_SECONDS = 60.0
_PORTS_FILE = "postgres.port"


class GaveUp(CannotStart):
    """A child died too often; nothing runs any more."""


class Stopped(Exception):  # noqa: N818 - not an error: somebody asked us to stop
    """SIGINT or SIGTERM arrived before everything ran."""


@dataclass
class Supervisor:
    """Runs the parts that `settings` ask for, in the data folder it owns, until it is asked to stop."""

    settings: Settings
    folder: Path
    environment: Mapping[str, str]
    own: Callable[[str, Settings, Mapping[str, str]], Launch]
    output: TextIO = field(default_factory=lambda: sys.stderr)
    children: list[Child] = field(default_factory=list[Child])
    asked_to_stop: bool = False
    patience: float = _READY_SECONDS

    def run(self, announce: Callable[[str], None]) -> None:
        """Start everything, call `announce` with the API's address, watch until asked to stop.

        Raises CannotStart when the start fails, GaveUp when a child died five times within a minute. All
        children are gone when it returns or raises.
        """
        try:
            self._start_servers()
            self._migrate()
            self._start_own_parts()
            announce(self._address())
            while not self.asked_to_stop:
                self._tick()
        except Stopped:
            self._say(Phrase("stopping").both(" / "))
        finally:
            self._stop_all()

    def handle_signal(self, _number: int, _frame: FrameType | None) -> None:
        """Note that we are asked to stop; the loop does the rest."""
        self.asked_to_stop = True

    # --- starting

    def _start_servers(self) -> None:
        """Start the embedded servers that no setting replaces, and wait for PostgreSQL."""
        if self.settings.temporal_address is None:
            self._add("temporal", lambda: temporal.server(self.settings, self.environment))
        if self.settings.database_url is None:
            cluster = postgres.open_cluster(self.folder / "postgres")
            port = _postgres_port(self.folder)
            self._add("postgres", lambda: postgres.server(cluster, port))
            self._wait_until(lambda: postgres.is_ready(cluster), "postgres")
            self.settings = self.settings.model_copy(
                update={"database_url": postgres.ensure_database(cluster, port)}
            )
        if self.settings.temporal_address is None:
            address = f"{temporal.HOST}:{self.settings.temporal_port}"
            self.settings = self.settings.model_copy(update={"temporal_address": address})
        running.note(self.folder, self.settings)

    def _migrate(self) -> None:
        """Run `jiesu migrate` to its end: schema, namespace, search attributes. Raises CannotStart."""
        child = Child("migrate", lambda: self._own("migrate"), self.folder / "logs" / "migrate.log")
        self.children.append(child)
        child.start()
        self._keep_records()
        self._wait_until(
            lambda: child.died() is not None, "migrate", watched=[c for c in self.children if c is not child]
        )
        self._show_news(child)
        self.children.remove(child)
        if child.code:
            raise _failed(child, child.code, Phrase("failed"))

    def _start_own_parts(self) -> None:
        """Start worker and API, and wait until the API says that a request can be filed."""
        self._add("worker", lambda: self._own("worker"))
        self._add("api", lambda: self._own("api"))
        self._wait_until(self._is_ready, "api")

    def _add(self, name: str, make: Callable[[], Launch]) -> None:
        child = Child(name, make, self.folder / "logs" / f"{name}.log")
        self.children.append(child)
        child.start()
        self._keep_records()

    def _own(self, command: str) -> Launch:
        return self.own(command, self.settings, self.environment)

    # --- watching

    def _tick(self, watched: Sequence[Child] | None = None) -> None:
        """Do one round: show news, note deaths, start what is due, rest. Raises Stopped and GaveUp."""
        if self.asked_to_stop:
            raise Stopped
        now = time.monotonic()
        for child in self.children if watched is None else watched:
            self._show_news(child)
            code = child.died()
            if code is not None:
                self._after_death(child, code, now)
            elif child.due is not None and child.due <= now:
                child.start()
                self._keep_records()
        time.sleep(_TICK_SECONDS)

    def _after_death(self, child: Child, code: int, now: float) -> None:
        delay = child.restarts.delay_after_death(now)
        self._keep_records()
        if delay is None:
            self._show_news(child)
            raise _failed(child, code, Phrase("ended five times within a minute"))
        self._say(
            Phrase(
                "ended, starts again in {delay:g} seconds", name=child.name, code=_ending(code), delay=delay
            ).both(" / ")
        )
        child.due = now + delay

    def _wait_until(
        self, condition: Callable[[], bool], name: str, watched: Sequence[Child] | None = None
    ) -> None:
        """Tick until `condition` holds. Raises CannotStart after `patience` seconds."""
        deadline = time.monotonic() + self.patience
        while not condition():
            self._tick(watched)
            if time.monotonic() > deadline:
                child = next(child for child in self.children if child.name == name)
                last = " | ".join(child.tail.last_lines(2))
                raise CannotStart(
                    Phrase(
                        "{name} was not ready within {patience:g} seconds.",
                        name=name,
                        patience=self.patience,
                        log=child.log,
                        last=last,
                    ),
                )

    def _is_ready(self) -> bool:
        """Return whether the API answers 200 on /readyz."""
        url = urlsplit(self._address())
        connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except OSError:
            return False
        finally:
            connection.close()

    def _address(self) -> str:
        host = f"[{self.settings.host}]" if ":" in self.settings.host else self.settings.host
        return f"http://{host}:{self.settings.port}"

    def _show_news(self, child: Child) -> None:
        for line in child.tail.new_lines():
            show(self.output, child.name, line)
        child.tail.rotate()

    def _say(self, line: str) -> None:
        show(self.output, "jiesu", line)

    def _keep_records(self) -> None:
        keep_records(self.folder, [child.record for child in self.children if child.record is not None])

    # --- stopping

    def _stop_all(self) -> None:
        """End our own parts first, then the servers they write to; what was answered is on disk by then."""
        own = [child for child in self.children if child.name not in {"postgres", "temporal"}]
        servers = [child for child in self.children if child not in own]
        for group in (own, servers):
            for child in group:
                child.ask_to_stop()
            for child in group:
                child.stop()
                self._show_news(child)
        self._keep_records()


def own_command(command: str, settings: Settings, environment: Mapping[str, str]) -> Launch:
    """Return how to start `jiesu <command>` with exactly these settings, by the interpreter that runs us."""
    root = Path(__file__).resolve().parents[1]
    paths = os.pathsep.join(filter(None, (str(root), environment.get("PYTHONPATH"))))
    extra = {"PYTHONPATH": paths, "PYTHONUNBUFFERED": "1"}
    return Launch(
        command,
        (sys.executable, "-P", "-m", "cli", command),
        {**environment, **settings.to_environment(), **extra},
        stop_seconds=30.0,
    )


def up(
    settings: Settings,
    environment: Mapping[str, str],
    announce: Callable[[str], None],
    own: Callable[[str, Settings, Mapping[str, str]], Launch] = own_command,
) -> None:
    """Run everything in the data folder of `settings` until SIGINT or SIGTERM; see Supervisor.run.

    `own` says how one of our own commands (`migrate`, `worker`, `api`) is started with given settings.
    Raises CannotStart before anything is started when the folder is in use, of a newer version or not
    writable, or when a port is taken.
    """
    with owned(settings.data_dir) as folder:
        for name in end_leftovers(folder):
            show(sys.stderr, "jiesu", Phrase("ended a process left by an earlier run", name=name).both(" / "))
        refuse_half_restored(folder)
        if restored := note_of(folder):
            show(
                sys.stderr,
                "jiesu",
                Phrase("restored: run jiesu rebuild", restored=restored).both(" / "),
            )
        require_free(_ports(settings))
        settings = settings.model_copy(update={"data_dir": folder})
        supervisor = Supervisor(settings, folder, environment, own)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, supervisor.handle_signal)
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # `nohup` asked to outlive its terminal
            signal.signal(signal.SIGHUP, supervisor.handle_signal)
        supervisor.run(announce)


def _ports(settings: Settings) -> list[tuple[str, int, str]]:
    wanted = [(settings.host, settings.port, "--port")]
    if settings.temporal_address is None:
        wanted += [
            (temporal.HOST, settings.temporal_port, "--temporal-port"),
            (temporal.HOST, settings.ui_port, "--ui-port"),
        ]
    return wanted


def _postgres_port(folder: Path) -> int:
    """Return the port that PostgreSQL had last time if it is free, else another free one, and remember it."""
    path = folder / _PORTS_FILE
    try:
        port = int(path.read_text())
        require_free([(postgres.HOST, port, "postgres")])
    except (OSError, ValueError, CannotStart):
        port = postgres.free_port()
        path.write_text(f"{port}\n")
    return port


def _ending(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit {code}"


def _failed(child: Child, code: int, what: Phrase) -> GaveUp:
    """Return the refusal that says `what` the child did and how its log ends."""
    last = " | ".join(dict.fromkeys(child.tail.last_lines(2)))  # five starts end with the same words
    return GaveUp(
        Phrase(
            "{name} {what} ({code}); everything was stopped.",
            name=child.name,
            what=what,
            code=_ending(code),
            log=child.log,
            last=last,
        ),
    )

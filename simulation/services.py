"""The whole system as a child process: `jiesu up` in a folder of its own, on ports that are free."""

import contextlib
import time
from collections.abc import Generator, Mapping
from pathlib import Path

from embedded.launch import start, stop
from embedded.ports import require_free
from embedded.postgres import free_port
from embedded.supervisor import own_command
from engine.errors import CannotStart
from phrases import Phrase
from settings import Settings

_READY_SECONDS = 120.0
_LOOK_SECONDS = 0.1
_READY = "ready "


@contextlib.contextmanager
def running(settings: Settings, environment: Mapping[str, str]) -> Generator[str]:
    """Run everything that `settings` ask for while the block lasts; yield the API's address.

    Raises CannotStart when it is not ready in time or ends before. Everything is stopped afterwards.
    """
    launch = own_command("up", settings, environment)
    log = settings.data_dir / "logs" / "up.log"
    process = start(launch, log)
    try:
        deadline = time.monotonic() + _READY_SECONDS
        while (address := _announced(log)) is None:
            if process.poll() is not None or time.monotonic() > deadline:
                raise CannotStart(
                    Phrase("The services did not start, see {log}.", log=log, last_line_log=_last_line(log)),
                )
            time.sleep(_LOOK_SECONDS)
        yield address
    finally:
        stop(process, launch)


def with_free_ports(settings: Settings) -> Settings:
    """Return `settings` with every port that is taken replaced by a free one."""
    changed: dict[str, int] = {}
    for name in ("port", "temporal_port", "ui_port"):
        try:
            require_free([(settings.host, getattr(settings, name), f"--{name}")])
        except CannotStart:
            changed[name] = free_port()
    return settings.model_copy(update=changed)


def _announced(log: Path) -> str | None:
    for line in _lines(log):
        if line.startswith(_READY):
            return line.removeprefix(_READY).strip()
    return None


def _last_line(log: Path) -> str:
    return next(iter(reversed(_lines(log))), "")


def _lines(log: Path) -> list[str]:
    try:
        return log.read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return []

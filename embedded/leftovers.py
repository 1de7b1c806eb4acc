"""What a killed `jiesu up` left behind: its children are found and ended, PostgreSQL's lock file removed."""

import contextlib
import signal
from collections.abc import Sequence
from pathlib import Path

import psutil

from embedded import postgres
from embedded.folder import Record, keep_records, records
from engine.errors import CannotStart
from phrases import Phrase

_CLOCK_SLACK_SECONDS = 5.0  # start times are counted from boot, whose moment the clock's corrections move
_PATIENCE_SECONDS = 10.0
_KILL_PATIENCE_SECONDS = 10.0


def recorded(name: str, pid: int) -> Record | None:
    """Return the record of the running process `pid`; None when it is gone already."""
    try:
        return Record(name, pid, psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return None


def still_running(children: Sequence[Record]) -> list[psutil.Process]:
    """Return the processes of `children` that still run; a stranger with a reused number is left out."""
    found: list[psutil.Process] = []
    for child in children:
        with contextlib.suppress(psutil.NoSuchProcess, ValueError):  # a damaged list may hold any number
            process = psutil.Process(child.pid)
            alive = process.status() != psutil.STATUS_ZOMBIE
            if alive and abs(process.create_time() - child.created) < _CLOCK_SLACK_SECONDS:
                found.append(process)
    return found


def end_leftovers(folder: Path, patience: float = _PATIENCE_SECONDS) -> list[str]:
    """End what an earlier owner of the data folder left running; return the names of what was found.

    Only the owner of the folder may call it. PostgreSQL gets a fast shutdown, the others SIGTERM, and
    whatever stays after `patience` seconds SIGKILL. Raises CannotStart when something cannot be ended.
    """
    cluster = folder / "postgres"
    left = {process.pid: (process, signal.SIGTERM) for process in still_running(records(folder))}
    for process in servers_of(cluster):
        left[process.pid] = (process, signal.SIGINT)
    names = sorted({process.name() for process, _ in left.values()})
    for process, polite in left.values():
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(polite)
    _wait_then_kill([process for process, _ in left.values()], patience)
    _wait_then_kill(servers_of(cluster), patience)  # backends of a killed postmaster end by themselves, soon
    (cluster / "postmaster.pid").unlink(missing_ok=True)
    keep_records(folder, [])
    return names


def servers_of(cluster: Path) -> list[psutil.Process]:
    """Return PostgreSQL's processes that serve the folder `cluster`, its postmaster first.

    None where there is no lock file: then nothing was left running.
    """
    main = postgres.postmaster(cluster)
    if main is None:
        return []
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.name().startswith("postgres") and Path(process.cwd()).samefile(cluster):
                found.append(process)
    return sorted(found, key=lambda process: process.pid != main)


def _wait_then_kill(processes: Sequence[psutil.Process], patience: float) -> None:
    _, stubborn = psutil.wait_procs(processes, timeout=patience if processes else 0)
    for process in stubborn:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    _, immortal = psutil.wait_procs(stubborn, timeout=_KILL_PATIENCE_SECONDS if stubborn else 0)
    if immortal:
        numbers = ", ".join(str(process.pid) for process in immortal)
        raise CannotStart(
            Phrase(
                "Processes {numbers} of an earlier run cannot be ended: end them by hand and try again.",
                numbers=numbers,
            ),
        )

"""Processes that somebody else runs: named by files that hold their process id, struck but never started."""

import contextlib
import signal
from dataclasses import dataclass
from pathlib import Path

import psutil


def signal_all(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process and all its children; those that are gone are left alone."""
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        for victim in (process, *process.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                victim.send_signal(number)


@dataclass
class Victim:
    """A process whose id stands in `pid_file`, which is rewritten at every restart."""

    name: str
    pid_file: Path
    starts: int = 0

    def kill(self) -> None:
        """Kill -9 it, with all its children."""
        self._signal(signal.SIGKILL)

    def freeze(self) -> None:
        """Stop it where it stands, with all its children."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def ask_to_restart(self) -> None:
        """Ask it to end in an orderly way: PostgreSQL at once, not when its last client has left."""
        with contextlib.suppress(psutil.Error, OSError, ValueError):
            process = psutil.Process(int(self.pid_file.read_text()))
            process.send_signal(signal.SIGINT if process.name() == "postgres" else signal.SIGTERM)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(OSError, ValueError):
            signal_all(int(self.pid_file.read_text()), number)

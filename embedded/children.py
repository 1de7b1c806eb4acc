"""One supervised child: started, watched, started again after a death."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from embedded.console import Tail
from embedded.folder import Record
from embedded.launch import Launch, start, stop
from embedded.leftovers import recorded
from embedded.postgres import close_handles
from embedded.restarts import Restarts


@dataclass
class Child:
    """A part of the system that should always run; `make` describes its next start."""

    name: str
    make: Callable[[], Launch]
    log: Path
    restarts: Restarts = field(default_factory=Restarts)
    launch: Launch | None = None
    process: subprocess.Popen[bytes] | None = None
    due: float | None = None
    record: Record | None = None
    code: int | None = None
    """The exit code with which it ended last."""

    def __post_init__(self) -> None:
        """Follow the log from where it ends now."""
        self.tail = Tail(self.name, self.log)

    def start(self) -> None:
        """Start the child now. Raises OSError where its program cannot be started."""
        self.launch = self.make()
        try:
            self.process = start(self.launch, self.log)
        finally:
            close_handles(self.launch)
        self.record = recorded(self.name, self.process.pid)
        self.due = None

    def died(self) -> int | None:
        """Return the exit code of a child that ended since the last call, None while it runs or waits."""
        if self.process is None or (code := self.process.poll()) is None:
            return None
        self.process = self.record = None
        self.code = code
        return code

    def ask_to_stop(self) -> None:
        """Send the stop signal and return at once."""
        self.due = None
        if self.process is not None and self.launch is not None and self.process.poll() is None:
            self.process.send_signal(self.launch.stop_signal)

    def stop(self) -> None:
        """Wait until the child is gone, by force if need be."""
        if self.process is not None and self.launch is not None:
            stop(self.process, self.launch)
        self.process = self.record = None

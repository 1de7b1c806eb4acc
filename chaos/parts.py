"""One part of the installation as a child process: kept alive, killed, frozen, restarted."""

import asyncio
import contextlib
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

from chaos.victims import signal_all
from clock import utc_now
from embedded.launch import Launch, start, stop
from embedded.postgres import close_handles

_LOOK_SECONDS = 0.1
_AGAIN_SECONDS = 0.5


class Part:
    """A child process that is restarted half a second after it died, until it is stopped for good."""

    def __init__(self, name: str, make: Callable[[], Launch], log: Path) -> None:
        """Stand for the part `name`, started as `make` says, with its output in `log`."""
        self.name = name
        self.starts = 0
        self.is_frozen = False
        self._make = make
        self._log = log
        self._launch: Launch | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start the process, and somebody who starts it again whenever it has died."""
        self._begin()
        self._keeper = asyncio.get_running_loop().create_task(self._keep())

    def kill(self) -> None:
        """Kill -9 it, with all its children."""
        self._signal(signal.SIGKILL)

    def freeze(self) -> None:
        """Stop it where it stands, with all its children."""
        self.is_frozen = True
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self.is_frozen = False
        self._signal(signal.SIGCONT)

    def ask_to_restart(self) -> None:
        """Ask it to end in an orderly way; it is started again when it has."""
        if self._process is not None and self._launch is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(self._launch.stop_signal)

    async def stop(self) -> None:
        """End it for good."""
        if self._keeper is not None:
            self._keeper.cancel()
        self.thaw()
        if self._process is not None and self._launch is not None:
            await asyncio.to_thread(stop, self._process, self._launch)

    def _begin(self) -> None:
        with self._log.open("a", encoding="utf-8") as log:
            log.write(f"--- start {self.starts + 1} at {utc_now():%H:%M:%S}\n")
        launch = self._make()
        try:
            self._process = start(launch, self._log)
        finally:
            close_handles(launch)
        self._launch = launch
        self.starts += 1

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if self._process is not None and self._process.poll() is not None:
                await asyncio.sleep(_AGAIN_SECONDS)
                with contextlib.suppress(OSError):  # a full disk; the next round tries again
                    self._begin()

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            signal_all(self._process.pid, number)

"""How one child process is started: a value, and the two functions that start and end what it describes."""

import contextlib
import ctypes
import os
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)  # loaded before any fork: nothing may be loaded in between


@dataclass(frozen=True)
class Launch:
    """A child process to be: its command line, environment, user and the way it wants to be stopped.

    `folders` are handed over as open directories, so that a child that runs as another user reaches them
    although it may not walk the path (see `embedded.postgres`).
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    user: int | None = None
    group: int | None = None
    folders: tuple[int, ...] = ()
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 15.0


def open_log(path: Path) -> int:
    """Return a descriptor that appends to the log file `path`, made with its folder if missing."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)


def start(launch: Launch, log: Path) -> subprocess.Popen[bytes]:
    """Start `launch` with its output appended to the file `log`; return the process.

    The kernel sends the child its stop signal when our process dies, on Linux; what that misses (a second
    fork, another system) is found by its record at the next start. Raises OSError where it cannot start.
    """
    parent = os.getpid()

    def begin_as_child() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell's background job hands on that it is ignored
        if hasattr(_LIBC, "prctl"):
            _LIBC.prctl(_PR_SET_PDEATHSIG, int(launch.stop_signal), 0, 0, 0)
        if os.getppid() != parent:  # died between the fork and the call above
            os._exit(1)

    output = open_log(log)
    try:
        return subprocess.Popen(
            launch.command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=dict(launch.environment),
            cwd="/" if launch.folders else None,
            user=launch.user,
            group=launch.group,
            extra_groups=None if launch.user is None else (),
            pass_fds=launch.folders,
            start_new_session=True,  # Ctrl-C reaches the supervisor alone, which ends its children in order
            preexec_fn=begin_as_child,  # noqa: PLW1509 - two calls, no lock
        )
    finally:
        os.close(output)


def stop(process: subprocess.Popen[bytes], launch: Launch) -> int:
    """End `process` by its stop signal, by SIGKILL after `stop_seconds`; return its exit code."""
    if process.poll() is None:
        process.send_signal(launch.stop_signal)
        try:
            return process.wait(launch.stop_seconds)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
    return process.wait()

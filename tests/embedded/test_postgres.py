"""The embedded PostgreSQL keeps what it acknowledged, to itself, and changes nothing outside its folder."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import psutil
import pytest

from embedded import postgres
from embedded.launch import start, stop
from embedded.programs import packaged_binaries, reachable_binaries
from engine.errors import CannotStart

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to run PostgreSQL as somebody else")


@contextmanager
def running(cluster: postgres.Cluster, port: int, log: Path) -> Generator[subprocess.Popen[bytes]]:
    """Serve `cluster` on `port` for the length of a block."""
    launch = postgres.server(cluster, port)
    process = start(launch, log)
    postgres.close_handles(launch)
    try:
        postgres.ensure_database(cluster, port)
        yield process
    finally:
        stop(process, launch)


async def ask(url: str, question: str) -> object:
    """Return the first value of the first row that answers `question`."""
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def test_a_cluster_is_durable_speaks_chinese_and_listens_on_loopback_alone(tmp_path: Path) -> None:
    """The settings that safety and search rest on, asked of the server itself."""
    cluster, port = postgres.open_cluster(tmp_path / "一 个" / "postgres"), postgres.free_port()
    with running(cluster, port, tmp_path / "log") as process:
        url = cluster.url(port)
        for name in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums"):
            assert await ask(url, f"SHOW {name}") == "on"
        assert await ask(url, "SHOW server_encoding") == "UTF8"
        collation = "SELECT datcollate FROM pg_database WHERE datname = current_database()"
        assert await ask(url, collation) == "C.UTF-8"
        listening = [c.laddr for c in psutil.Process(process.pid).net_connections() if c.status == "LISTEN"]
        assert [(address.ip, address.port) for address in listening] == [("127.0.0.1", port)]


async def test_nobody_gets_in_without_the_password(tmp_path: Path) -> None:
    """Other users of the machine reach the port, not the data; the password is for the owner alone."""
    cluster, port = postgres.open_cluster(tmp_path / "postgres", durable=False), postgres.free_port()
    assert (tmp_path / "postgres.password").stat().st_mode & 0o777 == 0o600
    assert "trust" not in "".join(
        line
        for line in (tmp_path / "postgres" / "pg_hba.conf").read_text().splitlines()
        if not line.startswith("#")
    )
    with running(cluster, port, tmp_path / "log"):
        for password in ("", "jiesu", cluster.password[:-1]):
            url = f"postgresql://{postgres.USER}:{password}@127.0.0.1:{port}/jiesu"
            with pytest.raises(asyncpg.PostgresError):
                await asyncpg.connect(url, passfile="/nonexistent")


async def test_what_was_committed_survives_kill_9(tmp_path: Path) -> None:
    """The next start needs no help, on the same port."""
    cluster, port = postgres.open_cluster(tmp_path / "postgres"), postgres.free_port()
    with running(cluster, port, tmp_path / "log") as process:
        await ask(cluster.url(port), "CREATE TABLE kept AS SELECT 42 AS n")
        process.send_signal(signal.SIGKILL)
        process.wait()
    with running(postgres.open_cluster(tmp_path / "postgres"), port, tmp_path / "log"):
        assert await ask(cluster.url(port), "SELECT n FROM kept") == 42


async def test_the_server_s_log_never_quotes_what_citizens_said(tmp_path: Path) -> None:
    """A failing statement carries names and phones; its sender knows the error anyway."""
    cluster, port = postgres.open_cluster(tmp_path / "postgres", durable=False), postgres.free_port()
    with running(cluster, port, tmp_path / "log"):
        url = cluster.url(port)
        await ask(url, "CREATE TABLE person (phone text PRIMARY KEY)")
        await ask(url, "INSERT INTO person VALUES ('13800138000')")
        for statement in (
            "INSERT INTO person VALUES ('13800138000')",
            "SELECT '13800138000 wang'::int",
            "SELECT 13800138000 FROM nowhere",
        ):
            with pytest.raises(asyncpg.PostgresError):
                await ask(url, statement)
    assert "13800138000" not in (tmp_path / "log").read_text()


def test_a_half_made_cluster_is_made_again(tmp_path: Path) -> None:
    """A start that was killed during initdb leaves only a draft."""
    draft = tmp_path / "postgres.new"
    draft.mkdir()
    (draft / "PG_VERSION").write_text("18\n")
    cluster = postgres.open_cluster(tmp_path / "postgres", durable=False)
    assert (cluster.folder / "global" / "pg_control").exists()
    assert not draft.exists()


def test_a_cluster_of_another_major_version_is_refused_untouched(tmp_path: Path) -> None:
    """PostgreSQL cannot read it; the sentence names the way."""
    cluster = postgres.open_cluster(tmp_path / "postgres", durable=False)
    (cluster.folder / "PG_VERSION").write_text("17\n")
    with pytest.raises(CannotStart, match="pg_dump"):
        postgres.open_cluster(tmp_path / "postgres")


def test_a_folder_that_is_no_whole_cluster_is_refused_untouched(tmp_path: Path) -> None:
    """A copy that broke off halfway: making a new one over it would lose the rest."""
    (tmp_path / "postgres" / "base").mkdir(parents=True)
    with pytest.raises(CannotStart, match="PG_VERSION"):
        postgres.open_cluster(tmp_path / "postgres")
    assert [path.name for path in (tmp_path / "postgres").iterdir()] == ["base"]


def test_the_password_stays_the_same(tmp_path: Path) -> None:
    """The cluster knows it since its first start."""
    first = postgres.open_cluster(tmp_path / "postgres", durable=False)
    assert postgres.open_cluster(tmp_path / "postgres", durable=False).password == first.password


def test_a_server_that_never_comes_is_one_sentence(tmp_path: Path) -> None:
    """Nothing was started here."""
    cluster = postgres.open_cluster(tmp_path / "postgres", durable=False)
    with pytest.raises(CannotStart, match="not ready"):
        postgres.ensure_database(cluster, postgres.free_port(), seconds=0.1)


@needs_root
async def test_root_changes_no_permission_outside_the_data_folder(tmp_path: Path) -> None:
    """Parents closed to everybody stay closed, of the data as of the package, and the server is not root."""
    data = tmp_path / "home" / "of" / "root" / ".jiesu"
    data.mkdir(parents=True)
    watched = {*data.parents, *packaged_binaries().parents, *packaged_binaries().rglob("*")}
    for folder in (data.parent, data.parent.parent):
        folder.chmod(0o700)

    def permissions() -> dict[Path, tuple[int, int, int]]:
        return {path: (path.stat().st_mode, path.stat().st_uid, path.stat().st_gid) for path in watched}

    before = permissions()
    cluster, port = postgres.open_cluster(data / "postgres", durable=False), postgres.free_port()
    with running(cluster, port, data / "log") as process:
        assert psutil.Process(process.pid).uids().effective != 0
        assert await ask(cluster.url(port), "SELECT 1") == 1
    assert permissions() == before


@needs_root
def test_programs_in_a_closed_folder_are_copied_to_an_open_one_once() -> None:
    """A virtual environment below /root is out of reach for the user that runs the server."""
    package = packaged_binaries().parents[1]
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        place = Path(name)
        place.chmod(0o755)
        closed, home = place / "closed", place / "open"
        closed.mkdir(mode=0o700)
        home.mkdir(mode=0o755)
        for part in (package.name, package.name + ".libs"):
            shutil.copytree(package.with_name(part), closed / part, symlinks=True)
        installed = closed / packaged_binaries().relative_to(package.parent)
        copied = reachable_binaries(installed, [place / "missing", closed, home])
        assert copied.is_relative_to(home)
        version = [copied / "initdb", "--version"]
        done = subprocess.run(version, user="nobody", check=True, capture_output=True)
        assert b"PostgreSQL" in done.stdout
        made = copied.stat().st_ctime_ns
        assert reachable_binaries(installed, [home]) == copied
        assert copied.stat().st_ctime_ns == made
        assert closed.stat().st_mode & 0o777 == 0o700


@needs_root
def test_a_copy_that_somebody_else_could_change_is_not_used() -> None:
    """Programs that another user prepared would run with the data of the city."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        place = Path(name)
        place.chmod(0o755)
        closed, home = place / "closed", place / "open"
        closed.mkdir(mode=0o700)
        home.mkdir(mode=0o755)
        package = packaged_binaries().parents[1]
        for part in (package.name, package.name + ".libs"):
            shutil.copytree(package.with_name(part), closed / part, symlinks=True)
        installed = closed / packaged_binaries().relative_to(package.parent)
        copied = reachable_binaries(installed, [home])
        os.chown(home / copied.relative_to(home).parts[0], 65534, 65534)
        with pytest.raises(CannotStart, match="other users can read"):
            reachable_binaries(installed, [home])

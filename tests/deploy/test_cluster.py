"""What of the cluster runner can be told without a cluster: programs, settings, the file it hands on."""

import json
import re
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from bench.given import GivenInstallation as BenchInstallation
from deploy.cluster import binaries
from deploy.cluster.engine import SERVICES, Store, service, variables
from deploy.cluster.parts import Cluster, Plan, connections, free_ports, kind_of
from deploy.cluster.suites import ROOT, chaos_options
from embedded import postgres
from embedded.children import Child
from embedded.launch import Launch
from engine.errors import CannotStart
from settings import Settings
from tests.e2e.installation import GivenInstallation


@pytest.fixture
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without programs and without Go: the folder that is all of its PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(binaries, "CACHE", tmp_path / "cache")
    return folder


def test_without_programs_and_toolchain_it_says_what_is_missing(bare_machine: Path) -> None:
    """One sentence; the command ends with code 2."""
    with pytest.raises(CannotStart, match=r"temporal-server.*Go") as refused:
        binaries.find_or_build()
    assert "\n" not in str(refused.value)


def test_programs_on_the_path_are_taken_and_nothing_is_built(bare_machine: Path) -> None:
    """As on a host that was set up by hand."""
    for name in ("temporal-server", "temporal-sql-tool"):
        (bare_machine / name).write_text("#!/bin/sh\n")
        (bare_machine / name).chmod(0o755)
    assert binaries.find_or_build() == binaries.Binaries(
        bare_machine / "temporal-server", bare_machine / "temporal-sql-tool"
    )


def test_a_toolchain_that_fails_leaves_no_half_made_program(bare_machine: Path) -> None:
    """The next run tries again."""
    go = bare_machine / "go"
    go.write_text("#!/bin/sh\nexit 3\n")
    go.chmod(0o755)
    with pytest.raises(CannotStart, match="3"):
        binaries.find_or_build()
    assert binaries.find() is None


def test_every_service_of_the_engine_stays_on_loopback() -> None:
    """Nobody from outside reaches a test's servers."""
    names = [*SERVICES, *(f"{name}-membership" for name in SERVICES), "http"]
    ports = free_ports(*names)
    assert len(set(ports.values())) == len(names)
    environment = variables(Store(5432, "u", "p"), ports, 4)
    assert environment["BIND_ON_IP"] == environment["TEMPORAL_BROADCAST_ADDRESS"] == "127.0.0.1"
    launch = service(binaries.Binaries(Path("server"), Path("tool")), "history", environment)
    assert "p" not in launch.command, "a password on a command line is seen by everybody"


def test_the_database_has_a_connection_for_whatever_may_be_deployed(tmp_path: Path) -> None:
    """Eight of each: asked for by hand, they met a server that let no more in. Nine are refused in words."""
    running = Cluster(tmp_path, binaries.Binaries(Path("server"), Path("tool")))
    running.url, running._ports = "postgresql://u@127.0.0.1:1/d", {"frontend": 1, "api-0": 1}
    one = running._settings(0, Plan())
    worker = one.database_pool_size
    api = worker + one.intake_pool_size + one.list_places + one.report_places
    database = postgres.Cluster(tmp_path, "", tmp_path, user=None, group=None, durable=True)
    command = " ".join(postgres.server(database, 1, connections()).command)
    (allowed,) = re.findall(r"max_connections=(\d+)", command)
    assert 8 * api + 8 * worker + 20 < int(allowed)
    for plan in (Plan(apis=9), Plan(workers=9)):
        with pytest.raises(CannotStart, match=r"8 APIs and 8 workers"):
            running.deploy(plan)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("api-1", "api"),
        ("worker-4", "worker"),
        ("temporal-worker", "temporal"),
        ("engine-db", "postgres"),
        ("jiesu-db", "postgres"),
    ],
)
def test_a_process_belongs_to_a_part(name: str, kind: str) -> None:
    """The engine's own worker is a part of the engine."""
    assert kind_of(name) == kind


@pytest.fixture
def described(tmp_path: Path) -> Cluster:
    """A cluster of which nothing runs, with the settings of its hosts."""
    (tmp_path / "pids").mkdir()
    cluster = Cluster(tmp_path, binaries.Binaries(Path("server"), Path("tool")))
    cluster._ports = free_ports("frontend", *(f"api-{number}" for number in range(4)))
    cluster.url = "postgresql://u:secret@127.0.0.1/d"
    cluster.settings = [cluster._settings(number, Plan()) for number in range(4)]
    return cluster


def test_all_processes_together_leave_the_database_connections_for_the_suites(described: Cluster) -> None:
    """Of the hundred that the embedded PostgreSQL takes: an API opens three kinds, a worker one."""
    one = described.settings[0]
    worker = one.database_pool_size
    api = worker + one.intake_pool_size + one.list_places + one.report_places
    assert Plan.apis * api + Plan.workers * worker <= 80


def test_the_chaos_suite_gets_the_password_by_a_file_of_its_owner(described: Cluster) -> None:
    """Every user sees a command line; the suite reads the file as if it stood there."""
    file = chaos_options(described)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    lines = file.read_text().splitlines()
    assert lines[lines.index("--database-url") + 1] == described.url
    file.write_text("--api\nhttp://127.0.0.1:1\n")
    done = subprocess.run(
        [sys.executable, "-m", "chaos", f"@{file}"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "come together" in done.stderr


def test_the_description_of_an_installation_is_what_tests_and_benchmark_read(tmp_path: Path) -> None:
    """Written for its owner alone, as it holds a password; both readers find the processes in it."""
    (tmp_path / "pids").mkdir()
    cluster = Cluster(tmp_path, binaries.Binaries(Path("server"), Path("tool")))
    cluster.settings = [
        Settings(
            data_dir=tmp_path, port=port, database_url="postgresql://u:p@127.0.0.1/d", temporal_address="h:1"
        )
        for port in (8001, 8002)
    ]
    child = Child("api-1", lambda: Launch("api", ("/bin/sleep", "60")), tmp_path / "log")
    child.start()
    cluster.children.append(child)
    try:
        cluster._note(Plan(apis=2))
        assert stat.S_IMODE(cluster.file.stat().st_mode) == 0o600
        description = json.loads(cluster.file.read_text())
        assert Settings.from_environment(description["environment"]) == cluster.settings[0]
        given = GivenInstallation(cluster.file)
        assert {given.url, given.url} == {"http://127.0.0.1:8001", "http://127.0.0.1:8002"}
        bench = BenchInstallation(cluster.settings[0], psutil.Process(), psutil.Process(), cluster.file)
        assert child.process is not None
        assert [process.pid for process in bench.parts()["api"]] == [child.process.pid]
        given.kill("worker")
        assert child.process.poll() is None
        pid = child.process.pid
        given.kill("api")
        child.process.wait(10)
        cluster.wait_until(lambda: str(pid) != cluster.pid_file("api-1").read_text().strip(), "api-1", 10)
        pids = [part["pid"] for part in json.loads(cluster.file.read_text())["parts"]]
        assert pids == [child.process.pid]
    finally:
        cluster.stop_all()

"""`jiesu up` as its operator meets it: ready, refused in a sentence, killed, started again, stopped."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from temporalio.testing import WorkflowEnvironment

from embedded.folder import FORMAT, records, write_json
from embedded.postgres import free_port
from tests.e2e.installation import ROOT, Installation, without_settings

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]


REQUEST = {"type": "complaint", "channel": "web", "description": "楼道的灯坏了一周，没有人修。"}


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The installation of this file; what runs of it at the end stops in an orderly way."""
    installation = Installation(tmp_path_factory.mktemp("up") / "data")
    yield installation
    if runs(installation):
        assert installation.stop() == 0


@pytest.fixture
def up(installation: Installation) -> Installation:
    """The installation of this file, ready; a test may kill or stop of it what it likes."""
    if not runs(installation):
        installation.start()
    return installation


def runs(installation: Installation) -> bool:
    """Return whether `jiesu up` runs."""
    return installation.process is not None and installation.process.poll() is None


def family(installation: Installation) -> list[psutil.Process]:
    """Return `jiesu up` and every process below it."""
    assert installation.process is not None
    main = psutil.Process(installation.process.pid)
    return [main, *main.children(recursive=True)]


def jiesu(*arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a `jiesu` command that is expected to end by itself."""
    command = [sys.executable, "-m", "cli", *map(str, arguments)]
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**without_settings(), **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def assert_one_sentence(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """Assert that `done` failed with one line on standard error that has all `words`."""
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    for word in words:
        assert word in done.stderr


def is_alive(process: psutil.Process) -> bool:
    """Return whether `process` runs; a zombie waits for a parent that is gone."""
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def test_it_says_ready_once_listens_on_loopback_alone_and_leaves_nothing(up: Installation) -> None:
    """The life of an ordinary day, with a second `up` on the same folder refused in between."""
    *_, said = up.output.read_text().split("--- start\n")
    assert f"\n{said}".count("\nready ") == 1
    everything = family(up)
    listening = [c.laddr for process in everything for c in process.net_connections() if c.status == "LISTEN"]
    assert {address.ip for address in listening} == {"127.0.0.1"}
    assert set(up.ports.values()) <= {address.port for address in listening}
    assert_one_sentence(jiesu("up", "--data", up.folder), str(everything[0].pid), "--data")
    assert up.stop() == 0
    assert not any(map(is_alive, everything))
    assert records(up.folder) == []


def test_after_kill_9_of_all_its_processes_it_starts_again_on_the_same_data(up: Installation) -> None:
    """A machine that lost power."""
    up.kill_everything()
    up.start()
    assert up.process is not None
    up.process.send_signal(signal.SIGINT)
    assert up.process.wait(60) == 0


def test_after_kill_9_of_itself_the_next_one_takes_over(up: Installation) -> None:
    """What its children still hold, ports and locks, is free again, whoever ended them."""
    _, *children = family(up)
    assert up.process is not None
    up.process.kill()
    up.process.wait()
    up.start()
    assert not any(map(is_alive, children))


def test_killed_parts_come_back_by_themselves(up: Installation) -> None:
    """All four at once, on the same ports, and the API says again that a request can be filed."""
    before = {child.name: child.pid for child in records(up.folder)}
    up.kill(*before)
    assert up.get("/readyz") is not None
    after = {child.name: child.pid for child in records(up.folder)}
    assert sorted(after) == sorted(before)
    assert not set(after.values()) & set(before.values())


async def test_named_servers_are_used_instead_of_our_own(
    tmp_path: Path, dsn: str, dev_server: WorkflowEnvironment
) -> None:
    """Production's way: the same code, with a database and an engine that somebody else runs."""
    engine = dev_server.client.service_client.config.target_host
    up = Installation(tmp_path / "data", JIESU_DATABASE_URL=dsn, JIESU_TEMPORAL_ADDRESS=engine)
    try:
        up.start()
        assert sorted(child.name for child in records(up.folder)) == ["api", "worker"]
        assert not (up.folder / "postgres").exists()
        assert not (up.folder / "temporal.db").exists()
        assert up.post("/api/v1/requests", REQUEST).status_code == 201
    finally:
        assert up.stop() == 0


def test_a_taken_port_is_reported_before_anything_is_started(tmp_path: Path) -> None:
    """Nothing is left behind that runs."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        free = ("--port", free_port(), "--temporal-port", free_port())
        done = jiesu("up", "--data", tmp_path / "data", *free, "--ui-port", port)
    assert_one_sentence(done, str(port), "--ui-port")
    assert not (tmp_path / "data" / "logs").exists()


def test_a_folder_of_a_newer_version_is_refused_and_not_touched(tmp_path: Path) -> None:
    """Nothing but the version is in it, before and after."""
    write_json(tmp_path / "format.json", {"version": FORMAT + 1})
    assert_one_sentence(jiesu("up", "--data", tmp_path), "newer version")
    assert [path.name for path in tmp_path.iterdir()] == ["format.json"]
    assert json.loads((tmp_path / "format.json").read_text()) == {"version": FORMAT + 1}


def test_another_host_is_refused_while_there_are_no_accounts(tmp_path: Path) -> None:
    """The API would be open to the network."""
    assert_one_sentence(jiesu("up", "--data", tmp_path, JIESU_HOST="0.0.0.0"), "JIESU_ALLOW_REMOTE")
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_setting_is_reported_in_one_sentence(tmp_path: Path) -> None:
    """The variable is named."""
    assert_one_sentence(jiesu("up", "--data", tmp_path, JIESU_RETENTION_DAYS="never"), "JIESU_RETENTION_DAYS")


def test_an_unknown_edition_is_reported_in_one_sentence(tmp_path: Path) -> None:
    """Before anything is started, not by a worker that dies five times."""
    assert_one_sentence(jiesu("up", "--data", tmp_path / "data", "--edition", "atlantis"), "atlantis")
    assert not (tmp_path / "data").exists()


def test_migrate_needs_addresses() -> None:
    """Alone it has no servers of its own."""
    assert_one_sentence(jiesu("migrate"), "JIESU_DATABASE_URL", "jiesu up")


@pytest.mark.parametrize("command", ["api", "worker"])
def test_a_part_alone_needs_a_database(command: str, tmp_path: Path) -> None:
    """It says so itself: the web server would print a traceback."""
    assert_one_sentence(jiesu(command, JIESU_DATA=str(tmp_path)), "JIESU_DATABASE_URL")


def test_an_api_whose_key_is_open_to_others_says_so_in_one_sentence(tmp_path: Path) -> None:
    """The supervisor shows the last line of a part that ended."""
    (tmp_path / "master.key").write_bytes(bytes(32))
    (tmp_path / "master.key").chmod(0o644)
    url = "postgresql://jiesu@127.0.0.1:1/jiesu"
    assert_one_sentence(jiesu("api", JIESU_DATA=str(tmp_path), JIESU_DATABASE_URL=url), "chmod 600")


def test_an_engine_that_is_away_is_reported_in_one_sentence(tmp_path: Path) -> None:
    """Where operations ask, and where tickets should run."""
    away = {
        "JIESU_DATABASE_URL": "postgresql://jiesu@127.0.0.1:1/jiesu",
        "JIESU_TEMPORAL_ADDRESS": "127.0.0.1:1",
    }
    for command in ("worker", "reconcile"):
        assert_one_sentence(
            jiesu(command, JIESU_DATA=str(tmp_path), **away), "127.0.0.1:1", "does not answer"
        )


@pytest.mark.parametrize("arguments", [[], ["--help"], ["up", "--help"]])
def test_help_is_chinese_and_english(arguments: list[str]) -> None:
    """Whoever types the command finds out what it does."""
    done = jiesu(*arguments)
    text = done.stdout + done.stderr
    assert done.returncode in {0, 2}
    assert "启动全部服务" in text
    assert "Run everything" in text

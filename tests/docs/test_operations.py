"""The page of operations: its commands bring up three hosts, in the order in which they stand there."""

import json
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded import postgres
from embedded.launch import start, stop
from embedded.temporal import server
from settings import Settings
from tests.docs.hosts import ROOT, UNITS, Host, blocks

PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
BLOCKS = list(blocks(PAGE))
QUICK = {"JIESU_RECONCILE_INTERVAL": "2s"}


@pytest.fixture
def addresses(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Host A: a durable PostgreSQL and a Temporal server; the page's addresses and where they are here."""
    cluster, port = postgres.open_cluster(tmp_path / "A" / "postgres"), postgres.free_port()
    database = postgres.server(cluster, port)
    engine_port = postgres.free_port()
    engine = server(
        Settings(data_dir=tmp_path / "A", temporal_port=engine_port, ui_port=postgres.free_port()), {}
    )
    running = [(start(launch, tmp_path / f"{launch.name}.log"), launch) for launch in (database, engine)]
    postgres.close_handles(database)
    try:
        postgres.ensure_database(cluster, port)
        yield {
            "PASSWORD": cluster.password,
            "db.jiesu.internal:5432": f"127.0.0.1:{port}",
            "temporal.jiesu.internal:7233": f"127.0.0.1:{engine_port}",
        }
    finally:
        for process, launch in reversed(running):
            stop(process, launch)


@pytest.fixture
def hosts(tmp_path: Path, addresses: dict[str, str]) -> Iterator[dict[str, Host]]:
    """Hosts B and C, each with a folder, a port and a shell of its own."""
    ports = {name: str(postgres.free_port()) for name in "BC"}
    addresses["127.0.0.1:8000"] = f"127.0.0.1:{ports['B']}"
    found = {
        name: Host(tmp_path / name, addresses, {"JIESU_PORT": port, **QUICK}) for name, port in ports.items()
    }
    yield found
    for host in found.values():
        host.ends()


@pytest.mark.long
@pytest.mark.e2e
@pytest.mark.timeout(280)
def test_the_commands_of_the_page_bring_up_three_hosts(hosts: dict[str, Host]) -> None:
    """Every command ends well, in the order of the page; the doctor finds nothing, then what was broken."""
    if shutil.which("curl") is None:
        pytest.skip("this machine has no curl, which the page uses")
    outputs: list[tuple[str, str]] = []
    for block in BLOCKS:
        for name in block.hosts:
            for command in block.commands:
                code, said = hosts[name].types(command)
                assert code == 0, f"{name}$ {command}\n{said}\n{logs(hosts)}"
                outputs.append((command, said))
                if "doctor" in command and "||" not in command:
                    assert "一切正常" in said
    last_look = [said for command, said in outputs if "|| true" in command][-1]
    assert "[engine." in last_look, last_look
    settles(hosts["C"], hosts["B"])


def settles(worker: Host, api: Host) -> None:
    """Wait until what was filed without a worker has its workflow: the page says within a minute."""
    number = json.loads((api.folder / "second.json").read_text(encoding="utf-8"))["number"]
    deadline = time.monotonic() + 100
    while (said := worker.types(f"jiesu history {number}"))[0] or "completed" not in said[1]:
        assert time.monotonic() < deadline, said
        time.sleep(1)


def logs(hosts: dict[str, Host]) -> str:
    """Return the ends of what the hosts' services wrote."""
    files = [file for host in hosts.values() for file in host.folder.glob("*.log")]
    return "\n".join(f"{file.name}: {file.read_text(encoding='utf-8')[-1500:]}" for file in files)


def test_every_host_has_commands() -> None:
    """The blocks are read as they are written."""
    assert {host for block in BLOCKS for host in block.hosts} == {"B", "C"}
    assert sum(len(block.commands) for block in BLOCKS) >= 20


def test_the_services_on_the_page_are_the_units_that_come_along() -> None:
    """One set of units: the page writes none of its own, and writes the settings that they read."""
    assert "[Service]" not in PAGE
    commands = [command.split() for block in BLOCKS for command in block.commands]
    started = {words[2] for words in commands if words[0] == "systemctl"}
    assert started == {"jiesu-api@8000", "jiesu-worker@1"}
    written = {word for words in commands if words[0] == "cat" for word in words if word.startswith("/etc/")}
    for name in started:
        unit = (UNITS / f"{name.partition('@')[0]}@.service").read_text(encoding="utf-8")
        (file,) = re.findall(r"^EnvironmentFile=(.*)$", unit, re.MULTILINE)
        assert file in written
        assert re.search(r"^ExecStart=/opt/jiesu/bin/jiesu \w+$", unit, re.MULTILINE)

"""The embedded engine listens on loopback alone, keeps its state, and learns what we need of it."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from domain.search_attributes import SEARCH_ATTRIBUTES
from embedded import temporal
from embedded.launch import start, stop
from embedded.postgres import free_port
from engine.errors import CannotStart
from settings import Settings


@contextmanager
def running(settings: Settings, log: Path) -> Generator[subprocess.Popen[bytes]]:
    """Run the dev server of `settings` for the length of a block."""
    launch = temporal.server(settings, {"PATH": os.defpath})
    process = start(launch, log)
    try:
        yield process
    finally:
        stop(process, launch)


async def connected(settings: Settings) -> Client:
    """Return a client of the dev server of `settings`, which may still be starting."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return await Client.connect(f"127.0.0.1:{settings.temporal_port}")
        except RuntimeError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.05)


async def test_every_socket_is_on_loopback_and_state_survives_kill_9(tmp_path: Path) -> None:
    """Frontend, history, matching, membership, metrics, HTTP, UI; then workflow, attributes and retention."""
    settings = Settings(data_dir=tmp_path, temporal_port=free_port(), ui_port=free_port())
    retention = timedelta(days=31)
    with running(settings, tmp_path / "log") as process:
        client = await connected(settings)
        assert len(await temporal.prepare_namespace(client, SEARCH_ATTRIBUTES, retention)) == 9
        await client.start_workflow("Ticket", id="ticket/20261122-000001-5", task_queue="nobody")
        sockets = [c.laddr for c in psutil.Process(process.pid).net_connections() if c.status == "LISTEN"]
        assert {socket.ip for socket in sockets} == {"127.0.0.1"}
        assert {settings.temporal_port, settings.ui_port} <= {socket.port for socket in sockets}
        assert (tmp_path / "temporal.db-wal").exists()
        process.send_signal(signal.SIGKILL)
        process.wait()
    with running(settings, tmp_path / "log"):
        client = await connected(settings)
        assert await temporal.prepare_namespace(client, SEARCH_ATTRIBUTES, retention) == []
        described = await client.get_workflow_handle("ticket/20261122-000001-5").describe()
        assert described.workflow_type == "Ticket"
        question = DescribeNamespaceRequest(namespace="default")
        namespace = await client.workflow_service.describe_namespace(question)
        assert namespace.config.workflow_execution_retention_ttl.ToTimedelta() == retention


async def test_an_attribute_of_another_type_is_reported_in_one_sentence(
    dev_server: WorkflowEnvironment,
) -> None:
    """A ticket that sets it would stand still for ever."""
    with pytest.raises(CannotStart, match="Overdue") as refused:
        await temporal.prepare_namespace(dev_server.client, {"Overdue": "Keyword"}, timedelta(days=1))
    assert "\n" not in str(refused.value)


def test_an_unknown_attribute_type_is_a_bug() -> None:
    """The table of attributes is ours, so this is loud."""
    with pytest.raises(ValueError, match="Colour"):
        temporal.search_attribute_keys({"Stage": "Colour"})


def test_a_missing_program_is_reported_in_one_sentence() -> None:
    """An installation by hand may lack the package."""
    with pytest.raises(CannotStart, match="make setup"):
        temporal.program("temporal-that-is-not-there")


def test_the_programs_answer() -> None:
    """The packages ship what their names say."""
    version = subprocess.run([temporal.program(), "--version"], check=True, capture_output=True, timeout=60)
    assert b"Server 1." in version.stdout
    assert temporal.program("temporal-test-server").is_relative_to(Path(sys.prefix))

"""The API in front of a real database, a real engine and a real worker."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from activities.rulebook import Rulebook
from api.app import build_app
from api.hotline import Hotline
from readmodel import connect
from readmodel.vault import Vault
from settings import Settings
from worker import build_worker


@pytest.fixture
async def hotline(database: str, dev_server: WorkflowEnvironment, tmp_path: Path) -> AsyncIterator[Hotline]:
    """A hotline with a database of its own and a task queue nobody works on."""
    config = dev_server.client.config()
    config["data_converter"] = pydantic_data_converter
    engine = connect(database, 8)
    parts = Hotline(
        rulebook=Rulebook("beijing", tmp_path, engine),
        vault=Vault(b"0" * 32),
        database=engine,
        client=Client(**config),
        task_queue=f"api-{uuid4().hex}",
    )
    yield parts
    await parts.database.dispose()


@pytest.fixture
async def worked(hotline: Hotline, tmp_path: Path) -> AsyncIterator[Hotline]:
    """The same hotline with a worker behind it."""
    settings = Settings(task_queue=hotline.task_queue, data_dir=tmp_path)
    async with build_worker(hotline.client, settings, hotline.database, hotline.rulebook):
        yield hotline
        await end_tickets(hotline)


@pytest.fixture
async def http(hotline: Hotline) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API over `hotline`; whether a worker is behind it the test decides by asking for `worked`."""
    async with serving(hotline) as client:
        yield client


def serving(hotline: Hotline) -> httpx.AsyncClient:
    """Return a client of the API over `hotline`."""
    app = build_app(Settings(), hotline)
    app.state.hotline = hotline
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://testserver")


def with_short_patience(hotline: Hotline) -> Hotline:
    """Return `hotline` with time limits that a test can wait for."""
    from datetime import timedelta  # noqa: PLC0415

    short = timedelta(seconds=0.5)
    return replace(hotline, start_timeout=short, command_timeout=short, query_timeout=short)


async def end_tickets(hotline: Hotline) -> None:
    """End every ticket of this test's queue, so that no other test meets its timers."""
    async for execution in hotline.client.list_workflows(
        f"TaskQueue = '{hotline.task_queue}' AND ExecutionStatus = 'Running'"
    ):
        with contextlib.suppress(RPCError):
            await hotline.client.get_workflow_handle(execution.id).terminate("end of the test")

"""The API in front of a real database, a real engine and a real worker."""

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest
from temporalio.client import Client

from activities.rulebook import Rulebook
from api.hotline import Hotline
from readmodel import connect
from readmodel.vault import Vault
from settings import Settings
from tests.api.desk import Desk, end_tickets, serving
from tests.conftest import TEMPLATE, database_url, execute
from tests.readmodel.records import own_numbers
from worker import build_worker


@pytest.fixture(scope="session")
def rulebook(tmp_path_factory: pytest.TempPathFactory) -> Rulebook:
    """The edition the product comes with; it keeps nothing in a database."""
    return Rulebook("beijing", tmp_path_factory.mktemp("calendars"))


def _hotline(client: Client, rulebook: Rulebook, url: str) -> Hotline:
    return Hotline(
        rulebook=rulebook,
        vault=Vault(b"0" * 32),
        database=connect(url, 8),
        client=client,
        task_queue=f"api-{uuid4().hex}",
    )


@pytest.fixture
async def idle(dsn: str, client: Client, rulebook: Rulebook) -> AsyncIterator[Hotline]:
    """A hotline with a database of its own, and nobody at work behind it."""
    await own_numbers(dsn)
    hotline = _hotline(client, rulebook, dsn)
    yield hotline
    await hotline.close()
    await end_tickets(hotline)


@pytest.fixture(scope="session")
async def worked(
    postgres_url: str, client: Client, rulebook: Rulebook, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Hotline]:
    """A hotline with a worker behind it, shared by the tests that only file tickets of their own."""
    name = f"api_{uuid4().hex[:12]}"
    await execute(postgres_url, f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}" STRATEGY FILE_COPY')
    await own_numbers(database_url(postgres_url, name))
    hotline = _hotline(client, rulebook, database_url(postgres_url, name))
    settings = Settings(task_queue=hotline.task_queue, data_dir=tmp_path_factory.mktemp("worker"))
    async with build_worker(client, settings, hotline.database, rulebook):
        yield hotline
        await end_tickets(hotline)
    await hotline.close()
    await execute(postgres_url, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
async def desk(worked: Hotline) -> AsyncIterator[Desk]:
    """Whoever talks to the API over HTTP, with the worker behind it."""
    async with serving(worked) as http:
        yield Desk(http, worked)


@pytest.fixture
async def idle_desk(idle: Hotline) -> AsyncIterator[Desk]:
    """Whoever talks to an API with a database of its own and no worker behind it."""
    async with serving(idle) as http:
        yield Desk(http, idle)


@pytest.fixture
async def rows(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """A look into the database of the idle hotline, past all our code."""
    connection = await asyncpg.connect(dsn)
    yield connection
    await connection.close()

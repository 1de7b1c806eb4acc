"""A city's year in the tables: what operations look for is found, however much else there is."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from readmodel import Database, connect, reconcile
from readmodel.vault import Vault
from tests.conftest import TEMPLATE, database_url, execute
from tests.readmodel.records import filed, rows
from tests.readmodel.test_plans import FILL

TICKETS = 100_000
NOW = datetime(2020, 1, 1, tzinfo=UTC)
"""Before anything else in these tables wakes."""
PAGE = 500


@pytest.fixture
async def archive(postgres_url: str) -> AsyncIterator[tuple[Database, str]]:
    """A database with `TICKETS` tickets, nine tenths of them closed, and its address."""
    name = f"archive_{uuid4().hex[:12]}"
    await execute(postgres_url, f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}" STRATEGY FILE_COPY')
    url = database_url(postgres_url, name)
    database = connect(url, 2)
    await filed(database, Vault(b"k" * 32))
    for statement in FILL[:2]:
        await rows(url, statement, TICKETS)
    yield database, url
    await database.dispose()
    await execute(postgres_url, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.mark.long
async def test_of_a_hundred_thousand_tickets_the_few_that_are_behind_are_found(
    archive: tuple[Database, str],
) -> None:
    """Behind the first pages of everything else; every open one is on exactly one page (peers' bug 16)."""
    engine, url = archive
    late = ["n091111", "n095555", "n099999"]
    await rows(url, "UPDATE ticket SET wakes_at = $1 WHERE number = ANY($2)", NOW - timedelta(hours=1), late)
    assert await reconcile.behind(engine, NOW, timedelta(0), 100) == late
    found: list[str] = []
    while page := await reconcile.open_tickets(engine, found[-1] if found else None, PAGE):
        found += [number for number, _ in page]
    wanted = await rows(url, "SELECT number FROM ticket WHERE closed_at IS NULL ORDER BY number")
    assert found == [number for (number,) in wanted]
    assert len(found) > TICKETS // 10
    issued = [number async for number, _ in reconcile.issued_numbers(engine)]
    assert len(issued) == len(set(issued)) == TICKETS + 1

"""A database of its own for each test; they all share one engine of workflows."""

from collections.abc import AsyncIterator

import pytest

from readmodel import Database, connect
from tests.readmodel.records import own_numbers


@pytest.fixture
async def database(dsn: str) -> AsyncIterator[Database]:
    """A fresh database, whose numbers begin where no other's do."""
    await own_numbers(dsn)
    database = connect(dsn, 2)
    yield database
    await database.dispose()

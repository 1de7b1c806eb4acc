"""A migrated, empty database for each test, and a vault."""

from collections.abc import AsyncIterator

import pytest

from readmodel import Database, connect
from readmodel.vault import Vault


@pytest.fixture
async def database(dsn: str) -> AsyncIterator[Database]:
    """A fresh database as the product holds it."""
    database = connect(dsn, 8)
    yield database
    await database.dispose()


@pytest.fixture(scope="session")
def vault() -> Vault:
    """A vault with a master key of the test's own."""
    return Vault(b"master key for tests, 32 bytes!!")

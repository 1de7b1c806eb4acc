"""The schema: from nothing to the newest, again, at once, and never backwards."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from domain.errors import Unavailable
from readmodel import BadSchema, Database, migrate, schema_version
from readmodel.tables import METADATA
from tests.conftest import database_url, execute
from tests.readmodel.records import rows

NEWEST = "0007"


@pytest.fixture
async def empty(postgres_url: str) -> AsyncIterator[str]:
    """The address of a database without any schema."""
    name = f"empty_{uuid4().hex[:12]}"
    await execute(postgres_url, f'CREATE DATABASE "{name}"')
    yield database_url(postgres_url, name)
    await execute(postgres_url, f'DROP DATABASE "{name}" WITH (FORCE)')


async def _tables(url: str) -> set[object]:
    return {row[0] for row in await rows(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}


async def test_an_empty_database_gets_the_whole_schema(empty: str) -> None:
    """From nothing, every table is there and the version is known."""
    assert schema_version(empty) is None
    migrate(empty)
    assert {
        "request",
        "ticket",
        "ticket_event",
        "notice",
        "command",
        "vault_key",
        "vault_text",
    } <= await _tables(empty)
    assert schema_version(empty) == NEWEST


async def test_migrating_again_changes_nothing_and_keeps_the_data(empty: str) -> None:
    """Every start of the product migrates; what is stored stays."""
    migrate(empty)
    await rows(empty, "INSERT INTO rule_edition (id, files) VALUES ('a@1', '{}')")
    migrate(empty)
    assert await rows(empty, "SELECT id FROM rule_edition") == [("a@1",)]


async def test_two_processes_that_migrate_at_once_both_succeed(empty: str) -> None:
    """API and worker may start together on an empty database."""
    await asyncio.gather(*(asyncio.to_thread(migrate, empty) for _ in range(4)))
    assert schema_version(empty) == NEWEST


async def test_a_database_of_a_newer_release_is_refused_and_left_alone(empty: str) -> None:
    """An older program must not write into a schema it does not know."""
    migrate(empty)
    await rows(empty, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(BadSchema, match=r"9999.*请升级程序.* upgrade it\.$"):
        migrate(empty)
    assert await rows(empty, "SELECT version_num FROM alembic_version") == [("9999",)]


async def test_a_failed_step_leaves_nothing_behind_and_frees_the_lock(empty: str) -> None:
    """A table in the way stops the step; nothing of it stays, and the next try is not blocked."""
    await rows(empty, "CREATE TABLE notice (only_one integer)")
    with pytest.raises(Exception, match="notice"):
        migrate(empty)
    assert await _tables(empty) <= {"notice", "alembic_version"}
    await rows(empty, "DROP TABLE notice")
    migrate(empty)
    assert schema_version(empty) == NEWEST


async def test_the_tables_in_code_are_those_of_the_migrations(database: Database) -> None:
    """Lists are built from `readmodel.tables`; a column that differs would fail at run time only."""

    def differences(connection: Connection) -> list[object]:
        options = {
            "compare_type": True,
            "include_name": lambda name, kind, _: kind != "table" or name in METADATA.tables,
        }
        found = compare_metadata(MigrationContext.configure(connection, opts=options), METADATA)
        return [one for one in found if "index" not in str(one[0]) and "constraint" not in str(one[0])]

    async with database.connect() as connection:
        assert await connection.run_sync(differences) == []


def test_a_database_that_cannot_be_reached_is_a_plain_refusal() -> None:
    """Whoever starts the product reads a sentence, not a stack of driver errors."""
    with pytest.raises(Unavailable):
        migrate("postgresql://nobody:x@127.0.0.1:9/jiesu")


async def test_the_time_zone_of_the_server_does_not_matter(dsn: str, database: Database) -> None:
    """Instants come back as instants, whatever zone the server shows to others."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(f"ALTER DATABASE \"{dsn.rsplit('/', 1)[1]}\" SET timezone = 'Asia/Shanghai'")
    await connection.close()
    async with database.connect() as connected:
        shown = (await connected.exec_driver_sql("SHOW timezone")).scalar_one()
    assert shown == "UTC"


async def test_a_wrong_password_is_one_sentence_and_no_traceback(empty: str) -> None:
    """So are a user and a database that the server does not know."""
    scheme, _, rest = empty.partition("://")
    name, _, place = rest.partition("@")
    user = name.partition(":")[0]
    doors = (
        f"{scheme}://{user}:wrong@{place}",
        f"{scheme}://nobody:wrong@{place}",
        f"{empty}_that_is_not_there",
    )
    for address in doors:
        with pytest.raises(BadSchema, match="JIESU_DATABASE_URL"):
            migrate(address)

"""What an absent, returning, overfull or faulty database means to callers."""

import asyncio

import asyncpg
import pytest
from sqlalchemy import Integer, bindparam, exc, text

from domain.errors import Unavailable
from readmodel import Database, connect, ping, tickets
from readmodel.connection import outages, searching, session
from tests.readmodel.records import rows

_NUMBER = text("SELECT :value").bindparams(bindparam("value", type_=Integer))


async def test_a_database_that_answers_is_there(database: Database) -> None:
    """Readiness asks it."""
    await ping(database)


async def test_a_database_that_is_away_is_unavailable() -> None:
    """One sentence in both languages, soon."""
    database = connect("postgresql://nobody:x@127.0.0.1:9/jiesu", 1)
    for call in (ping(database), tickets.view(database, "n")):
        with pytest.raises(Unavailable, match=r"数据库暂时不可用.* try again"):
            await call
    await database.dispose()


async def test_a_connection_that_the_server_closed_is_replaced_unseen(database: Database, dsn: str) -> None:
    """After a restart of the database the first caller gets an answer, not the old connection's end."""
    async with database.connect() as connection:
        raw = await connection.get_raw_connection()
        driver = raw.driver_connection
    assert driver is not None
    await rows(
        dsn,
        """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE application_name = 'jiesu' AND datname = current_database()""",
    )
    while not driver.is_closed():  # noqa: ASYNC110 - the socket's end is noticed by the event loop
        await asyncio.sleep(0.01)
    await ping(database)


async def test_a_pool_without_a_free_connection_is_unavailable(dsn: str) -> None:
    """Nobody waits for ever."""
    database = connect(dsn, 1)
    async with session(database):
        with pytest.raises(Unavailable):
            await tickets.view(database, "n")
    await database.dispose()


async def test_a_query_that_takes_too_long_is_unavailable(database: Database) -> None:
    """The server's own time limit counts as an outage."""
    async with database.connect() as connection:
        await connection.execute(text("SET statement_timeout = 20"))
        with pytest.raises(Unavailable), outages():
            await connection.execute(text("SELECT pg_sleep(5)"))
        await connection.execute(text("RESET statement_timeout"))


async def test_a_mistake_of_ours_is_not_taken_for_an_outage(database: Database) -> None:
    """Bugs stay loud, and what was sent does not stand in the error."""
    async with session(database) as connection:
        with pytest.raises(exc.DBAPIError) as raised, outages():
            await connection.execute(text("SELECT :secret || 1/0"), {"secret": "13911112222"})
    assert "13911112222" not in str(raised.value)


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        TimeoutError(),
        asyncpg.CannotConnectNowError(),
        asyncpg.TooManyConnectionsError(),
        asyncpg.DiskFullError(),
        asyncpg.AdminShutdownError(),
        asyncpg.ReadOnlySQLTransactionError(),
        asyncpg.DeadlockDetectedError(),
        asyncpg.InterfaceError("connection is closed"),
    ],
)
async def test_the_ways_of_being_away_are_known(error: Exception) -> None:
    """Refused, slow, starting, overfull, full disk, stopping, read-only, closed."""
    with pytest.raises(Unavailable), outages():
        raise error


@pytest.mark.parametrize("value", [2**40, "text"])
async def test_a_value_of_the_wrong_kind_is_a_mistake_of_ours(database: Database, value: object) -> None:
    """The driver refuses it before it is sent; that must not look like a server that is away."""
    async with session(database) as connection:
        with pytest.raises(exc.DBAPIError), outages():
            await connection.execute(_NUMBER, {"value": value})


async def test_a_wrong_password_is_not_an_outage() -> None:
    """It does not get better by waiting: somebody has to correct the settings."""
    with pytest.raises(asyncpg.InvalidPasswordError), outages():
        raise asyncpg.InvalidPasswordError


async def test_planning_each_query_ends_with_the_search(dsn: str) -> None:
    """The connection goes back to the pool as it was, also after a failure."""
    database = connect(dsn, 1)
    async with searching(database) as connection:
        assert (await connection.execute(text("SHOW plan_cache_mode"))).scalar_one() == "force_custom_plan"

    async def fail() -> None:
        async with searching(database) as connection:
            await connection.execute(text("SELECT 1/0"))

    with pytest.raises(exc.DBAPIError):
        await fail()
    async with session(database) as connection:
        assert (await connection.execute(text("SHOW plan_cache_mode"))).scalar_one() == "auto"
    await database.dispose()

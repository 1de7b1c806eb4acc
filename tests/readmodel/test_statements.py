"""A statement that is given to the driver as it is: what becomes of its connection when it goes wrong."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from sqlalchemy import Float, Integer, String, bindparam

from domain.errors import Unavailable
from readmodel.connection import Database, connect
from readmodel.statements import Statement

WHO = Statement("SELECT pg_backend_pid() AS pid")
SLEEP = Statement("SELECT pg_sleep(:seconds)", bindparam("seconds", type_=Float))
HALF = Statement("SELECT 1 / :by AS half", bindparam("by", type_=Integer))
END = Statement("SELECT pg_terminate_backend(:pid)", bindparam("pid", type_=Integer))
LIVES = Statement("SELECT pid FROM pg_stat_activity WHERE pid = :pid", bindparam("pid", type_=Integer))
ASLEEP = Statement(
    "SELECT pid FROM pg_stat_activity WHERE pid = :pid AND query LIKE 'SELECT pg_sleep%'",
    bindparam("pid", type_=Integer),
)
TWICE = Statement(
    "SELECT :a AS a, :b AS b, :a + :b AS sum", bindparam("a", type_=Integer), bindparam("b", type_=Integer)
)


@pytest.fixture
async def one(postgres_url: str) -> AsyncIterator[Database]:
    """Yield a database that is reached by a single connection, whose server ends no statement by itself."""
    database = connect(postgres_url, 1, statement_seconds=None)
    yield database
    await database.dispose()


async def _pid(database: Database) -> int:
    return (await WHO.one(database, {}))["pid"]


async def test_values_go_to_their_names_in_any_order_and_as_often_as_named(one: Database) -> None:
    """`:a` stands twice; what is given besides is left alone."""
    [row] = await TWICE.rows(one, {"b": 5, "other": 1, "a": 2})
    assert (row["a"], row["b"], row["sum"]) == (2, 5, 7)


async def test_a_refused_statement_costs_no_connection(one: Database) -> None:
    """What the server refuses comes as it is, and the connection goes on."""
    before = await _pid(one)
    with pytest.raises(asyncpg.DivisionByZeroError):
        await HALF.rows(one, {"by": 0})
    assert await _pid(one) == before


async def test_a_statement_that_was_given_up_leaves_nothing_to_the_next(one: Database) -> None:
    """It ends on the server, and the next one gets another connection."""
    before = await _pid(one)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await SLEEP.rows(one, {"seconds": 3600.0})
    assert await _pid(one) != before
    while await LIVES.rows(one, {"pid": before}):  # noqa: ASYNC110 - the server's event, not ours
        await asyncio.sleep(0.05)


async def test_a_connection_the_server_ends_within_a_statement_is_an_outage(
    one: Database, postgres_url: str
) -> None:
    """Whoever asks next gets another."""
    other, pid = connect(postgres_url, 1), await _pid(one)
    asleep = asyncio.create_task(SLEEP.rows(one, {"seconds": 3600.0}))
    while not await ASLEEP.rows(other, {"pid": pid}):  # noqa: ASYNC110 - the server's event, not ours
        await asyncio.sleep(0.05)
    await END.rows(other, {"pid": pid})
    with pytest.raises(Unavailable):
        await asleep
    assert await _pid(one) != pid
    await other.dispose()


async def test_a_server_that_has_just_said_goodbye_is_unavailable(one: Database) -> None:
    """The server announced to an idle connection that it stops; the connection has not closed yet."""
    goodbye = b"SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0"
    async with one.connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
    before = await _pid(one)
    driver._protocol.data_received(b"E" + (len(goodbye) + 4).to_bytes(4) + goodbye)
    with pytest.raises(Unavailable):
        await _pid(one)
    assert await _pid(one) != before


async def test_a_server_that_takes_no_connection_is_unavailable() -> None:
    """It is full: an outage, and not our mistake."""
    full = b"SFATAL\0C53300\0Msorry, too many clients already\0\0"

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(8)  # may we encrypt?
        writer.write(b"N")
        await reader.read(1024)
        writer.write(b"E" + (len(full) + 4).to_bytes(4) + full)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        database = connect(f"postgresql://jiesu:x@127.0.0.1:{port}/jiesu", 1)
        with pytest.raises(Unavailable):
            await WHO.rows(database, {})
        await database.dispose()


async def test_what_a_server_refuses_is_reported_without_the_values(one: Database) -> None:
    """The detail of a failed constraint quotes what may be a citizen's words."""
    given = Statement("INSERT INTO words VALUES (NULL, :said)", bindparam("said", type_=String))
    await Statement("CREATE TEMPORARY TABLE words (a int NOT NULL, b text)").rows(one, {})
    with pytest.raises(asyncpg.NotNullViolationError) as refused:
        await given.rows(one, {"said": "13911112222"})
    assert "13911112222" not in f"{refused.value}"

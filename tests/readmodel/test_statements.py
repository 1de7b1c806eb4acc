"""A statement that is given to the driver as it is: what becomes of its connection when it goes wrong."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import Float, Integer, bindparam, text

from domain.errors import Unavailable
from readmodel.connection import Database, connect
from readmodel.statements import Statement

WHO = Statement(text("SELECT pg_backend_pid() AS pid"))
SLEEP = Statement(text("SELECT pg_sleep(:seconds)").bindparams(bindparam("seconds", type_=Float)))
HALF = Statement(text("SELECT 1 / :by AS half").bindparams(bindparam("by", type_=Integer)))
END = Statement(text("SELECT pg_terminate_backend(:pid)").bindparams(bindparam("pid", type_=Integer)))
TWICE = Statement(
    text("SELECT :a AS a, :b AS b, :a + :b AS sum").bindparams(
        bindparam("a", type_=Integer), bindparam("b", type_=Integer)
    )
)


@pytest.fixture
async def one(postgres_url: str) -> AsyncIterator[Database]:
    """Yield a database that is reached by a single connection."""
    database = connect(postgres_url, 1)
    yield database
    await database.dispose()


async def _pid(database: Database) -> int:
    return (await WHO.first(database, {}))["pid"]


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
    """Its connection may still be busy: the next statement gets another."""
    before = await _pid(one)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await SLEEP.rows(one, {"seconds": 30.0})
    async with asyncio.timeout(10):
        assert await _pid(one) != before


async def test_a_connection_the_server_ended_is_replaced(one: Database, postgres_url: str) -> None:
    """Ended within a statement it is an outage; ended between two, nobody notices."""
    other = connect(postgres_url, 1)
    asleep = asyncio.create_task(SLEEP.rows(one, {"seconds": 30.0}))
    pid = None
    while pid is None:
        found = text(
            "SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'"
        )
        pid = ((await Statement(found).first(other, {})) or {}).get("pid")
    await END.rows(other, {"pid": pid})
    with pytest.raises(Unavailable):
        await asleep
    pid = await _pid(one)
    await END.rows(other, {"pid": pid})
    await asyncio.sleep(0.1)
    assert await _pid(one) != pid
    await other.dispose()

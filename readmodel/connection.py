"""How the database is reached, and what it means when it cannot be."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import asyncpg
import orjson
from sqlalchemy import event, exc, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from domain.errors import Unavailable
from phrases import Phrase

Database = AsyncEngine
"""The database as callers hold it: made by `connect`, handed to every function here, ended by `dispose()`."""

_driver_connect: Callable[..., Awaitable[Any]] = asyncpg.connect  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
_CONNECT_SECONDS = 3
_COMMAND_SECONDS = 10
_OLDEST_SECONDS = 1800
_PLAN_EACH = text("SET plan_cache_mode = force_custom_plan")
_PLAN_ONCE = text("RESET plan_cache_mode")
_AWAY = ("08", "40", "53", "57P", "57014", "58", "25006")
"""How the SQLSTATEs begin of a server that is away, deadlocked, full, starting, stopping, slow, read-only."""


def connect(
    database_url: str, pool_size: int = 20, *, statement_seconds: float | None = _COMMAND_SECONDS
) -> Database:
    """Return the database at `postgresql://…`, at most `pool_size` connections, the first when first used.

    Each statement is a transaction of its own (autocommit): what must happen together is one statement. One
    that takes more than `statement_seconds` is given up; null: never.
    Values never appear in error messages, since they may be what a citizen said.
    """

    async def open_connection() -> Any:  # noqa: ANN401 - the driver's connection, typed by nobody
        return await _driver_connect(
            database_url,
            timeout=_CONNECT_SECONDS,
            command_timeout=statement_seconds and statement_seconds + 1,  # the server's own limit comes first
            server_settings={
                "application_name": "jiesu",
                "jit": "off",
                "timezone": "UTC",
                "statement_timeout": str(round((statement_seconds or 0) * 1000)),
            },
        )

    database = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=open_connection,
        isolation_level="AUTOCOMMIT",
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=_CONNECT_SECONDS,
        pool_use_lifo=True,  # few connections that are warm, instead of all in turn
        pool_recycle=_OLDEST_SECONDS,  # those that are idle may be cut off without notice
        hide_parameters=True,
        json_serializer=_json,
        json_deserializer=orjson.loads,
    )
    event.listen(database.sync_engine, "checkout", _drop_if_closed)
    return database


async def ping(database: Database) -> None:
    """Return when the database answers. Raises `Unavailable` after two seconds without an answer."""
    with outages():
        async with asyncio.timeout(2), database.connect() as connection:
            await connection.execute(text("SELECT 1"))


@asynccontextmanager
async def session(database: Database) -> AsyncGenerator[AsyncConnection]:
    """Yield a connection whose every statement counts at once. Raises `Unavailable` without a server."""
    with outages():
        async with database.connect() as connection:
            yield connection


@asynccontextmanager
async def searching(database: Database) -> AsyncGenerator[AsyncConnection]:
    """Yield a connection that plans each query for its own values, as lists with filters need it.

    A plan made once for all values takes a word that occurs nowhere for a common one and reads everything:
    measured 900 ms instead of 10. Planning each time costs less than a millisecond.
    """
    async with session(database) as connection:
        await connection.execute(_PLAN_EACH)
        try:
            yield connection
        finally:
            if not connection.invalidated:
                await connection.execute(_PLAN_ONCE)


@contextmanager
def outages() -> Generator[None]:
    """Turn what a missing, stopping or overfull server brings about into `Unavailable`; bugs pass."""
    try:
        yield
    except (OSError, TimeoutError, exc.TimeoutError) as error:
        raise _unavailable() from error
    except (
        asyncpg.PostgresError,
        asyncpg.InterfaceError,
        asyncpg.InternalClientError,
        exc.DBAPIError,
        exc.EmulatedDBAPIException,
    ) as error:
        if not _is_outage(error):
            raise
        raise _unavailable() from error


def _is_outage(error: Exception) -> bool:
    """Return whether waiting helps. The driver's `InterfaceError` may be a lost connection or our mistake."""
    cause: BaseException = error
    if isinstance(error, exc.DBAPIError):
        if error.connection_invalidated:
            return True
        cause = (error.orig.__cause__ if error.orig else None) or error
    elif isinstance(error, exc.EmulatedDBAPIException):  # no connection came about
        cause = error.__cause__ or error
    if isinstance(cause, asyncpg.InternalClientError):  # the server closed an idle connection
        return True
    if isinstance(cause, asyncpg.InterfaceError):
        return "closed" in str(cause)
    state: str | None = getattr(cause, "sqlstate", None)
    return state is not None and state.startswith(_AWAY)


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def _unavailable() -> Unavailable:
    return Unavailable(Phrase("The database is away for the moment; please try again."))


def _drop_if_closed(dbapi_connection: Any, _record: object, _proxy: object) -> None:  # noqa: ANN401 - SQLAlchemy's
    """Have the pool open a new connection where the server has closed this one; costs no round trip."""
    if dbapi_connection.driver_connection.is_closed():
        raise exc.DisconnectionError

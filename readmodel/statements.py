"""Statements one by one: those that are given to the driver as they are, and a way to watch them all."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Protocol, cast

import asyncpg
from sqlalchemy import BindParameter, event, text
from sqlalchemy.dialects.postgresql import asyncpg as wording
from sqlalchemy.engine import ExceptionContext

from readmodel.connection import Database, outages

Begin = Callable[[str], Callable[[BaseException | None], None]]
"""Called with the text of a statement that begins; what it returns is called at the end, with the error."""

Parameter = BindParameter[str] | BindParameter[int] | BindParameter[float] | BindParameter[datetime]

_WATCH = "jiesu_watch"
_FAILED = (Exception, asyncio.CancelledError)
_CLOSE_SECONDS = 2


class _Driver(Protocol):
    """What is called of a connection of asyncpg, which ships no types."""

    async def fetch(self, query: str, *args: object) -> list[asyncpg.Record]: ...

    async def close(self) -> None: ...


class Statement:
    """A statement on every ticket's way, given to the driver as it is: less than half the cost (ADR 0005).

    Each is a transaction of its own, on connections of `readmodel.connection.connect`, whose limits hold.
    """

    def __init__(self, sql: str, *parameters: Parameter) -> None:
        """Take `sql`, in which each of `parameters` stands as `:name`."""
        compiled = text(sql).bindparams(*parameters).compile(dialect=wording.dialect())
        self.text = str(compiled)
        self._names = tuple(compiled.positiontup or ())

    async def rows(self, database: Database, given: Mapping[str, object]) -> Sequence[asyncpg.Record]:
        """Return the rows, which name their columns (`row["number"]`). Raises `Unavailable`.

        A cancelled statement is cancelled in the server, and its connection is closed.
        """
        values = [given[name] for name in self._names]
        with outages():
            held = await database.raw_connection()
            try:
                return await self._fetched(database, cast("_Driver", held.driver_connection), values)
            finally:
                held.close()  # back to the pool, which drops it if it is closed

    async def first(self, database: Database, given: Mapping[str, object]) -> asyncpg.Record | None:
        """Return the first row, null where there is none. Raises `Unavailable`."""
        return next(iter(await self.rows(database, given)), None)

    async def one(self, database: Database, given: Mapping[str, object]) -> asyncpg.Record:
        """Return the row of a statement that always finds one. Raises `Unavailable`."""
        [row] = await self.rows(database, given)
        return row

    async def _fetched(
        self, database: Database, driver: _Driver, values: Sequence[object]
    ) -> Sequence[asyncpg.Record]:
        end = database.get_execution_options().get(_WATCH, _unwatched)(self.text)
        try:
            rows = await driver.fetch(self.text, *values)
        except asyncpg.PostgresError as refused:  # the connection is as good as before
            end(refused)
            refused.detail = None  # pyright: ignore[reportAttributeAccessIssue] - it quotes values
            raise
        except _FAILED as error:
            end(error)
            with suppress(
                OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError
            ):
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await driver.close()  # once the server has cancelled what ran
            raise
        end(None)
        return rows


def watch(database: Database, begin: Begin) -> None:
    """Have `begin` called with the text of each statement; what it returns is called when that has ended.

    The text holds placeholders where values go. The second call is given the error that ended it, or null.
    """

    def began(*given: object) -> None:
        _connection, _cursor, statement, _parameters, context, _is_many = given
        setattr(context, _WATCH, begin(str(statement)))

    def ended(*given: object) -> None:
        _connection, _cursor, _statement, _parameters, context, _is_many = given
        getattr(context, _WATCH)(None)

    def failed(context: ExceptionContext) -> None:
        end = getattr(context.execution_context, _WATCH, None)
        if end is not None:
            end(context.original_exception)

    event.listen(database.sync_engine, "before_cursor_execute", began)
    event.listen(database.sync_engine, "after_cursor_execute", ended)
    event.listen(database.sync_engine, "handle_error", failed)
    database.update_execution_options(**{_WATCH: begin})


def _unwatched(_statement: str) -> Callable[[BaseException | None], None]:
    return lambda _error: None

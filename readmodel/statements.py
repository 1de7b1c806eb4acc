"""Statements one by one: those that are given to the driver as they are, and a way to watch them all."""

from collections.abc import Callable, Mapping
from typing import Any

import asyncpg
from sqlalchemy import BindParameter, event, text
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg as AsyncpgDialect
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.util import greenlet_spawn

from readmodel.connection import Database, outages

Begin = Callable[[str], Callable[[BaseException | None], None]]
"""Called with the text of a statement that begins; what it returns is called at the end, with the error."""
_WATCH = "jiesu_watch"


class Statement:
    """A statement on every ticket's way, given to the driver as it is: half of what one costs otherwise.

    Each is a transaction of its own, on connections of `readmodel.connection.connect`, whose limits hold.
    """

    def __init__(self, sql: str, *parameters: BindParameter[Any]) -> None:
        """Take `sql`, in which each of `parameters` stands as `:name`."""
        compiled = text(sql).bindparams(*parameters).compile(dialect=AsyncpgDialect())
        self.text = str(compiled)
        self._names = tuple(compiled.positiontup or ())

    async def rows(self, database: Database, given: Mapping[str, object]) -> list[Any]:
        """Return the rows, which name their columns (`row["number"]`). Raises `Unavailable`.

        The connection of a statement that nobody waits for any more is ended, with what it does.
        """
        with outages():
            held = await database.raw_connection()
            try:
                return await self._asked(database, held.driver_connection, given)
            except asyncpg.PostgresError as refused:  # the connection is as good as before
                refused.detail = None  # pyright: ignore[reportAttributeAccessIssue] - it quotes values
                raise
            except BaseException:
                await greenlet_spawn(held.invalidate)
                raise
            finally:
                held.close()

    async def first(self, database: Database, given: Mapping[str, object]) -> Any:  # noqa: ANN401 - the driver's row
        """Return the first row, null where there is none. Raises `Unavailable`."""
        return next(iter(await self.rows(database, given)), None)

    async def _asked(self, database: Database, driver: Any, given: Mapping[str, object]) -> list[Any]:  # noqa: ANN401 - typed by nobody
        end = database.get_execution_options().get(_WATCH, _unwatched)(self.text)
        try:
            rows = await driver.fetch(self.text, *(given[name] for name in self._names))
        except BaseException as error:
            end(error)
            raise
        end(None)
        return rows


def watch(database: Database, begin: Begin) -> None:
    """Have `begin` called with the text of each statement; what it returns is called when that has ended.

    The text holds placeholders where values go. The second call is given the error that ended it, or null.
    """

    def began(_c: object, _u: object, statement: str, _p: object, context: Any, _many: bool) -> None:  # noqa: ANN401, FBT001 - SQLAlchemy's
        setattr(context, _WATCH, begin(statement))

    def ended(_c: object, _u: object, _s: object, _p: object, context: Any, _many: bool) -> None:  # noqa: ANN401, FBT001 - SQLAlchemy's
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

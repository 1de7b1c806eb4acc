"""Lets somebody watch what the database is asked, statement by statement, without the values."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext

from readmodel.connection import Database

_WATCH = "jiesu_watch"


def watch(engine: Database, begin: Callable[[str], Callable[[BaseException | None], None]]) -> None:
    """Have `begin` called with the text of each statement; what it returns is called when that has ended.

    The text holds placeholders where values go. The end is told with the error that ended it, if one did.
    """

    def began(_c: object, _u: object, statement: str, _p: object, context: Any, _many: bool) -> None:  # noqa: ANN401, FBT001 - SQLAlchemy's
        setattr(context, _WATCH, begin(statement))

    def ended(_c: object, _u: object, _s: object, _p: object, context: Any, _many: bool) -> None:  # noqa: ANN401, FBT001 - SQLAlchemy's
        getattr(context, _WATCH)(None)

    def failed(context: ExceptionContext) -> None:
        end = getattr(context.execution_context, _WATCH, None)
        if end is not None:
            end(context.original_exception)

    event.listen(engine.sync_engine, "before_cursor_execute", began)
    event.listen(engine.sync_engine, "after_cursor_execute", ended)
    event.listen(engine.sync_engine, "handle_error", failed)

"""The notices that were sent, by recipient and by ticket."""

from typing import Any

from sqlalchemy import Row, select, tuple_

from domain.ticket.notices import Notice
from readmodel.connection import Database, session
from readmodel.cursors import Page, Position, page, read_mark
from readmodel.tables import NOTICE


async def of(database: Database, to: str, after: str | None, limit: int) -> Page[Notice]:
    """Return the notices to one recipient (a unit's code, `requester`, `operations`), newest first.

    Raises `Malformed` for a mark `after` that is none, `Unavailable` when the database is away.
    """
    query = select(NOTICE).where(NOTICE.c.recipient == to)
    if after is not None:
        place = read_mark(after)
        query = query.where(tuple_(NOTICE.c.at, NOTICE.c.key) < tuple_(place.at, place.key))
    query = query.order_by(NOTICE.c.at.desc(), NOTICE.c.key.desc()).limit(limit + 1)
    async with session(database) as connection:
        rows = (await connection.execute(query)).all()
    notices = [_notice(row) for row in rows]
    return page(notices, [Position(row.at, row.key) for row in rows], limit)


async def about(database: Database, number: str) -> tuple[Notice, ...]:
    """Return the notices about the ticket `number`, oldest first; a key begins with the ticket's number."""
    query = (
        select(NOTICE)
        .where(NOTICE.c.key >= f"{number}/", NOTICE.c.key < f"{number}0")  # "0" follows "/"
        .order_by(NOTICE.c.at, NOTICE.c.key)
    )
    async with session(database) as connection:
        rows = (await connection.execute(query)).all()
    return tuple(_notice(row) for row in rows)


def _notice(row: Row[Any]) -> Notice:
    return Notice(
        key=row.key,
        number=row.number,
        seq=row.seq,
        to=row.recipient,
        kind=row.kind,
        at=row.at,
        about=row.about,
    )

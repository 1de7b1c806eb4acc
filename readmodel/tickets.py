"""Lists and single tickets as the projection shows them; every list is paged by keyset, none counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Row,
    String,
    Subquery,
    bindparam,
    func,
    select,
    text,
    tuple_,
    union_all,
)

from domain.messages import Intake
from domain.vocabulary import Channel, RequestType
from readmodel.connection import Database, searching, session
from readmodel.cursors import Page, Position, page, read_mark
from readmodel.filters import Filters, listed, search_query
from readmodel.tables import OWED, REQUEST, TICKET

_EVENTS = text("""
SELECT seq, kind, at, actor, fact FROM ticket_event WHERE number = :number ORDER BY seq
""").bindparams(bindparam("number", type_=String))


@dataclass(frozen=True)
class Recorded:
    """A ticket as the projection has it: its view (the JSON of `StatusView`), and since when that stands.

    `has_run`: its workflow has written; before, all there is follows from the filing.
    `masked` is the description without personal data; empty where it is not known or was erased.
    """

    number: str
    version: int
    recorded_at: datetime
    has_run: bool
    view: dict[str, object]
    masked: str


@dataclass(frozen=True)
class Event:
    """One fact of the event log: the JSON of a `Fact` with its place."""

    seq: int
    kind: str
    at: datetime
    actor: dict[str, object]
    fact: dict[str, object]


@dataclass(frozen=True)
class StoredRequest:
    """What was filed, without what is personal."""

    number: str
    filed_at: datetime
    occurred_at: datetime | None
    channel: Channel
    type: RequestType
    external_id: str | None
    phone_hash: str | None
    masked: str
    intake: Intake


async def view(database: Database, number: str) -> Recorded | None:
    """Return the ticket `number` as the projection has it, null for an unknown number."""
    async with session(database) as connection:
        row = (await connection.execute(listed().where(TICKET.c.number == number))).first()
    return _recorded(row) if row else None


async def events(database: Database, number: str) -> tuple[Event, ...]:
    """Return every recorded fact of the ticket `number` in order; empty for an unknown number."""
    async with session(database) as connection:
        rows = (await connection.execute(_EVENTS, {"number": number})).all()
    return tuple(Event(row.seq, row.kind, row.at, row.actor, row.fact) for row in rows)


async def worklist(database: Database, unit: str, after: str | None, limit: int) -> Page[Recorded]:
    """Return the open tickets that wait for an act of `unit`, the one with least time left first.

    What waits to be dispatched or surveyed waits for the city's desk; an escalation waits for the desk that
    has to answer it, a task for the unit that was asked. Raises `Malformed` for a mark `after` that is none.
    """
    place = read_mark(after) if after is not None else None
    held = _waiting(TICKET.c.next_due_at, TICKET.c.holder == unit, place, limit + 1)
    of_a_desk = (TICKET.c.desk == unit) & (TICKET.c.holder != unit)
    escalated = _waiting(TICKET.c.desk_due_at, of_a_desk, place, limit + 1)
    asked = _owed(unit, place, limit + 1)
    every = union_all(select(held), select(escalated), select(asked)).subquery("waiting")
    query = listed().join(every, every.c.number == TICKET.c.number).add_columns(every.c.due)
    query = query.order_by(every.c.due, every.c.number).limit(limit + 1)
    async with searching(database) as connection:
        rows = (await connection.execute(query)).all()
    return _page(rows, [Position(row.due, row.number) for row in rows], limit)


def _waiting(due: Column[Any], for_whom: ColumnElement[bool], after: Position | None, limit: int) -> Subquery:
    """Return the first tickets by `due` that wait `for_whom`, read off an index in order."""
    query = select(TICKET.c.number, due.label("due")).where(due.is_not(None), for_whom)
    if after is not None:
        query = query.where(tuple_(due, TICKET.c.number) > tuple_(after.at, after.key))
    return query.order_by(due, TICKET.c.number).limit(limit).subquery()


def _owed(unit: str, after: Position | None, limit: int) -> Subquery:
    """Return the first tickets, by the time left, with tasks of `unit` that another unit holds; each once."""
    due = func.min(OWED.c.due_at)
    query = select(OWED.c.number, due.label("due")).where(OWED.c.unit == unit)
    with_the_unit = (TICKET.c.holder == unit) | func.coalesce(TICKET.c.desk == unit, False)
    held = select(TICKET.c.number).where(TICKET.c.number == OWED.c.number, with_the_unit)
    query = query.where(~held.exists()).group_by(OWED.c.number)
    if after is not None:
        query = query.having(tuple_(due, OWED.c.number) > tuple_(after.at, after.key))
    return query.order_by(due, OWED.c.number).limit(limit).subquery()


async def search(database: Database, filters: Filters, after: str | None, limit: int) -> Page[Recorded]:
    """Return the tickets that `filters` let through, newest first.

    Raises `Malformed` for a mark `after` that is none, or for text that is not valid Unicode.
    """
    query = search_query(filters)
    if after is not None:
        place = read_mark(after)
        query = query.where(tuple_(TICKET.c.filed_at, TICKET.c.number) < tuple_(place.at, place.key))
    async with searching(database) as connection:
        rows = (await connection.execute(query.limit(limit + 1))).all()
    return _page(rows, [Position(row.filed_at, row.number) for row in rows], limit)


async def request_of(database: Database, number: str) -> StoredRequest | None:
    """Return what was filed as `number`, with the start argument of its workflow; null if unknown."""
    async with session(database) as connection:
        row = (await connection.execute(select(REQUEST).where(REQUEST.c.number == number))).first()
    if row is None:
        return None
    return StoredRequest(
        number=row.number,
        filed_at=row.filed_at,
        occurred_at=row.occurred_at,
        channel=Channel(row.channel),
        type=RequestType(row.type),
        external_id=row.external_id,
        phone_hash=row.phone_hash,
        masked=row.masked,
        intake=Intake.model_validate(row.intake),
    )


def _recorded(row: Row[Any]) -> Recorded:
    return Recorded(row.number, row.version, row.recorded_at, row.has_run, row.view, row.masked)


def _page(rows: Sequence[Row[Any]], places: list[Position], limit: int) -> Page[Recorded]:
    return page([_recorded(row) for row in rows], places, limit)

"""Lists and single tickets as the projection shows them; every list is paged by keyset, none counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    String,
    bindparam,
    func,
    literal_column,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY

from domain.messages import Intake
from domain.transitions import STAGES
from domain.vocabulary import Channel, Level, RequestType, Stage, Status, Tier
from readmodel.connection import Database, session
from readmodel.cursors import Page, Position, page, read_mark
from readmodel.search_text import FOLDED, needed_grams, terms
from readmodel.tables import REQUEST, TICKET
from readmodel.texts import require_storable

_EVENTS = text("""
SELECT seq, kind, at, actor, fact FROM ticket_event WHERE number = :number ORDER BY seq
""").bindparams(bindparam("number", type_=String))
_OPEN_BY_STAGE = text("""
SELECT stage, count(*) AS tickets FROM ticket WHERE closed_at IS NULL GROUP BY stage ORDER BY stage
""")


@dataclass(frozen=True)
class Recorded:
    """A ticket as the projection has it: its view (the JSON of `StatusView`), and since when that stands.

    `masked` is the description without personal data; empty where it is not known or was erased.
    """

    number: str
    version: int
    recorded_at: datetime
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


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What a list is narrowed to; null does not narrow. All that is given must hold.

    `category` means the category and all below it. `q`: words that the masked copy must contain.
    `filed_from` and `filed_to`: from and up to, the latter not included.
    """

    district: str | None = None
    town: str | None = None
    unit: str | None = None
    stage: Stage | None = None
    status: Status | None = None
    type: RequestType | None = None
    category: str | None = None
    tier: Tier | None = None
    channel: Channel | None = None
    level: Level | None = None
    overdue: bool | None = None
    filed_from: datetime | None = None
    filed_to: datetime | None = None
    phone_hash: str | None = None
    q: str | None = None


async def view(engine: Database, number: str) -> Recorded | None:
    """Return the ticket `number` as the projection has it, null for an unknown number."""
    async with session(engine) as connection:
        row = (await connection.execute(_listed().where(TICKET.c.number == number))).first()
    return _recorded(row) if row else None


async def events(engine: Database, number: str) -> tuple[Event, ...]:
    """Return every recorded fact of the ticket `number` in order; empty for an unknown number."""
    async with session(engine) as connection:
        rows = (await connection.execute(_EVENTS, {"number": number})).all()
    return tuple(Event(row.seq, row.kind, row.at, row.actor, row.fact) for row in rows)


async def worklist(engine: Database, unit: str | None, after: str | None, limit: int) -> Page[Recorded]:
    """Return the open tickets that wait for an act of `unit`, the one with least time left first.

    `unit` null: what waits for the city's dispatch desk, which sends tickets out and makes the callbacks.
    Raises `Malformed` for a mark `after` that is none.
    """
    order = tuple_(TICKET.c.next_due_at, TICKET.c.number)
    query = _listed().where(TICKET.c.next_due_at.is_not(None))
    query = query.where(TICKET.c.holder.is_(None) if unit is None else TICKET.c.holder == unit)
    if after is not None:
        place = read_mark(after)
        query = query.where(order > tuple_(place.at, place.key))
    query = query.order_by(TICKET.c.next_due_at, TICKET.c.number).limit(limit + 1)
    async with session(engine) as connection:
        rows = (await connection.execute(query)).all()
    return _page(rows, [Position(row.next_due_at, row.number) for row in rows], limit)


async def search(engine: Database, filters: Filters, after: str | None, limit: int) -> Page[Recorded]:
    """Return the tickets that `filters` let through, newest first.

    Raises `Malformed` for a mark `after` that is none, or for text that is not valid Unicode.
    """
    query = search_query(filters)
    if after is not None:
        place = read_mark(after)
        query = query.where(tuple_(TICKET.c.filed_at, TICKET.c.number) < tuple_(place.at, place.key))
    async with session(engine) as connection:
        rows = (await connection.execute(query.limit(limit + 1))).all()
    return _page(rows, [Position(row.filed_at, row.number) for row in rows], limit)


async def same_person(engine: Database, phone_hash: str, after: str | None, limit: int) -> Page[Recorded]:
    """Return every ticket of the person with this keyed phone hash (`Vault.phone_hash`), newest first."""
    return await search(engine, Filters(phone_hash=phone_hash), after, limit)


async def request_of(engine: Database, number: str) -> StoredRequest | None:
    """Return what was filed as `number`, with the start argument of its workflow; null if unknown."""
    async with session(engine) as connection:
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


async def open_by_stage(engine: Database) -> dict[str, int]:
    """Return how many open tickets each stage has; stages without tickets are left out."""
    async with session(engine) as connection:
        rows = await connection.execute(_OPEN_BY_STAGE)
        return {row.stage: row.tickets for row in rows}


def search_query(filters: Filters) -> Select[*tuple[Any, ...]]:
    """Return the query behind `search`, without page and limit."""
    require_storable(filters.q, filters.category, filters.unit, filters.district, filters.town)
    query = _listed()
    for name in ("district", "town", "unit", "stage", "status", "type", "tier", "channel", "level"):
        wanted: str | None = getattr(filters, name)
        if wanted is not None:
            query = query.where(TICKET.c[name] == str(wanted))
    for condition in (*_moments(filters), *_category(filters.category), *_words(filters.q)):
        query = query.where(condition)
    if filters.overdue is not None:
        query = query.where(TICKET.c.overdue if filters.overdue else ~TICKET.c.overdue)
    if filters.phone_hash is not None:
        query = query.where(REQUEST.c.phone_hash == filters.phone_hash)
    return query.order_by(TICKET.c.filed_at.desc(), TICKET.c.number.desc())


def _listed() -> Select[*tuple[Any, ...]]:
    columns = (TICKET.c.number, TICKET.c.version, TICKET.c.recorded_at, TICKET.c.view)
    return select(
        *columns, TICKET.c.filed_at, TICKET.c.next_due_at, func.coalesce(REQUEST.c.masked, "").label("masked")
    ).select_from(TICKET.outerjoin(REQUEST, REQUEST.c.number == TICKET.c.number))


def _moments(filters: Filters) -> list[ColumnElement[bool]]:
    """Return the conditions on time, and those that let partial indexes serve."""
    found: list[ColumnElement[bool]] = []
    if filters.filed_from is not None:
        found.append(TICKET.c.filed_at >= filters.filed_from)
    if filters.filed_to is not None:
        found.append(TICKET.c.filed_at < filters.filed_to)
    stage = filters.stage or (STAGES[filters.status] if filters.status else None)
    if stage is not None and stage is not Stage.CLOSED:
        found += (TICKET.c.closed_at.is_(None), TICKET.c.stage == str(stage))
    if filters.level is not None and filters.level is not Level.UNIT:
        found.append(TICKET.c.level != literal_column("'unit'"))
    return found


def _category(prefix: str | None) -> list[ColumnElement[bool]]:
    """Return the condition for a category and all below it: `heating` means `heating` and `heating.…`."""
    if prefix is None:
        return []
    below = (TICKET.c.category >= f"{prefix}.") & (TICKET.c.category < f"{prefix}/")  # "/" follows "."
    return [(TICKET.c.category == prefix) | below]


def _words(q: str | None) -> list[ColumnElement[bool]]:
    """Return the conditions for each word of `q`: the index finds candidates, the folded copy decides."""
    words = terms(q) if q else []
    if not words:
        return []
    grams = sorted({gram for word in words for gram in needed_grams(word)})
    found: list[ColumnElement[bool]] = [
        REQUEST.c.grams.contains(bindparam("grams", grams, type_=ARRAY(String)))
    ]
    for index, word in enumerate(words):
        if len(word) > 2:  # noqa: PLR2004 - one and two characters are grams themselves
            copy = literal_column(FOLDED, String)
            found.append(func.strpos(copy, bindparam(f"word_{index}", word, type_=String)) > 0)
    return found


def _recorded(row: Row[Any]) -> Recorded:
    return Recorded(row.number, row.version, row.recorded_at, row.view, row.masked)


def _page(rows: Sequence[Row[Any]], places: list[Position], limit: int) -> Page[Recorded]:
    return page([_recorded(row) for row in rows], places, limit)

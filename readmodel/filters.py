"""What a list is narrowed to, and the query that comes of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, Text, bindparam, func, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY

from domain.rebuild.taking_in import BEFORE_ALL_OTHERS
from domain.ticket.transitions import STAGES
from domain.vocabulary import Channel, Ending, Level, RequestType, Stage, Status, Tier
from readmodel.search_text import FOLDED, needed_grams, terms
from readmodel.tables import HISTORY, REQUEST, TICKET
from readmodel.texts import require_storable


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What a list is narrowed to; null does not narrow. All that is given must hold.

    `category` means the category and all below it. `q`: words that the masked copy must contain.
    `filed_from` and `filed_to`: from and up to, the latter not included. `besides`: all but this number.
    `archived`: a history of its workflow lies in the archive.
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
    is_open: bool | None = None
    ending: Ending | None = None
    archived: bool | None = None
    besides: str | None = None
    q: str | None = None


def listed() -> Select[*tuple[Any, ...]]:
    """Return the query for every ticket with what lists show of it, in no order."""
    columns = (TICKET.c.number, TICKET.c.version, TICKET.c.recorded_at, TICKET.c.view)
    has_run = (TICKET.c.written_at > BEFORE_ALL_OTHERS).label("has_run")
    return select(
        *columns,
        has_run,
        TICKET.c.filed_at,
        TICKET.c.next_due_at,
        func.coalesce(REQUEST.c.masked, "").label("masked"),
    ).select_from(TICKET.outerjoin(REQUEST, REQUEST.c.number == TICKET.c.number))


def search_query(filters: Filters) -> Select[*tuple[Any, ...]]:
    """Return the query behind `search`, without page and limit."""
    require_storable(filters.q, filters.category, filters.unit, filters.district, filters.town)
    query = listed()
    for name in ("district", "town", "unit", "stage", "status", "type", "tier", "channel", "level", "ending"):
        wanted: str | None = getattr(filters, name)
        if wanted is not None:
            query = query.where(TICKET.c[name] == str(wanted))
    for condition in (*_moments(filters), *_category(filters.category), *_words(filters.q)):
        query = query.where(condition)
    if filters.overdue is not None:
        query = query.where(TICKET.c.overdue if filters.overdue else ~TICKET.c.overdue)
    if filters.phone_hash is not None:
        query = query.where(REQUEST.c.phone_hash == filters.phone_hash)
    if filters.is_open is not None:
        ended = TICKET.c.closed_at
        query = query.where(ended.is_(None) if filters.is_open else ended.is_not(None))
    if filters.archived is not None:
        kept = (
            select(HISTORY.c.run)
            .where(HISTORY.c.workflow == literal_column("'ticket/'", String) + TICKET.c.number)
            .exists()
        )
        query = query.where(kept if filters.archived else ~kept)
    if filters.besides is not None:
        query = query.where(TICKET.c.number != filters.besides)
    return query.order_by(TICKET.c.filed_at.desc(), TICKET.c.number.desc())


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
        REQUEST.c.grams.contains(bindparam("grams", grams, type_=ARRAY(Text)))
    ]
    for index, word in enumerate(words):
        if len(word) > 2:  # noqa: PLR2004 - one and two characters are grams themselves
            copy = literal_column(FOLDED, String)
            found.append(func.strpos(copy, bindparam(f"word_{index}", word, type_=String)) > 0)
    return found

"""The feed of what changed for a unit (全量数据推送): nothing skipped or doubled by concurrent writers.

A number drawn while writing would be out of order: of two writers the one that drew the lower number may
commit last, and a reader who has passed the higher one never sees it. So a change gets no place while it is
written. Readers give the places, one at a time for each unit, and only to rows they can see, that is, to
what is committed; places so given become visible in their order. A row that changes loses its place and gets
a new one behind all others: a reader that has not seen it yet reads it once, as it stands then.

No writer waits for this: rows that are being written are left for the next reader. Nothing depends on the
server's transaction numbers either, so the line survives a dump that is loaded into another server.
"""

import asyncio
import base64
import binascii
import json
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Integer, Row, String, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.errors import Malformed
from domain.facts.fact import FACT
from domain.messages import Intake
from domain.show.involvement import Share, share_of
from domain.ticket.evolving import filed
from phrases import Phrase
from readmodel.connection import Database, outages, searching

CHUNK = 100
"""How many tickets a stream holds in memory."""
_LOCKS = 6_120_346
"""The advisory locks, one for each unit, under which places are given."""
_LARGEST = 2**63 - 1

_READ = text("""
SELECT line.place, line.number, line.changed_at, request.masked, request.intake, (
    SELECT jsonb_agg(fact ORDER BY seq) FROM ticket_event
    WHERE ticket_event.number = line.number AND seq > 1
) AS facts
FROM unit_ticket AS line JOIN request ON request.number = line.number
WHERE line.unit = :unit AND line.place > :after ORDER BY line.place LIMIT :limit
""").bindparams(
    bindparam("unit", type_=String), bindparam("after", type_=BigInteger), bindparam("limit", type_=Integer)
)
_IS_WAITING = text("""
SELECT EXISTS (SELECT FROM unit_ticket WHERE unit = :unit AND place IS NULL)
""").bindparams(bindparam("unit", type_=String))
_LOCK = text("SELECT pg_advisory_xact_lock(:locks, hashtext(:unit))").bindparams(
    bindparam("locks", type_=Integer), bindparam("unit", type_=String)
)
_PLACE = text("""
WITH waiting AS MATERIALIZED (
    SELECT number, changed_at FROM unit_ticket WHERE unit = :unit AND place IS NULL
    ORDER BY changed_at, number LIMIT :limit FOR UPDATE SKIP LOCKED
),
placed AS MATERIALIZED (
    SELECT number, nextval('feed_place') AS place
    FROM (SELECT number FROM waiting ORDER BY changed_at, number) AS in_order
)
UPDATE unit_ticket SET place = placed.place FROM placed
WHERE unit_ticket.number = placed.number AND unit_ticket.unit = :unit
""").bindparams(bindparam("unit", type_=String), bindparam("limit", type_=Integer))


@dataclass(frozen=True)
class Entry:
    """A change for a unit: its position in the feed, as an opaque mark, and its share of the ticket.

    `masked` is the description without personal data; empty where it was erased.
    """

    mark: str
    number: str
    changed_at: datetime
    masked: str
    share: Share


@dataclass(frozen=True)
class Feed:
    """Some of what changed for a unit, the mark to go on from, and whether there is more by now."""

    entries: tuple[Entry, ...]
    next: str
    more: bool


async def read(database: Database, unit: str, after: str | None, limit: int) -> Feed:
    """Return the next tickets, at most `limit`, that changed for `unit` behind `after`, oldest first.

    There may be fewer entries than `limit` although there is more: who never had a part is left out.
    Raises `Malformed` for a mark that is none of this unit's, `Unavailable`.
    """
    place = 0 if after is None else _place_of(unit, after)
    rows = await _behind(database, unit, place, limit + 1)
    if len(rows) <= limit:
        await _give_places(database, unit, limit + 1 - len(rows))
        rows = await _behind(database, unit, place, limit + 1)
    shown = rows[:limit]
    found: list[Entry | None] = []
    for row in shown:
        found.append(_entry(unit, row))
        await asyncio.sleep(0)  # building a ticket's share takes a millisecond: let other tasks run between
    return Feed(
        entries=tuple(entry for entry in found if entry is not None),
        next=_mark(unit, shown[-1].place if shown else place),
        more=len(rows) > limit,
    )


async def stream(database: Database, unit: str, after: str | None) -> AsyncGenerator[Feed]:
    """Yield everything that changed for `unit` behind `after`, `CHUNK` tickets at a time, up to now.

    No connection is held while the caller is slow to read. Raises as `read`.
    """
    while True:
        part = await read(database, unit, after, CHUNK)
        yield part
        if not part.more:
            return
        after = part.next


async def _behind(database: Database, unit: str, place: int, limit: int) -> Sequence[Row[Any]]:
    async with searching(database) as connection:
        return (await connection.execute(_READ, {"unit": unit, "after": place, "limit": limit})).all()


async def _give_places(database: Database, unit: str, limit: int) -> None:
    """Give positions to at most `limit` rows of `unit` that wait for one, or wait while another process does.

    What is behind them is then read again, whichever process gave them: it was committed before.

    The lock is a statement of its own and lasts until the places are committed: the next to give any draws
    higher numbers and cannot be seen before these. (Taken within the statement it would come after the
    statement's picture of the table.)
    """
    with outages():
        one_by_one = database.execution_options(isolation_level="READ COMMITTED")
        async with one_by_one.connect() as connection:
            if (await connection.execute(_IS_WAITING, {"unit": unit})).scalar_one():
                await _place(connection, unit, limit)


async def _place(connection: AsyncConnection, unit: str, limit: int) -> None:
    await connection.execute(_LOCK, {"locks": _LOCKS, "unit": unit})
    await connection.execute(_PLACE, {"unit": unit, "limit": limit})
    await connection.commit()


def _entry(unit: str, row: Row[Any]) -> Entry | None:
    intake = Intake.model_validate(row.intake)
    facts = [filed(intake), *(FACT.validate_python(fact) for fact in row.facts or ())]
    share = share_of(intake, facts, unit)
    if share is None:
        return None
    return Entry(_mark(unit, row.place), row.number, row.changed_at, row.masked, share)


def _mark(unit: str, place: int) -> str:
    plain = json.dumps([unit, place], separators=(",", ":"))
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def _place_of(unit: str, mark: str) -> int:
    try:
        plain = base64.b64decode(
            mark.encode("ascii") + b"=" * (-len(mark) % 4), altchars=b"-_", validate=True
        )
        whose, place = json.loads(plain)
        if whose != unit or type(place) is not int or not 0 <= place <= _LARGEST:
            raise ValueError(mark)  # noqa: TRY301 - one place says what is wrong
    except (ValueError, TypeError, RecursionError, binascii.Error) as error:
        raise Malformed(
            Phrase(
                "The mark is not one we made for this unit: give the one that came with what you read last."
            ),
        ) from error
    return int(place)

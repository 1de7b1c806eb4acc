"""What operations compare: requests whose workflow never began, projections that are behind, all numbers."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ARRAY, DateTime, Integer, Interval, String, bindparam, text

from domain.messages import Intake
from readmodel.connection import Database, outages, session

_WAITING = text("""
SELECT request.intake FROM unstarted JOIN request USING (number) JOIN ticket USING (number)
WHERE unstarted.number = :number AND ticket.written_at = 'epoch'
""").bindparams(bindparam("number", type_=String))
_NOT_STARTED = text("""
SELECT request.intake FROM unstarted JOIN request USING (number) JOIN ticket USING (number)
WHERE unstarted.filed_at < now() - :waited AND ticket.written_at = 'epoch'
ORDER BY unstarted.filed_at, unstarted.number LIMIT :limit
""").bindparams(bindparam("waited", type_=Interval), bindparam("limit", type_=Integer))
_STARTED = text("DELETE FROM unstarted WHERE number = ANY(:numbers)").bindparams(
    bindparam("numbers", type_=ARRAY(String))
)
_BEGUN = text("""
DELETE FROM unstarted USING ticket
WHERE ticket.number = unstarted.number AND ticket.written_at > 'epoch'
AND unstarted.filed_at < now() - :waited
""").bindparams(bindparam("waited", type_=Interval))
_BEHIND = text("""
SELECT number FROM ticket
WHERE wakes_at IS NOT NULL AND wakes_at < :before ORDER BY wakes_at, number LIMIT :limit
""").bindparams(bindparam("before", type_=DateTime(timezone=True)), bindparam("limit", type_=Integer))
_OPEN = text("""
SELECT number, filed_at FROM ticket WHERE closed_at IS NULL AND number > :after ORDER BY number LIMIT :limit
""").bindparams(bindparam("after", type_=String), bindparam("limit", type_=Integer))
_STILL_OPEN = text("""
SELECT number, filed_at FROM ticket WHERE closed_at IS NULL AND number = ANY(:numbers) ORDER BY number
""").bindparams(bindparam("numbers", type_=ARRAY(String)))
_IN_DOUBT = text("""
SELECT number, max(doubted_at) AS doubted_at FROM command
WHERE doubted_at IS NOT NULL GROUP BY number ORDER BY number LIMIT :limit
""").bindparams(bindparam("limit", type_=Integer))
_SETTLE = text("""
UPDATE command SET doubted_at = NULL
WHERE number = :number AND doubted_at <= :until
""").bindparams(bindparam("number", type_=String), bindparam("until", type_=DateTime(timezone=True)))
_BEYOND = text("""
SELECT count(*) AS facts, min(at) AS first_at, max(at) AS last_at, EXISTS (
    SELECT FROM command
    WHERE command.number = :number AND (command.answer->>'version')::integer > :version
    AND command.doubted_at IS NULL AND command.created_at < now() - :answered_within
) AS is_answered
FROM ticket_event WHERE number = :number AND seq > :version
""").bindparams(
    bindparam("number", type_=String),
    bindparam("version", type_=Integer),
    bindparam("answered_within", type_=Interval),
)
_DOUBT_RECENT = text("""
UPDATE command SET doubted_at = clock_timestamp() WHERE created_at > now() - :within
""").bindparams(bindparam("within", type_=Interval))
_IS_ISSUED = text("SELECT EXISTS (SELECT FROM request WHERE number = :number)").bindparams(
    bindparam("number", type_=String)
)
_ISSUED = text("""
SELECT request.number, coalesce(ticket.closed_at IS NOT NULL, false) AS is_closed
FROM request LEFT JOIN ticket USING (number) ORDER BY request.number
""")
_CHUNK = 2_000
RECENT = timedelta(minutes=15)
"""How far back commands are held against their workflows when a process starts; the last may have died."""


async def not_started(database: Database, older_than: timedelta, limit: int) -> list[Intake]:
    """Return the start arguments of requests filed before the time `older_than` and not known to be started.

    The oldest first. The process that started one may have died before noting it; starting twice is harmless.
    """
    async with session(database) as connection:
        rows = await connection.execute(_NOT_STARTED, {"waited": older_than, "limit": limit})
        return [Intake.model_validate(intake) for intake in rows.scalars()]


async def waiting_intake(database: Database, number: str) -> Intake | None:
    """Return the start argument of the request `number` while it is not noted as started."""
    async with session(database) as connection:
        intake = (await connection.execute(_WAITING, {"number": number})).scalar_one_or_none()
    return None if intake is None else Intake.model_validate(intake)


async def note_started(database: Database, numbers: Sequence[str]) -> None:
    """Note that the engine has the workflows of the tickets `numbers`. Raises `Unavailable`."""
    async with session(database) as connection:
        await connection.execute(_STARTED, {"numbers": list(numbers)})


async def forget_begun(database: Database, older_than: timedelta) -> None:
    """Take tickets that their workflow has written to off the list of those to be started.

    The process that started one died before noting it. Left there, it would be started again, over its past,
    when the requester repeats the key after the engine has forgotten it. Raises `Unavailable`.
    """
    async with session(database) as connection:
        await connection.execute(_BEGUN, {"waited": older_than})


async def behind(database: Database, now: datetime, grace: timedelta, limit: int) -> list[str]:
    """Return the numbers of tickets that should have done something by themselves more than `grace` ago.

    What they did, if they did it, is missing here: they must be asked to write it again. The one that has
    waited longest comes first.
    """
    async with session(database) as connection:
        rows = await connection.execute(_BEHIND, {"before": now - grace, "limit": limit})
        return list(rows.scalars())


async def in_doubt(database: Database, limit: int) -> list[tuple[str, datetime]]:
    """Return tickets with a command of which it is not known whether the engine kept it, and since when."""
    async with session(database) as connection:
        rows = await connection.execute(_IN_DOUBT, {"limit": limit})
        return [(row.number, row.doubted_at) for row in rows]


async def settle(database: Database, number: str, until: datetime) -> None:
    """Note that the commands of ticket `number` that were doubted up to `until` are in doubt no more."""
    async with session(database) as connection:
        await connection.execute(_SETTLE, {"number": number, "until": until})


@dataclass(frozen=True)
class Beyond:
    """What the log of a ticket has beyond what its workflow knows.

    `is_answered`: a client has an answer that a command among it counted, and nothing has cast doubt on that.
    """

    facts: int
    first_at: datetime
    last_at: datetime
    is_answered: bool


async def beyond(database: Database, number: str, version: int, answered_within: timedelta) -> Beyond | None:
    """Return what the log of ticket `number` has beyond fact `version`, null for nothing.

    A command younger than `answered_within` may still be on its way and counts as unanswered.
    """
    given = {"number": number, "version": version, "answered_within": answered_within}
    async with session(database) as connection:
        row = (await connection.execute(_BEYOND, given)).one()
    return Beyond(row.facts, row.first_at, row.last_at, row.is_answered) if row.facts else None


async def doubt_recent(database: Database, within: timedelta) -> None:
    """Doubt every command begun `within` that time: something died, and may have taken its outcome along."""
    async with session(database) as connection:
        await connection.execute(_DOUBT_RECENT, {"within": within})


async def open_tickets(database: Database, after: str | None, limit: int) -> list[tuple[str, datetime]]:
    """Return number and instant of filing of the next open tickets with a number above `after`, in order."""
    async with session(database) as connection:
        rows = await connection.execute(_OPEN, {"after": after or "", "limit": limit})
        return [(row.number, row.filed_at) for row in rows]


async def still_open(database: Database, numbers: Sequence[str]) -> list[tuple[str, datetime]]:
    """Return number and instant of filing of those of `numbers` that are open, in order."""
    async with session(database) as connection:
        rows = await connection.execute(_STILL_OPEN, {"numbers": list(numbers)})
        return [(row.number, row.filed_at) for row in rows]


async def page_of_open(
    database: Database, after: str | None, only: Sequence[str], limit: int
) -> tuple[list[tuple[str, datetime]], str | None]:
    """Return one page of open tickets and the number it ends with, null when it is the last one.

    The page holds the next `limit` tickets with a number above `after`, or those of `only` that are open.
    """
    if only:
        return await still_open(database, only), None
    page = await open_tickets(database, after, limit)
    return page, page[-1][0] if len(page) == limit else None


async def is_issued(database: Database, number: str) -> bool:
    """Return whether a request was ever filed under `number`."""
    async with session(database) as connection:
        return bool((await connection.execute(_IS_ISSUED, {"number": number})).scalar_one())


async def issued_numbers(database: Database) -> AsyncGenerator[tuple[str, bool]]:
    """Yield every number ever issued, in order, with whether its ticket is closed; one consistent picture.

    Reads through a cursor, some thousands of rows at a time, however many there are.
    """
    with outages():
        picture = database.execution_options(isolation_level="REPEATABLE READ", yield_per=_CHUNK)
        async with picture.connect() as connection:
            rows = await connection.stream(_ISSUED)
            async for number, is_closed in rows:
                yield number, is_closed

"""What is read afterwards, from the event log, the projection and the histories, as it was recorded there."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ARRAY, DateTime, String, bindparam, text
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

from engine.starting import workflow_id
from readmodel import Database
from readmodel.connection import session

_AT_ONCE = 8
_BETWEEN = (
    bindparam("begins", type_=DateTime(timezone=True)),
    bindparam("ends", type_=DateTime(timezone=True)),
)
_RUNG = text("""
WITH rung AS MATERIALIZED (
    SELECT number, fact->>'clock' AS clock, coalesce(fact->>'rung', 'missed') AS what, at
    FROM ticket_event WHERE kind IN ('clock_missed', 'clock_warned') AND at >= :begins
),
planned AS MATERIALIZED (
    SELECT rung.number, clock, what, rung.at,
           CASE WHEN what = 'missed' THEN (fact->>'due_at')::timestamptz + interval '1 millisecond'
           ELSE (SELECT (reminder->>1)::timestamptz FROM jsonb_array_elements(fact->'reminders') AS reminder
                 WHERE reminder->>0 = what) END AS due
    FROM rung JOIN ticket_event AS begun USING (number)
    WHERE begun.kind = 'clock_started' AND begun.fact->>'clock' = clock
)
SELECT number, clock, what,
       1000 * extract(epoch FROM at - due)::float AS decided_ms,
       CASE WHEN written_at = at THEN 1000 * extract(epoch FROM recorded_at - due)::float END AS recorded_ms
FROM planned JOIN ticket USING (number)
WHERE due BETWEEN :begins AND :ends AND NOT EXISTS (
    SELECT FROM ticket_event AS moved WHERE moved.number = planned.number
    AND moved.kind = 'clock_rescheduled' AND moved.fact->>'clock' = planned.clock
)
""").bindparams(*_BETWEEN)
_LAG = text("""
SELECT 1000 * extract(epoch FROM recorded_at - written_at)::float FROM ticket
WHERE written_at BETWEEN :begins AND :ends
""").bindparams(*_BETWEEN)
_KNOWN = text("SELECT count(*) FROM request WHERE number = ANY(:numbers)").bindparams(
    bindparam("numbers", type_=ARRAY(String))
)
_OPEN = text("SELECT count(*) FROM ticket WHERE closed_at IS NULL")
_BYTES = text("SELECT pg_database_size(current_database())")


@dataclass(frozen=True)
class Rung:
    """One warning or miss of a clock that was due in the slice: how late, in milliseconds.

    `decided_ms` by the time the engine gave the fact; `recorded_ms` by that of the row, null where something
    was written to the ticket since.
    """

    number: str
    clock: str
    what: str
    decided_ms: float
    recorded_ms: float | None


@dataclass(frozen=True)
class History:
    """What one history says: how long it is, and how long each task of the slice waited for a worker.

    `timed_out`: tasks that no worker took in time, or did not end; each costs a replay.
    """

    events: int
    bytes: int
    waited_ms: tuple[float, ...]
    timed_out: int = 0


async def rungs(database: Database, begins: datetime, ends: datetime) -> list[Rung]:
    """Return every warning and miss whose instant lay between `begins` and `ends`."""
    async with session(database) as connection:
        rows = await connection.execute(_RUNG, {"begins": begins, "ends": ends})
        return [Rung(row.number, row.clock, row.what, row.decided_ms, row.recorded_ms) for row in rows]


async def lags(database: Database, begins: datetime, ends: datetime) -> list[float]:
    """Return by how many milliseconds the last write of each ticket came after the engine's time of it."""
    async with session(database) as connection:
        return list((await connection.execute(_LAG, {"begins": begins, "ends": ends})).scalars())


async def known(database: Database, numbers: Sequence[str]) -> int:
    """Return how many of `numbers` the database has."""
    async with session(database) as connection:
        return int((await connection.execute(_KNOWN, {"numbers": list(numbers)})).scalar_one())


async def open_now(database: Database) -> int:
    """Return how many tickets are open."""
    async with session(database) as connection:
        return int((await connection.execute(_OPEN)).scalar_one())


async def database_bytes(database: Database) -> int:
    """Return the size of the database's tables and indexes."""
    async with session(database) as connection:
        return int((await connection.execute(_BYTES)).scalar_one())


async def histories(
    client: Client, numbers: Sequence[str], begins: datetime, advance: Callable[[], None]
) -> list[History]:
    """Return what the histories of the tickets `numbers` say, waiting times from `begins` on."""
    limit = asyncio.Semaphore(_AT_ONCE)

    async def one(number: str) -> History:
        async with limit:
            found = await _history(client, number, begins)
        advance()
        return found

    return list(await asyncio.gather(*map(one, numbers)))


async def _history(client: Client, number: str, begins: datetime) -> History:
    history = await client.get_workflow_handle(workflow_id(number)).fetch_history()
    scheduled = {
        event.event_id: at
        for event in history.events
        if (at := event.event_time.ToNanoseconds()) >= begins.timestamp() * 1e9
    }
    waited = tuple(
        (event.event_time.ToNanoseconds() - scheduled[begun.scheduled_event_id]) / 1e6
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED
        for begun in (event.workflow_task_started_event_attributes,)
        if begun.scheduled_event_id in scheduled
    )
    timed_out = sum(
        event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT for event in history.events
    )
    size = sum(event.ByteSize() for event in history.events)
    return History(len(history.events), size, waited, timed_out)

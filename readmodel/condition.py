"""How the city stands, for dashboards and alerts: numbers and ages, each read off an index.

Open tickets are counted in one pass over an index that holds all that is asked (`ticket_open_now`); what
should be empty is counted up to `MANY`. No table is read, and a question that takes too long is given up.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ARRAY, Integer, String, bindparam, text

from domain.vocabulary import EmergencyService
from readmodel.connection import Database, outages

MANY = 10_000
"""Where counting what should be empty ends."""
_LIMIT_SECONDS = 2
_LIMIT = text(f"""
SELECT set_config('statement_timeout', '{_LIMIT_SECONDS}s', true),
       set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
       set_config('max_parallel_workers_per_gather', '0', true)
""")
"""For this transaction: up to two seconds a question, by the index, on one core; the others take requests."""
_OPEN = text("""
SELECT stage, status, level, overdue, coalesce(district, '') AS district,
       count(*) AS tickets, min(filed_at) AS oldest
FROM ticket WHERE closed_at IS NULL GROUP BY 1, 2, 3, 4, 5
""")
_QUEUES = text("""
SELECT now() AS at,
    (SELECT ARRAY[count(*)::text, min(filed_at)::text] FROM (
        SELECT filed_at FROM unstarted LIMIT :many
    ) AS waiting) AS not_started,
    (SELECT ARRAY[count(*)::text, min(wakes_at)::text] FROM (
        SELECT wakes_at FROM ticket WHERE wakes_at IS NOT NULL AND wakes_at < now()
        ORDER BY wakes_at, number LIMIT :many
    ) AS late) AS behind,
    (SELECT count(*) FROM (
        SELECT FROM command WHERE doubted_at IS NOT NULL LIMIT :many
    ) AS doubted) AS in_doubt,
    (SELECT count(*) FROM (
        SELECT FROM owed WHERE unit = ANY(:services) AND task LIKE 'ack.%' LIMIT :many
    ) AS handed) AS handed_over,
    (SELECT ARRAY[count(*)::text, min(due_at)::text] FROM (
        SELECT due_at FROM owed WHERE unit = ANY(:services) AND task LIKE 'ack.%' AND due_at < now()
        LIMIT :many
    ) AS silent) AS unacknowledged
""").bindparams(bindparam("many", type_=Integer), bindparam("services", type_=ARRAY(String)))
_SERVICES = [service.value for service in EmergencyService]


@dataclass(frozen=True)
class Group:
    """Open tickets that stand alike: how many, and when the oldest of them was filed."""

    stage: str
    status: str
    level: str
    overdue: bool
    district: str
    tickets: int
    oldest: datetime


@dataclass(frozen=True)
class Queue:
    """What waits although nothing should: how many (at most `MANY`), and since when the oldest."""

    number: int
    since: datetime | None


@dataclass(frozen=True)
class Condition:
    """How the city stands at the instant `at`, by the database's clock.

    `not_started`: requests without a workflow yet; `behind`: tickets that should have written something;
    `in_doubt`: commands with an unknown outcome; `handed_over`: matters with an emergency
    service that has not acknowledged yet; `unacknowledged`: those of them whose time is over.
    """

    at: datetime
    open: tuple[Group, ...]
    not_started: Queue
    behind: Queue
    in_doubt: int
    handed_over: int
    unacknowledged: Queue

    def age(self, since: datetime | None) -> timedelta:
        """Return how long ago `since` was, nothing for null or a later instant."""
        return max(self.at - since, timedelta(0)) if since else timedelta(0)

    def by_stage(self) -> dict[str, int]:
        """Return how many open tickets each stage has; stages without tickets are left out."""
        stages: dict[str, int] = {}
        for group in self.open:
            stages[group.stage] = stages.get(group.stage, 0) + group.tickets
        return stages


async def condition(database: Database) -> Condition:
    """Return how the city stands, one consistent picture.

    Raises `Unavailable` when the database is away or does not answer within two seconds a question.
    """
    picture = database.execution_options(isolation_level="REPEATABLE READ")
    with outages():
        async with picture.connect() as connection:
            await connection.execute(_LIMIT)
            groups = [Group(*row) for row in await connection.execute(_OPEN)]
            row = (await connection.execute(_QUEUES, {"many": MANY, "services": _SERVICES})).one()
    return Condition(
        at=row.at,
        open=tuple(groups),
        not_started=_queue(row.not_started),
        behind=_queue(row.behind),
        in_doubt=row.in_doubt,
        handed_over=row.handed_over,
        unacknowledged=_queue(row.unacknowledged),
    )


def _queue(counted: list[str | None]) -> Queue:
    number, since = counted
    return Queue(int(number or 0), datetime.fromisoformat(since) if since else None)

"""How the database is, and how far the projection is behind: what `jiesu doctor` asks. Nothing is written."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Integer, Interval, bindparam, text

from readmodel.connection import Database, session

_DURABILITY = ("fsync", "synchronous_commit", "full_page_writes")
_VITALS = text("""
SELECT current_setting('server_version_num')::integer / 10000 AS version,
    current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS synchronous_commit,
    current_setting('full_page_writes') AS full_page_writes,
    current_setting('transaction_read_only') AS read_only,
    current_setting('max_connections')::integer
        - current_setting('superuser_reserved_connections')::integer AS connections,
    (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS used,
    (SELECT max(clock_timestamp() - xact_start) FROM pg_stat_activity
     WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()) AS longest,
    to_regclass('alembic_version') IS NOT NULL AS has_schema,
    clock_timestamp() AS now
""")
_SCHEMA = text("SELECT version_num FROM alembic_version")
_STANDING = text("""
SELECT
    (SELECT count(*) FROM (SELECT FROM unstarted JOIN ticket USING (number)
        WHERE unstarted.filed_at < now() - :waited AND written_at = 'epoch' LIMIT :most) AS a) AS unstarted,
    (SELECT count(*) FROM (SELECT FROM ticket
        WHERE wakes_at IS NOT NULL AND wakes_at < now() - :waited LIMIT :most) AS b) AS behind,
    (SELECT count(*) FROM (SELECT FROM command
        WHERE doubted_at IS NOT NULL AND doubted_at < now() - :waited LIMIT :most) AS c) AS doubted,
    (SELECT count(*) FROM ticket WHERE closed_at IS NULL) AS open
""").bindparams(bindparam("waited", type_=Interval), bindparam("most", type_=Integer))
_RECENT = text("""
SELECT number FROM request JOIN ticket USING (number)
WHERE request.filed_at < now() - :waited AND closed_at IS NULL
ORDER BY request.filed_at DESC, number DESC LIMIT :most
""").bindparams(bindparam("waited", type_=Interval), bindparam("most", type_=Integer))
MOST = 10_000
"""Counts end here: more is as bad."""


@dataclass(frozen=True)
class Vitals:
    """How the server is: its major version, what it promises, how full it is, and its clock."""

    version: int
    schema: str | None
    unsafe: tuple[str, ...]
    read_only: bool
    connections: int
    used: int
    longest: timedelta | None
    now: datetime


@dataclass(frozen=True)
class Standing:
    """How many tickets wait for what, each count at most `MOST`, and how many are open."""

    unstarted: int
    behind: int
    doubted: int
    open: int


async def vitals(database: Database) -> Vitals:
    """Return how the server is. Raises `Unavailable`."""
    async with session(database) as connection:
        row = (await connection.execute(_VITALS)).one()
        schema = (await connection.execute(_SCHEMA)).scalar_one_or_none() if row.has_schema else None
    return Vitals(
        version=row.version,
        schema=schema,
        unsafe=tuple(name for name in _DURABILITY if getattr(row, name) == "off"),
        read_only=row.read_only == "on",
        connections=row.connections,
        used=row.used,
        longest=row.longest,
        now=row.now,
    )


async def standing(database: Database, waited: timedelta) -> Standing:
    """Return how many tickets have waited longer than that. Raises `Unavailable`."""
    async with session(database) as connection:
        row = (await connection.execute(_STANDING, {"waited": waited, "most": MOST})).one()
    return Standing(unstarted=row.unstarted, behind=row.behind, doubted=row.doubted, open=row.open)


async def recent_open(database: Database, waited: timedelta, most: int) -> list[str]:
    """Return the newest numbers whose tickets are open and were filed before that. Raises `Unavailable`."""
    async with session(database) as connection:
        return list((await connection.execute(_RECENT, {"waited": waited, "most": most})).scalars())

"""The sequences behind numbers: where they stand, and how they are moved on when the engine knows more.

A database that was restored is older than the engine. A number it issued again would be that of another
request's workflow, and the new request would never get one of its own.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from sqlalchemy import ARRAY, BigInteger, String, bindparam, text

from readmodel.connection import Database, session

Serial = Literal["ticket_serial", "incident_serial"]
_TABLES: dict[Serial, str] = {"ticket_serial": "request", "incident_serial": "incident"}
LARGEST = 999_999
"""The last serial number; the next one is 1 again."""
LINE_GAP = 10**12
"""How far the places in the units' lines are moved on after a restore: beyond every mark anybody may hold."""

_STANDS = {
    name: text(f"SELECT last_value - (NOT is_called)::int AS last, clock_timestamp() AS now FROM {name}")  # noqa: S608 - a constant
    for name in _TABLES
}
_KNOWN = {
    name: text(f"SELECT number FROM {table} WHERE number = ANY(:numbers)").bindparams(  # noqa: S608 - a constant
        bindparam("numbers", type_=ARRAY(String))
    )
    for name, table in _TABLES.items()
}
_MOVE = text("SELECT setval(CAST(:sequence AS regclass), :value)").bindparams(
    bindparam("sequence", type_=String), bindparam("value", type_=BigInteger)
)
_LINE = text("SELECT setval('feed_place', nextval('feed_place') + :gap)").bindparams(
    bindparam("gap", type_=BigInteger)
)


class Stand(NamedTuple):
    """The serial number a sequence gave last, and the database's time."""

    last: int
    now: datetime


async def stand(database: Database, sequence: Serial) -> Stand:
    """Return where `sequence` stands."""
    async with session(database) as connection:
        row = (await connection.execute(_STANDS[sequence])).one()
    return Stand(row.last, row.now)


async def unknown(database: Database, sequence: Serial, numbers: Sequence[str]) -> list[str]:
    """Return those of `numbers` that the database never issued."""
    async with session(database) as connection:
        known = set((await connection.execute(_KNOWN[sequence], {"numbers": list(numbers)})).scalars())
    return [number for number in numbers if number not in known]


async def move(database: Database, sequence: Serial, last: int) -> None:
    """Let `sequence` go on behind `last`."""
    given = {"sequence": sequence, "value": (last - 1) % LARGEST + 1}
    async with session(database) as connection:
        await connection.execute(_MOVE, given)


async def move_lines_on(database: Database) -> None:
    """Let places in the units' lines begin far behind all given before, also those this database forgot."""
    async with session(database) as connection:
        await connection.execute(_LINE, {"gap": LINE_GAP})


async def move_all_on(database: Database, stride: int) -> None:
    """Move every sequence on, after a restore: the database may have issued more than it remembers."""
    for sequence in _TABLES:
        await move(database, sequence, (await stand(database, sequence)).last + stride)
    await move_lines_on(database)

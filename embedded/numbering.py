"""Numbers that were issued and that a restored database has forgotten: the next one lies beyond them.

Numbers begin with the day, so only those of today can be met again. One look at the engine for each kind: the
numbers of today beyond the sequence, which are none unless the database is older than the engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from temporalio.client import Client

    from readmodel import Database
    from readmodel.numbering import Serial, Stand

STRIDE = 10_000
"""How much further a sequence is moved on than what the engine lists: its lists lag a little behind."""
RESTORED = 500_000
"""How far a restore moves a sequence on: numbers that were given out after the copy are known to nobody.

Half of all serial numbers, so more than a day's requests lie on either side.
"""
_NEAR = 400_000
"""What lies further ahead of a sequence it does not reach within a day."""
_ZONE = ZoneInfo("Asia/Shanghai")


class Ahead(NamedTuple):
    """A sequence that stands behind a number of today that the engine knows."""

    sequence: Serial
    furthest: int


async def behind(client: Client, database: Database) -> list[Ahead]:
    """Return the sequences that would issue numbers of today again."""
    found = [
        await _ahead(client, database, "ticket_serial", "ticket/", ""),
        await _ahead(client, database, "incident_serial", "incident/", "I"),
    ]
    return [one for one in found if one is not None]


async def advance(database: Database, found: Sequence[Ahead]) -> None:
    """Move the sequences of `found` on, a stride beyond what the engine knows."""
    from readmodel import numbering  # noqa: PLC0415 - SQLAlchemy is not for the supervisor

    for ahead in found:
        await numbering.move(database, ahead.sequence, ahead.furthest + STRIDE)


async def _ahead(
    client: Client, database: Database, sequence: Serial, kind: str, letter: str
) -> Ahead | None:
    from readmodel import numbering  # noqa: PLC0415 - as above

    stand = await numbering.stand(database, sequence)
    listed = [number async for number in _listed(client, stand, kind, letter)]
    lost = await numbering.unknown(database, sequence, listed) if listed else []
    serials = [serial for number in lost if (serial := int(number.split("-")[1])) - stand.last < _NEAR]
    return Ahead(sequence, max(serials)) if serials else None


async def _listed(client: Client, stand: Stand, kind: str, letter: str) -> AsyncIterator[str]:
    """Yield today's numbers beyond where the sequence stands, as the engine lists them."""
    day = f"{kind}{letter}{stand.now.astimezone(_ZONE):%Y%m%d}-"
    # a letter follows every digit in every collation; what follows punctuation the database decides
    beyond = f'WorkflowId > "{day}{stand.last:06d}Z" AND WorkflowId < "{day}Z"'
    async for execution in client.list_workflows(beyond, page_size=1000):
        yield execution.id.removeprefix(kind)

"""What a ticket leaves on disk: sizes of the databases before and after a load, per ticket."""

import asyncio
from dataclasses import dataclass

from sqlalchemy import text

from deploy.cluster.engine import DATABASES, Store
from readmodel import connect

_SIZE = text("SELECT pg_database_size(current_database())")
_MEANS = ("history_length", "history_size_bytes", "state_transition_count")
_OF_TICKETS = "FILTER (WHERE workflow_type_name = 'Ticket')"
_LIVES = text(
    f"SELECT count(*), count(*) {_OF_TICKETS}, "  # noqa: S608 - our own words
    + ", ".join(f"avg({column}) {_OF_TICKETS}" for column in _MEANS)
    + " FROM executions_visibility WHERE close_time IS NOT NULL"
)


@dataclass(frozen=True)
class Footprint:
    """Bytes of each database, closed workflows, the tickets among them, and the means of tickets."""

    sizes: dict[str, int]
    workflows: int
    tickets: int
    events: float
    history_bytes: float
    transitions: float

    def since(self, before: "Footprint") -> str:
        """Return the line that tells what the tickets since `before` cost each.

        The engine's databases also hold the bare workflows of the benchmark, which count as tickets there.
        """
        grown = max(self.tickets - before.tickets, 1)
        workflows = max(self.workflows - before.workflows, 1)
        bytes_each = {
            name: (size - before.sizes[name]) / (workflows if name in DATABASES else grown)
            for name, size in self.sizes.items()
        }
        disk = ", ".join(f"{name} {each / 1024:.1f} KB" for name, each in bytes_each.items())
        return (
            f"per ticket ({grown} of {workflows} workflows): {disk}; history {self.events:.1f} events, "
            f"{self.history_bytes / 1024:.1f} KB, {self.transitions:.1f} state transitions"
        )


def footprint(store: Store, jiesu_url: str) -> Footprint:
    """Return what the databases hold now; their logs are flushed first, so that sizes are true."""
    return asyncio.run(_footprint(store, jiesu_url))


async def _footprint(store: Store, jiesu_url: str) -> Footprint:
    base = f"postgresql://{store.user}:{store.password}@{store.host}:{store.port}"
    urls = {**{name: f"{base}/{name}" for name in DATABASES}, "jiesu": jiesu_url}
    sizes: dict[str, int] = {}
    counts, means = (0, 0), (0.0, 0.0, 0.0)
    for name, url in urls.items():
        database = connect(url, 1)
        async with database.connect() as connection:
            await connection.execute(text("CHECKPOINT"))
            sizes[name] = int((await connection.execute(_SIZE)).scalar_one())
            if name == "temporal_visibility":
                row = (await connection.execute(_LIVES)).one()
                counts = int(row[0]), int(row[1])
                means = float(row[2] or 0), float(row[3] or 0), float(row[4] or 0)
        await database.dispose()
    return Footprint(sizes, *counts, *means)

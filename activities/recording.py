"""The activity by which a ticket's workflow writes to PostgreSQL."""

from temporalio import activity

from domain.views import Batch
from readmodel import Database, recording


class Recording:
    """Writes what happened to tickets into the database that `engine` reaches."""

    def __init__(self, engine: Database) -> None:
        self._engine = engine

    @activity.defn(name="record")
    async def record(self, batch: Batch) -> None:
        """Write `batch`; harmless when repeated. Any failure goes to the engine, which tries again."""
        await recording.record(self._engine, batch)

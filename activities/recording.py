"""The activity by which a ticket's workflow writes to PostgreSQL."""

from temporalio import activity

from activities.measuring import Meters
from domain.show.views import Batch
from readmodel import Database, recording


class Recording:
    """Writes what happened to tickets into the database that `database` reaches."""

    def __init__(self, database: Database, meters: Meters) -> None:
        self._database = database
        self._meters = meters

    @activity.defn(name="record")
    async def record(self, batch: Batch) -> None:
        """Write `batch`; harmless when repeated. Any failure goes to the engine, which tries again."""
        with self._meters.writing(batch) as held:
            held.append(await recording.record(self._database, batch))

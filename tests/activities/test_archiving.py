"""A round of the archive gives signs of life; what it keeps is tried in tests/api/test_history.py."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

from temporalio.client import Client, WorkflowExecution
from temporalio.testing import ActivityEnvironment

from activities.archiving import Archiving
from clock import utc_now
from readmodel import Database

DAYS = 30


class NothingEnded(Archiving):
    """The archive before an engine that remembers a month in which nothing ended."""

    async def _remembered(self) -> timedelta:
        """Return a month."""
        return timedelta(days=DAYS)

    async def _ended(self, since: datetime, until: datetime) -> AsyncIterator[Sequence[WorkflowExecution]]:
        """Yield nothing."""
        for page in list[Sequence[WorkflowExecution]]():
            yield page


async def test_weeks_without_an_end_are_no_dead_worker(database: Database, client: Client) -> None:
    """The first round looks at every hour the engine remembers: a sign of life for each."""
    beats: list[object] = []
    environment = ActivityEnvironment()
    environment.on_heartbeat = lambda *details: beats.append(details)
    assert await environment.run(NothingEnded(database, client, utc_now).archive_closed) == 0
    assert len(beats) > DAYS * 24

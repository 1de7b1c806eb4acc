"""The workflow `Archive`, run by a schedule: what is over is kept before the engine forgets it."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from phrases import Phrase

ROUND = timedelta(minutes=10)
"""How long one round may take; what it did not come to is the next one's."""


@workflow.defn(name="Archive")
class Archive:
    """One round: the histories of workflows that ended since the last one go to the database."""

    @workflow.run
    async def run(self) -> int:
        """Return how many histories were kept."""
        return await workflow.execute_activity(
            "archive_closed",
            result_type=int,
            start_to_close_timeout=ROUND,
            heartbeat_timeout=timedelta(seconds=60),
            retry_policy=RetryPolicy(maximum_attempts=1),
            summary=Phrase("keep the histories of what is over").both(),
        )

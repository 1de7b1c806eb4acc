"""The workflow `Reconcile`, run by a schedule: every number has a workflow, every screen what happened."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from domain.messages import Reconciled
    from phrases import Phrase

_ONCE = RetryPolicy(maximum_attempts=1)
"""A round that fails is made up by the next one."""
_ALIVE = timedelta(seconds=40)
"""How long a step may give no sign of life: no next round begins while one waits for a worker that died.

Longer than one ticket may take, whatever is away."""


@workflow.defn(name="Reconcile")
class Reconcile:
    """One round: start what the intake could not start, repair a projection that is behind."""

    @workflow.run
    async def run(self) -> Reconciled:
        """Return how many tickets were started, how many projections repaired, how many members notified."""
        started = await workflow.execute_activity(
            "start_missing",
            result_type=int,
            start_to_close_timeout=timedelta(minutes=5),
            heartbeat_timeout=_ALIVE,
            retry_policy=_ONCE,
            summary=Phrase("start tickets the intake could not start").both(),
        )
        repaired = await workflow.execute_activity(
            "repair_projection",
            result_type=int,
            start_to_close_timeout=timedelta(minutes=5),
            heartbeat_timeout=_ALIVE,
            retry_policy=_ONCE,
            summary=Phrase("repair projections that are behind").both(),
        )
        notified = await workflow.execute_activity(
            "tell_overlooked",
            result_type=int,
            start_to_close_timeout=timedelta(minutes=5),
            heartbeat_timeout=_ALIVE,
            retry_policy=_ONCE,
            summary=Phrase("results of incidents to tickets that were overlooked").both(),
        )
        return Reconciled(started=started, repaired=repaired, told=notified)

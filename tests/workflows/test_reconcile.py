"""Reconciliation as the engine runs it: no round waits for a worker that died."""

from datetime import timedelta
from uuid import uuid4

from temporalio import activity
from temporalio.client import Client
from temporalio.worker import Worker

from domain.messages import Reconciled
from workflows.reconcile import Reconcile


@activity.defn(name="start_missing")
async def _start_missing() -> int:
    return 1


@activity.defn(name="repair_projection")
async def _repair_projection() -> int:
    return 2


@activity.defn(name="tell_overlooked")
async def _notify_overlooked() -> int:
    return 3


async def test_the_engine_hears_within_a_minute_that_the_worker_of_a_step_has_died(client: Client) -> None:
    """Rounds never overlap: one that waits for a dead worker would keep requests without their workflow."""
    queue = f"reconcile-{uuid4().hex}"
    async with Worker(
        client,
        task_queue=queue,
        workflows=[Reconcile],
        activities=[_start_missing, _repair_projection, _notify_overlooked],
    ):
        handle = await client.start_workflow(Reconcile.run, id=queue, task_queue=queue)
        assert await handle.result() == Reconciled(started=1, repaired=2, told=3)
    scheduled = [
        event.activity_task_scheduled_event_attributes
        for event in (await handle.fetch_history()).events
        if event.HasField("activity_task_scheduled_event_attributes")
    ]
    assert len(scheduled) == 3
    for step in scheduled:
        assert timedelta(0) < step.heartbeat_timeout.ToTimedelta() < timedelta(minutes=1)

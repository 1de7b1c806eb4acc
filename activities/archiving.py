"""Keeps the histories of closed tickets and incidents before the engine forgets them: docs/adr/0014.

Every run of a workflow that ended is looked at twice: soon after its end, and again half way to the day on
which the engine forgets it. The second look finds what the first did not see: a list of the engine that was
behind, a clock that went wrong.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from temporalio import activity
from temporalio.api.history.v1 import History
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client, WorkflowExecution
from temporalio.service import RPCError, RPCStatusCode

from readmodel import Database, history
from readmodel.history import Run

FRONT, REAR = "front", "rear"
"""The two looks, by the names of their marks."""
KEPT_TYPES = ("Ticket", "Incident")
"""Workflows whose history may be asked for later; the others are tools."""
SETTLED = timedelta(minutes=1)
"""How long after the end of a run the engine's list is taken to know of it."""
OVERLAP = timedelta(minutes=2)
SLICE = timedelta(hours=1)
"""How much time one list spans at most: what is done of it is done when the round is cut."""
WORKING_SECONDS = 240.0
"""After how much work a round begins no new slice; the next round goes on."""
AT_ONCE = 16
PAGE = 200
RPC_TIMEOUT = timedelta(seconds=10)

log = structlog.get_logger("jiesu.worker")


class Archiving:
    """The activity of the workflow `Archive`."""

    def __init__(
        self,
        database: Database,
        client: Client,
        now: Callable[[], datetime],
        settled: timedelta = SETTLED,
    ) -> None:
        """Keep the `database`, the Temporal `client`, the clock and how late the engine's list may be."""
        self._now = now
        self._settled = settled
        self._database = database
        self._client = client

    @activity.defn(name="archive_closed")
    async def archive_closed(self) -> int:
        """Keep what ended since the last round, and return how many histories were kept.

        May be cut or killed anywhere: a history is kept once, and a mark moves behind what is kept.
        """
        now, began = self._now(), time.monotonic()
        remembered = await self._remembered()
        await history.keep_words(self._database)
        total = 0
        for head, until in ((FRONT, now - self._settled), (REAR, now - remembered / 2)):
            at = await history.mark(self._database, head) or now - remembered - SLICE
            while at < until and time.monotonic() - began < WORKING_SECONDS:
                end = min(at + SLICE, until)
                total += await self._keep_between(at - OVERLAP, end)
                await history.move(self._database, head, end)
                activity.heartbeat(total)  # also where nothing ended for weeks, or all of it is kept
                at = end
        return total

    async def _remembered(self) -> timedelta:
        """Return how long the engine keeps what is over; it may be changed while we run."""
        return await retention(self._client)

    async def _keep_between(self, since: datetime, until: datetime) -> int:
        """Keep the history of every run that ended in that time and is not kept; return how many."""
        total = 0
        async for page in self._ended(since, until):
            activity.heartbeat(total)
            known = await history.kept(self._database, [(one.id, UUID(one.run_id)) for one in page])
            wanted = [one for one in page if UUID(one.run_id) not in known]
            for start in range(0, len(wanted), AT_ONCE):
                group = wanted[start : start + AT_ONCE]
                total += sum(await asyncio.gather(*(self._keep(one) for one in group)))
                activity.heartbeat(total)
        return total

    async def _ended(self, since: datetime, until: datetime) -> AsyncIterator[Sequence[WorkflowExecution]]:
        found = self._client.list_workflows(ended_between(since, until), page_size=PAGE)
        page: list[WorkflowExecution] = []
        async for one in found:
            page.append(one)
            if len(page) == PAGE:
                yield page
                page = []
        if page:
            yield page

    async def _keep(self, execution: WorkflowExecution) -> bool:
        """Keep the history of one run; return whether it was still there."""
        handle = self._client.get_workflow_handle(execution.id, run_id=execution.run_id)
        try:
            fetched = await handle.fetch_history(rpc_timeout=RPC_TIMEOUT)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            log.error("history_gone_before_it_was_kept", workflow=execution.id, run=execution.run_id)  # noqa: TRY400 - the trace says nothing
            return False
        run = Run(
            workflow=execution.id,
            run=UUID(execution.run_id),
            outcome=execution.status.name.lower() if execution.status else "unknown",
            started_at=execution.start_time,
            closed_at=execution.close_time or self._now(),
            events=len(fetched.events),
        )
        plain = History(events=fetched.events).SerializeToString()
        await history.keep(self._database, run, plain)
        return True


def ended_between(since: datetime, until: datetime) -> str:
    """Return the engine's query for runs whose past is kept and that ended in that time."""
    types = ", ".join(f'"{name}"' for name in KEPT_TYPES)
    return (
        f'WorkflowType IN ({types}) AND ExecutionStatus != "Running" '
        f'AND CloseTime >= "{since.isoformat()}" AND CloseTime < "{until.isoformat()}"'
    )


async def retention(client: Client) -> timedelta:
    """Return how long the engine keeps a workflow that is over."""
    described = await client.workflow_service.describe_namespace(
        DescribeNamespaceRequest(namespace=client.namespace), timeout=RPC_TIMEOUT
    )
    return described.config.workflow_execution_retention_ttl.ToTimedelta()

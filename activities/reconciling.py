"""Activities that hold the database and the engine against each other, and what `jiesu reconcile` prints."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from temporalio import activity
from temporalio.client import Client, WorkflowQueryFailedError
from temporalio.service import RPCError, RPCStatusCode

from activities.measuring import Meters
from domain.errors import Unavailable
from domain.messages import Intake
from domain.rebuild.rebuilding import NoAnswer
from domain.show.views import Batch
from engine.asking import NO_WORKER, from_history, is_over
from engine.in_step import AHEAD
from engine.starting import start_ticket, workflow_id
from readmodel import Database, reconcile, recording

PATIENCE = timedelta(seconds=10)
"""How long a request may wait for its workflow before reconciliation starts it."""
GRACE = timedelta(seconds=60)
"""How long after the instant a ticket should have woken its projection counts as behind."""
AT_ONCE = 500
"""How many tickets one round takes; the next round takes the next."""
_ASKED_AT_ONCE = 8
"""How many tickets are asked at a time: few enough for workers that have citizens' commands to do."""
RPC_TIMEOUT = timedelta(seconds=10)
ONE_TASK = timedelta(minutes=1)
"""How far apart the facts of one workflow task may be: it ends after ten seconds, or is done again."""
_REMEMBERED = timedelta(minutes=5)
"""An engine that remembers nothing of so long before a fact is an older copy."""

log = structlog.get_logger("jiesu.worker")


class EngineBehind(Exception):  # noqa: N818 - reads as what it says
    """The log of a ticket goes on beyond the history of its workflow: the engine's database is an older one.

    `since`: the instant of the last fact that the engine has forgotten.
    """

    def __init__(self, number: str, facts: int, since: datetime) -> None:
        """Name the ticket `number` and how many `facts` its workflow lacks."""
        super().__init__(number)
        self.number = number
        self.facts = facts
        self.since = since


class Reconciling:
    """The activities of the workflow `Reconcile`."""

    def __init__(
        self,
        database: Database,
        client: Client,
        task_queue: str,
        now: Callable[[], datetime],
        meters: Meters | None = None,
        interval: timedelta = timedelta(minutes=1),
    ) -> None:
        """Keep the `database`, the Temporal `client`, the tickets' queue, the clock, the interval."""
        self._now = now
        self._interval = interval
        self._meters = meters or Meters(now)
        self._database = database
        self._client = client
        self._task_queue = task_queue

    @activity.defn(name="start_missing")
    async def start_missing(self) -> int:
        """Start the workflows of requests that have none, and return how many were sent to the engine.

        One that the engine does not take is logged and retried in the next round.
        """
        await reconcile.forget_begun(self._database, PATIENCE)
        started: list[str] = []
        try:
            for intake in await reconcile.not_started(self._database, PATIENCE, AT_ONCE):
                started += await self._started(intake)
                activity.heartbeat(len(started))
        finally:
            await reconcile.note_started(self._database, started)
        self._meters.reconciled("started", len(started))
        return len(started)

    async def _started(self, intake: Intake) -> list[str]:
        """Return the number of `intake` once the engine has its workflow, nothing where it refused."""
        try:
            await start_ticket(self._client, intake, self._task_queue, RPC_TIMEOUT)
        except RPCError as error:
            if error.status is RPCStatusCode.UNAVAILABLE:
                raise  # the engine is away, for every ticket
            self._meters.reconciled("not_started", 1)
            log.error("ticket_not_started", number=intake.number, error=error.status.name)  # noqa: TRY400 - the trace says nothing
            return []
        return [intake.number]

    @activity.defn(name="repair_projection")
    async def repair_projection(self) -> int:
        """Write what the workflows know to projections that are behind or in doubt; return how many were.

        A ticket that does not answer is logged and asked again in the next round; eight are
        asked at a time, so that it keeps few waiting.
        """
        behind = await reconcile.behind(self._database, self._now(), GRACE, AT_ONCE)
        in_doubt = await reconcile.in_doubt(self._database, AT_ONCE)
        repaired = await self._repaired_of([(number, None) for number in behind])
        repaired += await self._repaired_of(in_doubt)
        self._meters.reconciled("repaired", repaired)
        return repaired

    async def _repaired_of(self, tickets: Sequence[tuple[str, datetime | None]]) -> int:
        """Return how many of `tickets` were repaired; each with the instant since when it is in doubt.

        Raises what kept one from it. That engine or database is away they all say; a bug may be only one's.
        """
        places = asyncio.Semaphore(_ASKED_AT_ONCE)

        async def one(number: str, doubted_at: datetime | None) -> bool:
            async with places:
                done = await self._repaired(number, in_doubt=doubted_at is not None)
                if doubted_at is not None and done is not None:
                    await reconcile.settle(self._database, number, doubted_at)
                activity.heartbeat(number)
                return bool(done)

        try:
            async with asyncio.TaskGroup() as group:
                repairs = [group.create_task(one(*ticket)) for ticket in tickets]
        except ExceptionGroup as faults:
            bugs = (fault for fault in faults.exceptions if not isinstance(fault, (RPCError, Unavailable)))
            first = next(bugs, faults.exceptions[0])
            raise first from first.__cause__
        return sum(repair.result() for repair in repairs)

    async def _repaired(self, number: str, *, in_doubt: bool = False) -> bool | None:
        """Return whether ticket `number` was repaired, null where its workflow says too little."""
        try:
            doubted = self._interval if in_doubt else None
            return await repair(self._database, self._client, number, doubted)
        except EngineBehind as behind:
            if self._now() - behind.since > ONE_TASK:  # else the task that wrote it may be under way
                self._meters.reconciled("engine_behind", 1)
                log.error("engine_behind_the_log", number=number, facts=behind.facts)  # noqa: TRY400 - as below
            return None
        except (RPCError, WorkflowQueryFailedError, NoAnswer) as error:
            if AHEAD in str(error):
                return None  # a clock rang meanwhile: the next round asks again
            if isinstance(error, RPCError) and error.status is RPCStatusCode.UNAVAILABLE:
                raise  # the engine is away, for every ticket
            self._meters.reconciled("unanswered", 1)
            why = error.status.name if isinstance(error, RPCError) else type(error).__name__
            log.error("ticket_does_not_answer", number=number, error=why)  # noqa: TRY400 - the trace says nothing
            return None


async def repair(database: Database, client: Client, number: str, doubted: timedelta | None = None) -> bool:
    """Write all that the workflow of ticket `number` knows over what the database has.

    Returns whether that was needed and possible: a workflow that is missing is `start_missing`'s to start,
    and where something was written meanwhile the database is as good as the workflow. Raises `EngineBehind`,
    with nothing written, where the log goes on beyond the workflow. But where a command is `doubted` (the
    time between rounds), what one lost task may have written, and was never acknowledged, is taken back.
    """
    seen = await recording.seen(database, number)
    batch = await _everything(client, number)
    if batch is None:
        return False
    beyond = await reconcile.beyond(database, number, batch.view.version, ONE_TASK)
    if beyond is not None and not (doubted and await _of_a_lost_task(client, beyond, doubted)):
        if await recording.seen(database, number) != seen:
            return False  # it moved on after it was asked
        raise EngineBehind(number, beyond.facts, beyond.last_at)
    return await recording.record(database, batch, seen)


async def _everything(client: Client, number: str) -> Batch | None:
    """Return all that the workflow of ticket `number` knows, null where it has none.

    One that is over and gets no answer from any worker is read from its history: it can say nothing more
    than that. A worker may be left with a copy of it that it can neither go on with nor forget.
    """
    handle = client.get_workflow_handle(workflow_id(number))
    try:
        return await handle.query("everything", result_type=Batch, rpc_timeout=RPC_TIMEOUT)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        if error.status not in NO_WORKER or not await is_over(client, number):
            raise
    return await from_history(await handle.fetch_history(rpc_timeout=RPC_TIMEOUT), client.namespace)


async def _of_a_lost_task(client: Client, beyond: reconcile.Beyond, interval: timedelta) -> bool:
    """Return whether a single task that the engine lost can have written all of it, unacknowledged.

    An engine that was there then remembers what began or ended shortly before, a round of reconciliation at
    least; an older copy of it does not.
    """
    if beyond.is_answered or beyond.last_at - beyond.first_at > ONE_TASK:
        return False
    since = beyond.first_at - max(2 * interval, _REMEMBERED)
    within = f'BETWEEN "{since.isoformat()}" AND "{beyond.first_at.isoformat()}"'
    then = f"StartTime {within} OR CloseTime {within}"
    return (await client.count_workflows(then, rpc_timeout=RPC_TIMEOUT)).count > 0

"""Signals many tickets: one ticket's fault stays its own, one without a workflow yet is started first.

The engine would take thousands of signals a second, and all other tickets would queue behind the workflow
tasks they create: so the next ticket is signalled when an earlier one has processed its own. docs/adr/0011.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import structlog
from temporalio import activity
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from domain.errors import Unavailable
from engine.starting import start_ticket, workflow_id
from readmodel import Database, reconcile

AT_ONCE = 20
"""How many tickets a caller hands over in one batch."""
UNDER_WAY = 8
"""How many tickets may have an unprocessed signal: half of a worker's slots stay free."""
PATIENCE = timedelta(seconds=2)
"""How long to wait for a ticket to process its signal: without any worker, signalling goes on, slowly."""
_LOOK_SECONDS = 0.02
RPC_TIMEOUT = timedelta(seconds=10)

log = structlog.get_logger("jiesu.worker")


@dataclass(frozen=True)
class Signalled:
    """The tickets of a batch, by number: reached, gone (closed meanwhile), failed (to be tried again)."""

    reached: tuple[str, ...]
    gone: tuple[str, ...]
    failed: tuple[str, ...]


class Signalling:
    """Signals tickets through `client`; those that have no workflow yet are started on `task_queue`."""

    def __init__(
        self, database: Database, client: Client, task_queue: str, patience: timedelta = PATIENCE
    ) -> None:
        """Keep database, Temporal client, the queue tickets run on, and how long to wait for each ticket."""
        self._database = database
        self._client = client
        self._task_queue = task_queue
        self._patience = patience

    async def send(self, signal: str, messages: Mapping[str, object]) -> Signalled:
        """Send `signal` to every ticket of `messages` (number → argument); return which were reached.

        A ticket that cannot be reached is logged, and left to the caller. Raises `RPCError` or `Unavailable`
        when engine or database is away for all of them: no ticket was reached.
        """
        gate = asyncio.Semaphore(UNDER_WAY)

        async def one(number: str, message: object) -> bool | RPCError | Unavailable:
            async with gate:
                outcome = await self._outcome(number, signal, message)
                _heartbeat(number)
                if outcome is True:
                    await self._worked_at(number)
                    _heartbeat(number)
                return outcome

        outcomes = await asyncio.gather(*(one(number, message) for number, message in messages.items()))
        became = dict(zip(messages, outcomes, strict=True))
        faults = {number: outcome for number, outcome in became.items() if not isinstance(outcome, bool)}
        away = [fault for fault in faults.values() if _is_away(fault)]
        if away and len(faults) == len(became):
            raise away[0]
        for number, fault in faults.items():
            log.error("ticket_not_signalled", number=number, signal=signal, error=_name(fault))
        return Signalled(
            reached=tuple(number for number, outcome in became.items() if outcome is True),
            gone=tuple(number for number, outcome in became.items() if outcome is False),
            failed=tuple(faults),
        )

    async def _outcome(self, number: str, signal: str, message: object) -> bool | RPCError | Unavailable:
        """Return whether the ticket runs and took the signal, or the fault that leaves it unknown."""
        try:
            if await self._signalled(number, signal, message):
                return True
            await self._start_if_it_waits(number)
            return await self._signalled(
                number, signal, message
            )  # also if another process has just started it
        except (RPCError, Unavailable) as fault:
            return fault

    async def _signalled(self, number: str, signal: str, message: object) -> bool:
        """Send the signal and return whether a workflow was there to take it."""
        handle = self._client.get_workflow_handle(workflow_id(number))
        try:
            await handle.signal(signal, message, rpc_timeout=RPC_TIMEOUT)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return False
        return True

    async def _worked_at(self, number: str) -> None:
        """Return once the ticket has no workflow task pending, or when patience ends; it has its signal."""
        handle = self._client.get_workflow_handle(workflow_id(number))
        ends, pause = time.monotonic() + self._patience.total_seconds(), _LOOK_SECONDS
        while time.monotonic() < ends:
            await asyncio.sleep(pause)
            pause *= 2
            try:
                found = await handle.describe(rpc_timeout=min(self._patience, RPC_TIMEOUT))
            except RPCError:
                return  # an engine in trouble is nothing to wait for
            if not found.raw_description.HasField("pending_workflow_task"):
                return

    async def _start_if_it_waits(self, number: str) -> None:
        """Start the workflow of a request that was filed while the engine was away."""
        intake = await reconcile.waiting_intake(self._database, number)
        if intake is not None:
            await start_ticket(self._client, intake, self._task_queue, RPC_TIMEOUT)
            await reconcile.note_started(self._database, [number])


def _heartbeat(number: str) -> None:
    """Report progress: an activity that is slow must not be retried, and signal the same tickets twice."""
    if activity.in_activity():
        activity.heartbeat(number)


AWAY = (
    RPCStatusCode.UNAVAILABLE,
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.CANCELLED,
    RPCStatusCode.RESOURCE_EXHAUSTED,
)
"""How an engine answers, or fails to answer in time, that is down or overloaded."""


def _is_away(fault: RPCError | Unavailable) -> bool:
    """Return whether engine or database is at fault, not the ticket."""
    return isinstance(fault, Unavailable) or fault.status in AWAY


def _name(fault: RPCError | Unavailable) -> str:
    return fault.status.name if isinstance(fault, RPCError) else fault.code

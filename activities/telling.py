"""Tells many tickets: one ticket's fault stays its own, one without a workflow yet is started first."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import structlog
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from domain.errors import Unavailable
from readmodel import Database, reconcile
from workflows.starting import start_ticket, workflow_id

AT_ONCE = 20
"""How many tickets are told at the same time."""
RPC_TIMEOUT = timedelta(seconds=10)

log = structlog.get_logger("jiesu.worker")


@dataclass(frozen=True)
class Told:
    """What became of a batch, by number: told, gone (closed meanwhile), not told (to be asked again)."""

    told: tuple[str, ...]
    gone: tuple[str, ...]
    untold: tuple[str, ...]


class Telling:
    """Signals tickets through `client`; those that have no workflow yet are started on `task_queue`."""

    def __init__(self, engine: Database, client: Client, task_queue: str) -> None:
        """Keep the database `engine`, the Temporal `client` and the queue tickets run on."""
        self._engine = engine
        self._client = client
        self._task_queue = task_queue

    async def tell(self, signal: str, messages: Mapping[str, object]) -> Told:
        """Send `signal` to every ticket of `messages` (number → argument); return what became of each.

        Who cannot be told is told to operations, and left to the caller. Raises `RPCError` or `Unavailable`
        when what is away is away for everybody: nobody was told.
        """
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(number: str, message: object) -> bool | RPCError | Unavailable:
            async with gate:
                return await self._outcome(number, signal, message)

        outcomes = await asyncio.gather(*(one(number, message) for number, message in messages.items()))
        became = dict(zip(messages, outcomes, strict=True))
        faults = {number: outcome for number, outcome in became.items() if not isinstance(outcome, bool)}
        away = [fault for fault in faults.values() if _is_away(fault)]
        if away and len(faults) == len(became):
            raise away[0]
        for number, fault in faults.items():
            log.error("ticket_not_told", number=number, signal=signal, error=_name(fault))
        return Told(
            told=tuple(number for number, outcome in became.items() if outcome is True),
            gone=tuple(number for number, outcome in became.items() if outcome is False),
            untold=tuple(faults),
        )

    async def _outcome(self, number: str, signal: str, message: object) -> bool | RPCError | Unavailable:
        """Return whether the ticket is there and was told, or why that cannot be said."""
        try:
            if await self._signalled(number, signal, message):
                return True
            await self._start_if_it_waits(number)
            return await self._signalled(number, signal, message)  # also if somebody else has just started it
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

    async def _start_if_it_waits(self, number: str) -> None:
        """Start the workflow of a request that was filed while the engine was away."""
        intake = await reconcile.waiting_intake(self._engine, number)
        if intake is not None:
            await start_ticket(self._client, intake, self._task_queue, RPC_TIMEOUT)
            await reconcile.note_started(self._engine, [number])


AWAY = (
    RPCStatusCode.UNAVAILABLE,
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.CANCELLED,
    RPCStatusCode.RESOURCE_EXHAUSTED,
)
"""What an engine says, or leaves unsaid in time, that cannot serve anybody now."""


def _is_away(fault: RPCError | Unavailable) -> bool:
    """Return whether it is the trouble of engine or database, not of the ticket."""
    return isinstance(fault, Unavailable) or fault.status in AWAY


def _name(fault: RPCError | Unavailable) -> str:
    return fault.status.name if isinstance(fault, RPCError) else fault.code

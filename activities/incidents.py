"""Activities of incidents: what a ticket that joins is told, and how a result reaches every member."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog
from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from domain.errors import UnknownCode
from domain.incident import IncidentAccount, IncidentBrief, ResultOfIncident, TellPage, ToldPage, WaitingQuery
from readmodel import Database, incidents
from workflows.starting import workflow_id

PAGE = 200
"""How many members one activity tells."""
AT_ONCE = 20
"""How many signals are under way at a time; after so many the activity notes them and gives a heartbeat."""
AGAIN = timedelta(seconds=60)
"""Who has not taken a result after so long is sent it once more."""
SWEPT = timedelta(minutes=2)
"""After so long without the result a member is the sweep's: its incident missed it."""
RPC_TIMEOUT = timedelta(seconds=10)

log = structlog.get_logger("jiesu.worker")


class Incidents:
    """Reads and writes incidents in the database `engine`, and signals their tickets through `client`."""

    def __init__(self, engine: Database, client: Client) -> None:
        self._engine = engine
        self._client = client

    @activity.defn(name="incident_brief")
    async def brief(self, number: str) -> IncidentBrief:
        """Return what a ticket needs to know to join; an unknown number is not asked for again."""
        try:
            return await incidents.brief(self._engine, number)
        except UnknownCode as unknown:
            raise ApplicationError(
                str(unknown), unknown.zh, unknown.en, type=unknown.code, non_retryable=True
            ) from unknown

    @activity.defn(name="record_incident")
    async def record(self, account: IncidentAccount) -> None:
        """Write `account`; harmless when repeated."""
        await incidents.record(self._engine, account)

    @activity.defn(name="waiting_members")
    async def waiting(self, query: WaitingQuery) -> int:
        """Return how many open members have not taken the result asked about."""
        return await incidents.waiting(self._engine, query.incident, query.result)

    @activity.defn(name="tell_members")
    async def tell(self, page: TellPage) -> ToldPage:
        """Send the result to the next members that have not taken it; tried again, it skips who was sent it.

        A ticket takes each result once, however often it comes; one that has closed is noted.
        """
        numbers = await incidents.untold(
            self._engine, page.incident, page.result.number, page.after, PAGE, AGAIN
        )
        message = ResultOfIncident(incident=page.incident, result=page.result)
        gone = 0
        for first in range(0, len(numbers), AT_ONCE):
            gone += await self._send(message, numbers[first : first + AT_ONCE])
            activity.heartbeat(first)
        last = numbers[-1] if len(numbers) == PAGE else None
        return ToldPage(told=len(numbers) - gone, closed=gone, last=last)

    @activity.defn(name="tell_overlooked")
    async def tell_overlooked(self) -> int:
        """Send results to members that were missed: joined in the same instant, or something died."""
        told = 0
        for number, result in await incidents.overlooked(self._engine, SWEPT, PAGE):
            numbers = await incidents.untold(self._engine, number, result.number, None, PAGE, AGAIN)
            message = ResultOfIncident(incident=number, result=result)
            for first in range(0, len(numbers), AT_ONCE):
                await self._send(message, numbers[first : first + AT_ONCE])
            told += len(numbers)
        if told:
            log.warning("incident_members_overlooked", tickets=told)
        return told

    async def _send(self, message: ResultOfIncident, numbers: Sequence[str]) -> int:
        """Signal `numbers`, all at once, and note it; return how many of them had closed."""
        are_there = await asyncio.gather(*(self._signal(number, message) for number in numbers))
        gone = [number for number, is_there in zip(numbers, are_there, strict=True) if not is_there]
        await incidents.note_sent(self._engine, message.incident, message.result.number, numbers, gone)
        return len(gone)

    async def _signal(self, number: str, message: ResultOfIncident) -> bool:
        """Send the signal and return whether the ticket's workflow was there to take it."""
        handle = self._client.get_workflow_handle(workflow_id(number))
        try:
            await handle.signal("incident_result", message, rpc_timeout=RPC_TIMEOUT)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return False
        return True

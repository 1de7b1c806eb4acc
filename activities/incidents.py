"""Activities of incidents: the brief for a ticket that joins, and the delivery of results to members."""

from collections.abc import Sequence
from datetime import timedelta

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.signalling import AT_ONCE, Signalled, Signalling
from domain.errors import UnknownCode
from domain.facts.incident import IncidentBrief
from domain.incident.incident import IncidentAccount, NotifiedPage, NotifyPage, ResultOfIncident, WaitingQuery
from readmodel import Database, incidents

PAGE = 200
"""How many members one activity notifies."""
AGAIN = timedelta(seconds=60)
"""A member that has not taken a result after so long is sent it once more."""
SWEPT = timedelta(minutes=2)
"""After so long without the result a member is the sweep's: its incident missed it."""

log = structlog.get_logger("jiesu.worker")


class Incidents:
    """Reads and writes incidents in the `database`, and signals their tickets."""

    def __init__(self, database: Database, signalling: Signalling) -> None:
        self._database = database
        self._signalling = signalling

    @activity.defn(name="incident_brief")
    async def brief(self, number: str) -> IncidentBrief:
        """Return what a ticket needs to know to join; an unknown number is not asked for again."""
        try:
            return await incidents.brief(self._database, number)
        except UnknownCode as unknown:
            raise ApplicationError(
                str(unknown), unknown.zh, unknown.en, type=unknown.code, non_retryable=True
            ) from unknown

    @activity.defn(name="record_incident")
    async def record(self, account: IncidentAccount) -> None:
        """Write `account`; harmless when repeated."""
        await incidents.record(self._database, account)

    @activity.defn(name="waiting_members")
    async def waiting(self, query: WaitingQuery) -> int:
        """Return how many open members have not taken the result asked about."""
        return await incidents.waiting(self._database, query.incident, query.result)

    @activity.defn(name="tell_members")
    async def notify_members(self, page: NotifyPage) -> NotifiedPage:
        """Send the result to the next members that have not taken it; a retry skips those it was sent to.

        A ticket takes each result once, however often it comes; one that has closed is noted. One that could
        not be reached holds up no other: the incident's later looks find it again, and after them the sweep.
        """
        numbers = await incidents.members_to_notify(
            self._database, page.incident, page.result.number, page.after, PAGE, AGAIN
        )
        message = ResultOfIncident(incident=page.incident, result=page.result)
        reached = gone = 0
        for first in range(0, len(numbers), AT_ONCE):
            sent = await self._send(message, numbers[first : first + AT_ONCE])
            reached, gone = reached + len(sent.reached), gone + len(sent.gone)
            activity.heartbeat(first)
        last = numbers[-1] if len(numbers) == PAGE else None
        return NotifiedPage(told=reached, closed=gone, last=last)

    @activity.defn(name="tell_overlooked")
    async def notify_overlooked(self) -> int:
        """Send results to members that were missed: joined in the same instant, or something died.

        A member that cannot be reached now is still overlooked in the next round.
        """
        reached = 0
        for number, result in await incidents.overlooked(self._database, SWEPT, PAGE):
            numbers = await incidents.members_to_notify(
                self._database, number, result.number, None, PAGE, AGAIN
            )
            message = ResultOfIncident(incident=number, result=result)
            for first in range(0, len(numbers), AT_ONCE):
                reached += len((await self._send(message, numbers[first : first + AT_ONCE])).reached)
                activity.heartbeat(reached)
        if reached:
            log.warning("incident_members_overlooked", tickets=reached)
        return reached

    async def _send(self, message: ResultOfIncident, numbers: Sequence[str]) -> Signalled:
        """Signal `numbers`, all at once, and note which were sent it and which had closed; return that."""
        sent = await self._signalling.send("incident_result", dict.fromkeys(numbers, message))
        settled = [*sent.reached, *sent.gone]
        await incidents.note_sent(self._database, message.incident, message.result.number, settled, sent.gone)
        return sent

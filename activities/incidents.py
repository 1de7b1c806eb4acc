"""Activities of incidents: what a ticket that joins is told, and how a result reaches every member."""

from collections.abc import Sequence
from datetime import timedelta

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.telling import AT_ONCE, Telling, Told
from domain.errors import UnknownCode
from domain.facts.incident import IncidentBrief
from domain.incident.incident import IncidentAccount, ResultOfIncident, TellPage, ToldPage, WaitingQuery
from readmodel import Database, incidents

PAGE = 200
"""How many members one activity tells."""
AGAIN = timedelta(seconds=60)
"""Who has not taken a result after so long is sent it once more."""
SWEPT = timedelta(minutes=2)
"""After so long without the result a member is the sweep's: its incident missed it."""

log = structlog.get_logger("jiesu.worker")


class Incidents:
    """Reads and writes incidents in the `database`, and has their tickets told."""

    def __init__(self, database: Database, telling: Telling) -> None:
        self._database = database
        self._telling = telling

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
    async def tell(self, page: TellPage) -> ToldPage:
        """Send the result to the next members that have not taken it; tried again, it skips who was sent it.

        A ticket takes each result once, however often it comes; one that has closed is noted. One that could
        not be told holds up nobody: the incident's later looks find it again, and after them the sweep.
        """
        numbers = await incidents.untold(
            self._database, page.incident, page.result.number, page.after, PAGE, AGAIN
        )
        message = ResultOfIncident(incident=page.incident, result=page.result)
        told = gone = 0
        for first in range(0, len(numbers), AT_ONCE):
            sent = await self._send(message, numbers[first : first + AT_ONCE])
            told, gone = told + len(sent.told), gone + len(sent.gone)
            activity.heartbeat(first)
        last = numbers[-1] if len(numbers) == PAGE else None
        return ToldPage(told=told, closed=gone, last=last)

    @activity.defn(name="tell_overlooked")
    async def tell_overlooked(self) -> int:
        """Send results to members that were missed: joined in the same instant, or something died.

        Who cannot be told now is still overlooked in the next round.
        """
        told = 0
        for number, result in await incidents.overlooked(self._database, SWEPT, PAGE):
            numbers = await incidents.untold(self._database, number, result.number, None, PAGE, AGAIN)
            message = ResultOfIncident(incident=number, result=result)
            for first in range(0, len(numbers), AT_ONCE):
                told += len((await self._send(message, numbers[first : first + AT_ONCE])).told)
                activity.heartbeat(told)
        if told:
            log.warning("incident_members_overlooked", tickets=told)
        return told

    async def _send(self, message: ResultOfIncident, numbers: Sequence[str]) -> Told:
        """Signal `numbers`, all at once, and note who was sent it and who had closed; return that."""
        sent = await self._telling.tell("incident_result", dict.fromkeys(numbers, message))
        reached = [*sent.told, *sent.gone]
        await incidents.note_sent(self._database, message.incident, message.result.number, reached, sent.gone)
        return sent

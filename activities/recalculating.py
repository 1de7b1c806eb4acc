"""The activity that tells running tickets of a calendar that has become known."""

from datetime import timedelta

from temporalio import activity
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from activities.rulebook import Rulebook
from domain.messages import Recalculate, RecalculatedPage
from readmodel import Database, reconcile
from rules.resolve import calendar_of_ticket
from workflows.starting import workflow_id

AT_ONCE = 200
RPC_TIMEOUT = timedelta(seconds=10)


class Recalculating:
    """The activity of the workflow `Recalculate`."""

    def __init__(self, engine: Database, client: Client, rulebook: Rulebook) -> None:
        """Keep the database `engine`, the Temporal `client` and the `rulebook` with the calendar in force."""
        self._engine = engine
        self._client = client
        self._rulebook = rulebook

    @activity.defn(name="recalculate_page")
    async def recalculate_page(self, after: str | None) -> RecalculatedPage:
        """Send the calendar to the next open tickets with a number above `after`.

        A ticket whose clocks come out the same stays as it is; one that closed meanwhile is passed over.
        """
        calendar = self._rulebook.calendar
        tickets = await reconcile.open_tickets(self._engine, after, AT_ONCE)
        for number, filed_at in tickets:
            message = Recalculate(calendar=calendar_of_ticket(calendar, filed_at))
            try:
                await self._client.get_workflow_handle(workflow_id(number)).signal(
                    "recalculate", message, rpc_timeout=RPC_TIMEOUT
                )
            except RPCError as error:
                if error.status is not RPCStatusCode.NOT_FOUND:
                    raise
        last = tickets[-1][0] if len(tickets) == AT_ONCE else None
        return RecalculatedPage(tickets=len(tickets), last=last)

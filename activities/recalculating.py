"""The activity that signals to running tickets that a calendar has become known."""

from temporalio import activity

from activities.rulebook import Rulebook
from activities.signalling import Signalling
from domain.messages import Recalculate, RecalculatedPage
from readmodel import Database, reconcile
from rules.resolve import calendar_of_ticket

AT_ONCE = 200
"""How many tickets one page takes."""


class Recalculating:
    """The activity of the workflow `Recalculate`."""

    def __init__(self, database: Database, signalling: Signalling, rulebook: Rulebook) -> None:
        """Keep the `database`, what signals tickets, and the `rulebook` with the calendar in force."""
        self._database = database
        self._signalling = signalling
        self._rulebook = rulebook

    @activity.defn(name="recalculate_page")
    async def recalculate_page(self, after: str | None, only: tuple[str, ...] = ()) -> RecalculatedPage:
        """Send the calendar to the next open tickets with a number above `after`, or to those of `only`.

        A ticket whose clocks come out the same stays as it is; one that closed meanwhile is passed over. One
        that could not be reached is named in the answer.
        """
        calendar = self._rulebook.calendar
        tickets, last = await reconcile.page_of_open(self._database, after, only, AT_ONCE)
        messages = {
            number: Recalculate(calendar=calendar_of_ticket(calendar, filed_at))
            for number, filed_at in tickets
        }
        found = await self._signalling.send("recalculate", messages)
        return RecalculatedPage(tickets=len(found.reached), last=last, untold=found.failed)

"""Adopting an edition: what it would do to the tickets that run, and the activity that signals them."""

from temporalio import activity

from activities.rulebook import Rulebook
from activities.signalling import Signalling
from domain.messages import AdoptionPage, RecalculatedPage
from readmodel import Database, reconcile

AT_ONCE = 200
"""How many tickets one page takes."""


class Adopting:
    """The activity of the workflow `Adopt`."""

    def __init__(self, database: Database, signalling: Signalling, rulebook: Rulebook) -> None:
        """Keep the `database`, what signals tickets, and the `rulebook` that reads kept editions."""
        self._database = database
        self._signalling = signalling
        self._rulebook = rulebook

    @activity.defn(name="adopt_page")
    async def adopt_page(self, page: AdoptionPage) -> RecalculatedPage:
        """Send the order to the next open tickets with a number above `after`, or to those of `only`.

        A ticket that has adopted it already stays as it is; one that closed meanwhile is passed over. One
        that could not be reached is named in the answer.
        """
        await self._rulebook.pack(page.order.edition)  # read before hundreds of tickets ask for it
        tickets, last = await reconcile.page_of_open(self._database, page.after, page.only, AT_ONCE)
        found = await self._signalling.send("adopt", {number: page.order for number, _ in tickets})
        return RecalculatedPage(tickets=len(found.reached), last=last, untold=found.failed)

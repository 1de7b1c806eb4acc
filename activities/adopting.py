"""Adopting an edition: what it would do to the tickets that run, and the activity that tells them."""

import asyncio
from contextlib import suppress
from datetime import datetime
from functools import lru_cache

from temporalio import activity

from activities.rulebook import Rulebook
from activities.telling import Telling
from domain.edition_effects import Preview, Tally, effect
from domain.editions import query
from domain.errors import UnknownCode
from domain.messages import AdoptEdition, AdoptionPage, RecalculatedPage
from domain.terms import Place, Resolution
from domain.vocabulary import Tier
from readmodel import Database, logs, reconcile
from rules.pack import RulePack
from rules.resolve import resolve

AT_ONCE = 200
"""How many tickets one page takes."""
_REMEMBERED = 4096
"""For how many matters and places a preview keeps the edition's answer: many tickets share one."""


class Adopting:
    """The activity of the workflow `Adopt`."""

    def __init__(self, engine: Database, telling: Telling, rulebook: Rulebook) -> None:
        """Keep the database `engine`, who tells tickets, and the `rulebook` that reads kept editions."""
        self._engine = engine
        self._telling = telling
        self._rulebook = rulebook

    @activity.defn(name="adopt_page")
    async def adopt_page(self, page: AdoptionPage) -> RecalculatedPage:
        """Send the order to the next open tickets with a number above `after`, or to those of `only`.

        A ticket that has adopted it already stays as it is; one that closed meanwhile is passed over. Who
        could not be told is named in the answer.
        """
        await self._rulebook.pack(page.order.edition)  # read before hundreds of tickets ask for it
        if page.only:
            tickets = await reconcile.still_open(self._engine, page.only)
        else:
            tickets = await reconcile.open_tickets(self._engine, page.after, AT_ONCE)
        found = await self._telling.tell("adopt", {number: page.order for number, _ in tickets})
        last = tickets[-1][0] if len(tickets) == AT_ONCE and not page.only else None
        return RecalculatedPage(tickets=len(found.told), last=last, untold=found.untold)


async def preview(
    engine: Database, rulebook: Rulebook, pack: RulePack, order: AdoptEdition, now: datetime
) -> Preview:
    """Return what `order` would do to all open tickets, whose edition is `pack`; nothing is done.

    Reads their logs page by page and keeps counts alone. Raises `Unavailable`.
    """
    tally, after = Tally(pack.identity, order.mode, now), None

    @lru_cache(_REMEMBERED)
    def answer(
        category: str | None, district: str | None, town: str | None, tier: Tier | None
    ) -> Resolution | None:
        place = Place(district=district, town=town)
        with suppress(UnknownCode):
            return resolve(pack, rulebook.calendar, category, place, now, tier)
        return None

    while True:
        page = await logs.open_tickets(engine, after, AT_ONCE)
        for ticket in page:
            asked = query(ticket, pack.identity, now)
            found = answer(asked.category, asked.place.district, asked.place.town, asked.tier)
            if found is None:
                tally.add_unresolved()
            else:
                tally.add(effect(ticket, order, found, now))
            await asyncio.sleep(0)  # others are served in between
        if len(page) < AT_ONCE:
            return tally.preview()
        after = page[-1].number

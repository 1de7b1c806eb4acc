"""What another edition of the rules would do to the open tickets; nothing is done."""

import asyncio
from contextlib import suppress
from datetime import datetime
from functools import lru_cache

from activities.rulebook import Rulebook
from domain.adopt.editions import query
from domain.adopt.effects import Preview, Tally, effect
from domain.errors import UnknownCode
from domain.messages import AdoptEdition
from domain.terms import Place, Resolution
from domain.vocabulary import Tier
from readmodel import Database, logs
from rules.pack import RulePack
from rules.resolve import resolve

_AT_ONCE = 200
_REMEMBERED = 4096
"""For how many matters and places a preview keeps the edition's answer: many tickets share one."""


async def preview(
    database: Database, rulebook: Rulebook, pack: RulePack, order: AdoptEdition, now: datetime
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
        page = await logs.open_tickets(database, after, _AT_ONCE)
        for ticket in page:
            asked = query(ticket, pack.identity, now)
            found = answer(asked.category, asked.place.district, asked.place.town, asked.tier)
            if found is None:
                tally.add_unresolved()
            else:
                tally.add(effect(ticket, order, found, now))
            await asyncio.sleep(0)  # others are served in between
        if len(page) < _AT_ONCE:
            return tally.preview()
        after = page[-1].number

"""Requesters who change their minds: a few take their request back with the tracking code they were given."""

import asyncio
from contextlib import suppress

from domain.vocabulary import Role
from simulation.day import WATCH_SECONDS, Day
from simulation.line import RefusedError
from simulation.turnings import withdraws_after


async def change_their_minds(day: Day) -> None:
    """Look again and again at who has filed, and have those who will withdraw do so in their own time."""
    while True:
        for number, request in list(day.filed.items()):
            if not day.first_time("mind", number):
                continue
            after = withdraws_after(day.seed, day.name(number), request)
            if after is not None:
                day.spawn(_withdraw(day, number, after))
        await asyncio.sleep(WATCH_SECONDS)


async def _withdraw(day: Day, number: str, after: float) -> None:
    """Take a request back; where that is refused it has ended meanwhile."""
    await asyncio.sleep(after)
    requester, code = {"role": Role.REQUESTER.value}, day.line.codes[number]
    with suppress(RefusedError):
        await day.line.command(number, "withdraw", requester, tracking_code=code, reason="问题已自行解决。")

"""One cause that many report (并单): the desk opens an incident, its lead answers all of it at once."""

import asyncio
from contextlib import suppress

from domain.vocabulary import Outcome, Role, Status
from simulation.day import WATCH_SECONDS, Day
from simulation.line import RefusedError, Seen
from simulation.partners import proof_for

FEW = 3
"""So many alike make the desk open an incident."""
_MATTERS = "heating."
_RESULT_AFTER_SECONDS = 1.5
_QUIET_SECONDS = 20.0
_OPEN = (Status.AWAITING_DISPATCH, Status.AWAITING_SIGN, Status.HANDLING)


async def keep_incidents(day: Day) -> None:
    """Look at heating complaints as they come in; with enough alike, open one incident for their place."""
    while True:
        for seen in list(day.seen.values()):
            if not _may_spread(seen) or not day.first_time("alike", seen.number):
                continue
            alike = await day.line.alike(seen.number)
            if len(alike) + 1 >= FEW and seen.unit is not None and day.first_time("incident"):
                day.spawn(_settle(day, seen, seen.unit.code))
        await asyncio.sleep(WATCH_SECONDS)


async def _settle(day: Day, first: Seen, lead: str) -> None:
    """Join what is alike, give the result of all after a while, close when nobody has called for long."""
    desk = _actor(day.pack.city_desk.code, Role.DISPATCHER)
    opening = {
        "actor": desk,
        "category": first.category.code,
        "unit": lead,
        "about": "供热主管道破裂,抢修中。",
    }
    number = await day.line.open_incident({**opening, "location": first.place.model_dump()})
    clock = asyncio.get_running_loop().time
    begun, newest, has_result = clock(), clock(), False
    while clock() < newest + _QUIET_SECONDS or not has_result:
        alike = [first, *await day.line.alike(first.number)]
        fresh = [seen.number for seen in alike if _joins(seen, lead) and day.first_time("join", seen.number)]
        if fresh:
            newest = clock()
            await day.line.incident(
                number, "join", {"actor": desk, "tickets": fresh, "reason": "同一供热故障。"}
            )
        if not has_result and clock() >= begun + _RESULT_AFTER_SECONDS:
            has_result = True
            await day.line.incident(number, "result", _result(day, first, lead))
        await asyncio.sleep(WATCH_SECONDS)
    with suppress(RefusedError):
        await day.line.incident(number, "close", {"actor": desk, "reason": "供热已恢复。"})


def _result(day: Day, first: Seen, lead: str) -> dict[str, object]:
    return {
        "actor": _actor(lead, Role.HANDLER),
        "outcome": Outcome.RESOLVED.value,
        "reply": "主管道已修复,供热已恢复正常。",
        "proof": proof_for(day.pack, first),
    }


def _may_spread(seen: Seen) -> bool:
    return seen.category.code.startswith(_MATTERS) and seen.place.town is not None and seen.unit is not None


def _joins(seen: Seen, lead: str) -> bool:
    """Return whether a ticket may join: nobody has answered it, and no other unit has it."""
    return seen.status in _OPEN and (seen.unit is None or seen.unit.code == lead)


def _actor(unit: str, role: Role) -> dict[str, str]:
    return {"unit": unit, "role": role.value, "person": f"{unit}-{role.value}"}

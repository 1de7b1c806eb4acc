"""Handling units at work: they read their worklist, sign, call, visit and report, in time, late or never."""

import asyncio
from datetime import datetime, timedelta

from domain.handle.proof import EXPLANATION
from domain.vocabulary import ClockName, ContactResult, Outcome, Role, Status
from simulation.day import Day
from simulation.line import Seen
from simulation.partners import object_to, proof_for, turn_off
from simulation.people import Conduct, conduct_of, feedback_after
from simulation.turnings import Turning, turning_of

_LOOK_SECONDS = 1.0
_STIRRED_SECONDS = 0.5


async def read_worklist(day: Day, unit: str) -> None:
    """Have `unit` read what waits for it, and begin what is new to it.

    The worklist of the city's desk is what waits for a dispatcher; what it handles itself stands in a list.
    """
    is_city_desk = unit == day.pack.city_desk.code
    found = await (day.line.tickets(unit=unit, stage="handle") if is_city_desk else day.line.worklist(unit))
    for seen in found:
        if day.first_time("handle", seen.number, seen.turn):
            day.spawn(handle(day, unit, seen))


async def handle(day: Day, unit: str, seen: Seen) -> None:
    """Have `unit` handle one ticket for one turn; it stops when a command no longer counts."""
    begun = asyncio.get_running_loop().time()
    limit = _time_until(seen.promised_at, day.now())
    conduct = conduct_of(day.seed, unit, day.name(seen.number), seen.turn)
    if conduct.sign_after is None:
        if not await _is_stirred(day, seen, conduct):
            return
        limit = timedelta(0)
    await asyncio.sleep(_STIRRED_SECONDS if conduct.sign_after is None else conduct.sign_after)
    kind, name = day.pack.units[unit].kind, day.name(seen.number)
    turning = turning_of(day.seed, unit, kind, name, seen.turn, limit)
    if turning is Turning.OBJECT and await object_to(day, unit, seen):
        return
    if not await day.act(seen.number, "sign", unit, Role.HANDLER):
        return
    report = _report(day, seen, conduct)
    if conduct.forgets_contact:
        await day.act(seen.number, "feedback", unit, Role.HANDLER, **report)
    if not await _has_met_the_requester(day, unit, seen, conduct):
        return
    await turn_off(day, unit, seen, turning)
    passed = asyncio.get_running_loop().time() - begun
    await asyncio.sleep(feedback_after(conduct, limit, _answer_within(day, seen)).total_seconds() - passed)
    if not day.seen.get(seen.number, seen).waits_for_incident:
        await day.act(seen.number, "feedback", unit, Role.HANDLER, **report)


async def _has_met_the_requester(day: Day, unit: str, seen: Seen, conduct: Conduct) -> bool:
    """Call, and go to the door where that is promised; return whether it still counted."""
    for result in conduct.contacts:
        note = None if result is ContactResult.REACHED else "电话无人接听,稍后再拨"
        if not await day.act(seen.number, "contact", unit, Role.HANDLER, result=result.value, note=note):
            return False
    if await _is_expected_at_the_door(day, seen):
        proof = proof_for(day.pack, seen)
        await day.act(seen.number, "visit", unit, Role.HANDLER, note="已到现场", proof=proof)
    return True


def _report(day: Day, seen: Seen, conduct: Conduct) -> dict[str, object]:
    """Return what the feedback says, with the proof that the matter and the outcome ask for."""
    proof = proof_for(day.pack, seen)
    if conduct.outcome is Outcome.CANNOT_NOW:
        proof.append({"kind": EXPLANATION, "note": "已当面说明暂时无法解决的原因。"})
    return {"outcome": conduct.outcome.value, "reply": conduct.reply, "proof": proof}


async def _is_stirred(day: Day, seen: Seen, conduct: Conduct) -> bool:
    """Wait while the ticket lies with the silent unit; return whether an urge stirred it."""
    now = seen
    while now.status is Status.AWAITING_SIGN and now.turn == seen.turn:
        if conduct.wakes_when_urged and now.urged > seen.urged:
            return True
        await asyncio.sleep(_LOOK_SECONDS)
        now = day.seen.get(seen.number, seen)
    return False


async def _is_expected_at_the_door(day: Day, seen: Seen) -> bool:
    clocks = await day.line.clocks(seen.number)
    return any(clock.name is ClockName.DOOR_BY and clock.done_at is None for clock in clocks)


def _answer_within(day: Day, seen: Seen) -> timedelta:
    """Return how long the first desk above has to answer when feedback is overdue."""
    settings = day.pack.settings
    return settings.paced(settings.ladders[ClockName.FEEDBACK_BY].rungs[0].answer_within[seen.tier]).amount


def _time_until(at: datetime | None, now: datetime) -> timedelta:
    return timedelta(0) if at is None else max(timedelta(0), at - now)

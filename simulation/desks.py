"""The desks at work: the city's dispatchers and callback agents, and those that answer what has climbed."""

import asyncio

from domain.vocabulary import ClockName, RequestType, Role, Status
from rules.propose import propose
from simulation.day import Day
from simulation.line import Escalation, Seen
from simulation.people import DeskAct, desk_act_of, opinion_of, rng_for
from simulation.turnings import is_upheld

DESK_SECONDS = 0.7
_ANSWERED_AT_ONCE = 0.6
_PONDERS_SECONDS = 1.2


async def keep_city_desk(day: Day) -> None:
    """Read the city's worklist again and again: dispatch, answer inquiries, call requesters back."""
    desk = day.pack.city_desk.code
    while True:
        for seen in await day.line.worklist(desk):
            matter = (seen.number, seen.category.code)
            if seen.status is Status.AWAITING_DISPATCH and day.first_time("send", *matter):
                day.spawn(_send_out(day, desk, seen))
            attempt = (seen.number, seen.round, seen.survey_tries)
            if seen.status is Status.SURVEYING and day.first_time("call", *attempt):
                day.spawn(_call_back(day, desk, seen))
            if seen.status is Status.OBJECTED and day.first_time("review", seen.number, seen.turn):
                day.spawn(_review(day, desk, seen))
            if seen.next_clock is ClockName.ORDER_BY and day.first_time("order", seen.number):
                day.spawn(_settle_order(day, desk, seen))
        await asyncio.sleep(DESK_SECONDS)


async def answer_escalations(day: Day, desk: str) -> None:
    """Have `desk` read its notices and do something about each new escalation, or nothing."""
    for escalation in await day.line.escalations(desk, day.read):
        if day.first_time("escalation", escalation.key):
            day.spawn(_answer(day, desk, escalation))


async def _send_out(day: Day, desk: str, seen: Seen) -> None:
    """Answer an inquiry where that is possible at once; else classify it by its words, or dispatch it.

    What has been classified dispatches itself where the directory is certain; else it comes back to the list.
    """
    rng = rng_for(day.seed, "dispatcher", day.name(seen.number))
    await asyncio.sleep(rng.uniform(0.0, _PONDERS_SECONDS))
    if seen.type is RequestType.INQUIRY and rng.random() < _ANSWERED_AT_ONCE:
        await day.act(seen.number, "answer", desk, Role.AGENT, reply="您咨询的事项可到街道政务服务中心办理。")
        return
    matter = propose(day.pack, seen.description).category
    if matter is not None and seen.category.code not in day.pack.categories:
        await day.act(seen.number, "classify", desk, Role.DISPATCHER, category=matter.code)
    else:
        await day.act(seen.number, "dispatch", desk, Role.DISPATCHER)


async def _call_back(day: Day, desk: str, seen: Seen) -> None:
    """Make one callback try and record what came of it."""
    name = day.name(seen.number)
    opinion = opinion_of(day.seed, name, seen.round, seen.survey_tries, seen.outcome)
    await asyncio.sleep(rng_for(day.seed, "agent", name, seen.survey_tries).uniform(0.2, 2.0))
    if not opinion.is_answered:
        await day.act(seen.number, "survey", desk, Role.SURVEYOR, result="no_answer")
        return
    await day.act(
        seen.number,
        "survey",
        desk,
        Role.SURVEYOR,
        result="answered",
        contacted=opinion.contacted,
        resolved=opinion.resolved,
        satisfied=opinion.satisfied.value,
    )


async def _review(day: Day, desk: str, seen: Seen) -> None:
    """Decide an objection; a good one goes to whom the unit proposed, one that proposes nobody fails."""
    name = day.name(seen.number)
    await asyncio.sleep(rng_for(day.seed, "reviewer", name).uniform(0.4, _PONDERS_SECONDS))
    happened = await day.line.timeline(seen.number)
    proposals = [one.fact["proposed"] for one in happened if one.kind == "objected"]
    proposed = proposals[-1] if proposals else None
    verdict: dict[str, object] = {"verdict": "rejected", "reason": "经核实,属该单位法定职责。"}
    if proposed is not None and is_upheld(day.seed, name):
        verdict = {"verdict": "upheld", "unit": proposed["code"], "reason": "经核实,由所提单位统筹办理。"}
    await day.act(seen.number, "decide_objection", desk, Role.REVIEWER, **verdict)


async def _settle_order(day: Day, desk: str, seen: Seen) -> None:
    """Have the desk above the unit answer the order that followed the last round, and the city review it."""
    above = day.pack.desk_of(seen.district.code).code if seen.district else desk
    for owner in dict.fromkeys([above, desk]):
        answer = {"task": "order.1", "reply": "已约谈承办单位,办理情况属实。"}
        if await day.act(seen.number, "answer_task", owner, Role.HANDLER, **answer):
            break
    review = {"task": "order.1", "satisfied": True, "text": "情况属实,同意办结。"}
    await day.act(seen.number, "review_order", desk, Role.SUPERVISOR, **review)


async def _answer(day: Day, desk: str, escalation: Escalation) -> None:
    act, after = desk_act_of(day.seed, desk, f"{day.name(escalation.number)}/{escalation.clock}")
    await asyncio.sleep(after)
    number, supervisor = escalation.number, Role.SUPERVISOR
    seen = day.seen.get(number)
    match act:
        case DeskAct.URGE:
            await day.act(number, "urge", desk, supervisor, reason="已超时限,请立即办理并回复。")
        case DeskAct.NOTE:
            await day.act(number, "note", desk, supervisor, text="已电话询问承办单位,正在跟进。")
        case DeskAct.REASSIGN if seen is not None and seen.district is not None:
            unit = seen.district.code
            await day.act(
                number, "reassign", desk, supervisor, unit=unit, reason="原单位未按时办理,由区里统筹。"
            )
        case _:
            return

"""Units off the main line: they object, whistle, ask for assistance, hang a matter; others do their part."""

import asyncio

from domain.show.views import TaskView
from domain.vocabulary import Role, TaskKind, UnitKind
from rules.pack import RulePack
from simulation.day import Day
from simulation.line import Seen
from simulation.people import rng_for
from simulation.turnings import Turning, helping_of, is_hung

_PROOFS = {"photo": "现场处理前后对比照片", "document": "答复意见书"}
_LEDGER_SECONDS = (3.0, 6.0)
_MOST_CALLED = 2


def proof_for(pack: RulePack, seen: Seen) -> list[dict[str, str]]:
    """Return the proof that the matter asks for: its own kind, or that of the nearest matter above it."""
    kind = next((node.proof for node in pack.path(seen.category.code) if node.proof), None)
    return [{"kind": kind, "note": _PROOFS[kind]}] if kind in _PROOFS else []


async def object_to(day: Day, unit: str, seen: Seen) -> bool:
    """Have `unit` say that the district should lead; return whether the objection is under review."""
    district = seen.place.district
    return await day.act(
        seen.number,
        "object",
        unit,
        Role.HANDLER,
        reason="该事项不在我单位职责范围内。",
        basis="《北京市接诉即办工作条例》第十二条",
        proposed=None if district == unit else district,
    )


async def turn_off(day: Day, unit: str, seen: Seen, turning: Turning) -> None:
    """Have `unit`, which has signed, do what it does besides the main line; returns when that is over."""
    match turning:
        case Turning.WHISTLE:
            await _whistle(day, unit, seen)
        case Turning.ASSIST:
            await _ask_for_assistance(day, unit, seen)
        case Turning.HANG:
            await _hang(day, unit, seen)
        case _:
            return


async def _whistle(day: Day, town: str, seen: Seen) -> None:
    """Call departments to a place, end it when those who came are done; then both sides rate each other."""
    number, rng = seen.number, rng_for(day.seed, "whistle", day.name(seen.number))
    called = departments(day, seen, town, rng.randint(1, _MOST_CALLED))
    body = {"kind": "joint_enforcement", "called": called, "place": "事发地点", "text": "请到场联合处置。"}
    if not await day.act(number, "whistle", town, Role.HANDLER, **body):
        return
    came = await asyncio.gather(*(_report_in(day, unit, seen) for unit in called))
    await asyncio.sleep(rng.uniform(0.8, 2.0))
    proof = [{"kind": "photo", "note": "联合处置现场照片"}]
    if not await day.act(number, "end_whistle", town, Role.HANDLER, result="联合处置完毕。", proof=proof):
        return
    for unit in (unit for unit, is_there in zip(called, came, strict=True) if is_there):
        await day.act(number, "rate_whistle", town, Role.HANDLER, unit=unit, grade="satisfied")
        await day.act(number, "rate_whistle", unit, Role.HANDLER, grade="satisfied")


async def _report_in(day: Day, unit: str, seen: Seen) -> bool:
    """Have `unit` come to where it was called; return whether it did."""
    manner = helping_of(day.seed, unit, day.name(seen.number))
    await asyncio.sleep(manner.after)
    task = await _task_of(day, unit, seen, TaskKind.WHISTLE) if manner.comes else None
    return task is not None and await day.act(seen.number, "report_in", unit, Role.HANDLER, task=task)


async def _ask_for_assistance(day: Day, lead: str, seen: Seen) -> None:
    """Ask a department for its part; it answers, perhaps after an interim report, or the lead goes on."""
    (helper,) = departments(day, seen, lead, 1)
    number, manner = seen.number, helping_of(day.seed, helper, day.name(seen.number))
    if not await day.act(number, "assist", lead, Role.HANDLER, unit=helper, text="请提供专业核查意见。"):
        return
    await asyncio.sleep(manner.after)
    task = await _task_of(day, helper, seen, TaskKind.ASSIST)
    if task is None:
        return
    if not manner.comes:
        reason = "已自行核实,不再等候协办意见。"
        await day.act(number, "waive_task", lead, Role.HANDLER, task=task, reason=reason)
        return
    if manner.reports_first:
        await day.act(number, "report_task", helper, Role.HANDLER, task=task, text="正在调取资料,稍后答复。")
        await asyncio.sleep(manner.after)
    await day.act(number, "answer_task", helper, Role.HANDLER, task=task, reply="已核查,意见已函告。")


async def _hang(day: Day, unit: str, seen: Seen) -> None:
    """Propose a hold; once the desk above has agreed, notify the requester, and clear it later."""
    number, rng = seen.number, rng_for(day.seed, "hang", day.name(seen.number))
    proof = [{"kind": "document", "note": "需列入改造计划的说明"}]
    plan = "列入近期改造计划,落实资金后实施。"
    if not await day.act(number, "propose_hanging", unit, Role.HANDLER, plan=plan, proof=proof):
        return
    await asyncio.sleep(rng.uniform(0.5, 2.0))
    asked = await _tasks(day, seen, TaskKind.HANGING)
    if not asked:
        return
    desk = asked[0].holder.code
    if not is_hung(day.seed, day.name(number)):
        await day.act(number, "refuse_hanging", desk, Role.SUPERVISOR, reason="具备条件,请按时办结。")
        return
    if not await day.act(number, "approve_hanging", desk, Role.SUPERVISOR, reason="同意挂账。"):
        return
    await asyncio.sleep(rng.uniform(*_LEDGER_SECONDS) / 2)
    await day.act(number, "update_requester", unit, Role.HANDLER, text="已列入计划,正在落实资金。")
    await asyncio.sleep(rng.uniform(*_LEDGER_SECONDS) / 2)
    await day.act(number, "clear_hanging", unit, Role.HANDLER, reason="改造完成,予以销账。", proof=proof)


async def _task_of(day: Day, unit: str, seen: Seen, kind: TaskKind) -> str | None:
    """Return the key of the open task of this kind that `unit` holds, null where the matter has moved on."""
    return next((task.task for task in await _tasks(day, seen, kind) if task.holder.code == unit), None)


async def _tasks(day: Day, seen: Seen, kind: TaskKind) -> list[TaskView]:
    """Return the open tasks of this kind."""
    return [task for task in (await day.line.ticket(seen.number)).tasks if task.kind is kind]


def departments(day: Day, seen: Seen, besides: str, count: int) -> list[str]:
    """Return some departments of the city, never the unit itself."""
    codes = [unit.code for unit in day.pack.of_kind(UnitKind.DEPARTMENT) if unit.code != besides]
    return rng_for(day.seed, "departments", day.name(seen.number)).sample(codes, count)

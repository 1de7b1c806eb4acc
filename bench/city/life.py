"""What becomes of one contact: desk, unit and requester act on it over HTTP, each in its own time."""

import asyncio
import time
from dataclasses import dataclass
from random import Random

from bench.city.contacts import Contact
from bench.city.facts import CityDay
from bench.city.line import Json, Line
from bench.sides import DESK
from domain.handle.proof import EXPLANATION
from domain.vocabulary import ContactResult, Outcome, RequestType, Role, Status
from simulation.people import conduct_of, opinion_of, rng_for

_LAW = "《北京市接诉即办工作条例》第十二条"


class _OverError(Exception):
    """Nothing more is to come of a contact: the slice has ended, or an act of its did not count."""


@dataclass
class Life:
    """One contact of a slice that ends at the instant `until`; `name` is the same from run to run."""

    line: Line
    day: CityDay
    contact: Contact
    seed: int
    name: str
    until: float

    def __post_init__(self) -> None:
        """Nobody has a number yet."""
        self._rng: Random = rng_for(self.seed, "life", self.name)
        self._number = self._code = ""

    async def goes(self, due: float) -> str | None:
        """File it when it is `due`, and let everybody act until the slice is over; return its number."""
        filed = await self.line.file(self.contact.body, due)
        if filed is None:
            return None
        self._number, self._code = str(filed["number"]), str(filed["tracking_code"])
        try:
            if self.contact.type is RequestType.INQUIRY:
                await self._desk(
                    "answer", Role.AGENT, reply="您咨询的事项可到街道政务服务中心办理,所需材料已告知。"
                )
            elif filed["status"] != Status.CLOSED:
                await self._is_handled(filed)
        except _OverError:
            pass
        return self._number

    async def _is_handled(self, filed: Json) -> None:
        unit = await self._dispatched_to(filed)
        often = self.day.behaviour
        await self._read("look", "/api/v1/worklist", unit=unit)
        if self._chance(often.objects):
            reason = {"reason": "该事项不在我单位职责范围内。", "basis": _LAW}
            await self._act("object", unit, Role.HANDLER, **reason)
            await self._desk(
                "decide_objection", Role.REVIEWER, verdict="rejected", reason="经核实,属该单位职责。"
            )
        await self._act("sign", unit, Role.HANDLER)
        if self._chance(often.reached_at_second_call):
            await self._act("contact", unit, Role.HANDLER, result=ContactResult.NO_ANSWER.value)
        await self._act("contact", unit, Role.HANDLER, result=ContactResult.REACHED.value)
        await self._side_acts(unit)
        await self._reports(unit)

    async def _dispatched_to(self, filed: Json) -> str:
        """Return the unit that has the matter, once a dispatcher has sent it where it did not go itself."""
        if filed["status"] != Status.AWAITING_DISPATCH:
            return str(filed["proposed"]["unit"]["code"])
        if self.contact.body["category"] is None:
            await self._desk("classify", Role.DISPATCHER, category=self.contact.category)
            seen = await self._read("ticket", f"/api/v1/tickets/{self._number}")
            if seen["status"] != Status.AWAITING_DISPATCH:  # it went by itself once it was classified
                return str(seen["unit"]["code"])
        return str((await self._desk("dispatch", Role.DISPATCHER))["unit"]["code"])

    async def _side_acts(self, unit: str) -> None:
        often = self.day.behaviour
        if self.contact.promises_visit:
            proof = [{"kind": "photo", "note": "现场照片"}]
            await self._act("visit", unit, Role.HANDLER, note="已到现场", proof=proof)
        if self._chance(often.notes):
            await self._desk("note", Role.SUPERVISOR, text="已电话询问承办单位,正在跟进。")
        if self._chance(often.urges):
            asks = {"actor": {"role": Role.REQUESTER.value}, "tracking_code": self._code}
            await self._command("urge", {**asks, "reason": "请尽快处理。"})
        if self._chance(often.tracks):
            await self._read("track", f"/api/v1/track/{self._number}", code=self._code)

    async def _reports(self, unit: str) -> None:
        """Have `unit` give feedback, and the desk ask the requester about it."""
        conduct = conduct_of(self.seed, unit, self.name, 1)
        kinds = [self.contact.proof] if self.contact.proof else []
        kinds += [EXPLANATION] if conduct.outcome is Outcome.CANNOT_NOW else []
        proof = [{"kind": kind, "note": "处理前后对比与说明"} for kind in kinds]
        report = {"outcome": conduct.outcome.value, "reply": conduct.reply, "proof": proof}
        await self._act("feedback", unit, Role.HANDLER, **report)
        opinion = opinion_of(self.seed, self.name, 1, 1, conduct.outcome)
        if not opinion.is_answered:
            await self._desk("survey", Role.SURVEYOR, result="no_answer")
            return
        answers = {"contacted": opinion.contacted, "resolved": opinion.resolved}
        satisfied = opinion.satisfied.value
        await self._desk("survey", Role.SURVEYOR, result="answered", satisfied=satisfied, **answers)

    async def _desk(self, act: str, role: Role, **fields: object) -> Json:
        return await self._act(act, DESK, role, **fields)

    async def _act(self, act: str, unit: str, role: Role, **fields: object) -> Json:
        actor = {"unit": unit, "role": role.value, "person": f"{unit}-{role.value}"}
        return await self._command(act, {"actor": actor, **fields})

    async def _command(self, act: str, body: dict[str, object]) -> Json:
        due = await self._in_time(act)
        receipt = await self.line.command(self._number, act, due, body)
        if receipt is None:
            raise _OverError
        return receipt

    async def _read(self, act: str, path: str, **query: str) -> Json:
        found = await self.line.read(act, await self._in_time(act), path, **query)
        if found is None:
            raise _OverError
        return found

    async def _in_time(self, act: str) -> float:
        """Think before `act` and return when it is due; the slice must not be over by then."""
        pace = self.day.pace_seconds.get(act, self.day.pace_seconds["look"])
        due = time.perf_counter() + self._rng.expovariate(1 / pace)
        if due > self.until:
            raise _OverError
        await asyncio.sleep(due - time.perf_counter())
        return due

    def _chance(self, share: float) -> bool:
        return self._rng.random() < share

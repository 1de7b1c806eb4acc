"""The life of one request: desk, unit and requester act on it in turn, each after reading where it stands."""

import asyncio
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from chaos.line import Json

if TYPE_CHECKING:
    from chaos.city import City

_PROOF = [{"kind": "photo", "note": "处理前后照片"}, {"kind": "document", "note": "答复意见书"}]
_EXPLANATION = {"kind": "explanation", "note": "已当面说明原因"}
_OUTCOMES = ("resolved", "resolved", "resolved", "partly", "explained", "cannot_now")
_LETTERS = "abcdefghjkmnp"
"""What stands in a key, and so in a person's code; more digits would read like a phone number."""
_SATISFIED = ("very_satisfied", "satisfied", "basically_satisfied", "dissatisfied")


class Life:
    """One ticket and the people around it; what they do follows from the seed, when it does not."""

    def __init__(self, city: "City", rng: Random, number: str, code: str, desk: str) -> None:
        """Begin with the number and the tracking code the requester took home."""
        self._city, self._rng, self._number, self._code, self._desk = city, rng, number, code, desk
        self._acts = 0
        self._silent = rng.random() < 0.2
        self._objects = rng.random() < 0.08
        self._withdraws = rng.random() < 0.05
        self._extends = rng.random() < 0.1

    async def live(self) -> str:
        """Have everybody act until the ticket is closed or the run is over; return how that ended."""
        while not self._city.is_over.is_set():
            seen = await self._city.line.read(f"/api/v1/tickets/{self._number}")
            if seen is not None:
                if seen["status"] == "closed":
                    return "closed"
                await self._step(seen)
            await asyncio.sleep(self._rng.uniform(0.4, 2.5))
        return "open"

    async def _step(self, seen: Json) -> None:
        """Do one thing that fits where the ticket stands."""
        if self._rng.random() < 0.12:
            await self._beside(seen)
        match seen["status"]:
            case "awaiting_dispatch":
                await self._by_desk("dispatch", "dispatcher", reason="按职责派单")
            case "awaiting_sign":
                await self._sign(seen)
            case "handling":
                await self._handle(seen)
            case "objected":
                await self._by_desk("decide_objection", "reviewer", verdict="rejected", reason="属该单位职责")
            case "surveying":
                await self._survey()
            case _:
                await asyncio.sleep(1)

    async def _sign(self, seen: Json) -> None:
        if self._silent:
            self._silent = self._rng.random() < 0.85 and not seen["urged"]
            return
        if self._objects:
            self._objects = False
            await self._by_unit(seen, "object", reason="不在职责范围内", basis="条例第十二条")
            return
        await self._by_unit(seen, "sign")

    async def _handle(self, seen: Json) -> None:
        if self._extends:
            self._extends = False
            await self._extend(seen)
            return
        asked = [task for task in seen["tasks"] if task["kind"] == "extension"]
        if asked:
            decision = {"task": asked[0]["task"], "granted": self._rng.random() < 0.7, "reason": "情况属实"}
            desk = {"unit": asked[0]["holder"]["code"], "role": "supervisor"}
            await self._act("decide_extension", desk, **decision)
            return
        result = "reached" if self._rng.random() < 0.8 else "no_answer"
        await self._by_unit(seen, "contact", result=result, note="电话联系")
        await self._by_unit(seen, "visit", note="已到现场", proof=_PROOF[:1])
        outcome = self._rng.choice(_OUTCOMES)
        proof = [*_PROOF, _EXPLANATION] if outcome == "cannot_now" else _PROOF
        await self._by_unit(seen, "feedback", outcome=outcome, reply="已处理并告知诉求人。", proof=proof)

    async def _extend(self, seen: Json) -> None:
        until = datetime.fromisoformat(seen["promised_at"]) + timedelta(seconds=self._rng.uniform(2, 4))
        proof = [{"kind": "document", "note": "已告知诉求人"}]
        asked = {"basis": "法定情形", "reason": "需多部门配合", "proof": proof, "until": until.isoformat()}
        await self._by_unit(seen, "extend", **asked)

    async def _survey(self) -> None:
        if self._rng.random() < 0.2:
            await self._by_desk("survey", "surveyor", result="no_answer", comment="无人接听")
            return
        answers = {
            "contacted": True,
            "resolved": self._rng.random() < 0.8,
            "satisfied": self._rng.choice(_SATISFIED),
            "comment": "回访记录",
        }
        if self._rng.random() < 0.5:
            await self._by_requester("survey", result="answered", **answers)
        else:
            await self._by_desk("survey", "surveyor", result="answered", **answers)

    async def _beside(self, seen: Json) -> None:
        if self._withdraws:
            self._withdraws = False
            await self._by_requester("withdraw", reason="问题已自行解决")
            return
        match self._rng.choice(("urge", "urge_by_desk", "note", "supplement", "reassign")):
            case "urge":
                await self._by_requester("urge", reason="请尽快处理")
            case "urge_by_desk":
                await self._by_desk("urge", "supervisor", reason="已超时限")
            case "note":
                await self._by_desk("note", "agent", text="已电话询问")
            case "supplement":
                await self._by_requester("supplement", text="补充情况")
            case _ if seen["district"] and seen["status"] in {"awaiting_sign", "handling"}:
                await self._by_desk(
                    "reassign", "supervisor", unit=seen["district"]["code"], reason="由区里统筹"
                )
            case _:
                return

    async def _by_unit(self, seen: Json, name: str, **fields: Any) -> None:  # noqa: ANN401 - JSON
        unit = (seen["unit"] or {"code": self._desk})["code"]
        await self._act(name, {"unit": unit, "role": "handler"}, **fields)

    async def _by_desk(self, name: str, role: str, **fields: Any) -> None:  # noqa: ANN401 - JSON
        await self._act(name, {"unit": self._desk, "role": role}, **fields)

    async def _by_requester(self, name: str, **fields: Any) -> None:  # noqa: ANN401 - JSON
        await self._act(name, {"role": "requester"}, tracking_code=self._code, **fields)

    async def _act(self, name: str, actor: dict[str, str], **fields: Any) -> None:  # noqa: ANN401 - JSON
        """Give one command under a key of its own; every person acts once, so that each act can be traced."""
        from chaos.city import manner_of  # noqa: PLC0415 - they know each other

        self._acts += 1
        key = f"{self._number}-{self._acts}-{''.join(self._rng.choices(_LETTERS, k=8))}"
        body = {"actor": {**actor, "person": f"p-{key}"}, **fields}
        entry = {"what": name, "key": key, "number": self._number, "role": actor["role"]}
        path = f"/api/v1/tickets/{self._number}/{name}"
        manner = manner_of(self._rng)
        answer = await self._city.line.act(entry, path, body, manner)
        if answer is not None and self._rng.random() < 0.06:
            await self._city.line.again(entry, path, body)

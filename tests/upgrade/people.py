"""The people of an upgrade: they act on tickets through the API of whichever release there is."""

import asyncio
import time
from typing import Any

from temporalio.client import Client, WorkflowQueryFailedError
from temporalio.contrib.pydantic import pydantic_data_converter

from rules.pack import RulePack
from tests.e2e.test_main_line import matter_of_a_town
from tests.upgrade.two_releases import Release

REPLY = "已处理并回复"


async def answered(client: Client, number: str, query: str) -> Any:  # noqa: ANN401 - JSON
    """Return what the workflow of a ticket answers; where a clock rings meanwhile it is asked again."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return await client.get_workflow_handle(f"ticket/{number}").query(query)
        except WorkflowQueryFailedError:  # docs/adr/0017
            if time.monotonic() > deadline:
                raise
        await asyncio.sleep(0.3)


class People:
    """Desk, town and requester of one district; `through` is the API they use."""

    def __init__(self, through: Release, pack: RulePack) -> None:
        """Speak through the API of a release; `pack` says who is who."""
        self.through = through
        self.category, self.district, self.town = matter_of_a_town(pack)
        district = pack.district(self.district)
        self.city, self.desk = pack.city_desk.code, pack.desk_of(district.code).code
        towns = [unit for unit in pack.units.values() if pack.district_of(unit) == district]
        self.other = next(
            unit.code for unit in towns if unit.code not in (self.town, self.desk, self.district)
        )
        self.refused: list[str] = []

    def handler(self, unit: str | None = None) -> dict[str, str]:
        """Return a handler of `unit`, the town where none is named."""
        return {"unit": unit or self.town, "role": "handler", "person": "P1"}

    def at_the_desk(self, role: str) -> dict[str, str]:
        """Return somebody of the city's desk."""
        return {"unit": self.city, "role": role, "person": "D1"}

    def supervisor(self) -> dict[str, str]:
        """Return a supervisor of the district's desk."""
        return {"unit": self.desk, "role": "supervisor", "person": "V1"}

    def file(self, type_: str = "complaint", *, category: bool = True) -> str:
        """File a request and return its number."""
        body: dict[str, Any] = {
            "type": type_,
            "channel": "web",
            "description": "小区门口路灯不亮",
            "location": {"district": self.district, "town": self.town},
        }
        if category:
            body["category"] = self.category
        answer = self.through.post("/api/v1/requests", body)
        assert answer.status_code == 201, answer.text
        return answer.json()["number"]

    def does(self, number: str, name: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - a form
        """Have a command count and return the receipt."""
        answer = self.through.post(f"/api/v1/tickets/{number}/{name}", fields)
        assert answer.status_code == 200, (self.through.name, number, name, answer.text)
        return answer.json()

    def view(self, number: str) -> dict[str, Any]:
        """Return where the ticket stands, asked of its workflow: an API of 0.1.0 reads no newer views."""
        return asyncio.run(self._status(number))

    async def _status(self, number: str) -> dict[str, Any]:
        address = self.through.servers.temporal_address
        client = await Client.connect(address, data_converter=pydantic_data_converter)
        return await answered(client, number, "status")

    def comes_to(self, number: str, *statuses: str) -> dict[str, Any]:
        """Wait until the ticket stands in one of `statuses`; return its view."""
        deadline = time.monotonic() + 120
        while (view := self.view(number))["status"] not in statuses:
            assert time.monotonic() < deadline, view
            time.sleep(0.3)
        return view

    def handles(self, number: str, unit: str | None = None, outcome: str = "resolved") -> None:
        """Let the unit sign, reach the requester and give feedback."""
        actor = self.handler(unit)
        self.does(number, "sign", actor=actor)
        self.does(number, "contact", actor=actor, result="reached")
        self.does(number, "feedback", actor=actor, outcome=outcome, reply=REPLY)

    def is_asked(self, number: str, *, content: bool = True) -> None:
        """Let the requester answer the survey."""
        satisfied = "satisfied" if content else "dissatisfied"
        answers = {"contacted": True, "resolved": content, "satisfied": satisfied}
        self.does(number, "survey", actor=self.at_the_desk("surveyor"), result="answered", **answers)

    def goes_on(self, number: str) -> bool:
        """Do what the ticket waits for, if it waits for anybody; return whether it is still open.

        Somebody may have been faster, the clock for example: then the next look tells.
        """
        view = self.view(number)
        unit = view["unit"]["code"] if view.get("unit") else None
        act = {
            "awaiting_dispatch": (
                "classify",
                {"actor": self.at_the_desk("dispatcher"), "category": self.category, "reason": REPLY},
            ),
            "awaiting_sign": ("sign", {"actor": self.handler(unit)}),
            "handling": ("contact", {"actor": self.handler(unit), "result": "reached"}),
            "surveying": (
                "survey",
                {
                    "actor": self.at_the_desk("surveyor"),
                    "result": "answered",
                    "contacted": True,
                    "resolved": True,
                    "satisfied": "satisfied",
                },
            ),
        }.get(view["status"])
        if act is not None:
            self._tries(number, *act)
        if view["status"] == "handling":
            for task in view.get("tasks", ()):
                holder = task["holder"]["code"]
                self._tries(
                    number,
                    "answer_task",
                    {"actor": self.handler(holder), "task": task["task"], "reply": REPLY},
                )
            self._tries(
                number, "feedback", {"actor": self.handler(unit), "outcome": "resolved", "reply": REPLY}
            )
        return view["status"] != "closed"

    def _tries(self, number: str, name: str, body: dict[str, Any]) -> None:
        answer = self.through.post(f"/api/v1/tickets/{number}/{name}", body)
        assert answer.status_code in (200, 403, 409, 422), (number, name, answer.text)
        if answer.status_code != 200:
            self.refused.append(f"{number} {name}: {answer.json().get('detail')}")

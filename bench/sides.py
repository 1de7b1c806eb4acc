"""The sides that are compared: each lives one ticket's whole life, as its client sees it."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle
from typing import Any, Protocol
from uuid import uuid4

import httpx
from temporalio.client import Client

from api.forms import FORMS, RequestForm
from api.handling import command
from api.hotline import Hotline
from api.intake import file_request
from bench.bare import STEPS
from bench.bare_worker import QUEUE
from engine.starting import workflow_id

DESK = "BJ-DESK"


class Side(Protocol):
    """One way to live a ticket's life."""

    @property
    def name(self) -> str:
        """Return what the report calls it."""
        ...

    async def live(self) -> str:
        """Live one life to its end and return the id of its workflow."""
        ...


class BareSide:
    """The engine alone: a start and the updates, each with a small payload."""

    name = "bare"

    def __init__(self, client: Client) -> None:
        """Speak to the engine through `client`."""
        self._client = client

    async def live(self) -> str:
        """Start a bare workflow and send it every update."""
        handle = await self._client.start_workflow(
            "Bare", {"type": "complaint", "tier": "tier_3"}, id=f"bare/{uuid4().hex}", task_queue=QUEUE
        )
        for step in STEPS:
            message = {"actor": {"role": "handler", "person": "B1"}, "step": step}
            await handle.execute_update(  # pyright: ignore[reportUnknownMemberType] - the SDK's overloads
                step, message, id=uuid4().hex
            )
        return handle.id


class DirectSide:
    """The product without HTTP: the functions of intake and handling, called in this process."""

    name = "direct"

    def __init__(self, hotline: Hotline, requests: Iterator[dict[str, object]]) -> None:
        """File `requests` at `hotline`."""
        self._hotline = hotline
        self._requests = requests

    async def live(self) -> str:
        """File a request, act for its unit and for the desk that asks afterwards."""
        filed = await file_request(
            self._hotline, RequestForm.model_validate(next(self._requests)), uuid4().hex
        )
        for name, body in acts(filed.proposed.unit.code):
            form = FORMS[name].model_validate(body)
            await command(self._hotline, filed.number, name, form, uuid4().hex)
        return workflow_id(filed.number)


class HttpSide:
    """The product through its HTTP API, as another process sees it."""

    name = "http"

    def __init__(self, clients: Sequence[httpx.AsyncClient], requests: Iterator[dict[str, object]]) -> None:
        """File `requests` through `clients` in turn, one for each process of the API."""
        self._clients = cycle(clients)
        self._requests = requests

    async def live(self) -> str:
        """File a request, act for its unit and for the desk that asks afterwards."""
        filed = await self.file()
        number = filed["number"]
        for name, body in acts(filed["proposed"]["unit"]["code"]):
            await self._post(f"/api/v1/tickets/{number}/{name}", body)
        return workflow_id(number)

    async def file(self) -> dict[str, Any]:
        """File the next request and return the answer. Raises httpx.HTTPStatusError."""
        return await self._post("/api/v1/requests", next(self._requests))

    async def _post(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        answer = await next(self._clients).post(path, json=body, headers={"Idempotency-Key": uuid4().hex})
        answer.raise_for_status()
        return answer.json()


def acts(unit: str) -> list[tuple[str, dict[str, object]]]:
    """Return the commands that bring a ticket of `unit` from dispatch to closing, in order."""
    handler = {"unit": unit, "role": "handler", "person": "B1"}
    surveyor = {"unit": DESK, "role": "surveyor", "person": "S1"}
    reply = "已到现场核实,问题属实,已责成施工方整改,围挡和夜间作业时间均已调整,诉求人表示认可。"
    answers = {"result": "answered", "contacted": True, "resolved": True, "satisfied": "satisfied"}
    return [
        ("sign", {"actor": handler}),
        ("contact", {"actor": handler, "result": "reached", "note": "已电话联系,约定上门时间。"}),
        ("feedback", {"actor": handler, "outcome": "resolved", "reply": reply}),
        ("survey", {"actor": surveyor, **answers}),
    ]


async def live_many(side: Side, count: int, at_once: int) -> list[str]:
    """Live `count` lives, `at_once` under way at any time; return the ids of their workflows."""
    left = iter(range(count))
    ids: list[str] = []

    async def keep_living() -> None:
        for _ in left:
            ids.append(await side.live())  # noqa: PERF401 - one at a time on purpose

    async with asyncio.TaskGroup() as group:
        for _ in range(min(at_once, count)):
            group.create_task(keep_living())
    return ids

"""Someone at a desk who talks to the API: files requests, gives commands, waits for the projection."""

import asyncio
import base64
import contextlib
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
from temporalio.client import Client, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError

from api.app import build_app
from api.hotline import Hotline
from domain.numbers import check_digit
from settings import Settings

HEATING = "E-HEAT"
"""The enterprise that answers for cold rooms in the city."""
NEVER_ISSUED = f"20200101-000001-{check_digit('20200101000001')}"
"""A number that is sound but nobody's."""
SHORT = timedelta(seconds=0.5)

NOTHING: dict[str, Any] = {}


async def until(http: httpx.AsyncClient, path: str, says: str) -> httpx.Response:
    """Return the first answer of `path` that `says` this: one probe gives up after a second, however busy."""
    while True:
        answer = await http.get(path)
        if says in answer.text:
            return answer
        await asyncio.sleep(0.05)


@dataclass(frozen=True)
class Desk:
    """One desk: its line to the API and, for looks behind the scenes, the hotline itself."""

    http: httpx.AsyncClient
    hotline: Hotline

    async def files(self, key: str | None = None, **wishes: Any) -> httpx.Response:  # noqa: ANN401 - fields of the form
        """File a request about a cold room in Changping, other fields as wished."""
        headers = {} if key is None else {"Idempotency-Key": key}
        return await self.http.post("/api/v1/requests", json=request(**wishes), headers=headers)

    async def has_filed(self, **wishes: Any) -> str:  # noqa: ANN401 - fields of the form
        """File a request and return its number."""
        answer = await self.files(**wishes)
        assert answer.status_code == 201, answer.text
        number: str = answer.json()["number"]
        return number

    async def says(
        self,
        number: str,
        act: str,
        actor: dict[str, Any],
        key: str | None = None,
        **fields: Any,  # noqa: ANN401
    ) -> httpx.Response:
        """Give the ticket a command, under a key of its own unless one is given."""
        return await self.http.post(
            f"/api/v1/tickets/{number}/{act}",
            json={"actor": actor, **fields},
            headers={"Idempotency-Key": key or uuid4().hex},
        )

    async def sees(self, address: str, **parameters: Any) -> Any:  # noqa: ANN401 - JSON
        """Return what the API shows at `address`, which must be there."""
        answer = await self.http.get(f"/api/v1/{address}", params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def waits_to_see(self, address: str, until: Callable[[Any], bool], **parameters: Any) -> Any:  # noqa: ANN401
        """Return what the API shows at `address` once it is as expected; fail if it never is."""
        shown: Any = None
        for _ in range(200):
            shown = await self.sees(address, **parameters)
            if until(shown):
                return shown
            await asyncio.sleep(0.05)
        raise AssertionError(f"{address} never came to show what was expected: {shown}")


def request(**wishes: Any) -> dict[str, Any]:  # noqa: ANN401 - fields of the form
    """Return a request as a citizen fills it in."""
    return {
        "type": "complaint",
        "channel": "web",
        "description": "暖气不热,室温只有十四度。",
        "category": "室温不达标",
        "location": {"district": "昌平区", "town": "回龙观街道"},
        **wishes,
    }


def handler(unit: str = HEATING, person: str = "h-17") -> dict[str, Any]:
    """Return a handler of the responsible unit."""
    return {"unit": unit, "role": "handler", "person": person}


def dispatcher() -> dict[str, Any]:
    """Return a dispatcher at the city's desk."""
    return {"unit": "BJ-DESK", "role": "dispatcher", "person": "d-3"}


def serving(hotline: Hotline) -> httpx.AsyncClient:
    """Return a client of the API over `hotline`."""
    app = build_app(Settings(), hotline)
    app.state.hotline = hotline
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://testserver")


def impatient(hotline: Hotline) -> Hotline:
    """Return `hotline` with time limits that a test can wait for."""
    return replace(hotline, start_timeout=SHORT, command_timeout=SHORT, query_timeout=SHORT)


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Return the problem that `answer` tells, which must have this status and code and both languages."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    shown: dict[str, Any] = answer.json()
    assert shown["code"] == code, shown
    assert shown["status"] == status
    assert is_bilingual(shown["detail"]), shown
    assert is_bilingual(shown["title"]), shown
    for field in shown.get("errors", ()):
        assert has_chinese(field["zh"]), shown
        assert field["en"], shown
        assert (
            not has_chinese(field["en"].replace("’", ""))
            or "Did you mean" in field["en"]
            or "called" in field["en"]
        )
    return shown


def has_chinese(text: str) -> bool:
    """Return whether a Chinese character stands in `text`."""
    return any("\u4e00" <= character <= "\u9fff" for character in text)


def is_bilingual(text: str) -> bool:
    """Return whether `text` begins in Chinese and goes on in English."""
    return has_chinese(text[: len(text) // 2 + 1]) and any(
        character.isascii() and character.isalpha() for character in text
    )


def text_of(history: WorkflowHistory) -> str:
    """Return everything a history says, payloads decoded."""
    found: list[str] = []

    def walk(value: Any) -> None:  # noqa: ANN401 - JSON
        if isinstance(value, dict):
            for key, inner in value.items():
                found.append(key)
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)
        else:
            found.append(str(value))
            with contextlib.suppress(ValueError):
                found.append(base64.b64decode(str(value), validate=True).decode())

    walk(history.to_json_dict())
    return "\n".join(found)


async def no_engine() -> Client:
    """Return a client of an engine that is not there: its port is closed."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port: int = closed.getsockname()[1]
    return await Client.connect(f"127.0.0.1:{port}", data_converter=pydantic_data_converter, lazy=True)


async def end_tickets(hotline: Hotline) -> None:
    """End every ticket of this hotline's queue, so that no other test meets its timers."""
    running = f"TaskQueue = '{hotline.task_queue}' AND ExecutionStatus = 'Running'"
    async for execution in hotline.client.list_workflows(running):
        with contextlib.suppress(RPCError):
            await hotline.client.get_workflow_handle(execution.id).terminate("end of the test")

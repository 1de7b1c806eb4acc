"""The way to the hotline: every act of the simulated city is a real HTTP request to its API."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import httpx
from pydantic import BaseModel

from domain.facts.incident import Membership
from domain.messages import Receipt
from domain.show.views import ClockView, TaskView
from domain.terms import Named, Place
from domain.vocabulary import ClockName, Ending, Level, Outcome, RequestType, Stage, Status, Tier

Json = dict[str, Any]
"""What the API answers or is sent."""

_PAGE = 200


class Seen(BaseModel):
    """What the people of the demonstration read of a ticket in a list."""

    number: str
    version: int
    stage: Stage
    status: Status
    type: RequestType
    category: Named
    tier: Tier
    place: Place
    unit: Named | None
    district: Named | None
    level: Level
    overdue: bool
    promised_at: datetime | None
    next_clock: ClockName | None
    next_due_at: datetime | None
    turn: int
    round: int
    outcome: Outcome | None
    survey_tries: int
    urged: int
    ending: Ending | None
    sentence_zh: str
    description: str
    tasks: tuple[TaskView, ...] = ()
    incident: Membership | None = None

    @property
    def waits_for_incident(self) -> bool:
        """Return whether the result of an incident is to be its feedback."""
        return self.incident is not None and not self.incident.told


class Happened(BaseModel):
    """One entry of a ticket's timeline: the kind of thing that happened, and all of it."""

    kind: str
    fact: Json


class Escalation(BaseModel):
    """A notice that a ticket has climbed: which one, by which clock, to which level and desk."""

    key: str
    number: str
    to: str
    clock: ClockName
    level: Level


class RefusedError(Exception):
    """The hotline refused an act: `code` is the kind of refusal, `status` that of HTTP."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        """Keep what the problem document said."""
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code


@dataclass
class Line:
    """A connection to the API at `address`. Counts what was sent and refused.

    `codes` has the tracking code of every number that was given out; only its requester uses it.

    What a part of the API was away for is sent again, with the same key, after each of `pauses_seconds`.
    """

    address: str
    transport: httpx.AsyncBaseTransport | None = None
    pauses_seconds: tuple[float, ...] = (1.0, 2.0, 4.0)
    sent: Counter[str] = field(default_factory=Counter[str])
    refused: Counter[str] = field(default_factory=Counter[str])
    codes: dict[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        """Open the client; a proxy of the environment is not for loopback."""
        self._client = httpx.AsyncClient(
            base_url=self.address, timeout=30.0, trust_env=False, transport=self.transport
        )

    async def __aenter__(self) -> Self:
        """Return the line itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hang up."""
        await self._client.aclose()

    async def file(self, body: dict[str, object]) -> str:
        """File a request and return its number; its tracking code is kept. Raises `RefusedError`."""
        answer = await self._post("/api/v1/requests", body)
        self.sent["file"] += 1
        self.codes[answer["number"]] = answer["tracking_code"]
        return str(answer["number"])

    async def command(self, number: str, name: str, actor: dict[str, str], **fields: object) -> Receipt:
        """Have ticket `number` obey the command `name` and return where it stands. Raises `RefusedError`."""
        answer = await self._post(f"/api/v1/tickets/{number}/{name}", {"actor": actor, **fields})
        self.sent[name] += 1
        return Receipt.model_validate(answer)

    async def tickets(self, **filters: str) -> list[Seen]:
        """Return every ticket that `filters` let through, newest first."""
        return await self._list("/api/v1/tickets", filters)

    async def worklist(self, unit: str) -> list[Seen]:
        """Return what waits for an act of `unit`, least time left first."""
        return await self._list("/api/v1/worklist", {"unit": unit})

    async def ticket(self, number: str) -> Seen:
        """Return where ticket `number` stands at this moment."""
        return Seen.model_validate(await self._get(f"/api/v1/tickets/{number}", {}))

    async def alike(self, number: str) -> list[Seen]:
        """Return the other open tickets that may have the same cause as ticket `number`, newest first."""
        return await self._list(f"/api/v1/tickets/{number}/alike", {})

    async def timeline(self, number: str) -> list[Happened]:
        """Return everything that happened to ticket `number`, in order."""
        answer = await self._get(f"/api/v1/tickets/{number}/timeline", {})
        return [Happened.model_validate(event) for event in answer["events"]]

    async def open_incident(self, body: dict[str, object]) -> str:
        """Open an incident and return its number. Raises `RefusedError`."""
        answer = await self._post("/api/v1/incidents", body)
        self.sent["incident"] += 1
        return str(answer["number"])

    async def incident(self, number: str, act: str, body: dict[str, object]) -> None:
        """Have incident `number` obey `act`: join, result or close. Raises `RefusedError`."""
        await self._post(f"/api/v1/incidents/{number}/{act}", body)
        self.sent[f"incident_{act}"] += 1

    async def clocks(self, number: str) -> tuple[ClockView, ...]:
        """Return every clock of ticket `number`, in the order in which they were started."""
        answer = await self._get(f"/api/v1/tickets/{number}/clocks", {})
        return tuple(ClockView.model_validate(clock) for clock in answer["clocks"])

    async def escalations(self, desk: str, known: set[str]) -> list[Escalation]:
        """Return the escalations among the notices to `desk` that are not `known`; all become known.

        Newest first; it reads no further than the first page that brings nothing new.
        """
        found: list[Escalation] = []
        async for page in self._pages("/api/v1/notices", {"to": desk}):
            fresh = [item for item in page if item["key"] not in known]
            known.update(item["key"] for item in fresh)
            found.extend(
                Escalation.model_validate({**item, **item["about"]})
                for item in fresh
                if item["kind"] == "escalated"
            )
            if not fresh:
                break
        return found

    async def _pages(self, path: str, query: dict[str, str]) -> AsyncIterator[list[Json]]:
        cursor: str | None = None
        while True:
            page = await self._get(
                path, {**query, "limit": str(_PAGE)} | ({"cursor": cursor} if cursor else {})
            )
            yield page["items"]
            cursor = page.get("next")
            if cursor is None:
                return

    async def _list(self, path: str, query: dict[str, str]) -> list[Seen]:
        return [Seen.model_validate(item) async for page in self._pages(path, query) for item in page]

    async def _get(self, path: str, query: dict[str, str]) -> Json:
        return await self._send("GET", path, params=query)

    async def _post(self, path: str, body: dict[str, object]) -> Json:
        return await self._send("POST", path, json=body, headers={"Idempotency-Key": uuid4().hex})

    async def _send(self, method: str, path: str, **content: Any) -> Json:  # noqa: ANN401 - httpx's
        """Return the JSON answer. Raises `RefusedError`, and httpx's errors when nobody answers."""
        for seconds in self.pauses_seconds:
            with suppress(httpx.TransportError):
                answer = await self._client.request(method, path, **content)
                if answer.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
                    return self._read(answer)
            self.refused["unavailable"] += 1
            await asyncio.sleep(seconds)
        return self._read(await self._client.request(method, path, **content))

    def _read(self, answer: httpx.Response) -> Json:
        if answer.is_success:
            return answer.json()
        problem: Json = answer.json() if "json" in answer.headers.get("content-type", "") else {}
        refusal = RefusedError(answer.status_code, problem.get("code", "?"), problem.get("detail", ""))
        self.refused[refusal.code] += 1
        raise refusal

"""The way to the API, with every request on record: when it was due, sent and answered, and how."""

import time
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import httpx

Json = dict[str, Any]
"""What the API answers."""

INTAKE = "file"
"""What the filing of a request is called on record; commands by their own names, reads as in `READS`."""
LATER = "later"
"""What stands on record for a request that has its number, but whose ticket the engine begins later."""
READS = frozenset({"look", "track", "ticket"})


@dataclass(frozen=True)
class Sent:
    """One request; times in seconds of one clock. `status` is that of HTTP, 0 where nobody answered."""

    act: str
    due: float
    sent: float
    answered: float
    status: int
    code: str = ""

    @property
    def milliseconds(self) -> float:
        """Return how long it took from when it was due, however late it was sent."""
        return (self.answered - self.due) * 1000

    @property
    def is_done(self) -> bool:
        """Return whether it was answered with success."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def is_declined(self) -> bool:
        """Return whether the rules said no: that is an answer, not a failure; only commands are declined."""
        return self.act != INTAKE and self.status in (HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)


@dataclass
class Line:
    """A connection to the API that keeps a record of all it carries; nothing is ever sent a second time."""

    http: httpx.AsyncClient
    record: list[Sent] = field(default_factory=list[Sent])

    async def file(self, body: dict[str, object], due: float) -> Json | None:
        """File a request; return the answer, null where it was refused."""
        return await self._send(INTAKE, due, "POST", "/api/v1/requests", json=body)

    async def command(self, number: str, act: str, due: float, body: dict[str, object]) -> Json | None:
        """Have ticket `number` obey; return the receipt, null where that did not count."""
        return await self._send(act, due, "POST", f"/api/v1/tickets/{number}/{act}", json=body)

    async def read(self, act: str, due: float, path: str, **query: str) -> Json | None:
        """Read `path`; null where that was refused."""
        return await self._send(act, due, "GET", path, params=query)

    async def _send(
        self,
        act: str,
        due: float,
        method: str,
        path: str,
        **content: Any,  # noqa: ANN401 - httpx's
    ) -> Json | None:
        sent = time.perf_counter()
        headers = {"Idempotency-Key": uuid4().hex} if method == "POST" else {}
        try:
            answer = await self.http.request(method, path, headers=headers, **content)
        except httpx.TransportError as error:
            self.record.append(Sent(act, due, sent, time.perf_counter(), 0, type(error).__name__))
            return None
        answered = time.perf_counter()
        found: Json = answer.json()
        code = LATER if found.get("started") is False else ""
        if not answer.is_success:
            code = str(found.get("code", "?"))
        self.record.append(Sent(act, due, sent, answered, answer.status_code, code))
        return found if answer.is_success else None

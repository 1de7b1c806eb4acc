"""The clients' way to the hotline: over HTTP to any of its API processes, everything written down."""

import asyncio
import random
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import httpx

from chaos.journal import Journal, now

Json = dict[str, Any]
"""What the API answers or is sent, and what the journal keeps of it."""

_TIMEOUT = 12.0
_IMPATIENT_TIMEOUT = 1.5
_PAUSES = (0.3, 0.6, 1.0, 2.0, 3.0, 4.0, 4.0, 4.0)
_AGAIN: Final = frozenset({429, 500, 502, 503, 504})
_KEPT = ("number", "version", "status", "promised_at", "ending", "stage", "tracking_code", "code", "filed_at")


@dataclass(frozen=True)
class Manner:
    """How a client sends one act: whether it tries again, in how little time it gives up, whether twice."""

    retries: bool = True
    impatient: bool = False
    twice: bool = False


class Line:
    """Sends acts to `apis`, each time to one of them drawn by chance, and writes every attempt down."""

    def __init__(self, apis: tuple[str, ...], journal: Journal) -> None:
        """Open one client for everybody."""
        self._apis = apis
        self._journal = journal
        limits = httpx.Limits(max_connections=200, max_keepalive_connections=50)
        self._client = httpx.AsyncClient(trust_env=False, timeout=_TIMEOUT, limits=limits)

    async def close(self) -> None:
        """Hang up."""
        await self._client.aclose()

    async def read(self, path: str) -> Json | None:
        """Return what `path` shows, null when nobody answers."""
        try:
            answer = await self._client.get(self._api() + path)
        except httpx.HTTPError:
            return None
        return answer.json() if answer.is_success else None

    async def act(self, entry: Json, path: str, body: Json, manner: Manner) -> Json | None:
        """Send one act under the key of `entry` and return the answer that counted, null where none did.

        A good client repeats what was not answered, or answered by 5xx, with the same key.
        """
        attempts = [0]
        if manner.twice:
            answers = await asyncio.gather(
                *(self._persist(entry, path, body, manner, attempts) for _ in "12")
            )
            return answers[0] or answers[1]
        return await self._persist(entry, path, body, manner, attempts)

    async def again(self, entry: Json, path: str, body: Json) -> None:
        """Send an act once more that has had its answer: the answer must be the same."""
        await self._attempt({**entry, "repeat": True}, path, body, _TIMEOUT)

    async def _persist(
        self, entry: Json, path: str, body: Json, manner: Manner, attempts: list[int]
    ) -> Json | None:
        for pause in _PAUSES if manner.retries else (0.0,):
            attempts[0] += 1
            wait = _IMPATIENT_TIMEOUT if manner.impatient and attempts[0] == 1 else _TIMEOUT
            status, answer = await self._attempt({**entry, "attempt": attempts[0]}, path, body, wait)
            if status is not None and status not in _AGAIN:
                return answer if status < HTTPStatus.BAD_REQUEST else None
            await asyncio.sleep(pause)
        return None

    async def _attempt(
        self, entry: Json, path: str, body: Json, wait: float
    ) -> tuple[int | None, Json | None]:
        sent, api = now(), self._api()
        status, error, content = None, None, None
        try:
            headers = {"Idempotency-Key": entry["key"]}
            answer = await self._client.post(api + path, json=body, headers=headers, timeout=wait)
            status, content = answer.status_code, answer.json()
        except (httpx.HTTPError, ValueError) as trouble:
            error = type(trouble).__name__
        kept = {name: content[name] for name in _KEPT if name in content} if content else None
        written = {
            "sent": sent,
            "answered": now(),
            "api": api,
            "status": status,
            "error": error,
            "answer": kept,
        }
        self._journal.write({**entry, **written})
        return status, content

    def _api(self) -> str:
        return random.choice(self._apis)

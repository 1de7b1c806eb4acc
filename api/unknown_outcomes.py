"""Commands with an unknown outcome: noted for reconciliation, which asks their tickets about them."""

import asyncio
import contextlib

import structlog

from domain.errors import Unavailable
from readmodel import Database, commands

_AGAIN_SECONDS = 1.0

log = structlog.get_logger("jiesu.api")


class UnknownOutcomes:
    """Notes commands with an unknown outcome; while the database is away, keeps them in memory and retries.

    One that is lost with its process is found at the next start, which doubts every command under way.
    """

    def __init__(self, database: Database) -> None:
        """Note in `database`."""
        self._database = database
        self._unnoted: set[str] = set()
        self._noting: asyncio.Task[None] | None = None

    async def note(self, key_hash: str) -> None:
        """Note that the outcome of the command `key_hash` is unknown: at once, or as soon as it can be."""
        try:
            await commands.doubt(self._database, key_hash)
        except Unavailable:
            log.warning("doubt_not_noted_yet")
            self._unnoted.add(key_hash)
            if self._noting is None or self._noting.done():
                self._noting = asyncio.create_task(self._note_all())

    async def close(self) -> None:
        """Give up what could not be noted."""
        if self._noting is not None:
            self._noting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._noting

    async def _note_all(self) -> None:
        while self._unnoted:
            await asyncio.sleep(_AGAIN_SECONDS)
            for key_hash in tuple(self._unnoted):
                try:
                    await commands.doubt(self._database, key_hash)
                except Unavailable:
                    break
                self._unnoted.discard(key_hash)

"""Starts workflows of requests already stored: in the background, and notes them in batches."""

import asyncio
from datetime import timedelta

import structlog
from temporalio.client import Client

from api.breaker import Breaker
from api.counters import Counters
from domain.errors import Unavailable
from domain.messages import Intake
from engine import calls as engine
from readmodel import Database, reconcile

AT_ONCE = 200
"""How many starts may be under way; what comes beyond is left to reconciliation."""
_GATHER_SECONDS = 0.2

log = structlog.get_logger("jiesu.api")


class TicketStarter:
    """Starts tickets and notes which ones the engine has; a lost note costs a second look, no more.

    No request depends on it: what is not started here is started by reconciliation, or by the first
    command that comes.
    """

    def __init__(
        self, database: Database, client: Client, task_queue: str, breaker: Breaker, counters: Counters
    ) -> None:
        """Start on `task_queue` while `breaker` lets through; note in `database`, count in `counters`."""
        self._database = database
        self._client = client
        self._task_queue = task_queue
        self._breaker = breaker
        self._counters = counters
        self._under_way: set[asyncio.Task[bool]] = set()
        self._numbers: list[str] = []
        self._writing: asyncio.Task[None] | None = None

    async def begin(self, intake: Intake, within: timedelta, patience: timedelta) -> bool:
        """Have the workflow of `intake` started `within` that time; return whether it is known to be begun.

        Waits no longer than `patience` to know: the start goes on without its caller.
        """
        if len(self._under_way) >= AT_ONCE or not self._breaker.lets_through():
            self._counters.filed("left_to_reconciliation")
            return False
        start = asyncio.create_task(self._start(intake, within))
        self._under_way.add(start)
        start.add_done_callback(self._under_way.discard)
        await asyncio.wait({start}, timeout=patience.total_seconds())
        return start.done() and start.result()

    def note(self, number: str) -> None:
        """Note soon that the engine has the workflow of ticket `number`; reconciliation need not start it."""
        self._numbers.append(number)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())

    async def close(self) -> None:
        """Finish the starts under way, and write what is still to be noted."""
        if self._under_way:
            await asyncio.wait(self._under_way)
        if self._writing is not None:
            await self._writing

    async def _start(self, intake: Intake, within: timedelta) -> bool:
        """Start one workflow; return whether the engine took it. If not, it is started later."""
        has_begun = False
        try:
            await engine.start(self._client, intake, self._task_queue, within)
        except Unavailable:
            log.warning("start_left_to_reconciliation", number=intake.number)
            self._breaker.note(answered=False)
        except Exception:
            log.exception("start_failed", number=intake.number)
        else:
            has_begun = True
            self._breaker.note(answered=True)
            self.note(intake.number)
        self._counters.filed("started" if has_begun else "left_to_reconciliation")
        return has_begun

    async def _write(self) -> None:
        while self._numbers:
            await asyncio.sleep(_GATHER_SECONDS)
            numbers, self._numbers = self._numbers, []
            try:
                await reconcile.note_started(self._database, numbers)
            except Unavailable:
                log.warning("starts_not_noted", tickets=len(numbers))

"""Concurrency limits per lane, with fair queueing.

Each lane has places of its own, and yields to intake: it starts no request while intake is as busy as the
lane's bounds say; the lower its priority, the sooner. A request without a place waits; time and length of
the queue are both bounded. Within a lane one key holds at most half of the places and of the queue, and the
waiting keys take turns in proportion to their weights (self-clocked fair queueing).
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum


class Lane(StrEnum):
    """What a request is to us, the most important first."""

    INTAKE = "intake"
    COMMANDS = "commands"
    LISTS = "lists"
    REPORTS = "reports"


@dataclass(frozen=True)
class Bounds:
    """A lane's concurrency, the load of intake that stops it, how many requests may wait and how long."""

    places: int
    gives_way: int
    waiting: int
    patience: timedelta

    @property
    def share(self) -> int:
        """Return how many places one key may hold."""
        return max(1, self.places // 2)


class LaneFull(Exception):  # noqa: N818 - reads as what it says
    """No place in this lane; `reason`: the queue is full (`full`), or the wait timed out (`late`)."""

    def __init__(self, lane: Lane, reason: str) -> None:
        """Keep which lane, and why."""
        super().__init__(f"{lane}: {reason}")
        self.lane = lane
        self.reason = reason


@dataclass(eq=False)
class _Waiter:
    turn: float
    called: asyncio.Future[None]


@dataclass
class _Queue:
    """One lane: who is served, by key, and who waits, by key."""

    bounds: Bounds
    busy: Counter[str] = field(default_factory=Counter[str])
    waiters: dict[str, deque[_Waiter]] = field(default_factory=dict[str, deque[_Waiter]])
    inside: int = 0
    now: float = 0.0
    """The latest turn that was called; a key that comes new begins here, not in the past."""

    def fits(self, key: str, intake: int) -> bool:
        """Return whether one more with this key may be served while so many of intake are."""
        room = self.inside < self.bounds.places and intake < self.bounds.gives_way
        return room and self.busy[key] < self.bounds.share

    def join(self, lane: Lane, key: str, weight: float) -> _Waiter:
        """Return a new waiter at the end of the key's line. Raises `LaneFull` where too many wait."""
        line = self.waiters.get(key)
        most = max(1, self.bounds.waiting // 2)
        if self.waiting >= self.bounds.waiting or (line is not None and len(line) >= most):
            raise LaneFull(lane, "full")
        line = self.waiters.setdefault(key, deque())
        after = line[-1].turn if line else self.now
        waiter = _Waiter(after + 1 / weight, asyncio.get_running_loop().create_future())
        line.append(waiter)
        return waiter

    def leave(self, key: str, waiter: _Waiter) -> None:
        """Take a waiter out of the line, unless that has been done."""
        line = self.waiters.get(key, deque())
        if waiter in line:
            line.remove(waiter)
        if not line and key in self.waiters:
            del self.waiters[key]

    def next(self, intake: int) -> tuple[str, _Waiter] | None:
        """Return the next key to serve and its waiter, null where none waits or fits."""
        fitting = [(line[0].turn, key) for key, line in self.waiters.items() if self.fits(key, intake)]
        if not fitting:
            return None
        _, key = min(fitting)
        return key, self.waiters[key][0]

    @property
    def waiting(self) -> int:
        """Return how many wait."""
        return sum(len(line) for line in self.waiters.values())


class LaneLimits:
    """The limits of one process; a single event loop applies them, so no lock is needed."""

    def __init__(
        self, bounds: Mapping[Lane, Bounds], weight: Callable[[Lane, str], float] = lambda _lane, _key: 1.0
    ) -> None:
        """Give out places within `bounds`; `weight` says how many turns a key has to one of the others."""
        self._queues = {lane: _Queue(bounds[lane]) for lane in Lane}
        self._weight = weight
        self._intake = self._queues[Lane.INTAKE]

    @asynccontextmanager
    async def admit(self, lane: Lane, key: str) -> AsyncGenerator[None]:
        """Hold a place while a request of `key` is served. Raises `LaneFull` when there is none in time."""
        queue = self._queues[lane]
        if queue.fits(key, self._intake.inside) and key not in queue.waiters:
            self._seat(queue, key)
        else:
            await self._wait(queue, lane, key)
        try:
            yield
        finally:
            self._leave(queue, key)

    def served(self, lane: Lane) -> int:
        """Return how many requests of the lane are being served."""
        return self._queues[lane].inside

    def waiting(self, lane: Lane) -> int:
        """Return how many requests of the lane wait for a place."""
        return self._queues[lane].waiting

    async def _wait(self, queue: _Queue, lane: Lane, key: str) -> None:
        waiter = queue.join(lane, key, self._weight(lane, key))
        try:
            async with asyncio.timeout(queue.bounds.patience.total_seconds()):
                await waiter.called
        except BaseException as ended:
            if waiter.called.done() and not waiter.called.cancelled():
                self._leave(queue, key)  # called in the same instant: the place goes to the next
            else:
                queue.leave(key, waiter)
            if isinstance(ended, TimeoutError):
                raise LaneFull(lane, "late") from None
            raise

    def _seat(self, queue: _Queue, key: str) -> None:
        queue.busy[key] += 1
        queue.inside += 1

    def _leave(self, queue: _Queue, key: str) -> None:
        queue.busy[key] -= 1
        if not queue.busy[key]:
            del queue.busy[key]  # keys come from outside: none is kept
        queue.inside -= 1
        self._call()

    def _call(self) -> None:
        """Give free places to waiting requests, the most important lane first."""
        for queue in self._queues.values():
            while queue.waiters and (found := queue.next(self._intake.inside)):
                key, waiter = found
                queue.leave(key, waiter)
                if waiter.called.cancelled():
                    continue  # gave up in this instant, and is not resumed yet
                queue.now = max(queue.now, waiter.turn)  # a key kept to its share comes with an old turn
                self._seat(queue, key)
                waiter.called.set_result(None)

"""One simulated day: what was filed, what is seen of it, and who is at work on it.

A watcher reads the city's list once a second and nudges every unit with news, so that five hundred units
need not ask every second; what they then do, they learn from their own worklists and notices.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.vocabulary import Level, Role, Status
from rules.pack import RulePack
from simulation.city import Request
from simulation.line import Line, RefusedError, Seen

WATCH_SECONDS = 1.0
_WITH_A_UNIT = (Status.AWAITING_SIGN, Status.HANDLING)

Nudge = Callable[["Day", str], Coroutine[Any, Any, None]]
"""What a unit or a desk, named by code, does when it is nudged that something new waits for it."""


@dataclass
class Day:
    """Everybody at work in one run.

    `filed` has the request of every number that was given out, `seen` what the city's list last said of it,
    `climbed` who was ever seen on a level, `latest` what moved last, `read` the notices that desks have read.
    """

    line: Line
    pack: RulePack
    seed: int
    now: Callable[[], datetime]
    filed: dict[str, Request] = field(default_factory=dict[str, Request])
    names: dict[str, int] = field(default_factory=dict[str, int])
    seen: dict[str, Seen] = field(default_factory=dict[str, Seen])
    climbed: dict[Level, set[str]] = field(default_factory=dict[Level, set[str]])
    latest: deque[Seen] = field(default_factory=lambda: deque[Seen](maxlen=6))
    read: set[str] = field(default_factory=set[str])
    _begun: set[tuple[object, ...]] = field(default_factory=set[tuple[object, ...]])
    _tasks: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])
    _failure: BaseException | None = None

    def name(self, number: str) -> str:
        """Return what a ticket is called in draws: its place in the day, the same from run to run."""
        return str(self.names.get(number, number))

    def first_time(self, *what: object) -> bool:
        """Return whether this is begun for the first time, and note that it is."""
        if what in self._begun:
            return False
        self._begun.add(what)
        return True

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Have `work` done beside everything else; what it raises ends the day (see `check`)."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def check(self) -> None:
        """Raise what any of the people at work has run into."""
        if self._failure is not None:
            raise self._failure

    async def rest(self) -> None:
        """Wait until nobody has anything left to do."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def go_home(self) -> None:
        """End all work that is still going on."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def act(self, number: str, command: str, unit: str, role: Role, /, **fields: object) -> bool:
        """Give a command and return whether it counted: what is refused has become pointless meanwhile."""
        actor = {"unit": unit, "role": role.value, "person": f"{unit}-{role.value}"}
        with suppress(RefusedError):
            await self.line.command(number, command, actor, **fields)
            return True
        return False

    async def file_all(self, requests: list[Request], seconds: float) -> None:
        """File `requests` over `seconds`, each at its time. Raises `RefusedError`: none may be refused."""
        clock = asyncio.get_running_loop().time
        start = clock()
        for place, request in enumerate(requests):
            await asyncio.sleep(start + request.at * seconds - clock())
            number = await self.line.file(request.body())
            self.filed[number], self.names[number] = request, place

    async def watch(self, unit: Nudge, desk: Nudge) -> None:
        """Read the city's list again and again; nudge units with a new turn and desks above what climbs."""
        while True:
            await self.look()
            for seen in self.seen.values():
                holder = seen.unit if seen.status in _WITH_A_UNIT else None
                if holder is not None and self.first_time("turn", seen.number, seen.turn):
                    self.spawn(unit(self, holder.code))
                if seen.level is not Level.UNIT and self.first_time(
                    "climb", seen.number, seen.level, seen.version
                ):
                    self.spawn(desk(self, self.desk_over(seen)))
            await asyncio.sleep(WATCH_SECONDS)

    async def look(self) -> None:
        """Read the city's list once."""
        before = self.seen
        self.seen = {seen.number: seen for seen in await self.line.tickets()}
        for number, seen in self.seen.items():
            self.climbed.setdefault(seen.level, set()).add(number)
            if number not in before or before[number].status is not seen.status:
                self.latest.append(seen)

    def desk_over(self, seen: Seen) -> str:
        """Return the code of the desk to which a ticket has climbed."""
        if seen.level is Level.DISTRICT and seen.district is not None:
            return self.pack.desk_of(seen.district.code).code
        return self.pack.city_desk.code

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (failure := task.exception()) is not None and self._failure is None:
            self._failure = failure

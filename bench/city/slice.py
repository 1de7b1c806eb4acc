"""One slice of a city's day in real time: prepared, lived through, and read afterwards."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random

import httpx
from rich.progress import Progress

from api.forms import RequestForm
from api.hotline import Hotline, open_hotline
from bench.city import loading, readings, usage
from bench.city.arrivals import HOUR, arrivals
from bench.city.contacts import contacts
from bench.city.facts import CityDay, beijing
from bench.city.life import Life
from bench.city.line import Line
from bench.city.outcome import Load, Outcome
from bench.installation import Installation, installation
from bench.measuring import cpu_seconds
from bench.report import progress_bars
from domain.ticket.clocks import AFTER
from readmodel import Database, connect
from telemetry.logs import configure_logs

_TRIED = 100
_MARGIN = 1.3
_SETTLE_SECONDS = 10
_TIMER_PATIENCE = 60.0
_SAMPLE = 300
_WITHIN = timedelta(minutes=90)
"""A clock of two hours that began in the past falls due within so much time from now, loading included."""


@dataclass(frozen=True)
class Plan:
    """What is asked for; `hour` of the day at which the slice begins, null: the mean of all hours."""

    times: float = 10.0
    minutes: float = 10.0
    hours: int = 0
    hour: int | None = None
    before: int = 5000
    open: int = 0
    seed: int = 12345
    at_once: int = 40
    together: bool = False

    @property
    def seconds(self) -> float:
        """Return how long the slice lasts."""
        return self.hours * HOUR if self.hours else self.minutes * 60

    def command(self) -> str:
        """Return the command line that asks for this."""
        given = {name: value for name, value in asdict(self).items() if value is not None}
        flags = ["--together"] if given.pop("together") else []
        options = (
            f"--{name.replace('_', '-')} " + (f"{value:g}" if isinstance(value, float) else str(value))
            for name, value in given.items()
        )
        return " ".join(("python -m bench city", *options, *flags))

    def mean_at(self, day: CityDay, second: float) -> float:
        """Return contacts a second at `second` of the slice; over whole hours the curve is followed."""
        begins = 0 if self.hour is None and self.hours else self.hour
        return day.rate(None if begins is None else begins + int(second // HOUR), self.times)


async def run(plan: Plan) -> Outcome:
    """Start everything, live through the slice of `plan`, end everything, and return what was found."""
    configure_logs("warning", "console")
    day = beijing()
    with installation(with_bare=False, patient=False) as parts, progress_bars() as progress:
        hotline = await open_hotline(parts.settings)
        database = connect(str(parts.settings.database_url), 2, statement_seconds=None)
        try:
            await hotline.prepare()
            return await _City(plan, day, parts, hotline, database, progress).lives()
        finally:
            await database.dispose()
            await hotline.close()


class _City:
    """One slice from the loading to the figures."""

    def __init__(
        self,
        plan: Plan,
        day: CityDay,
        parts: Installation,
        hotline: Hotline,
        database: Database,
        progress: Progress,
    ) -> None:
        self._plan = plan
        self._day = day
        self._parts = parts
        self._hotline = hotline
        self._database = database
        self._progress = progress
        self._bodies = contacts(day, hotline.rulebook, plan.seed, hotline.now)

    async def lives(self) -> Outcome:
        empty = await usage.disk(self._database, self._parts.settings.data_dir)
        load = await self._prepared()
        loaded = await usage.disk(self._database, self._parts.settings.data_dir)
        open_before = await readings.open_now(self._database)
        cpu_before, begins = cpu_seconds(self._parts), self._hotline.now()
        line, numbers, planned = await self._slice()
        ends = self._hotline.now()
        cpu = cpu_seconds(self._parts)
        cpu.subtract(cpu_before)
        used = usage.memory(self._parts)
        due = [number for number, at in load.due.items() if begins <= at <= ends - AFTER]
        rungs = await self._rung(begins, ends, set(due))
        rng = Random(self._plan.seed)
        lived = rng.sample(numbers, min(_SAMPLE, len(numbers)))
        waited = rng.sample(due, min(_SAMPLE // 3, len(due)))
        return Outcome(
            command=self._plan.command(),
            seconds=(ends - begins).total_seconds(),
            load=load,
            open_before=open_before,
            planned=planned,
            record=line.record,
            numbers=numbers,
            known=await readings.known(self._database, numbers),
            due=due,
            rungs=rungs,
            lags=await readings.lags(self._database, begins, ends),
            lived=await self._histories(lived, begins),
            waited=await self._histories(waited, begins),
            cpu=dict(cpu),
            memory=dict(used),
            loaded_disk=loaded.since(empty),
            disk=(await usage.disk(self._database, self._parts.settings.data_dir)).since(loaded),
        )

    async def _prepared(self) -> Load:
        """Open what is to be open, and what is to fall due in the slice, whose beginning is guessed first."""
        plan, rng = self._plan, Random(self._plan.seed)
        bodies = loading.unsigned(self._bodies, self._hotline)
        first = await self._load("先开 open", bodies, [None] * max(plan.open, min(_TRIED, plan.before)))
        begins = self._hotline.now() + timedelta(
            seconds=_MARGIN * plan.before / first.rate + _SETTLE_SECONDS if plan.before else 1
        )
        span = min(plan.seconds, _WITHIN.total_seconds())
        dues = sorted(span / 2 if plan.together else rng.uniform(0, span) for _ in range(plan.before))
        second = await self._load("待到期 due", bodies, [begins + timedelta(seconds=at) for at in dues])
        await self._wait("等待开始 until the slice", (begins - self._hotline.now()).total_seconds())
        return Load(first, second)

    async def _load(
        self, title: str, bodies: Iterator[tuple[RequestForm, timedelta]], dues: Sequence[datetime | None]
    ) -> loading.Loaded:
        step = self._progress.add_task(title, total=len(dues))
        return await loading.load(
            self._hotline, bodies, dues, self._plan.at_once, partial(self._progress.advance, step)
        )

    async def _slice(self) -> tuple[Line, list[str], int]:
        """Let contacts come in and everybody act; return the record, the numbers given, how many came."""
        plan, seconds = self._plan, self._plan.seconds
        address = f"http://{self._parts.settings.host}:{self._parts.settings.port}"
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=100, keepalive_expiry=2.0)
        lives: list[asyncio.Task[str | None]] = []
        ticking = self._progress.add_task("受理 contacts", total=int(plan.mean_at(self._day, 0) * seconds))
        async with httpx.AsyncClient(base_url=address, timeout=30, trust_env=False, limits=limits) as http:
            line, first = Line(http), time.perf_counter()
            async with asyncio.TaskGroup() as group:
                for at in arrivals(
                    self._day, lambda second: plan.mean_at(self._day, second), seconds, plan.seed
                ):
                    contact, name = next(self._bodies), str(len(lives))
                    await asyncio.sleep(first + at - time.perf_counter())
                    life = Life(line, self._day, contact, plan.seed, name, until=first + seconds)
                    lives.append(group.create_task(life.goes(first + at)))
                    self._progress.advance(ticking)
                await asyncio.sleep(first + seconds - time.perf_counter())
        numbers = [number for life in lives if (number := life.result()) is not None]
        return line, numbers, len(lives)

    async def _rung(self, begins: datetime, ends: datetime, due: set[str]) -> list[readings.Rung]:
        """Return what rang in the slice, once every prepared clock has, or patience is at an end."""
        deadline = time.monotonic() + _TIMER_PATIENCE
        step = self._progress.add_task("触发 rung", total=len(due))
        while True:
            found = await readings.rungs(self._database, begins, ends)
            missing = due - {rung.number for rung in found if rung.what == "missed"}
            self._progress.update(step, completed=len(due) - len(missing))
            if not missing or time.monotonic() > deadline:
                return found
            await asyncio.sleep(2)

    async def _histories(self, numbers: Sequence[str], begins: datetime) -> list[readings.History]:
        step = self._progress.add_task("历史 histories", total=len(numbers))
        advance = partial(self._progress.advance, step)
        return await readings.histories(self._hotline.client, numbers, begins, advance)

    async def _wait(self, title: str, seconds: float) -> None:
        step = self._progress.add_task(title, total=max(0, int(seconds)))
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, seconds)):
                while True:
                    await asyncio.sleep(1)
                    self._progress.advance(step)

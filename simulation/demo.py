"""The demonstration: a day of the city played in minutes over the real API, and an account of all of it."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from rich.console import Console
from rich.live import Live

from domain.vocabulary import Stage, UnitKind
from rules.pack import RulePack
from rules.reading import load
from simulation.account import Account, Running, next_due, take_account
from simulation.city import Request, letters_in, requests_of_a_day
from simulation.day import Day
from simulation.desks import answer_escalations, keep_city_desk
from simulation.line import Escalation, Happened, Line
from simulation.outage import keep_incidents
from simulation.people import rng_for
from simulation.report import closing_tables, progress_line, screen, verdict
from simulation.requesters import change_their_minds
from simulation.tally import Row, tally
from simulation.units import read_worklist

EDITION = "beijing-minutes"
MOST_FILING_SECONDS = 100.0
_SECONDS_PER_REQUEST = 0.45
_TICK_SECONDS = 0.5
_LINE_SECONDS = 10.0
_AT_ONCE = 8


@dataclass(frozen=True)
class Plan:
    """What is to be played: how many requests, for how long at most, from which seed, with which letters."""

    requests: int
    most_seconds: float
    seed: int
    sample_data: Path


def play(address: str, plan: Plan, console: Console, now: Callable[[], datetime]) -> bool:
    """Play the day against the API at `address`, show it on `console`, and return whether it counts.

    It counts when every request is accounted for, enough ended, some climbed to district and city, and every
    branch was taken.
    """
    account = asyncio.run(_play(address, plan, console, now))
    for table in closing_tables(account):
        console.print(table)
    console.print(verdict(account), highlight=False)
    return not account.shortcomings


async def _play(address: str, plan: Plan, console: Console, now: Callable[[], datetime]) -> Account:
    pack = load(EDITION)
    rng = rng_for(plan.seed, "city")
    requests = requests_of_a_day(pack, rng, plan.requests, letters_in(plan.sample_data, rng))
    _announce(requests, console)
    async with Line(address) as line:
        day = Day(line, pack, plan.seed, now)
        with _Progress(day, len(requests), console) as show:
            try:
                await _run(day, requests, plan, show)
            finally:
                await day.go_home()
        await day.look()
        escalations, branches = await _all_escalations(line, pack), await _branches(day)
        return take_account(day.filed, day.seen, await _dues(day), escalations, branches)


async def _run(day: Day, requests: list[Request], plan: Plan, show: "_Progress") -> None:
    """Let everybody work until all requests have ended, or the time is over."""
    day.spawn(day.file_all(requests, min(MOST_FILING_SECONDS, _SECONDS_PER_REQUEST * len(requests))))
    day.spawn(day.watch(read_worklist, answer_escalations))
    day.spawn(keep_city_desk(day))
    day.spawn(keep_incidents(day))
    day.spawn(change_their_minds(day))
    end = time.monotonic() + plan.most_seconds
    while time.monotonic() < end and not _is_over(day, len(requests)):
        await asyncio.sleep(_TICK_SECONDS)
        day.check()
        show.update()


def _is_over(day: Day, planned: int) -> bool:
    ended = [number for number, seen in day.seen.items() if seen.stage is Stage.CLOSED]
    return len(day.filed) == planned and len(ended) == planned


async def _dues(day: Day) -> dict[str, Running]:
    """Return what is due next on every ticket that is not closed."""
    spacing = day.pack.settings.survey.spacing
    between = timedelta(days=1) if spacing == "next_day" else day.pack.settings.paced(spacing).amount
    return {
        number: next_due(seen, await day.line.clocks(number), between, day.now())
        for number, seen in day.seen.items()
        if seen.stage is not Stage.CLOSED
    }


async def _branches(day: Day) -> tuple[Row, ...]:
    """Return what left the main line, by the timelines of all tickets that were filed and are in the list."""
    few = asyncio.Semaphore(_AT_ONCE)

    async def read(number: str) -> list[Happened]:
        async with few:
            return await day.line.timeline(number)

    return tally(await asyncio.gather(*(read(number) for number in day.filed if number in day.seen)))


async def _all_escalations(line: Line, pack: RulePack) -> list[Escalation]:
    found: list[Escalation] = []
    for desk in pack.of_kind(UnitKind.DESK):
        found += await line.escalations(desk.code, set())
    return found


def _announce(requests: list[Request], console: Console) -> None:
    letters = sum(request.is_letter for request in requests)
    districts = len({request.district for request in requests if request.district})
    towns = len({request.town for request in requests if request.town})
    console.print(
        f"共{len(requests)}件诉求,其中真实来信{letters}件;涉及{districts}个区、{towns}个街道乡镇。"
        f" {len(requests)} requests, {letters} of them real letters; {districts} districts, {towns} towns.",
        highlight=False,
    )


class _Progress:
    """Shows the day: a living screen on a terminal, a line every ten seconds elsewhere."""

    def __init__(self, day: Day, planned: int, console: Console) -> None:
        self._day, self._planned, self._console = day, planned, console
        self._began = time.monotonic()
        self._next_line = self._began
        self._live = (
            Live(console=console, auto_refresh=False, transient=True) if console.is_terminal else None
        )

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()
        self._console.print(self._line(), highlight=False, soft_wrap=True)

    def update(self) -> None:
        """Show how far the day is."""
        now = time.monotonic()
        if self._live is not None:
            self._live.update(screen(self._day, self._planned, now - self._began), refresh=True)
        elif now >= self._next_line:
            self._next_line = now + _LINE_SECONDS
            self._console.print(self._line(), highlight=False, soft_wrap=True)

    def _line(self) -> str:
        return progress_line(self._day, self._planned, time.monotonic() - self._began)

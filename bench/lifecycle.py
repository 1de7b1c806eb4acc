"""Full lifecycles per second: a bare workflow, the product without HTTP, the product through HTTP."""

from collections.abc import AsyncGenerator
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
from rich.progress import Progress

from api.hotline import Hotline, open_hotline
from bench.arrivals import Latencies, arrive
from bench.given import given
from bench.installation import Installation, installation
from bench.matters import requests
from bench.measuring import Block, measure
from bench.report import progress_bars, show
from bench.sides import BareSide, DirectSide, HttpSide, Side, live_many
from telemetry.logs import configure_logs


@dataclass(frozen=True)
class Plan:
    """How much is done: tickets a side, at once, in how many blocks; requests per second, how long."""

    tickets: int = 1200
    at_once: int = 40
    blocks: int = 3
    warm_up: int = 40
    rate: float = 20.0
    seconds: float = 30.0
    installation: Path | None = None

    def command(self) -> str:
        """Return the command line that asks for this."""
        options = (
            f"--{name.replace('_', '-')} {value}" for name, value in asdict(self).items() if value is not None
        )
        return " ".join(("python -m bench lifecycle", *options))


async def run(plan: Plan) -> None:
    """Start everything, measure by `plan`, print the report; its last line is for machines."""
    configure_logs("warning", "console")
    with _place(plan) as parts, progress_bars() as progress:
        async with _sides(parts) as (sides, hotline):
            measured = await _blocks(plan, sides, hotline, parts, progress)
            latencies = await _intake(plan, sides[-1], progress)
    show(plan.command(), measured, latencies)


def _place(plan: Plan) -> AbstractContextManager[Installation]:
    return installation() if plan.installation is None else given(plan.installation)


async def _blocks(
    plan: Plan, sides: tuple[Side, ...], hotline: Hotline, parts: Installation, progress: Progress
) -> list[Block]:
    """Let the sides take turns, so that a machine whose speed drifts is fair to all."""
    steps = progress.add_task("预热 warm-up", total=len(sides) * (plan.blocks + 1))
    for side in sides:
        await live_many(side, plan.warm_up, plan.at_once)
        progress.advance(steps)
    measured: list[Block] = []
    for turn in range(plan.blocks):
        count = plan.tickets // plan.blocks + (turn < plan.tickets % plan.blocks)
        for side in sides:
            progress.update(steps, description=f"第 {turn + 1} 轮 round {turn + 1}: {side.name}")
            measured.append(await measure(side, count, plan.at_once, hotline, parts))
            progress.advance(steps)
    return measured


async def _intake(plan: Plan, side: Side, progress: Progress) -> Latencies | None:
    if not isinstance(side, HttpSide) or not plan.seconds:
        return None
    step = progress.add_task("受理延迟 intake latency", total=1)
    latencies = await arrive(side, plan.rate, plan.seconds)
    progress.advance(step)
    return latencies


@asynccontextmanager
async def _sides(parts: Installation) -> AsyncGenerator[tuple[tuple[Side, ...], Hotline]]:
    hotline = await open_hotline(parts.settings)
    await hotline.prepare()
    bodies = requests(hotline.rulebook, hotline.now())
    try:
        async with AsyncExitStack() as after:
            https = [
                await after.enter_async_context(httpx.AsyncClient(base_url=url, timeout=30))
                for url in parts.urls
            ]
            yield (BareSide(hotline.client), DirectSide(hotline, bodies), HttpSide(https, bodies)), hotline
    finally:
        await hotline.close()

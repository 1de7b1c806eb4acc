"""The command `city` of `python -m bench`."""

import asyncio
import sys
from typing import Annotated

import typer
import uvloop

from bench.city.facts import HOURS, beijing
from bench.city.report import show
from bench.city.slice import Plan, run


def city(  # noqa: PLR0913, PLR0917 - each is an option of the command line
    times: Annotated[
        float, typer.Option(min=0.01, help="日均 7 万件的倍数 / times 70,000 contacts a day")
    ] = 1.0,
    minutes: Annotated[float, typer.Option(min=0.1, help="时段长度(分钟) / length of the slice")] = 10.0,
    hours: Annotated[
        int, typer.Option(min=0, help="整小时数,按日内曲线 / whole hours along the curve of the day")
    ] = 0,
    hour: Annotated[
        str,
        typer.Option(help="mean、peak 或 0–23:何时的到达率 / at which hour's rate; mean: the day's average"),
    ] = "mean",
    before: Annotated[
        int, typer.Option(min=0, help="事先登记、时段内到期 / opened before, due in the slice")
    ] = 5000,
    open_: Annotated[
        int, typer.Option("--open", min=0, help="另有在办工单 / other tickets that are open")
    ] = 0,
    seed: Annotated[int, typer.Option(help="随机种子 / the seed of all chance")] = 12345,
    at_once: Annotated[
        int, typer.Option(min=1, help="装载时同时登记数 / tickets the loader opens at once")
    ] = 40,
    together: Annotated[  # noqa: FBT002 - see above
        bool, typer.Option("--together", help="同一时刻到期 / they fall due at one instant, in the middle")
    ] = False,
) -> None:
    """Run one slice of Beijing's day in real time, and print its figures; exit 1 where they do not add up."""
    plan = Plan(
        times=times,
        minutes=minutes,
        hours=hours,
        hour=_hour(hour),
        before=before,
        open=open_,
        seed=seed,
        at_once=at_once,
        together=together,
    )
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        outcome = runner.run(run(plan))
    show(outcome)
    if outcome.flaws():
        sys.exit(1)


def _hour(text: str) -> int | None:
    """Return the hour that `text` names, null for the mean. Raises typer.BadParameter."""
    if text == "mean":
        return None
    if text == "peak":
        return beijing().peak
    if text.isdecimal() and int(text) < HOURS:
        return int(text)
    raise typer.BadParameter(f"应为 mean、peak 或 0–23 / should be mean, peak or 0–23: {text}")

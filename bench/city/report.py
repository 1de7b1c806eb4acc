"""The report of a slice: machine, command, figures; the last line is for machines."""

from collections.abc import Iterable

import psutil
from rich.console import Console
from rich.table import Table

from bench.city.outcome import Outcome, average, percentile
from bench.report import machine
from clock import utc_now

_PARTS = ("temporal", "postgres", "worker", "api", "client")
_FAR = 400_000


def show(outcome: Outcome) -> None:
    """Print what was measured, and where."""
    console = Console(width=130, highlight=False)
    console.print(f"{utc_now():%Y-%m-%d %H:%M} UTC · {outcome.command}")
    console.print(machine())
    console.print(_counts(outcome))
    console.print(_times(outcome))
    console.print(_costs(outcome))
    console.print(far(outcome))
    for title, found in (
        ("失败 failed", outcome.failed),
        ("规则拒绝 declined by the rules", outcome.declined),
    ):
        console.print(f"{title}: {dict(found) if found else 0}")
    timed_out = sum(one.timed_out for one in (*outcome.lived, *outcome.waited))
    console.print(f"抽样历史中超时的工作流任务 workflow tasks that timed out, in the sample: {timed_out}")
    for flaw in outcome.flaws():
        console.print(f"不符 NOT SOUND: {flaw}")
    print(last_line(outcome))


def last_line(outcome: Outcome) -> str:
    """Return the line for machines."""
    return (
        f"intake_p99_ms={percentile((one.milliseconds for one in outcome.filed), 99):.1f} "
        f"timer_p99_ms={outcome.timer_p99_ms:.1f} refused={outcome.refused} "
        f"contacts={outcome.planned} acknowledged={len(outcome.numbers)} "
        f"due={len(outcome.due)} rang={outcome.rang} failed={outcome.failed.total()} "
        f"sound={'no' if outcome.flaws() else 'yes'}"
    )


def far(outcome: Outcome) -> str:
    """Return how long the loader would take for 400,000 open tickets, and how much disk, as measured here."""
    load, disk = outcome.load, outcome.loaded_disk
    if not load.tickets:
        return "装载 loader: 0"
    minutes = _FAR / load.rate / 60
    a_ticket = (disk.database + disk.engine) / load.tickets
    return (
        f"装载 loader: {load.tickets} 件 tickets, {load.rate:.1f}/s, {a_ticket / 1024:.1f} KiB 每件 each; "
        f"{_FAR:,} 件需 would take {minutes:.0f} min, {a_ticket * _FAR / 2**30:.1f} GiB"
    )


def _counts(outcome: Outcome) -> str:
    rate = outcome.planned / outcome.seconds
    commands = len(outcome.commands)
    return (
        f"{outcome.seconds:.0f} s: 到达 contacts {outcome.planned} ({rate:.2f}/s), 受理 acknowledged "
        f"{len(outcome.numbers)}, 拒绝 refused {outcome.refused}, 未即时启动 started later "
        f"{outcome.not_started}, 操作 commands {commands} "
        f"({commands / outcome.seconds:.1f}/s), 查询 reads {len(outcome.reads)}, 此前在办 open before "
        f"{outcome.open_before}, 到期 due {len(outcome.due)}, 触发 rang {outcome.rang}"
    )


def _times(outcome: Outcome) -> Table:
    table = Table(title="毫秒 milliseconds")
    for column in ("", "数 number", "p50", "p99", "最长 most"):
        table.add_column(column, justify="right" if column else "left")
    recorded = (rung.recorded_ms for rung in outcome.rungs if rung.recorded_ms is not None)
    waited = (ms for one in (*outcome.lived, *outcome.waited) for ms in one.waited_ms)
    client = ((one.sent - one.due) * 1000 for one in outcome.record)
    for title, values in (
        ("受理(自应到时) intake, from when it was due", (one.milliseconds for one in outcome.filed)),
        ("操作 commands, from when due", (one.milliseconds for one in outcome.commands)),
        ("查询 reads, from when due", (one.milliseconds for one in outcome.reads)),
        ("其中发送迟于应到 of these sent late by the client", client),
        ("时钟迟到(判定) timer lateness, as decided", (rung.decided_ms for rung in outcome.rungs)),
        ("时钟迟到(入库) timer lateness, as recorded", recorded),
        ("工作流任务等待 workflow task schedule-to-start", waited),
        ("投影滞后 lag of the projection", outcome.lags),
    ):
        table.add_row(title, *_row(values))
    return table


def _row(values: Iterable[float]) -> list[str]:
    known = list(values)
    if not known:
        return ["0", "–", "–", "–"]
    return [str(len(known)), *(f"{percentile(known, one):.1f}" for one in (50, 99)), f"{max(known):.1f}"]


def _costs(outcome: Outcome) -> Table:
    table = Table(title="CPU、内存、磁盘 CPU, memory, disk")
    for column in ("", *_PARTS, "合计 sum"):
        table.add_column(column, justify="right" if column else "left")
    shares = [100 * outcome.cpu.get(part, 0.0) / outcome.seconds for part in _PARTS]
    each = [1000 * outcome.cpu.get(part, 0.0) / max(1, outcome.planned) for part in _PARTS]
    memory = [outcome.memory.get(part, 0) / 2**20 for part in _PARTS]
    cores = psutil.cpu_count() or 1
    for title, cells in (
        (f"一核之百分比 % of one core (of {cores})", shares),
        ("每件毫秒 CPU ms per contact", each),
    ):
        table.add_row(title, *(f"{cell:.1f}" for cell in cells), f"{sum(cells):.1f}")
    table.add_row(
        "内存 memory MiB", *(f"{cell:.0f}" if cell else "–" for cell in memory), f"{sum(memory):.0f}"
    )
    for title, disk, tickets in (
        ("磁盘 KiB 每件(装载) disk per loaded ticket", outcome.loaded_disk, outcome.load.tickets),
        ("磁盘 KiB 每件(本段) disk per contact", outcome.disk, len(outcome.numbers)),
    ):
        engine, database = (size / 1024 / max(1, tickets) for size in (disk.engine, disk.database))
        table.add_row(title, f"{engine:.1f}", f"{database:.1f}", "", "", "", f"{engine + database:.1f}")
    for title, some in (
        ("事件 events: 本段 of the slice", outcome.lived),
        ("事件 events: 到期 of those due", outcome.waited),
    ):
        events = average(one.events for one in some)
        size = average(one.bytes / 1024 for one in some)
        table.add_row(title, f"{events:.1f}", "", "", "", "", f"{size:.1f} KiB")
    return table

"""What a cluster needs for so many requests a day, calculated from what one ticket was measured to cost."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

_DAY_SECONDS = 86_400
_KB, _GB = 1024, 1024**3


@dataclass(frozen=True)
class Cost:
    """What one ticket costs from filing to closing, as measured on a crowded small cluster.

    docs/operations/sizing.md says when and how: `make cluster-test ARGS='--suites load'`.
    """

    engine_ms: float = 45.0
    engine_db_ms: float = 15.0
    worker_ms: float = 42.0
    api_ms: float = 26.0
    jiesu_db_ms: float = 10.0
    events: float = 31.0
    transitions: float = 6.8
    engine_kb: float = 65.0
    jiesu_kb: float = 30.0
    archive_kb: float = 6.0


@dataclass(frozen=True)
class Habits:
    """What is assumed of the city and of operations; every one is an option of the command."""

    peak_share: float = 0.10
    """Share of a day's requests in its busiest hour."""
    burst: float = 2.5
    """How far the busiest minute lies above the mean of its hour."""
    life_days: float = 6.0
    """How long a ticket is open on average."""
    retention_days: float = 30.0
    """How long the engine keeps a closed workflow (JIESU_RETENTION_DAYS)."""
    busy: float = 0.5
    """How busy a core may be in the busiest minute: the rest is for failures and what was not measured."""
    host_cores: float = 8.0


@dataclass(frozen=True)
class Need:
    """What so many requests a day need."""

    requests: int
    mean_rate: float
    burst_rate: float
    cores: dict[str, float]
    processes: dict[str, int]
    hosts: int
    open_tickets: int
    transitions_rate: float
    shards: int
    engine_gb: float
    jiesu_gb_year: float
    archive_gb_year: float


def changed(given: Iterable[str]) -> tuple[Cost, Habits]:
    """Return the inputs with each `name=number` of `given` in its place. Raises ValueError for others."""
    cost, habits = Cost(), Habits()
    for word in given:
        name, _, number = word.partition("=")
        if name in {each.name for each in fields(Cost)}:
            cost = replace(cost, **{name: float(number)})
        elif name in {each.name for each in fields(Habits)}:
            habits = replace(habits, **{name: float(number)})
        else:
            raise ValueError(f"no such input: {name}")
    return cost, habits


def need(requests: int, cost: Cost, habits: Habits) -> Need:
    """Return what `requests` a day need.

    Every request counts as a ticket that lives a whole life, and bursts fall wholly on new tickets: both are
    more than a city asks for. Processes of Python use one core each.
    """
    mean = requests / _DAY_SECONDS
    burst = requests * habits.peak_share / 3600 * habits.burst
    milliseconds = {
        f.name.removesuffix("_ms"): getattr(cost, f.name) for f in fields(cost) if "_ms" in f.name
    }
    cores = {part: burst * each / 1000 / habits.busy for part, each in milliseconds.items()}
    processes = {part: max(2, math.ceil(cores[part])) for part in ("worker", "api")}
    kept = requests * (habits.life_days + habits.retention_days)
    transitions = burst * cost.transitions
    return Need(
        requests=requests,
        mean_rate=mean,
        burst_rate=burst,
        cores=cores,
        processes=processes,
        hosts=max(3, math.ceil(sum(cores.values()) / habits.host_cores)),
        open_tickets=round(requests * habits.life_days),
        transitions_rate=transitions,
        shards=_shards(transitions),
        engine_gb=kept * cost.engine_kb * _KB / _GB,
        jiesu_gb_year=requests * 365 * cost.jiesu_kb * _KB / _GB,
        archive_gb_year=requests * 365 * cost.archive_kb * _KB / _GB,
    )


def _shards(transitions_rate: float) -> int:
    """Return how many shards keep each below five writes a second, a power of two and at least 512.

    A shard writes one change after the other, some milliseconds each, so five a second is a tenth of what it
    can. The number is for ever: 512 costs next to nothing and leaves room for growth.
    """
    wanted = transitions_rate / 5
    return max(512, 2 ** math.ceil(math.log2(max(wanted, 1))))


def table(requests: list[int], cost: Cost, habits: Habits) -> str:
    """Return a table in Markdown with a column for each number of requests a day."""
    needs = [need(each, cost, habits) for each in requests]
    rows: list[tuple[str, list[str]]] = [
        ("平均每秒 / requests a second, mean", [f"{n.mean_rate:.2f}" for n in needs]),
        ("最忙一分钟每秒 / in the busiest minute", [f"{n.burst_rate:.1f}" for n in needs]),
        ("在办工单 / open at a time", [f"{n.open_tickets:,}" for n in needs]),
        ("引擎状态转换每秒 / state transitions a second", [f"{n.transitions_rate:.0f}" for n in needs]),
        ("工作进程 / worker processes", [str(n.processes["worker"]) for n in needs]),
        ("接口进程 / API processes", [str(n.processes["api"]) for n in needs]),
        ("Temporal 核数 / cores of Temporal", [f"{n.cores['engine']:.1f}" for n in needs]),
        ("Temporal 数据库核数 / of its database", [f"{n.cores['engine_db']:.1f}" for n in needs]),
        ("接诉数据库核数 / of Jiesu's database", [f"{n.cores['jiesu_db']:.1f}" for n in needs]),
        ("合计核数 / cores in all", [f"{sum(n.cores.values()):.1f}" for n in needs]),
        (
            f"主机（{habits.host_cores:g} 核）/ hosts of {habits.host_cores:g} cores",
            [str(n.hosts) for n in needs],
        ),
        ("历史分片 / history shards", [str(n.shards) for n in needs]),
        ("Temporal 数据库 GB / its database", [f"{n.engine_gb:,.0f}" for n in needs]),
        ("接诉数据库每年 GB / Jiesu's, a year", [f"{n.jiesu_gb_year:,.0f}" for n in needs]),
        ("归档每年 GB / archive, a year", [f"{n.archive_gb_year:,.0f}" for n in needs]),
    ]
    head = "| | " + " | ".join(f"{n.requests:,} 件/日 a day" for n in needs) + " |"
    lines = [head, "|---" * (len(needs) + 1) + "|"]
    return "\n".join([*lines, *(f"| {name} | {' | '.join(values)} |" for name, values in rows)])

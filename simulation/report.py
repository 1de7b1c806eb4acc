"""What the person at the terminal sees: the progress while the day runs, and the table at its end."""

from collections import Counter
from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.table import Table

from domain.vocabulary import ClockName, Ending, Level, Stage, Tier
from simulation.account import Account, Running
from simulation.day import Day
from simulation.line import Seen
from simulation.tally import Row

_ZONE = ZoneInfo("Asia/Shanghai")


def progress_line(day: Day, planned: int, seconds: float) -> str:
    """Return the progress as one plain line, for output that is no terminal."""
    stages = Counter(seen.stage for seen in day.seen.values())
    parts = "  ".join(f"{stage.zh} {stages[stage]}" for stage in Stage if stage is not Stage.CLOSED)
    return (
        f"{_clock(seconds)}  已登记 filed {len(day.filed)}/{planned}  {parts}  "
        f"超时 overdue {_overdue(day)}  到区 district {_climbed(day, Level.DISTRICT)}  "
        f"到市 city {_climbed(day, Level.CITY)}  办结 ended {stages[Stage.CLOSED]}"
    )


def screen(day: Day, planned: int, seconds: float) -> RenderableType:
    """Return the progress as a screen: stages, what is late, what climbed, how it ended, what moved last."""
    stages = Counter(seen.stage for seen in day.seen.values())
    endings = Counter(seen.ending for seen in day.seen.values() if seen.ending is not None)
    left, right = _grid("阶段 stage", "件 tickets"), _grid("办结方式 ending", "件 tickets")
    for stage in Stage:
        left.add_row(f"{stage.zh} {stage.en}", str(stages[stage]))
    left.add_section()
    left.add_row("超时 overdue", f"[red]{_overdue(day)}[/]")
    left.add_row("曾提级到区 climbed to district", f"[yellow]{_climbed(day, Level.DISTRICT)}[/]")
    left.add_row("曾提级到市 climbed to city", f"[magenta]{_climbed(day, Level.CITY)}[/]")
    for ending in (ending for ending in Ending if endings[ending]):
        right.add_row(f"{ending.zh} {ending.en}", f"[green]{endings[ending]}[/]")
    both = Table.grid(padding=(0, 3))
    both.add_row(left, right)
    title = (
        f"[bold]接诉即办演示 Jiesu demonstration[/]  {_clock(seconds)}  "
        f"已登记 filed {len(day.filed)}/{planned}  一小时=一秒 an hour is a second"
    )
    moved = [f"[dim]{seen.number}[/] {seen.sentence_zh}" for seen in day.latest]
    return Group(title, both, *moved)


def closing_tables(account: Account) -> list[RenderableType]:
    """Return the tables of the end: endings by tier, escalations, branches, every ticket still running."""
    tables: list[RenderableType] = [_ending_table(account), _climbing_table(account)]
    if account.branches:
        tables.append(_branch_table(account.branches))
    if account.running:
        tables.append(_running_table(account.running))
    if account.lost:
        tables.append(f"[bold red]去向不明 lost: {' '.join(account.lost)}[/]")
    return tables


def verdict(account: Account) -> str:
    """Return in one line whether every request is accounted for, and what is missing if not."""
    counts = (
        f"共登记 {account.filed} 件:办结 {len(account.ended)}({account.share_ended:.1%}),"
        f"在办 {len(account.running)},去向不明 {len(account.lost)} / filed {account.filed}: "
        f"ended {len(account.ended)}, running {len(account.running)}, lost {len(account.lost)}"
    )
    return "\n".join([counts, *(f"✗ {sentence}" for sentence in account.shortcomings)])


def _ending_table(account: Account) -> Table:
    table = Table(title="每一件诉求的去向 What became of every request")
    table.add_column("去向 ending")
    for tier in Tier:
        table.add_column(tier.zh, justify="right")
    table.add_column("合计 total", justify="right")
    running = [ticket.seen for ticket in account.running]
    for ending in Ending:
        of_ending = [seen for seen in account.ended if seen.ending is ending]
        if not of_ending:
            continue
        table.add_row(f"{ending.zh} {ending.en}", *_by_tier(of_ending))
    table.add_section()
    table.add_row("办结 ended", *_by_tier(account.ended))
    table.add_row("在办 running", *_by_tier(running))
    table.add_row("去向不明 lost", *("" for _ in Tier), str(len(account.lost)))
    table.add_section()
    *by_tier, _ = _by_tier([*account.ended, *running])
    table.add_row("登记 filed", *by_tier, str(account.filed), style="bold")
    return table


def _climbing_table(account: Account) -> Table:
    table = Table(title="提级 Escalations (件 tickets)")
    for heading in ("时限 clock", "到区 to district", "到市 to city"):
        table.add_column(heading, justify="left" if heading.startswith("时") else "right")
    for clock in ClockName:
        counts = [account.climbed.get((clock, level), 0) for level in (Level.DISTRICT, Level.CITY)]
        if any(counts):
            table.add_row(f"{clock.zh} {clock.en}", *map(str, counts))
    table.add_section()
    total = [str(account.climbed_to.get(level, 0)) for level in (Level.DISTRICT, Level.CITY)]
    table.add_row("承办单位超时的工单 tickets whose unit was late", *total, style="bold")
    return table


def _branch_table(rows: Iterable[Row]) -> Table:
    table = Table(title="分支 Branches")
    table.add_column("分支 branch")
    table.add_column("次 times", justify="right")
    table.add_column("件 tickets", justify="right")
    table.add_column("其中 of these")
    for row in rows:
        parts = zip(row.branch.parts, row.parts, strict=True)
        said = ",".join(f"{mark.zh} {mark.en} {count}" for mark, count in parts if count)
        table.add_row(f"{row.branch.start.zh} {row.branch.start.en}", str(row.times), str(row.tickets), said)
    return table


def _running_table(running: Iterable[Running]) -> Table:
    table = Table(title="在办工单 Still running")
    for heading in ("编号 number", "阶段 stage", "责任单位 owner", "下一时限 next due"):
        table.add_column(heading)
    for ticket in sorted(running, key=lambda ticket: ticket.seen.number):
        seen = ticket.seen
        table.add_row(
            seen.number,
            f"{seen.stage.zh}·{seen.status.zh}",
            seen.unit.zh if seen.unit else "市民热线服务中心 city desk",
            f"{ticket.due.zh} {ticket.due_at.astimezone(_ZONE):%H:%M:%S}",
        )
    return table


def _by_tier(tickets: Sequence[Seen]) -> list[str]:
    tiers = Counter(seen.tier for seen in tickets)
    return [*(str(tiers[tier]) for tier in Tier), str(len(tickets))]


def _overdue(day: Day) -> int:
    return sum(seen.overdue for seen in day.seen.values())


def _climbed(day: Day, level: Level) -> int:
    return len(day.climbed.get(level, ()))


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60:02d}:{int(seconds) % 60:02d}"


def _grid(*headings: str) -> Table:
    table = Table()
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="right" if place else "left")
    return table

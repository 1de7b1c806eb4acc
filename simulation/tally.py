"""What left the main line, counted from the tickets' own timelines."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from simulation.line import Happened


@dataclass(frozen=True)
class Mark:
    """What is counted: things of one `kind`, where `field` is set only those whose value begins so."""

    zh: str
    en: str
    kind: str
    field: str = ""
    begins: str = ""

    def fits(self, one: Happened) -> bool:
        """Return whether `one` counts."""
        return one.kind == self.kind and str(one.fact.get(self.field, "")).startswith(self.begins)


@dataclass(frozen=True)
class Branch:
    """One branch: what begins it, and what becomes of it."""

    start: Mark
    parts: tuple[Mark, ...] = ()


@dataclass(frozen=True)
class Row:
    """How often a branch was taken, on how many tickets, and what became of it, in the order of its parts."""

    branch: Branch
    times: int
    tickets: int
    parts: tuple[int, ...]


BRANCHES = (
    Branch(
        Mark("异议", "objections", "objected"),
        (
            Mark("成立", "upheld", "objection_decided", "verdict", "upheld"),
            Mark("不成立", "rejected", "objection_decided", "verdict", "rejected"),
            Mark("逾期未审", "lapsed", "objection_decided", "verdict", "lapsed"),
        ),
    ),
    Branch(
        Mark("吹哨", "whistles", "whistle_blown"),
        (
            Mark("报到", "reported in", "reported_in"),
            Mark("结束", "ended", "whistle_ended"),
            Mark("互评", "ratings", "whistle_rated"),
        ),
    ),
    Branch(
        Mark("协办", "assists", "task_opened", "what", "assist"),
        (
            Mark("阶段性情况", "interim reports", "task_reported", "task", "assist."),
            Mark("答复", "answered", "task_done", "task", "assist."),
            Mark("免办", "waived", "task_waived", "task", "assist."),
        ),
    ),
    Branch(
        Mark("重办", "redo", "redo_ordered"),
        (
            Mark("督办单", "supervision orders", "order_issued"),
            Mark("审结", "reviewed", "order_reviewed"),
        ),
    ),
    Branch(
        Mark("并单", "incident members", "joined_incident"),
        (Mark("结果送达", "got the result", "result_taken"),),
    ),
    Branch(
        Mark("挂账", "hung", "hung"),
        (
            Mark("申请", "proposed", "hanging_proposed"),
            Mark("不予", "refused", "hanging_refused"),
            Mark("销账", "taken off", "taken_off"),
        ),
    ),
    Branch(Mark("撤回", "withdrawn", "withdrawn")),
)
"""The branches that a demonstration has to show."""


def tally(timelines: Iterable[Sequence[Happened]]) -> tuple[Row, ...]:
    """Return a row for each branch, counted over the timelines of all tickets."""
    known = [list(timeline) for timeline in timelines]
    return tuple(_row(branch, known) for branch in BRANCHES)


def _row(branch: Branch, timelines: Sequence[Sequence[Happened]]) -> Row:
    per_ticket = [_count(branch.start, timeline) for timeline in timelines]
    return Row(
        branch=branch,
        times=sum(per_ticket),
        tickets=sum(count > 0 for count in per_ticket),
        parts=tuple(sum(_count(mark, timeline) for timeline in timelines) for mark in branch.parts),
    )


def _count(mark: Mark, timeline: Sequence[Happened]) -> int:
    return sum(mark.fits(one) for one in timeline)

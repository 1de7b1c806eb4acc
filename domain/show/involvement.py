"""Which units have a part in a ticket, and what of it is theirs to keep. Source: Ordinance art. 28.

A unit has a part while it is responsible, watches, or holds an open task. What it had a part in it keeps as
it stood when it last had one: what another unit does later is none of its records.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from pydantic import Field

from domain.command.given import in_the_table
from domain.facts import main_line as f
from domain.facts.fact import AnyFact
from domain.facts.tasks import TaskDone, TaskOpened
from domain.messages import Intake
from domain.model import Value
from domain.show.views import ClockView, StatusView, clock_views, status_view
from domain.terms import Assignment
from domain.ticket.evolving import begin, evolve
from domain.ticket.ticket import Ticket
from domain.vocabulary import Satisfaction


class SurveyResult(Value):
    """What the requester said when he was asked; the comment stands in the vault, under its id."""

    round: int
    at: datetime
    contacted: bool
    resolved: bool
    satisfied: Satisfaction
    comment: str | None


class Share(Value):
    """A ticket as one unit may have it: as it stands, or as it stood when the unit last had a part in it."""

    parts: tuple[str, ...] = Field(description="responsible, watching, task; empty: it has no part any more")
    left_at: datetime | None = Field(description="when its last part ended; null: it has one")
    ticket: StatusView
    clocks: tuple[ClockView, ...]
    surveys: tuple[SurveyResult, ...]


class Touched(NamedTuple):
    """What a write means for units: who has a part after it, who had one within it, who gave a result."""

    now: list[str]
    touched: list[str]
    answered: list[str]
    surveyed: bool


def parts_of(ticket: Ticket, unit: str) -> tuple[str, ...]:
    """Return how `unit` has a part in `ticket`: responsible, watching, task; empty where it has none."""
    assignment = ticket.assignment
    asked = (task.holder.code for task in ticket.tasks.values() if task.is_open)
    has = {
        "responsible": assignment is not None and assignment.unit.code == unit,
        "watching": assignment is not None and unit in _codes(assignment)[1:],
        "task": unit in map(in_the_table, asked),
    }
    return tuple(name for name, is_so in has.items() if is_so)


def share_of(intake: Intake, facts: Sequence[AnyFact], unit: str) -> Share | None:
    """Return what `unit` may have of the ticket with these `facts`, the filing first; null: never a part.

    A unit that has none any more keeps the ticket as it stood before its last part ended, and hears the
    survey of every round in which it gave the feedback or the result of a task.
    """
    ticket = begin(intake)
    last, left_at, rounds = None if not parts_of(ticket, unit) else ticket, None, set[int]()
    for fact in facts[1:]:
        if _is_a_result(ticket, fact, unit):
            rounds.add(ticket.round)
        ticket = evolve(ticket, fact)
        if parts_of(ticket, unit):
            last, left_at = ticket if _is_whole(ticket) else last or ticket, None
        elif last is not None and left_at is None:
            left_at = fact.at
    if last is None:
        return None
    kept, later = last.surveys, ticket.surveys[len(last.surveys) :]
    heard = (*kept, *(one for one in later if left_at is None or one.round in rounds))
    return Share(
        parts=() if left_at else parts_of(last, unit),
        left_at=left_at,
        ticket=status_view(last),
        clocks=clock_views(last),
        surveys=surveys(heard),
    )


def surveys(answers: Iterable[f.Surveyed]) -> tuple[SurveyResult, ...]:
    """Return `answers` as others read them."""
    return tuple(
        SurveyResult(
            round=one.round,
            at=one.at,
            contacted=one.contacted,
            resolved=one.resolved,
            satisfied=one.satisfied,
            comment=one.comment.id if one.comment else None,
        )
        for one in answers
    )


def touched_by(facts: Sequence[AnyFact], view: StatusView) -> Touched:
    """Return which units the new `facts`, after which the ticket stands as in `view`, are news for.

    Wider than `share_of` where that costs a look at all facts: the reader decides by that.
    """
    now = {named.code for named in (view.unit, *view.watchers) if named is not None}
    now |= {in_the_table(task.holder.code) for task in view.tasks}
    brought_in, answered = set[str](), set[str]()
    for fact in facts:
        assignment: Assignment | None = getattr(fact, "assignment", None)
        brought_in |= set(_codes(assignment)) if assignment is not None else set()
        if isinstance(fact, TaskOpened):
            brought_in.add(in_the_table(fact.holder.code))
        if isinstance(fact, TaskDone) and fact.actor.unit is not None:
            answered.add(in_the_table(fact.actor.unit))
    return Touched(
        now=sorted(now),
        touched=sorted(now | brought_in | answered),
        answered=sorted(answered),
        surveyed=any(isinstance(fact, f.Surveyed) for fact in facts),
    )


def _is_a_result(ticket: Ticket, fact: AnyFact, unit: str) -> bool:
    """Return whether by `fact` `unit` gives the ticket's feedback or the result of a task of its own."""
    if isinstance(fact, f.FeedbackGiven):
        return "responsible" in parts_of(ticket, unit)
    return isinstance(fact, TaskDone) and in_the_table(ticket.tasks[fact.task].holder.code) == unit


def _is_whole(ticket: Ticket) -> bool:
    """Return whether `ticket` can be shown: between the fact of a task and that of its clock it cannot."""
    return all(task.clock in ticket.clocks for task in ticket.tasks.values() if task.is_open)


def _codes(assignment: Assignment) -> tuple[str, ...]:
    return (assignment.unit.code, *(watcher.code for watcher in assignment.watchers))

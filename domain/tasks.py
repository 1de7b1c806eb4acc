"""Rules of every task: it is asked for, answered or reported on in time, or need not be done any more."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from domain import facts as f
from domain.branch_terms import BranchTerms, Given
from domain.calendar import ALWAYS_OPEN
from domain.clocks import course
from domain.errors import UnknownCode, WrongActor, WrongStage
from domain.limits import Ledger, Limit
from domain.messages import SYSTEM, Actor, ProofRef, TextRef
from domain.obligations import fulfil_clock, waive_clock
from domain.task_facts import Task, TaskDone, TaskOpened, TaskReported, TaskWaived
from domain.terms import Assignment, Named
from domain.ticket import Ticket
from domain.vocabulary import ClockName, Ending, Level, TaskKind, UnitKind

DECIDED = frozenset(
    {
        TaskKind.EXTENSION,
        TaskKind.ORDER_REVIEW,
        TaskKind.HANGING,
        TaskKind.HUNG_REVIEW,
        TaskKind.HUNG_UPDATE,
        TaskKind.MILESTONE,
    }
)
"""The tasks that are done by a command of their own, never by a plain answer."""


class Ask(NamedTuple):
    """What is asked of a unit: `about` says it in words, `of` is the task it is a part of.

    `cap`: the task is due then at the latest, for a part is never due after the whole. `limit` stands in
    place of the edition's where what is asked has one of its own.
    """

    kind: TaskKind
    assignment: Assignment
    actor: Actor
    about: TextRef | None
    mandatory: bool = True
    of: str | None = None
    cap: datetime | None = None
    limit: Limit | None = None


def open_task(ticket: Ticket, ask: Ask, terms: BranchTerms, now: datetime) -> list[f.AnyFact]:
    """Return the facts that ask a unit for something, under the clock of its kind."""
    number = 1 + sum(task.kind is ask.kind for task in ticket.tasks.values())
    key, name = f"{ask.kind}.{number}", ask.kind.clock
    opened = TaskOpened(
        at=now,
        actor=ask.actor,
        task=key,
        what=ask.kind,
        holder=ask.assignment.unit,
        mandatory=ask.mandatory,
        about=ask.about,
        of=ask.of,
        clock=f"{name}.{key}",
        turn=ticket.turn,
    )
    limit = terms.limits[name].limit if ask.limit is None else ask.limit
    return [opened, _started(ticket, opened.clock, ask.assignment, limit, now, ask.cap)]


def open_parallel(ticket: Ticket, holder: Named, now: datetime, actor: Actor) -> list[f.AnyFact]:
    """Return the facts that give `holder` its own part of a dual dispatch (双派), beside the lead's.

    It has as long as the requester waits. The lead's feedback does not wait: each answers for its own.
    """
    number = 1 + sum(task.kind is TaskKind.PARALLEL for task in ticket.tasks.values())
    key, name = f"{TaskKind.PARALLEL}.{number}", TaskKind.PARALLEL.clock
    limit = ticket.terms.norms[ClockName.FEEDBACK_BY].limit
    counted = course(limit, Ledger.started(now), ticket.terms.calendar, ticket.terms.reminders, None)
    opened = TaskOpened(
        at=now,
        actor=actor,
        task=key,
        what=TaskKind.PARALLEL,
        holder=holder,
        mandatory=False,
        about=None,
        clock=f"{name}.{key}",
        turn=ticket.turn + 1,
    )
    started = f.ClockStarted(
        at=now,
        actor=SYSTEM,
        clock=opened.clock,
        name=name,
        turn=opened.turn,
        holder=holder,
        limit=limit,
        due_at=counted.due_at,
        provisional=counted.provisional,
        cap=counted.due_at,
        reminders=counted.reminders,
    )
    return [opened, started]


def report(
    ticket: Ticket, task: Task, text: TextRef, given: Given, now: datetime, actor: Actor
) -> list[f.AnyFact]:
    """Return the facts of reasons and an interim report in place of a result. Source: Ordinance art. 14.

    The clock is met by it; another one of the same length starts, under the same cap.
    """
    old, assignment = ticket.clocks[task.clock], given.units[task.holder.code]
    clock = f"{old.name}.{task.key}.{task.reports + 2}"
    return [
        *fulfil_clock(ticket, old, now, actor),
        TaskReported(at=now, actor=actor, task=task.key, text=text, clock=clock),
        _started(ticket, clock, assignment, given.terms.limits[old.name].limit, now, old.cap),
    ]


def finish(
    ticket: Ticket, task: Task, reply: TextRef, proof: tuple[ProofRef, ...], now: datetime, actor: Actor
) -> list[f.AnyFact]:
    """Return the facts of a result; parts of the task that are still open need not be done any more."""
    return [
        TaskDone(at=now, actor=actor, task=task.key, reply=reply, proof=proof),
        *fulfil_clock(ticket, ticket.clocks[task.clock], now, actor),
        *waive_tasks(ticket, parts(ticket, task), now, "whole_done"),
    ]


def waive_tasks(
    ticket: Ticket,
    tasks: Iterable[Task],
    now: datetime,
    because: str,
    actor: Actor = SYSTEM,
    reason: TextRef | None = None,
) -> list[f.AnyFact]:
    """Return the facts by which the open ones of `tasks` need not be done any more."""
    out: list[f.AnyFact] = []
    for task in tasks:
        if task.is_open:
            out.append(TaskWaived(at=now, actor=actor, task=task.key, because=because, reason=reason))
            out += waive_clock(ticket, ticket.clocks[task.clock], now, because)
    return out


def close(ticket: Ticket, ending: Ending, now: datetime, actor: Actor = SYSTEM) -> list[f.AnyFact]:
    """Return the facts that end the ticket: what is still owed to it lapses, nothing is forgotten."""
    out = waive_tasks(ticket, open_tasks(ticket), now, "closed")
    lapsed = {fact.clock for fact in out if isinstance(fact, f.ClockWaived)}
    for clock in ticket.open_clocks():
        if clock.key not in lapsed:
            out.append(f.ClockWaived(at=now, actor=SYSTEM, clock=clock.key, because="closed"))
    return [*out, f.Closed(at=now, actor=actor, ending=ending)]


def parts(ticket: Ticket, task: Task) -> list[Task]:
    """Return the tasks that are parts of `task`, theirs included, in the order in which they were opened."""
    found: list[Task] = []
    for other in ticket.tasks.values():
        if other.of == task.key or any(other.of == one.key for one in found):
            found.append(other)
    return found


def open_tasks(ticket: Ticket, *kinds: TaskKind) -> list[Task]:
    """Return the open tasks of the given kinds, of all kinds when none is given."""
    return [task for task in ticket.tasks.values() if task.is_open and (not kinds or task.kind in kinds)]


def task_called(ticket: Ticket, key: str, *kinds: TaskKind) -> Task:
    """Return the open task `key`. Raises `UnknownCode`, `WrongStage` for one that is answered or waived."""
    task = ticket.tasks.get(key)
    if task is None or (kinds and task.kind not in kinds):
        known = "、".join(one.key for one in open_tasks(ticket, *kinds)) or "(无 none)"
        raise UnknownCode(
            f"工单没有编号为“{key}”的此类任务,在办的有:{known}。",
            f"The ticket has no such task '{key}'; open ones: {known}.",
        )
    if not task.is_open:
        raise WrongStage(
            f"任务“{key}”{task.standing.zh},不能再答复。",
            f"Task '{key}' is {task.standing.en}: it cannot be answered any more.",
        )
    return task


def require_holder(task: Task, actor: Actor) -> None:
    """Raise `WrongActor` unless `actor` speaks for the unit that holds `task`."""
    if actor.unit != task.holder.code:
        raise WrongActor(
            f"任务“{task.key}”由{task.holder.zh}办理。", f"Task '{task.key}' lies with {task.holder.en}."
        )


def desk_for(ticket: Ticket) -> Assignment:
    """Return the desk that decides over the responsible unit: its district's, else the city's."""
    desks = ticket.assignment.desks if ticket.assignment else {}
    return as_holder(desks.get(Level.DISTRICT, ticket.terms.city_desk))


def as_holder(desk: Named) -> Assignment:
    """Return `desk` as one that may hold a task; a desk is always open."""
    return Assignment(unit=desk, kind=UnitKind.DESK, district=None, desks={}, hours=ALWAYS_OPEN)


def require_answerable(task: Task) -> None:
    """Raise `WrongStage` for a task that has a command of its own in place of a plain answer or report."""
    if task.kind in DECIDED:
        raise WrongStage(
            f"“{task.kind.zh}”有专门的操作,不能以答复或阶段性情况代替。",
            f"To {task.kind.en} there is a command of its own; an answer or a report will not do.",
        )


def _started(
    ticket: Ticket, clock: str, assignment: Assignment, limit: Limit, now: datetime, cap: datetime | None
) -> f.ClockStarted:
    terms, name = ticket.terms, ClockName(clock.partition(".")[0])
    ahead = cap if cap is not None and cap > now else None
    counted = course(limit, Ledger.started(now), terms.calendar, terms.reminders, assignment.hours, ahead)
    return f.ClockStarted(
        at=now,
        actor=SYSTEM,
        clock=clock,
        name=name,
        turn=ticket.turn,
        holder=assignment.unit,
        limit=limit,
        due_at=counted.due_at,
        provisional=counted.provisional,
        cap=ahead,
        reminders=counted.reminders,
    )

"""Rules of every task: it is asked for, answered or reported on in time, or need not be done any more."""

from collections.abc import Iterable
from datetime import datetime
from functools import reduce
from typing import NamedTuple

from domain.command.given import BranchTerms, Given
from domain.command.stricter import stricter_since
from domain.errors import Incomplete, UnknownCode, WrongActor, WrongStage
from domain.facts import main_line as f
from domain.facts.fact import AnyFact
from domain.facts.tasks import Task, TaskDone, TaskOpened, TaskReported, TaskWaived
from domain.messages import SYSTEM, Actor, ProofRef, TextRef
from domain.supervise.obligations import fulfil, fulfil_clock, waive_clock
from domain.terms import Assignment, Named
from domain.ticket.clocks import Clock, course
from domain.ticket.evolving import evolve
from domain.ticket.ticket import Ticket
from domain.time.calendar import ALWAYS_OPEN
from domain.time.limits import Ledger, Limit
from domain.vocabulary import ClockName, Ending, Level, TaskKind, UnitKind
from phrases import Listed, Phrase

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

    `cap`: the task is due then at the latest, for a part is never due after the whole. `name`: what a unit
    outside the city's table is called; `level`: how high it lifts the ticket; `clock` and `limit`: others
    than those of its kind.
    """

    kind: TaskKind
    assignment: Assignment
    actor: Actor
    about: TextRef | None
    mandatory: bool = True
    of: str | None = None
    cap: datetime | None = None
    name: TextRef | None = None
    level: Level | None = None
    clock: ClockName | None = None
    limit: Limit | None = None


PARTS = frozenset({TaskKind.ASSIST, TaskKind.SUBASSIGNMENT, TaskKind.WHISTLE, TaskKind.DELIBERATION})
"""The kinds of tasks that are parts of handling the matter: none is due after its whole."""


def open_task(ticket: Ticket, ask: Ask, terms: BranchTerms, now: datetime) -> list[AnyFact]:
    """Return the facts that ask a unit for something, under the clock of its kind."""
    key, name = next_key(ticket, ask.kind), ask.clock or ask.kind.clock
    opened = TaskOpened(
        at=now,
        actor=ask.actor,
        task=key,
        what=ask.kind,
        holder=ask.assignment.unit,
        mandatory=ask.mandatory,
        about=ask.about,
        of=ask.of,
        name=ask.name,
        level=ask.level,
        clock=f"{name}.{key}",
        turn=ticket.turn,
    )
    limit = ask.limit or terms.limits[name].limit
    return [opened, start_part(ticket, opened.clock, ask.assignment, limit, now, ask.cap)]


def open_parallel(ticket: Ticket, holder: Named, now: datetime, actor: Actor) -> list[AnyFact]:
    """Return the facts that give `holder` its own part of a dual dispatch (双派), beside the lead's.

    It has as long as the requester waits. The lead's feedback does not wait: each answers for its own.
    """
    key, name = next_key(ticket, TaskKind.PARALLEL), TaskKind.PARALLEL.clock
    limit = ticket.terms.norms[ClockName.FEEDBACK_BY].limit
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
    started = start_part(ticket, opened.clock, as_holder(holder), limit, now, cap=None)
    return [opened, started.model_copy(update={"turn": opened.turn})]


def next_key(ticket: Ticket, kind: TaskKind) -> str:
    """Return the key of the next task of `kind`: `assist.2` after `assist.1`."""
    return f"{kind}.{1 + sum(task.kind is kind for task in ticket.tasks.values())}"


def report(
    ticket: Ticket, task: Task, text: TextRef, given: Given, now: datetime, actor: Actor
) -> list[AnyFact]:
    """Return the facts of reasons and an interim report in place of a result. Source: Ordinance art. 14.

    The clock is met by it; another one of the same length starts, which ends with the whole all the same.
    Raises `WrongStage` after the edition's number of reports, and once the time of the whole is over.
    """
    _require_report(ticket, task, given.terms, now)
    old, assignment = ticket.clocks[task.clock], given.of(task.holder)
    clock = f"{old.name}.{task.key}.{task.reports + 2}"
    own_part = old.due_at if task.kind is TaskKind.PARALLEL else old.cap  # a dual dispatch gives it no more
    cap = due_of_the_whole(ticket, task.of, now) if task.kind in PARTS else own_part
    return [
        *fulfil_clock(ticket, old, now, actor),
        TaskReported(at=now, actor=actor, task=task.key, text=text, clock=clock),
        start_part(ticket, clock, assignment, given.terms.limits[old.name].limit, now, cap),
    ]


@stricter_since("0.2.0")
def _require_report(ticket: Ticket, task: Task, terms: BranchTerms, now: datetime) -> None:
    """Raise `WrongStage` where only an answer will do."""
    most = terms.numbers.get("task_reports", 1)
    if task.reports >= most:
        raise WrongStage(
            Phrase(
                "Task '{key}' was reported on {reports} time(s), at most {most}: it has to be answered.",
                key=task.key,
                reports=task.reports,
                most=most,
            ),
        )
    is_own_whole, is_part = task.kind is TaskKind.PARALLEL, task.kind in PARTS
    whole = ticket.clocks[task.clock] if is_own_whole else _whole(ticket, task.of) if is_part else None
    if whole is not None and whole.is_open and whole.due_at <= now:
        raise WrongStage(
            Phrase(
                "The time of what '{key}' belongs to is over: a report puts it off no more, answer it.",
                key=task.key,
            ),
        )


def _whole(ticket: Ticket, of: str | None) -> Clock | None:
    """Return the clock of the task `of` (null: the ticket's feedback), null before there is one."""
    return ticket.clocks[ticket.tasks[of].clock] if of is not None else ticket.feedback_clock


def finish(
    ticket: Ticket, task: Task, reply: TextRef, proof: tuple[ProofRef, ...], now: datetime, actor: Actor
) -> list[AnyFact]:
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
) -> list[AnyFact]:
    """Return the facts by which the open ones of `tasks` need not be done any more."""
    out: list[AnyFact] = []
    for task in tasks:
        if task.is_open:
            out.append(TaskWaived(at=now, actor=actor, task=task.key, because=because, reason=reason))
            out += waive_clock(ticket, ticket.clocks[task.clock], now, because)
    return out


def close(ticket: Ticket, ending: Ending, now: datetime, actor: Actor = SYSTEM) -> list[AnyFact]:
    """Return the facts that end the ticket: what is still owed to it lapses, nothing is forgotten."""
    out = waive_tasks(ticket, open_tasks(ticket), now, "closed")
    lapsed = {fact.clock for fact in out if isinstance(fact, f.ClockWaived)}
    for clock in ticket.open_clocks():
        if clock.key not in lapsed:
            out.append(f.ClockWaived(at=now, actor=SYSTEM, clock=clock.key, because="closed"))
    return [*out, f.Closed(at=now, actor=actor, ending=ending)]


def close_by(
    ticket: Ticket, act: list[AnyFact], ending: Ending, now: datetime, actor: Actor
) -> list[AnyFact]:
    """Return `act` and the facts that end the ticket by it: dispatching is done with, all else lapses."""
    out = [*act, *fulfil(reduce(evolve, act, ticket), (ClockName.DISPATCH_BY,), now, actor)]
    return [*out, *close(reduce(evolve, out, ticket), ending, now, actor)]


def parts(ticket: Ticket, task: Task) -> list[Task]:
    """Return the tasks that are parts of `task`, theirs included, in the order in which they were opened."""
    found: list[Task] = []
    for other in ticket.tasks.values():
        if other.of == task.key or any(other.of == one.key for one in found):
            found.append(other)
    return found


def with_parts(ticket: Ticket, tasks: Iterable[Task]) -> list[Task]:
    """Return `tasks` and the parts of each, every one once."""
    found = {one.key: one for task in tasks for one in (task, *parts(ticket, task))}
    return list(found.values())


def open_tasks(ticket: Ticket, *kinds: TaskKind) -> list[Task]:
    """Return the open tasks of the given kinds, of all kinds when none is given."""
    return [task for task in ticket.tasks.values() if task.is_open and (not kinds or task.kind in kinds)]


def task_called(ticket: Ticket, key: str, *kinds: TaskKind) -> Task:
    """Return the open task `key`. Raises `UnknownCode`, `WrongStage` for one that is answered or waived."""
    task = ticket.tasks.get(key)
    if task is None or (kinds and task.kind not in kinds):
        known = Listed((one.key for one in open_tasks(ticket, *kinds)), none=Phrase("(none)"))
        raise UnknownCode(
            Phrase("The ticket has no such task '{key}'; open ones: {known}.", key=key, known=known),
        )
    if not task.is_open:
        raise WrongStage(
            Phrase(
                "Task '{key}' is {standing}: it cannot be answered any more.", key=key, standing=task.standing
            ),
        )
    return task


def due_of_the_whole(ticket: Ticket, of: str | None, now: datetime) -> datetime | None:
    """Return when the task `of` (null: the ticket) is due, or what it is itself a part of, if that is sooner.

    Only instants that lie ahead count; null when there is none.
    """
    task = ticket.tasks[of] if of is not None else None
    whole = _whole(ticket, of)
    above = due_of_the_whole(ticket, task.of, now) if task else None
    ahead = [at for at in (whole.due_at if whole else None, above) if at is not None and at > now]
    return min(ahead, default=None)


def keep_within(ticket: Ticket, now: datetime) -> list[AnyFact]:
    """Return the facts that make open parts due no later than their whole, where that has come forward."""
    out: list[AnyFact] = []
    for task in open_tasks(ticket, *PARTS):
        clock, latest = ticket.clocks[task.clock], due_of_the_whole(ticket, task.of, now)
        if latest is None or clock.due_at <= latest:
            continue
        sooner = f.ClockRescheduled(
            at=now,
            actor=SYSTEM,
            clock=clock.key,
            limit=clock.limit,
            due_at=latest,
            provisional=clock.provisional,
            reminders=tuple((rung, at) for rung, at in clock.reminders if at < latest),
        )
        out.append(sooner)
        ticket = evolve(ticket, sooner)
    return out


def binding(ticket: Ticket, of: str | None = None) -> list[Task]:
    """Return the open tasks without which the task `of` (null: the ticket) cannot be finished.

    A part binds through its own whole: what belongs to a voluntary task does not hold up the ticket.
    """
    mine = [task for task in open_tasks(ticket) if task.of == of and task.mandatory]
    return [*mine, *(part for task in mine for part in binding(ticket, task.key))]


def require_parts_done(ticket: Ticket, of: str | None = None) -> None:
    """Raise `Incomplete` while something is open without which the task `of`, or the ticket, is not done."""
    if waiting := binding(ticket, of):
        raise Incomplete(
            Phrase(
                "Mandatory tasks are not answered yet: {waiting}. Waive one with a reason; a "
                "whistle has to be ended.",
                waiting=Listed(
                    Phrase("{holder} ({key})", holder=task.holder, key=task.key) for task in waiting
                ),
            ),
        )


def require_holder(task: Task, actor: Actor) -> None:
    """Raise `WrongActor` unless `actor` speaks for the unit that holds `task`."""
    if not task.is_held_by(actor.unit):
        raise WrongActor(Phrase("Task '{key}' lies with {holder}.", key=task.key, holder=task.holder))


def desk_for(ticket: Ticket) -> Assignment:
    """Return the desk that decides over the responsible unit: its district's, else the city's."""
    desks = ticket.assignment.desks if ticket.assignment else {}
    return as_holder(desks.get(Level.DISTRICT, ticket.terms.city_desk))


def decider(ticket: Ticket) -> Assignment:
    """Return the desk that decides what the responsible unit asks for.

    Raises `WrongStage` where nobody stands above it: a desk does not decide its own applications.
    """
    desk = desk_for(ticket)
    if ticket.assignment is not None and desk.unit == ticket.assignment.unit:
        raise WrongStage(
            Phrase("The ticket is with {unit}, and no desk above it can decide this.", unit=desk.unit),
        )
    return desk


def as_holder(desk: Named) -> Assignment:
    """Return `desk` as one that may hold a task; a desk is always open."""
    return Assignment(unit=desk, kind=UnitKind.DESK, district=None, desks={}, hours=ALWAYS_OPEN)


def require_answerable(task: Task) -> None:
    """Raise `WrongStage` for a task that has a command of its own in place of a plain answer or report."""
    if task.kind in DECIDED:
        raise WrongStage(
            Phrase(
                "To {kind} there is a command of its own; an answer or a report will not do.", kind=task.kind
            ),
        )


def start_part(
    ticket: Ticket, clock: str, assignment: Assignment, limit: Limit, now: datetime, cap: datetime | None
) -> f.ClockStarted:
    """Return the fact that starts `clock`, the key of a task's clock, due at `cap` at the latest.

    A cap that has passed counts no more: nobody is late the moment something is asked.
    """
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

"""Extension (延期): more time, asked for while the clock runs, with law, reason and word to the requester.

Source: Ordinance art. 15 (2): where the law gives more time, requester and centre are notified of the reason.
"""

from datetime import datetime, timedelta
from functools import reduce

from pydantic import AwareDatetime, Field

from domain.command.asking import the_edition
from domain.command.authority import assigned_unit, desk_above
from domain.command.given import Given
from domain.command.spec import CommandSpec
from domain.errors import Incomplete, WrongStage
from domain.facts import main_line as f
from domain.facts.fact import AnyFact
from domain.facts.handle import ExtensionAsked, ExtensionDecided
from domain.messages import Command, ProofRef, TaskKey, TextRef
from domain.supervise.supervising import desk_answers
from domain.supervise.tasks import Ask, decider, finish, next_key, open_task, open_tasks, task_called
from domain.ticket.clocks import Clock, course
from domain.ticket.evolving import evolve
from domain.ticket.ticket import Ticket
from domain.time.day_times import DAY
from domain.time.limits import LONGEST, Basis, Limit
from domain.time.speech import spoken_limit
from domain.vocabulary import ExtensionStanding, Role, Status, TaskKind
from phrases import Phrase


class Extend(Command):
    """延期申请: ask for more time; the requester was notified; the clock runs on until a desk decides."""

    basis: TextRef = Field(description="the law that gives more time")
    reason: TextRef
    proof: tuple[ProofRef, ...] = Field(description="that the requester was notified; at least one")
    days: int | None = Field(default=None, ge=1, le=3660, description="so many days more; or `until`")
    until: AwareDatetime | None = Field(default=None, description="an instant with time zone; or `days`")


class DecideExtension(Command):
    """延期审批: grant or refuse more time, with the reason."""

    task: TaskKey
    granted: bool
    reason: TextRef


def extend(ticket: Ticket, command: Extend, given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts of an application for more time, put before the desk above the unit.

    Raises `WrongStage` once the clock has run out, while another application is undecided, beyond the
    edition's count and beyond the original limit's length; `Incomplete` without proof or without an end.
    """
    clock = _running(ticket, now)
    if clock is None or ticket.assignment is None:
        raise WrongStage(
            Phrase("The limit has passed or no longer runs: more time is asked for before it ends."),
        )
    if not command.proof:
        raise Incomplete(Phrase("An extension needs proof that the requester was informed."))
    _require_room(ticket, given)
    limit = _wanted(ticket, clock, command)
    due = _due(ticket, clock, limit)
    desk = decider(ticket)
    ask = Ask(TaskKind.EXTENSION, desk, command.actor, command.reason, mandatory=False, cap=clock.due_at)
    task, started = open_task(ticket, ask, given.terms, now)
    asked = ExtensionAsked(
        at=now,
        actor=command.actor,
        task=next_key(ticket, TaskKind.EXTENSION),
        clock=clock.key,
        limit=limit,
        until=due,
        basis=command.basis,
        reason=command.reason,
        proof=command.proof,
        centre=ticket.terms.city_desk,
    )
    return [asked, task, started]


def decide_extension(ticket: Ticket, command: DecideExtension, _given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts of the decision; a grant moves the requester's limit and keeps what has run.

    Raises `WrongStage` for a grant once the clock has run out: what is late stays late.
    """
    task = task_called(ticket, command.task, TaskKind.EXTENSION)
    asked = ticket.extensions[task.key]
    clock = _running(ticket, now)
    if command.granted and (clock is None or clock.key != asked.clock):
        raise WrongStage(
            Phrase(
                "The limit has passed: an extension that was not granted before it cannot be "
                "granted any more."
            ),
        )
    if command.granted and clock is not None:  # the matter may have got another limit since it was asked for
        _require_bounds(ticket, clock, asked.limit)
    out = desk_answers(ticket, command.actor, now)
    out += finish(reduce(evolve, out, ticket), task, command.reason, (), now, command.actor)
    until = ticket.promised_at or asked.until
    moved: list[AnyFact] = []
    if command.granted and clock is not None:
        terms, hours = ticket.terms, ticket.responsible.hours
        new = course(asked.limit, clock.ledger, terms.calendar, terms.reminders, hours, clock.cap)
        until = new.due_at
        # What has warned of the old end warns of the new one under a name of its own: each rung rings once.
        again = [(f"{task.key}/{rung}" if rung in clock.warned else rung, at) for rung, at in new.reminders]
        moved = [
            f.ClockRescheduled(
                at=now,
                actor=command.actor,
                clock=clock.key,
                limit=asked.limit,
                due_at=new.due_at,
                provisional=new.provisional,
                reminders=tuple((rung, at) for rung, at in again if at > now),
                extension=task.key,
            )
        ]
    decided = ExtensionDecided(
        at=now,
        actor=command.actor,
        task=task.key,
        granted=command.granted,
        reason=command.reason,
        until=until,
    )
    return [*out, decided, *moved]


def _running(ticket: Ticket, now: datetime) -> Clock | None:
    """Return the requester's clock while it runs and is not late."""
    clock = ticket.feedback_clock
    is_running = clock is not None and clock.is_open and clock.missed_at is None and now <= clock.due_at
    return clock if is_running else None


def _require_room(ticket: Ticket, given: Given) -> None:
    if open_tasks(ticket, TaskKind.EXTENSION):
        raise WrongStage(Phrase("An application for more time is not decided yet."))
    most = given.terms.numbers["extensions"]
    granted = [one for one in ticket.extensions.values() if one.standing is ExtensionStanding.GRANTED]
    if len(granted) >= most:
        raise WrongStage(
            Phrase(
                "This ticket was extended {granted} time(s); at most {most}.", granted=len(granted), most=most
            ),
        )


def _wanted(ticket: Ticket, clock: Clock, command: Extend) -> Limit:
    """Return the whole limit as it would be: at most the original one longer than it is."""
    if (command.days is None) == (command.until is None):
        raise Incomplete(
            Phrase("Say either how many days more (days) or until when (until)."),
        )
    if command.until is None:
        in_time = clock.limit.basis is Basis.WORKING and not clock.limit.in_days
        a_day = ticket.terms.calendar.day_length if in_time else DAY
        limit = _longer(clock.limit, min((command.days or 0) * a_day, LONGEST))
    else:
        limit = Limit(amount=max(timedelta(0), min(command.until - clock.ledger.started_at, LONGEST)))
    _require_bounds(ticket, clock, limit)
    return limit


def _require_bounds(ticket: Ticket, clock: Clock, limit: Limit) -> None:
    """Raise `WrongStage` unless `limit` ends after the clock's own, by the original limit at most."""
    original, calendar = ticket.terms.norms[clock.name].limit, ticket.terms.calendar
    same = clock.limit.basis is original.basis
    most = original.amount if same else original.length(calendar)
    if not clock.due_at < _due(ticket, clock, limit) <= _due(ticket, clock, _longer(clock.limit, most)):
        raise WrongStage(
            Phrase(
                "More time ends after the limit, and is at most as long as the original limit ({original}).",
                original=spoken_limit(original),
            ),
        )


def _longer(limit: Limit, more: timedelta) -> Limit:
    return limit.model_copy(update={"amount": min(limit.amount + more, LONGEST)})


def _due(ticket: Ticket, clock: Clock, limit: Limit) -> datetime:
    return course(limit, clock.ledger, ticket.terms.calendar, None, None, clock.cap).due_at


COMMANDS = {
    "extend": CommandSpec(
        message=Extend,
        rule=extend,
        does=Phrase("ask for more time"),
        may={Role.HANDLER: assigned_unit},
        when=frozenset({Status.HANDLING}),
        asks=the_edition,
    ),
    "decide_extension": CommandSpec(
        message=DecideExtension,
        rule=decide_extension,
        does=Phrase("decide on more time"),
        may={Role.SUPERVISOR: desk_above},
    ),
}
"""The commands of this branch by name."""

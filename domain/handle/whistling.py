"""Whistle and report for duty (街乡吹哨、部门报到): a town calls units to a place; they come and stay.

A called unit meets its first clock by being there. From then on a second one runs until the town says that
it is done: nobody leaves before (事不完、人不撤). Then both sides rate each other.
Source: Ordinance art. 16 (the units called act under the town's coordination), art. 33 (both are appraised).
"""

from datetime import datetime
from functools import reduce

from pydantic import AwareDatetime, Field

from domain.command.asking import the_edition
from domain.command.authority import assigned_unit, holder_of_a_task
from domain.command.given import Given
from domain.command.spec import CommandSpec
from domain.errors import Incomplete, Malformed, UnknownCode, WrongActor, WrongStage
from domain.facts.fact import AnyFact
from domain.facts.handle import ReportedIn, Whistle, WhistleBlown, WhistleEnded, WhistleRated
from domain.messages import Code, Command, ProofRef, TaskKey, TextRef, UnitCode
from domain.supervise.obligations import fulfil_clock
from domain.supervise.tasks import (
    Ask,
    as_holder,
    due_of_the_whole,
    finish,
    next_key,
    open_task,
    open_tasks,
    parts,
    require_holder,
    start_part,
    task_called,
    waive_tasks,
)
from domain.terms import Assignment, Named
from domain.ticket.evolving import evolve
from domain.ticket.ticket import Ticket
from domain.time.limits import Ledger, Limit, due
from domain.time.speech import spoken_limit
from domain.vocabulary import ClockName, Role, Satisfaction, Status, TaskKind, UnitKind, WhistleKind
from phrases import Listed, Phrase


class BlowWhistle(Command):
    """吹哨: call units to a place; the ticket stays with the town."""

    kind: WhistleKind
    called: tuple[UnitCode, ...] = Field(description="the units that have to come")
    place: TextRef = Field(description="where")
    meets_at: AwareDatetime | None = Field(
        default=None, description="when, with time zone; null: at once, or within the edition's time"
    )
    text: TextRef = Field(description="what has to be done together")


class ReportIn(Command):
    """报到: a called unit is on the spot."""

    task: TaskKey
    place: TextRef | None = Field(default=None, description="where exactly, if not where it was called to")
    proof: tuple[ProofRef, ...] = ()


class EndWhistle(Command):
    """结束吹哨: the town says what was achieved together; only then may the units leave."""

    whistle: Code | None = Field(default=None, description="null: the one that is open", examples=["w1"])
    result: TextRef
    proof: tuple[ProofRef, ...] = ()


class RateWhistle(Command):
    """吹哨互评: the town rates a unit that came, or such a unit the town; once, before the ticket closes."""

    whistle: Code | None = Field(default=None, description="null: the last one", examples=["w1"])
    unit: UnitCode | None = Field(default=None, description="the unit the town rates; a unit leaves it out")
    grade: Satisfaction
    comment: TextRef | None = None


def whistle(ticket: Ticket, command: BlowWhistle, given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts by which the town calls units, each with a task of its own.

    Raises `WrongActor` for a unit that is no town, `Incomplete` for nobody called, `WrongStage` for a unit
    that is the town itself or has already been called, and for a time that has passed or is too late.
    """
    town = _town(ticket)
    _require_time(ticket, command, given, now)
    called = [given.units[code] for code in dict.fromkeys(command.called)]
    _require_callable(ticket, town, called)
    key, tasks, opened, after = f"w{len(ticket.whistles) + 1}", dict[str, str](), list[AnyFact](), ticket
    for unit in called:
        tasks[unit.unit.code] = next_key(after, TaskKind.WHISTLE)
        new = open_task(after, _ask(ticket, command, unit, now), given.terms, now)
        after = reduce(evolve, new, after)
        opened += new
    blown = WhistleBlown(
        at=now,
        actor=command.actor,
        whistle=key,
        what=command.kind,
        by=town,
        tasks=tasks,
        place=command.place,
        meets_at=command.meets_at,
        about=command.text,
    )
    return [blown, *opened]


def report_in(ticket: Ticket, command: ReportIn, given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts of a called unit's arrival: the first clock is met, the second one starts.

    The second one is the town's that whistled: it alone can end the joint work.

    Raises `WrongStage` for a unit that is there already; `UnknownCode`, `WrongActor`.
    """
    task = task_called(ticket, command.task, TaskKind.WHISTLE)
    require_holder(task, command.actor)
    called = _whistle_of(ticket, task.key)
    if task.holder.code in called.present:
        raise WrongStage(Phrase("{holder} has reported in already.", holder=task.holder))
    clock = f"{ClockName.JOINT_BY}.{task.key}"
    limit = given.terms.limits[ClockName.JOINT_BY].limit
    cap = due_of_the_whole(ticket, task.of, now)
    arrived = ReportedIn(
        at=now,
        actor=command.actor,
        task=task.key,
        whistle=called.key,
        place=command.place,
        proof=command.proof,
        clock=clock,
    )
    return [
        *fulfil_clock(ticket, ticket.clocks[task.clock], now, command.actor),
        arrived,
        start_part(ticket, clock, _caller(ticket, called), limit, now, cap),
    ]


def end_whistle(ticket: Ticket, command: EndWhistle, _given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts that let the called units leave: who came has done it, who failed to come is named.

    A unit that still had time to come when the town was done has failed in nothing.

    Raises `WrongStage` where no whistle is open or several are and none is named, `UnknownCode`.
    """
    ending = _open_whistle(ticket, command.whistle)
    absent = tuple(unit for unit in ending.tasks if _failed_to_come(ticket, ending, unit, now))
    out: list[AnyFact] = [
        WhistleEnded(
            at=now,
            actor=command.actor,
            whistle=ending.key,
            result=command.result,
            proof=command.proof,
            absent=absent,
        )
    ]
    for unit, key in ending.tasks.items():
        task = ticket.tasks[key]
        if not task.is_open:
            continue
        if unit in ending.present:
            out += finish(ticket, task, command.result, command.proof, now, command.actor)
        else:
            lapsed = [task, *parts(ticket, task)]
            because = "did_not_come" if unit in absent else "whistle_ended"
            out += waive_tasks(ticket, lapsed, now, because, command.actor)
    return out


def rate_whistle(ticket: Ticket, command: RateWhistle, _given: Given, now: datetime) -> list[AnyFact]:
    """Return the fact of one side's rating of the other, once each, when the whistle has ended.

    Raises `WrongActor` for somebody who was not there, `WrongStage` before the end and the second time,
    `UnknownCode` for a whistle or a unit that is not there. Source: Ordinance art. 33.
    """
    rated = _rated_whistle(ticket, command.whistle)
    by = command.actor.unit or ""
    of = _other_side(rated, by, command.unit)
    if rated.ended_at is None:
        raise WrongStage(Phrase("Ratings are given when the whistle has ended."))
    if any((rating.by, rating.of) == (by, of) for rating in rated.ratings):
        raise WrongStage(Phrase("This rating has been given; each side rates once."))
    return [
        WhistleRated(
            at=now,
            actor=command.actor,
            whistle=rated.key,
            by=by,
            of=of,
            grade=command.grade,
            comment=command.comment,
        )
    ]


def may_end(ticket: Ticket, unit: str | None) -> bool:
    """Return whether `unit` blew a whistle of the ticket, or is responsible for the ticket by now."""
    return assigned_unit(ticket, unit) or any(one.by.code == unit for one in ticket.whistles.values())


def took_part(ticket: Ticket, unit: str | None) -> bool:
    """Return whether `unit` blew a whistle of the ticket or was called by one."""
    return any(unit == one.by.code or unit in one.tasks for one in ticket.whistles.values())


def _town(ticket: Ticket) -> Named:
    if ticket.assignment is None or ticket.assignment.kind is not UnitKind.TOWN:
        raise WrongActor(
            Phrase("Only a street or town may whistle; other units ask for assistance or escalate."),
        )
    return ticket.assignment.unit


def _require_time(ticket: Ticket, command: BlowWhistle, given: Given, now: datetime) -> None:
    """Raise a refusal for a time of meeting that makes no sense."""
    if command.meets_at is None:
        return
    if command.kind is WhistleKind.EMERGENCY:
        raise Malformed(Phrase("An emergency calls at once: leave the time of meeting out."))
    if command.meets_at <= now:
        raise WrongStage(Phrase("The meeting must lie ahead."))
    latest = due_of_the_whole(ticket, None, now)
    if latest is None:
        _require_soon(ticket, command.meets_at, given, now)
    elif command.meets_at > latest:
        raise WrongStage(Phrase("The meeting must not lie beyond the requester's limit."))


def _require_soon(ticket: Ticket, meets_at: datetime, given: Given, now: datetime) -> None:
    """Raise `WrongStage` for a meeting that puts an overdue matter off longer than no meeting would."""
    limit = given.terms.limits[ClockName.REPORT_IN_BY].limit
    if meets_at > due(limit, Ledger.started(now), ticket.terms.calendar).at:
        raise WrongStage(
            Phrase(
                "The requester's limit has passed: the meeting must lie within {limit} from now.",
                limit=spoken_limit(limit),
            ),
        )


def _require_callable(ticket: Ticket, town: Named, called: list[Assignment]) -> None:
    if not called:
        raise Incomplete(Phrase("Name the units that are called."))
    waiting = {task.holder.code for task in open_tasks(ticket, TaskKind.WHISTLE)}
    for assignment in called:
        if assignment.unit == town:
            raise WrongStage(Phrase("A town does not call itself."))
        if assignment.unit.code in waiting:
            raise WrongStage(
                Phrase("A whistle for {unit} has not ended yet.", unit=assignment.unit),
            )


def _ask(ticket: Ticket, command: BlowWhistle, unit: Assignment, now: datetime) -> Ask:
    is_emergency = command.kind is WhistleKind.EMERGENCY
    return Ask(
        TaskKind.WHISTLE,
        unit,
        command.actor,
        command.text,
        cap=due_of_the_whole(ticket, None, now),
        clock=ClockName.EMERGENCY_BY if is_emergency else ClockName.REPORT_IN_BY,
        limit=Limit(amount=command.meets_at - now) if command.meets_at else None,
    )


def _failed_to_come(ticket: Ticket, whistle: Whistle, unit: str, now: datetime) -> bool:
    """Return whether the time in which `unit` had to come has passed without it."""
    clock = ticket.clocks[ticket.tasks[whistle.tasks[unit]].clock]
    return unit not in whistle.present and (clock.missed_at is not None or now > clock.due_at)


def _caller(ticket: Ticket, whistle: Whistle) -> Assignment:
    """Return the town that blew `whistle`, also when another unit is responsible by now."""
    lead = ticket.assignment
    return lead if lead is not None and lead.unit == whistle.by else as_holder(whistle.by)


def _whistle_of(ticket: Ticket, task: str) -> Whistle:
    return next(one for one in ticket.whistles.values() if task in one.tasks.values())


def _open_whistle(ticket: Ticket, key: str | None) -> Whistle:
    still = {one.key: one for one in ticket.whistles.values() if one.ended_at is None}
    waiting = [one for one in still.values() if any(ticket.tasks[key].is_open for key in one.tasks.values())]
    if key is None and len(waiting or still) == 1:
        return next(iter(waiting or still.values()))
    known = Listed(still, none=Phrase("(none)"))
    if key is None:
        raise WrongStage(Phrase("Say which whistle ends; open ones: {known}.", known=known))
    if key not in still:
        raise UnknownCode(
            Phrase("There is no open whistle '{key}'; open ones: {known}.", key=key, known=known),
        )
    return still[key]


def _rated_whistle(ticket: Ticket, key: str | None) -> Whistle:
    found = ticket.whistles.get(key or next(reversed(ticket.whistles), ""))
    if found is None:
        raise UnknownCode(Phrase("There is no whistle '{key}'.", key=key or ""))
    return found


def _other_side(rated: Whistle, by: str, unit: str | None) -> str:
    """Return who is rated: the town by a unit that came, one of those units by the town."""
    if by in rated.present and unit in (None, rated.by.code):
        return rated.by.code
    if by != rated.by.code:
        raise WrongActor(
            Phrase("Only the town and the units that reported in rate each other."),
        )
    if unit not in rated.present:
        known = Listed(rated.present, none=Phrase("(none)"))
        raise UnknownCode(
            Phrase("Name the unit that is rated, one that reported in (unit): {known}.", known=known),
        )
    return unit


COMMANDS = {
    "whistle": CommandSpec(
        message=BlowWhistle,
        rule=whistle,
        does=Phrase("whistle"),
        may={Role.HANDLER: assigned_unit},
        when=frozenset({Status.HANDLING}),
        asks=the_edition,
    ),
    "report_in": CommandSpec(
        message=ReportIn,
        rule=report_in,
        does=Phrase("report in"),
        may={Role.HANDLER: holder_of_a_task},
        asks=the_edition,
    ),
    "end_whistle": CommandSpec(
        message=EndWhistle,
        rule=end_whistle,
        does=Phrase("end a whistle"),
        may={Role.HANDLER: may_end},
    ),
    "rate_whistle": CommandSpec(
        message=RateWhistle,
        rule=rate_whistle,
        does=Phrase("rate a whistle"),
        may={Role.HANDLER: took_part},
    ),
}
"""The commands of this branch by name."""

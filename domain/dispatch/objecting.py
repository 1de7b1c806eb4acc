"""Object to a dispatch (派单异议), review, final assignment (审定): a quarrel about duty that always ends.

A unit says once why it is not the one; somebody who is no party decides within a time of his own; after the
edition's number of reviews the assignment is final. The requester's limit runs on all the while.
Source: Ordinance art. 12 ¶3; 国办函〔2025〕66号 item 5.
"""

from datetime import datetime, timedelta
from functools import reduce

from pydantic import Field

from domain.command.asking import the_edition
from domain.command.authority import assigned_unit, city_desk
from domain.command.given import Given
from domain.command.spec import CommandSpec
from domain.dispatch.dispatching import give_to
from domain.dispatch.moving import require_units
from domain.errors import Incomplete, WrongActor, WrongStage
from domain.facts.dispatch import DutyConsulted, Objected, Objection
from domain.facts.fact import AnyFact
from domain.messages import Actor, Code, Command, TextRef, UnitCode
from domain.supervise.consequences import decided, stays
from domain.supervise.obligations import RESTARTED, fulfil_clock, waive
from domain.supervise.supervising import desk_answers
from domain.supervise.tasks import as_holder, open_tasks, start_part, waive_tasks
from domain.terms import Assignment, Named
from domain.ticket.evolving import evolve
from domain.ticket.ticket import Ticket
from domain.vocabulary import ClockName, Role, Status, TaskKind, UnitKind, Verdict
from phrases import Phrase


class Object(Command):
    """派单异议: the unit says it is not the one that answers for the matter."""

    reason: TextRef
    basis: TextRef | None = Field(default=None, description="the legal basis in words")
    basis_code: Code | None = Field(default=None, description="the legal basis as a code of the city's list")
    proposed: UnitCode | None = Field(default=None, description="who should lead instead")


class DecideObjection(Command):
    """异议审核: uphold, naming the unit that is responsible instead, or reject for good."""

    verdict: Verdict
    unit: UnitCode | None = Field(default=None, description="who is responsible instead; needed to uphold")
    reason: TextRef
    basis_code: Code | None = None


class ConsultDuty(Command):
    """职责会商: units confer on whose duty it is; the minutes go with the open objection."""

    units: tuple[UnitCode, ...]
    minutes: TextRef


def object_(ticket: Ticket, command: Object, given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts of an objection: the unit's clocks lapse, the review's starts, the requester's stays.

    What it had asked of its desk for itself, more time or the hold ledger, lapses with them.

    Raises `Incomplete` without a legal basis, `WrongStage` when the assignment is final for this unit, when
    it has ever signed, and after the time to object.
    """
    assignment = ticket.responsible
    _require_free_to_object(ticket, assignment, given.terms.numbers, now)
    if command.basis is None and command.basis_code is None:
        raise Incomplete(
            Phrase("An objection needs its legal basis (basis or basis_code)."),
        )
    proposed = given.units[command.proposed] if command.proposed else None
    if proposed is not None:
        _require_may_lead(ticket, proposed)
    # Not the decided ones: a review that the requester's withdrawal ended has a clock and notices of its own.
    number = 1 + sum(one.name is ClockName.REVIEW_BY for one in ticket.clocks.values())
    clock = f"{ClockName.REVIEW_BY}.{number}"
    objected = Objected(
        at=now,
        actor=command.actor,
        objection=number,
        unit=assignment.unit,
        reason=command.reason,
        basis=command.basis,
        basis_code=command.basis_code,
        proposed=proposed.unit if proposed else None,
        clock=clock,
        rounds=given.terms.numbers["objection_rounds"],
    )
    asked_of_the_desk = open_tasks(ticket, TaskKind.EXTENSION, TaskKind.HANGING)
    cap = ticket.feedback_clock.due_at if ticket.feedback_clock else None
    limit = given.terms.limits[ClockName.REVIEW_BY].limit
    return [
        *waive(ticket, RESTARTED, now, "objected"),
        *waive_tasks(ticket, asked_of_the_desk, now, "objected"),
        objected,
        start_part(ticket, clock, as_holder(ticket.terms.city_desk), limit, now, cap),
    ]


def decide_objection(ticket: Ticket, command: DecideObjection, given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts of the verdict: another unit is responsible, or the same one for good.

    Raises `WrongActor` for a party, `Incomplete` for upholding without a unit, `WrongStage` for naming the
    unit that objected.
    """
    objection = _under_review(ticket)
    _require_no_party(objection, command.actor)
    met = fulfil_clock(ticket, ticket.clocks[objection.clock], now, command.actor)
    ticket = reduce(evolve, met, ticket)
    if command.verdict is not Verdict.UPHELD:
        if command.verdict is not Verdict.REJECTED or command.unit is not None:
            raise WrongStage(
                Phrase(
                    "An objection that is not upheld leaves the ticket with its unit: verdict is "
                    "rejected, without unit."
                ),
            )
        verdict = decided(ticket, objection, Verdict.REJECTED, objection.unit, now, *_why(command))
        answered = desk_answers(ticket, command.actor, now)
        return [*met, *answered, verdict, *stays(ticket, now, command.actor)]
    if command.unit is None:
        raise Incomplete(Phrase("To uphold, name the unit responsible instead (unit)."))
    to = given.units[command.unit]
    _require_may_lead(ticket, to)
    verdict = decided(ticket, objection, Verdict.UPHELD, to.unit, now, *_why(command))
    after = evolve(ticket, verdict)
    return [*met, verdict, *give_to(after, command.actor, command.reason, to, now)]


def consult_duty(ticket: Ticket, command: ConsultDuty, given: Given, now: datetime) -> list[AnyFact]:
    """Return the fact that puts minutes and participants of a consultation to the open objection."""
    objection = _under_review(ticket)
    require_units(command.units)
    units = tuple(given.units[code].unit for code in dict.fromkeys(command.units))
    consulted = DutyConsulted(
        at=now, actor=command.actor, objection=objection.number, units=units, minutes=command.minutes
    )
    return [consulted, *desk_answers(ticket, command.actor, now)]


def _why(command: DecideObjection) -> tuple[Actor, TextRef, Code | None]:
    return command.actor, command.reason, command.basis_code


def _under_review(ticket: Ticket) -> Objection:
    objection = ticket.objections.under_review
    if objection is None:
        raise WrongStage(Phrase("No objection is under review."))
    return objection


def _require_free_to_object(
    ticket: Ticket, assignment: Assignment, numbers: dict[str, int], now: datetime
) -> None:
    unit, so_far = assignment.unit, ticket.objections
    if assignment.kind is UnitKind.DESK:
        raise WrongStage(
            Phrase("A dispatch desk is the directory's last row: it reassigns instead of objecting."),
        )
    again = so_far.raised.get(unit.code, 0) >= numbers["objections"]
    if so_far.over or unit.code in so_far.bound or so_far.decided >= numbers["objection_rounds"] or again:
        raise WrongStage(
            Phrase("The assignment is final: {unit} cannot object again and has to handle it.", unit=unit),
        )
    _require_in_time(ticket, unit, numbers, now)


def _require_in_time(ticket: Ticket, unit: Named, numbers: dict[str, int], now: datetime) -> None:
    """Raise `WrongStage` for a unit that has ever signed the ticket, or has been silent for too long.

    A unit that signed has made the matter its own, in this turn, before a redo or before a reopening; an
    edition may leave some hours after it. The time to object counts from when the turn's sign clock began.
    """
    signed = [
        clock.done_at
        for clock in ticket.clocks.values()
        if clock.name is ClockName.SIGN_BY and clock.holder == unit and clock.done_at is not None
    ]
    if signed or ticket.status is Status.HANDLING:
        window = timedelta(hours=numbers.get("object_after_sign_hours", 0))
        if not signed or not window or now > max(signed) + window:
            raise WrongStage(
                Phrase("The ticket has been signed: it is too late to object to the dispatch."),
            )
        return
    turn, within = ticket.clocks.get(f"{ClockName.SIGN_BY}.{ticket.turn}"), numbers.get("object_within_hours")
    if turn is not None and within is not None and now > turn.ledger.started_at + timedelta(hours=within):
        raise WrongStage(
            Phrase(
                "An objection has to come within {within} hours of the dispatch: {unit} has to handle it.",
                within=within,
                unit=unit,
            ),
        )


def _require_may_lead(ticket: Ticket, to: Assignment) -> None:
    if ticket.assignment is not None and to.unit == ticket.assignment.unit:
        raise WrongStage(
            Phrase("{unit} is the unit that objects: name another one.", unit=to.unit),
        )
    if to.kind is UnitKind.DESK:
        raise WrongStage(
            Phrase("{unit} makes the review: it cannot be the unit that handles it.", unit=to.unit),
        )


def _require_no_party(objection: Objection, actor: Actor) -> None:
    if actor.person is None:
        raise WrongActor(Phrase("A review is made by a person who is named (person)."))
    sent_by = objection.assigned_by.person if objection.assigned_by else None
    parties = [unit.code for unit in (objection.unit, objection.proposed) if unit]
    if actor.person in {sent_by, objection.by.person} or actor.unit in parties:
        raise WrongActor(
            Phrase(
                "Whoever dispatched, the unit that objects and the proposed one are parties: "
                "another reviewer has to decide."
            ),
        )


COMMANDS = {
    "object": CommandSpec(
        message=Object,
        rule=object_,
        does=Phrase("object to the dispatch"),
        may={Role.HANDLER: assigned_unit},
        when=frozenset({Status.AWAITING_SIGN, Status.HANDLING}),
        asks=the_edition,
    ),
    "decide_objection": CommandSpec(
        message=DecideObjection,
        rule=decide_objection,
        does=Phrase("decide an objection"),
        may={Role.REVIEWER: city_desk},
        when=frozenset({Status.OBJECTED}),
        asks=the_edition,
    ),
    "consult_duty": CommandSpec(
        message=ConsultDuty,
        rule=consult_duty,
        does=Phrase("record a consultation on duty"),
        may={Role.REVIEWER: city_desk, Role.DISPATCHER: city_desk},
        when=frozenset({Status.OBJECTED}),
        asks=the_edition,
    ),
}
"""The commands of this branch by name."""

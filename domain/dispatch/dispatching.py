"""Dispatch (派单): the ticket leaves for the unit that answers for it. Source: Ordinance art. 11, 12, 13."""

from datetime import datetime
from functools import reduce

from domain.command.authority import above_then_or_now, city_desk, desk_above, require_not_accused
from domain.command.given import Given
from domain.command.placing import require_not_pushed_down
from domain.command.spec import CommandSpec, cannot
from domain.command.stricter import changed_since
from domain.dispatch.moving import (
    require_not_final,
    require_not_taken_from_a_redo,
    require_within_the_district,
)
from domain.errors import WrongStage
from domain.facts import main_line as f
from domain.facts.fact import AnyFact
from domain.messages import SYSTEM, Actor, AssignmentQuery, Dispatch, Reassign, TextRef
from domain.recusal import spared
from domain.supervise.obligations import OF_THE_UNIT, RESTARTED, fulfil, recount, start, start_turn, waive
from domain.supervise.supervising import desk_answers
from domain.supervise.tasks import PARTS, open_parallel, open_tasks, waive_tasks, with_parts
from domain.terms import Assignment, Named
from domain.ticket.evolving import evolve
from domain.ticket.ticket import Ticket
from domain.ticket.transitions import before
from domain.vocabulary import ClockName, DispatchMode, RequestType, Role, Status, TaskKind, UnitKind
from phrases import Phrase


def dispatches_itself(ticket: Ticket) -> bool:
    """Return whether the directory names one row for the matter and the place, both given by a person.

    And a unit that may have it: one that is complained of never gets the complaint.
    """
    may_have_it = not ticket.is_barred(ticket.routing.assignment.unit.code)
    is_named = ticket.category_given and ticket.routing.certain and may_have_it
    return is_named and ticket.nuisance is None  # a second person has to look at it first


def dispatch_by_directory(ticket: Ticket, now: datetime) -> list[AnyFact]:
    """Return the facts by which the ticket dispatches itself, as an act of the system on record."""
    return send(ticket, now, SYSTEM, ticket.routing.assignment, by_directory=True)


def check_dispatch(ticket: Ticket, command: Dispatch) -> None:
    """Raise `WrongStage` for praise, and for the unit that the ticket complains of."""
    if ticket.type is RequestType.PRAISE:
        raise WrongStage(Phrase("Praise is recorded, not dispatched."))
    require_not_accused(ticket, command.unit or ticket.routing.assignment.unit.code)


def about_another_unit(ticket: Ticket, command: Dispatch, _at: datetime) -> AssignmentQuery | None:
    """Return the question for the unit that `command` names, null for the one the directory named."""
    if command.unit is None or command.unit == ticket.routing.assignment.unit.code:
        return None
    return _about(ticket, command.unit)


def about_the_unit(ticket: Ticket, command: Reassign, _at: datetime) -> AssignmentQuery:
    """Return the question for the unit that `command` names."""
    return _about(ticket, command.unit)


def _about(ticket: Ticket, unit: str) -> AssignmentQuery:
    return AssignmentQuery(edition=ticket.terms.edition, unit=unit, place=ticket.place)


def dispatch(ticket: Ticket, command: Dispatch, given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts by which a dispatcher makes a unit responsible. Source: Ordinance art. 12.

    Without a unit that was asked about it is the one the directory names.
    """
    assignment = given.units.get(command.unit or "", ticket.routing.assignment)
    require_not_pushed_down(ticket, assignment)
    return send(ticket, now, command.actor, assignment, reason=command.reason)


def check_reassign(ticket: Ticket, command: Reassign) -> None:
    """Raise `WrongStage` or `WrongActor` where the ticket stays with the unit that has it."""
    if ticket.status is Status.OBJECTED:
        raise WrongStage(
            Phrase(
                "An objection is under review: the review decides who is responsible, not a reassignment."
            ),
        )
    if ticket.assignment is not None and command.unit == ticket.assignment.unit.code:
        raise WrongStage(
            Phrase("The ticket already lies with {unit}.", unit=ticket.assignment.unit),
        )
    require_not_final(ticket)
    require_not_taken_from_a_redo(ticket, command.actor)


def reassign(ticket: Ticket, command: Reassign, given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts that give the ticket to another unit.

    Sign and contact begin again, capped by the requester's limit while that lies ahead; the limit itself does
    not move, but warns in the new unit's hours. A desk that was escalated to has answered by this. A district
    gives it to units of its own, never back; a final assignment is nobody's to change.
    Source: Ordinance art. 12 ¶3, 13.
    """
    assignment = given.units[command.unit]
    require_within_the_district(ticket, command.actor, assignment)
    require_not_pushed_down(ticket, assignment)
    return give_to(ticket, command.actor, command.reason, assignment, now)


def give_to(
    ticket: Ticket, actor: Actor, reason: TextRef, assignment: Assignment, now: datetime
) -> list[AnyFact]:
    """Return the facts that make `assignment` responsible in place of the unit before; see `reassign`."""
    require_not_accused(ticket, assignment.unit.code)
    assignment = spared(ticket.against, assignment)
    its_own = open_tasks(ticket, TaskKind.EXTENSION, TaskKind.HANGING, TaskKind.DELIBERATION)
    out = waive_tasks(ticket, with_parts(ticket, its_own), now, "reassigned")
    out += desk_answers(reduce(evolve, out, ticket), actor, now)
    out += waive(reduce(evolve, out, ticket), RESTARTED, now, "reassigned")
    given = f.Reassigned(
        at=now,
        actor=actor,
        turn=ticket.turn + 1,
        assignment=assignment,
        reason=reason,
        left=ticket.assignment.unit if ticket.assignment else None,
        edition=ticket.routing.edition or ticket.terms.edition,
        row=ticket.routing.row,
        legal_basis=ticket.routing.legal_basis,
    )
    after = reduce(evolve, [*out, given], ticket)
    return [
        *out,
        given,
        *without_own_parts(after, assignment.unit, now),
        *recount(after, ticket.terms, now, ticket.terms.calendar, OF_THE_UNIT, own_limits=True),
        *start_turn(ticket, given.turn, assignment, now, also=promised_visit(after)),
    ]


def without_own_parts(ticket: Ticket, lead: Named, now: datetime) -> list[AnyFact]:
    """Return the facts by which `lead`, who has the whole now, owes itself no part of it."""
    beside = open_tasks(ticket, TaskKind.PARALLEL, TaskKind.ESCALATION, *PARTS)
    own = [task for task in beside if task.holder == lead]
    return waive_tasks(ticket, with_parts(ticket, own), now, "leads_now")


def promised_visit(ticket: Ticket) -> tuple[ClockName, ...]:
    """Return the clock of a visit that is promised, not made, and that nothing runs for; else nothing."""
    runs = any(clock.name is ClockName.DOOR_BY for clock in ticket.open_clocks())
    is_owed = ticket.terms.promises_visit and not ticket.visited and not runs
    return (ClockName.DOOR_BY,) if is_owed else ()


def clocks_of_a_round(ticket: Ticket, turn: int, assignment: Assignment, now: datetime) -> list[AnyFact]:
    """Return the facts that start every clock of the unit: sign, contact, visit where promised, feedback."""
    limit = start(ticket.terms, ClockName.FEEDBACK_BY, turn, assignment, now)
    names = [*RESTARTED, *([ClockName.DOOR_BY] if ticket.terms.promises_visit else [])]
    return [*(start(ticket.terms, name, turn, assignment, now, limit.due_at) for name in names), limit]


def send(
    ticket: Ticket,
    now: datetime,
    actor: Actor,
    assignment: Assignment,
    *,
    by_directory: bool = False,
    reason: TextRef | None = None,
    singly: bool = True,
) -> list[AnyFact]:
    """Return the facts by which the ticket leaves for `assignment`, and for the directory's parallel unit.

    A ticket that is not handled `singly` starts the requester's clock alone. That it is a nuisance, which
    somebody has proposed, nobody needs to decide any more.
    """
    require_not_accused(ticket, assignment.unit.code)
    assignment = spared(ticket.against, assignment)
    turn = ticket.turn + 1
    named = by_directory or assignment.unit == ticket.routing.assignment.unit
    parallel = ticket.routing.parallel if named else None
    clocks = (
        clocks_of_a_round(ticket, turn, assignment, now)
        if singly
        else [start(ticket.terms, ClockName.FEEDBACK_BY, turn, assignment, now)]
    )
    return [
        *fulfil(ticket, (ClockName.DISPATCH_BY,), now, actor),
        *waive(ticket, (ClockName.CONSULT_BY,), now, "dispatched"),
        f.Dispatched(
            at=now,
            actor=actor,
            turn=turn,
            assignment=assignment,
            mode=ticket.routing.mode if named else _mode(assignment),
            by_directory=by_directory,
            routing=ticket.routing,
            reason=reason,
            edition=ticket.routing.edition or ticket.terms.edition,
            settles=ticket.nuisance.actor if ticket.nuisance else None,
        ),
        *clocks,
        *(open_parallel(ticket, parallel, now, actor) if parallel else []),
    ]


def _mode(assignment: Assignment) -> DispatchMode:
    """Return how a dispatcher's own choice counts: to a district it is the district that must organise."""
    return DispatchMode.DISTRICT if assignment.kind is UnitKind.DISTRICT else DispatchMode.DIRECT


def is_dispatched(ticket: Ticket) -> bool:
    """Return whether the wait for a unit is over: dispatched, or closed without one."""
    return ticket.status not in (Status.ACCEPTED, Status.AWAITING_DISPATCH)


COMMANDS = {
    "dispatch": CommandSpec(
        message=Dispatch,
        rule=dispatch,
        does=Phrase("dispatch it"),
        may={Role.DISPATCHER: city_desk},
        when=before("dispatched"),
        asks=about_another_unit,
        wrong_stage=cannot(Phrase("dispatch it")),
        requires=check_dispatch,
    ),
    "reassign": CommandSpec(
        message=Reassign,
        rule=reassign,
        does=Phrase("reassign it"),
        may={
            Role.DISPATCHER: city_desk,
            Role.SUPERVISOR: changed_since("0.2.0", above_then_or_now)(desk_above),
        },
        when=before("reassigned"),
        asks=about_the_unit,
        wrong_stage=cannot(Phrase("reassign it")),
        requires=check_reassign,
    ),
}
"""The commands of this step by name; the requester's limit is nobody's to move (Ordinance art. 13)."""

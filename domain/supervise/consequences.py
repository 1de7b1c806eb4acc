"""What follows by itself when an obligation of a branch is not fulfilled in time, beside climbing."""

from datetime import datetime

from domain.facts import main_line as f
from domain.facts.dispatch import FinallyAssigned, Objection, ObjectionDecided
from domain.facts.fact import AnyFact
from domain.messages import SYSTEM, Actor, Code, TextRef
from domain.supervise.obligations import meet, start_turn, waive_clock
from domain.terms import Named
from domain.ticket.clocks import Clock
from domain.ticket.ticket import Ticket
from domain.vocabulary import ClockName, SignLapse, Status, Verdict


def instead_of_climbing(ticket: Ticket, clock: Clock, now: datetime) -> list[AnyFact]:
    """Return what a missed `clock` brings about in place of its ladder; nothing: it climbs.

    Where the edition says so, the system signs for a unit that did not: it is responsible all the same, and
    its signature counts as late.
    """
    signs = ticket.terms.sign_lapse is SignLapse.AUTO_SIGN and ticket.status is Status.AWAITING_SIGN
    if clock.name is not ClockName.SIGN_BY or not signs:
        return []
    missed = clock.model_copy(update={"missed_at": now})
    return [f.Signed(at=now, actor=SYSTEM), *meet(missed, now, SYSTEM)]


def after_ladder(ticket: Ticket, base: Clock, now: datetime) -> list[AnyFact]:
    """Return what follows when nobody answered up to the last rung of `base`.

    An objection that nobody reviewed has failed: the assignment stands, and no ticket hangs between units.
    """
    objection = ticket.objections.under_review
    if objection is None or base.key != objection.clock:
        return []
    return [
        *waive_clock(ticket, base, now, "not_reviewed"),
        decided(ticket, objection, Verdict.LAPSED, objection.unit, now),
        *stays(ticket, now),
    ]


def drop_objection(ticket: Ticket, now: datetime) -> list[AnyFact]:
    """Return the facts that end a review which the ticket has overtaken: the requester is asked already."""
    objection = ticket.objections.under_review
    if objection is None:
        return []
    return [
        *waive_clock(ticket, ticket.clocks[objection.clock], now, "unanswered"),
        decided(ticket, objection, Verdict.LAPSED, objection.unit, now),
    ]


def decided(  # noqa: PLR0913, PLR0917 - a verdict has that many parts
    ticket: Ticket,
    objection: Objection,
    verdict: Verdict,
    to: Named,
    now: datetime,
    actor: Actor = SYSTEM,
    reason: TextRef | None = None,
    basis_code: Code | None = None,
) -> ObjectionDecided:
    """Return the verdict on `objection`, final when the edition's number of reviews is reached with it."""
    return ObjectionDecided(
        at=now,
        actor=actor,
        objection=objection.number,
        verdict=verdict,
        unit=objection.unit,
        to=to,
        final=ticket.objections.decided + 1 >= objection.rounds,
        category=ticket.terms.category,
        place=ticket.place,
        edition=ticket.routing.edition or ticket.terms.edition,
        row=ticket.routing.row,
        legal_basis=ticket.routing.legal_basis,
        basis_code=basis_code,
        reason=reason,
    )


def stays(ticket: Ticket, now: datetime, actor: Actor = SYSTEM) -> list[AnyFact]:
    """Return the facts by which the unit that objected keeps the ticket for good; its clocks restart."""
    assignment, turn = ticket.responsible, ticket.turn + 1
    return [
        FinallyAssigned(at=now, actor=actor, turn=turn, assignment=assignment),
        *start_turn(ticket, turn, assignment, now),
    ]

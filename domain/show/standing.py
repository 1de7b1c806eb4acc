"""Where a ticket stands and what comes next by itself: whose act is awaited, when, and both in words."""

from datetime import datetime

from domain.evaluate.evaluating import has_result, next_try_at, survey_starts_at
from domain.facts.handle import PreSurveyed
from domain.show.instants import spoken, spoken_end
from domain.supervise.supervising import next_instant, next_rung
from domain.terms import Named
from domain.ticket.clocks import Clock, next_due
from domain.ticket.ticket import Ticket
from domain.vocabulary import (
    ClockName,
    Ending,
    Status,
)
from phrases import Bilingual, Phrase, capital


def holder_of(ticket: Ticket) -> Named:
    """Return whose act is awaited: the unit while it handles, else the city's desk."""
    is_with_the_unit = ticket.status in (Status.AWAITING_SIGN, Status.HANDLING, Status.HUNG)
    return ticket.assignment.unit if ticket.assignment and is_with_the_unit else ticket.terms.city_desk


def pre_survey_of(ticket: Ticket) -> PreSurveyed | None:
    """Return what the requester answered the unit itself in this round, null while it has not asked."""
    said = ticket.pre_survey
    return said if said is not None and said.round == ticket.round else None


def wakes_at(ticket: Ticket) -> datetime | None:
    """Return the next instant at which something happens by itself: to a clock, or to the process."""
    instants = [next_instant(ticket), _next_step_at(ticket)]
    return min((at for at in instants if at is not None), default=None)


def sentence(ticket: Ticket) -> Phrase:
    """Return where the ticket stands and what happens next if nobody acts."""
    if not ticket.is_open:
        ending = ticket.ending or Ending.RESOLVED
        return Phrase("Closed: {ending}.", ending=ending)
    stands, due, next_step = _stands(ticket), next_due(ticket.clocks), _next_step_at(ticket)
    if due is not None:
        return _with_its_deadline(ticket, stands, due)
    if next_step is not None:
        return Phrase("{stands}; callback from {at} on.", stands=stands, at=spoken(ticket, next_step))
    return Phrase("{stands}.", stands=stands)


def _with_its_deadline(ticket: Ticket, stands: Phrase, due: Clock) -> Phrase:
    """Return `stands` with the time that runs out next, or ran out, and what that brings about."""
    at, then = spoken_end(ticket, due.due_at), _then(ticket, due)
    flag = Phrase(" (provisional)") if due.provisional else ""
    name: Bilingual = due.name
    if due.holder.code != holder_of(ticket).code:
        name = Phrase("{name} of {holder}", name=due.name, holder=due.holder)
    if not due.is_overdue:
        ends = Phrase("the {name} ends at {at}{flag}", name=name, at=at, flag=flag)
        return Phrase("{stands}; {ends}, otherwise {then}.", stands=stands, ends=ends, then=then)
    late = Phrase("the {name} ran out at {at}{flag}", name=name, at=at, flag=flag)
    if due.exhausted:
        return Phrase(
            "{stands}; {late}, no higher level is left: the delay is on record.", stands=stands, late=late
        )
    return Phrase("{stands}; {late}. If still nobody acts: {then}.", stands=stands, late=late, then=then)


def _stands(ticket: Ticket) -> Phrase:
    """Return whose act is awaited, with what is special about it."""
    stands = _awaited(ticket, holder_of(ticket))
    if ticket.incident is not None and not ticket.incident.told:
        number = ticket.incident.number
        stands = Phrase("{stands} (handled with incident {number})", stands=stands, number=number)
    said = pre_survey_of(ticket)
    if said is not None and said.discontent and ticket.status is Status.HANDLING:
        stands = Phrase(
            "{stands} (requester dissatisfied when the unit asked: rework required)", stands=stands
        )
    return stands


def _awaited(ticket: Ticket, holder: Named) -> Phrase:
    """Return what is awaited of `holder`, by the status of `ticket`."""
    match ticket.status:
        case Status.AWAITING_DISPATCH:
            awaited = Phrase("Waiting for {holder} to dispatch", holder=holder)
        case Status.AWAITING_SIGN:
            awaited = Phrase("Waiting for {holder} to sign", holder=holder)
        case Status.HANDLING:
            awaited = Phrase("Being handled by {holder}", holder=holder)
        case Status.FEEDBACK_GIVEN if ticket.assignment is not None:
            unit = ticket.assignment.unit
            awaited = Phrase("{unit} has given feedback, {holder} calls back", unit=unit, holder=holder)
        case Status.SURVEYING:
            awaited = Phrase("In callback by {holder}", holder=holder)
        case Status.OBJECTED:
            awaited = Phrase("Objection under review by {holder}", holder=holder)
        case status:
            awaited = Phrase("{status}, with {holder}", status=capital(status), holder=holder)
    return awaited


def _then(ticket: Ticket, clock: Clock) -> Phrase:
    """Return what the end of `clock` brings about."""
    if clock.name is ClockName.SURVEY_BY:
        return Phrase("counted as a missed call of ours")
    base = ticket.clocks[clock.of] if clock.of else clock
    if ticket.assignment is None:
        return Phrase("{desk} is alarmed", desk=ticket.terms.city_desk)
    above = next_rung(ticket, base)
    if above is not None and above[1].code == clock.holder.code:
        return Phrase("{desk} is alarmed", desk=above[1])
    if above is not None:
        return Phrase("raised to {above}", above=above[1])
    return _AT_THE_LADDERS_END.get(base.name, Phrase("the delay stays on record"))


_AT_THE_LADDERS_END = {
    ClockName.HUNG_REVIEW_BY: Phrase("taken off the hold ledger and returned to the unit"),
    ClockName.REVIEW_BY: Phrase("the assignment stands and becomes final"),
    ClockName.FEEDBACK_BY: Phrase("callback follows, with the delay on record"),
}
"""What comes when the last rung's time to answer is over as well."""


def _next_step_at(ticket: Ticket) -> datetime | None:
    """Return when the process itself goes on: to the survey, or to its next try."""
    if ticket.status is Status.FEEDBACK_GIVEN:
        starts_at = survey_starts_at(ticket)
        return None if starts_at is None else next_try_at(ticket, starts_at)
    is_surveying = ticket.status is Status.SURVEYING and not has_result(ticket)
    is_between_tries = is_surveying and not ticket.survey_try_open
    if is_between_tries and ticket.last_try_at is not None:
        return next_try_at(ticket, ticket.last_try_at)
    return None

"""Where a ticket stands and what comes next by itself: whose act is awaited, when, and both in words."""

from datetime import datetime
from zoneinfo import ZoneInfo

from domain.evaluate.evaluating import has_result, next_try_at, survey_starts_at
from domain.facts.handle import PreSurveyed
from domain.supervise.supervising import next_instant, next_rung
from domain.terms import Named
from domain.ticket.clocks import Clock, next_due
from domain.ticket.ticket import Ticket
from domain.vocabulary import (
    ClockName,
    Ending,
    Status,
)
from phrases import Phrase, capital


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
    holder = holder_of(ticket)
    stands = Phrase(
        "{stage}: {status}, with {holder}", stage=capital(ticket.stage), status=ticket.status, holder=holder
    )
    if ticket.incident is not None and not ticket.incident.told:
        number = ticket.incident.number
        stands = Phrase("{stands} (handled with incident {number})", stands=stands, number=number)
    said = pre_survey_of(ticket)
    if said is not None and said.discontent and ticket.status is Status.HANDLING:
        stands = Phrase("{stands} (the requester told the unit of discontent: to be mended)", stands=stands)
    due = next_due(ticket.clocks)
    next_step = _next_step_at(ticket)
    if due is None and next_step is not None:
        at = _local(next_step, ticket.terms.calendar.time_zone)
        return Phrase("{stands}; the requester is asked from {at} on.", stands=stands, at=at)
    if due is None:
        return Phrase("{stands}.", stands=stands)
    at = _local(due.due_at, ticket.terms.calendar.time_zone)
    flag = Phrase(" (provisional)") if due.provisional else ""
    then = _then(ticket, due)
    if due.is_overdue:
        return Phrase(
            "{stands}; {name} passed at {at}{flag}. {then}",
            stands=stands,
            name=due.name,
            at=at,
            flag=flag,
            then=then,
        )
    return Phrase(
        "{stands}; {name} {at}{flag}. If nobody acts: {then}",
        stands=stands,
        name=due.name,
        at=at,
        flag=flag,
        then=then,
    )


def _then(ticket: Ticket, clock: Clock) -> Phrase:
    """Return what the end of `clock` brings about."""
    if clock.name is ClockName.SURVEY_BY:
        return Phrase("this callback try counts as not made.")
    base = ticket.clocks[clock.of] if clock.of else clock
    if ticket.assignment is None:
        return Phrase("the city's desk is alarmed.")
    above = next_rung(ticket, base)
    if above is not None:
        return Phrase("it climbs to {above}.", above=above[1])
    return _AT_THE_LADDERS_END.get(base.name, Phrase("it stands on record."))


_AT_THE_LADDERS_END = {
    ClockName.HUNG_REVIEW_BY: Phrase("it leaves the hung ledger and the unit handles it."),
    ClockName.REVIEW_BY: Phrase("the assignment stands, for good."),
    ClockName.FEEDBACK_BY: Phrase("the requester is asked all the same, and it stands on record."),
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


def _local(at: datetime, time_zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(time_zone)):%m-%d %H:%M:%S}"

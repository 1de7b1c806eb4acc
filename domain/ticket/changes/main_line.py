"""What facts of the main line change."""

from datetime import datetime

from domain.facts import main_line as f
from domain.facts.handle import Whistle
from domain.recusal import recused
from domain.ticket.change import Change, change, with_clock
from domain.ticket.clocks import Clock
from domain.ticket.ticket import Ticket
from domain.time.limits import Ledger
from domain.vocabulary import (
    ClockName,
)

_OWED_TO_THE_REQUESTER = (ClockName.DOOR_BY, ClockName.FEEDBACK_BY)
"""The clocks another unit takes over as they run, whatever limits later clocks have."""


@change.register
def _(fact: f.Classified, ticket: Ticket) -> Change:
    return {
        "type": fact.type,
        "terms": fact.resolution.terms,
        "routing": recused(ticket.against, fact.resolution.routing),
        "category_given": True,
    }


@change.register
def _(fact: f.Answered, _ticket: Ticket) -> Change:
    return {"feedback_at": fact.at}


@change.register
def _(fact: f.Dispatched, ticket: Ticket) -> Change:
    return {
        "assignment": fact.assignment,
        "mode": fact.mode,
        "routing": fact.routing,
        "turn": fact.turn,
        "contacts": 0,
        "contacted": False,
        "visited": False,
        "assigned_by": fact.actor,
        "holders": ticket.holders.sent(),
        "nuisance": None,
    }


@change.register
def _(fact: f.Reassigned, ticket: Ticket) -> Change:
    # What the old unit still owed the requester the new one owes from now on.
    owed = [clock for clock in ticket.open_clocks() if clock.name in _OWED_TO_THE_REQUESTER]
    taken = {clock.key: clock.model_copy(update={"holder": fact.assignment.unit}) for clock in owed}
    return {
        "clocks": {**ticket.clocks, **taken},
        "assignment": fact.assignment,
        "turn": fact.turn,
        "contacts": 0,
        "contacted": False,
        "incident": None,  # an incident has one lead unit; with another the ticket is handled by itself
        "assigned_by": fact.actor,
        "holders": ticket.holders.without(fact.left),
    }


@change.register
def _(fact: f.RedoOrdered, ticket: Ticket) -> Change:
    does_it = fact.assignment or ticket.assignment
    return {
        "assignment": does_it,
        "holders": ticket.holders.again(does_it.unit if does_it else None, fact.left),
        "turn": fact.turn,
        "round": fact.round,
        "contacts": 0,
        "contacted": False,
        "visited": False,
        "outcome": None,
        "feedback_at": None,
        "survey_tries": 0,
        "survey_try_open": False,
        "last_try_at": None,
        "withdrawal": None,
        "handed_over": {},
    }


@change.register
def _(fact: f.ContactAttempted, ticket: Ticket) -> Change:
    return {"contacts": fact.attempt, "contacted": ticket.contacted or fact.counts}


@change.register
def _(_fact: f.Visited, _ticket: Ticket) -> Change:
    return {"visited": True}


@change.register
def _(fact: f.FeedbackGiven, _ticket: Ticket) -> Change:
    return {"outcome": fact.outcome, "feedback_at": fact.at}


@change.register
def _(fact: f.ClockStarted, ticket: Ticket) -> Change:
    clock = Clock(
        key=fact.clock,
        name=fact.name,
        turn=fact.turn,
        holder=fact.holder,
        limit=fact.limit,
        ledger=Ledger.started(fact.at),
        due_at=fact.due_at,
        provisional=fact.provisional,
        cap=fact.cap,
        reminders=fact.reminders,
        of=fact.of,
        level=fact.level,
    )
    changed = with_clock(ticket, clock)
    if fact.name is ClockName.FEEDBACK_BY:
        changed["promised_at"] = fact.due_at
    return changed


@change.register
def _(fact: f.ClockWarned, ticket: Ticket) -> Change:
    clock = ticket.clocks[fact.clock]
    return with_clock(ticket, clock.model_copy(update={"warned": (*clock.warned, fact.rung)}))


@change.register
def _(fact: f.ClockMet, ticket: Ticket) -> Change:
    return with_clock(ticket, ticket.clocks[fact.clock].model_copy(update={"done_at": fact.at}))


@change.register
def _(fact: f.ClockMissed, ticket: Ticket) -> Change:
    clock = ticket.clocks[fact.clock]
    return with_clock(ticket, clock.model_copy(update={"missed_at": fact.at, "missed_by": clock.holder}))


@change.register
def _(fact: f.ClockWaived, ticket: Ticket) -> Change:
    return with_clock(ticket, ticket.clocks[fact.clock].model_copy(update={"waived_at": fact.at}))


@change.register
def _(fact: f.ClockRescheduled, ticket: Ticket) -> Change:
    clock = ticket.clocks[fact.clock]
    new = {
        "limit": fact.limit,
        "due_at": fact.due_at,
        "provisional": fact.provisional,
        "reminders": fact.reminders,
        # A desk's grant stands while the limit is the granted one, whatever else is recalculated.
        "extended": fact.extension is not None or (clock.extended and fact.limit == clock.limit),
    }
    changed = with_clock(ticket, clock.model_copy(update=new))
    if clock.name is ClockName.FEEDBACK_BY:
        changed["promised_at"] = fact.due_at
    return changed


@change.register
def _(fact: f.Escalated, ticket: Ticket) -> Change:
    clock = ticket.clocks[fact.clock]
    return with_clock(ticket, clock.model_copy(update={"climbed": (*clock.climbed, fact.level)}))


@change.register
def _(fact: f.LadderExhausted, ticket: Ticket) -> Change:
    return with_clock(ticket, ticket.clocks[fact.clock].model_copy(update={"exhausted": True}))


@change.register
def _(fact: f.SurveyOpened, _ticket: Ticket) -> Change:
    return {"survey_tries": fact.attempt, "survey_try_open": True}


@change.register
def _(fact: f.SurveyTried, ticket: Ticket) -> Change:
    opened = ticket.newest(ClockName.SURVEY_BY)
    # A missed try belongs to the day it was for, not to the moment it was found missing.
    day_of_try = fact.at if fact.made or opened is None else opened.ledger.started_at
    return {"survey_try_open": False, "last_try_at": day_of_try}


@change.register
def _(fact: f.Surveyed, ticket: Ticket) -> Change:
    return {"surveys": (*ticket.surveys, fact), "survey_try_open": False}


@change.register
def _(fact: f.Urged, _ticket: Ticket) -> Change:
    return {"urged": fact.times}


@change.register
def _(fact: f.CalendarChanged, ticket: Ticket) -> Change:
    return {"terms": ticket.terms.model_copy(update={"calendar": fact.calendar})}


@change.register
def _(fact: f.Closed, ticket: Ticket) -> Change:
    return {
        "ending": fact.ending,
        "closed_at": fact.at,
        "objections": ticket.objections.without_review(),
        "hanging": None,
        "whistles": _ended_with_the_ticket(ticket.whistles, fact.at),
    }


@change.register
def _(_fact: f.Filed | f.Accepted | f.Signed | f.Noted, _ticket: Ticket) -> Change:
    """Change nothing but status and version."""
    return {}


def _ended_with_the_ticket(whistles: dict[str, Whistle], at: datetime) -> dict[str, Whistle]:
    """Return `whistles` with the open ones ended: no joint work goes on on a closed ticket."""
    open_ones = {key: one for key, one in whistles.items() if one.ended_at is None}
    return whistles | {key: one.model_copy(update={"ended_at": at}) for key, one in open_ones.items()}

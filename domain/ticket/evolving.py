"""How a ticket follows from its facts, and nothing else: the first begins it, each next one changes it."""

from functools import singledispatch

from domain.facts import main_line as f
from domain.facts.fact import AnyFact
from domain.facts.handle import ended_with_the_ticket
from domain.facts.happening import Happening
from domain.messages import Actor, Intake
from domain.recusal import recused
from domain.ticket.clocks import Clock
from domain.ticket.ticket import Ticket
from domain.ticket.transitions import after
from domain.time.limits import Ledger
from domain.vocabulary import (
    ClockName,
    Role,
    Status,
)

_OWED_TO_THE_REQUESTER = (ClockName.DOOR_BY, ClockName.FEEDBACK_BY)
"""The clocks another unit takes over as they run, whatever limits later clocks have."""


def filed(intake: Intake) -> f.Filed:
    """Return fact 1 of the ticket that begins with `intake`."""
    return f.Filed(
        at=intake.filed_at,
        actor=Actor(role=Role.REQUESTER),
        type=intake.type,
        channel=intake.channel,
        place=intake.place,
        category=intake.terms.category,
        edition=intake.terms.edition,
        description=intake.description,
    )


def begin(intake: Intake) -> Ticket:
    """Return the ticket as it is after fact 1."""
    return Ticket(
        number=intake.number,
        version=1,
        status=Status.ACCEPTED,
        type=intake.type,
        channel=intake.channel,
        place=intake.place,
        place_zh=intake.place_zh,
        category_given=intake.category_given,
        terms=intake.terms,
        routing=recused(intake.against, intake.routing),
        filed_at=intake.filed_at,
        against=intake.against,
    )


def evolve(ticket: Ticket, fact: AnyFact) -> Ticket:
    """Return `ticket` after `fact`. Raises `KeyError` for a fact the transition table does not allow."""
    change = _change(fact, ticket)
    change["status"] = after(ticket.status, fact.kind)
    change["version"] = ticket.version + 1
    return ticket.model_copy(update=change)


@singledispatch
def _change(fact: Happening, ticket: Ticket) -> dict[str, object]:
    """Return the fields a fact changes; those of the branches say so themselves."""
    return fact.change(ticket)


@_change.register
def _(fact: f.Classified, ticket: Ticket) -> dict[str, object]:
    return {
        "type": fact.type,
        "terms": fact.resolution.terms,
        "routing": recused(ticket.against, fact.resolution.routing),
        "category_given": True,
    }


@_change.register
def _(fact: f.Answered, _ticket: Ticket) -> dict[str, object]:
    return {"feedback_at": fact.at}


@_change.register
def _(fact: f.Dispatched, ticket: Ticket) -> dict[str, object]:
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


@_change.register
def _(fact: f.Reassigned, ticket: Ticket) -> dict[str, object]:
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


@_change.register
def _(fact: f.RedoOrdered, ticket: Ticket) -> dict[str, object]:
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


@_change.register
def _(fact: f.ContactAttempted, ticket: Ticket) -> dict[str, object]:
    return {"contacts": fact.attempt, "contacted": ticket.contacted or fact.counts}


@_change.register
def _(_fact: f.Visited, _ticket: Ticket) -> dict[str, object]:
    return {"visited": True}


@_change.register
def _(fact: f.FeedbackGiven, _ticket: Ticket) -> dict[str, object]:
    return {"outcome": fact.outcome, "feedback_at": fact.at}


@_change.register
def _(fact: f.ClockStarted, ticket: Ticket) -> dict[str, object]:
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
    change = _with(ticket, clock)
    if fact.name is ClockName.FEEDBACK_BY:
        change["promised_at"] = fact.due_at
    return change


@_change.register
def _(fact: f.ClockWarned, ticket: Ticket) -> dict[str, object]:
    clock = ticket.clocks[fact.clock]
    return _with(ticket, clock.model_copy(update={"warned": (*clock.warned, fact.rung)}))


@_change.register
def _(fact: f.ClockMet, ticket: Ticket) -> dict[str, object]:
    return _with(ticket, ticket.clocks[fact.clock].model_copy(update={"done_at": fact.at}))


@_change.register
def _(fact: f.ClockMissed, ticket: Ticket) -> dict[str, object]:
    clock = ticket.clocks[fact.clock]
    return _with(ticket, clock.model_copy(update={"missed_at": fact.at, "missed_by": clock.holder}))


@_change.register
def _(fact: f.ClockWaived, ticket: Ticket) -> dict[str, object]:
    return _with(ticket, ticket.clocks[fact.clock].model_copy(update={"waived_at": fact.at}))


@_change.register
def _(fact: f.ClockRescheduled, ticket: Ticket) -> dict[str, object]:
    clock = ticket.clocks[fact.clock]
    new = {
        "limit": fact.limit,
        "due_at": fact.due_at,
        "provisional": fact.provisional,
        "reminders": fact.reminders,
        # A desk's grant stands while the limit is the granted one, whatever else is counted anew.
        "extended": fact.extension is not None or (clock.extended and fact.limit == clock.limit),
    }
    change = _with(ticket, clock.model_copy(update=new))
    if clock.name is ClockName.FEEDBACK_BY:
        change["promised_at"] = fact.due_at
    return change


@_change.register
def _(fact: f.Escalated, ticket: Ticket) -> dict[str, object]:
    clock = ticket.clocks[fact.clock]
    return _with(ticket, clock.model_copy(update={"climbed": (*clock.climbed, fact.level)}))


@_change.register
def _(fact: f.LadderExhausted, ticket: Ticket) -> dict[str, object]:
    return _with(ticket, ticket.clocks[fact.clock].model_copy(update={"exhausted": True}))


@_change.register
def _(fact: f.SurveyOpened, _ticket: Ticket) -> dict[str, object]:
    return {"survey_tries": fact.attempt, "survey_try_open": True}


@_change.register
def _(fact: f.SurveyTried, ticket: Ticket) -> dict[str, object]:
    opened = ticket.newest(ClockName.SURVEY_BY)
    # A try nobody made belongs to the day it was for, not to the moment it was found missing.
    day_of_try = fact.at if fact.made or opened is None else opened.ledger.started_at
    return {"survey_try_open": False, "last_try_at": day_of_try}


@_change.register
def _(fact: f.Surveyed, ticket: Ticket) -> dict[str, object]:
    return {"surveys": (*ticket.surveys, fact), "survey_try_open": False}


@_change.register
def _(fact: f.Urged, _ticket: Ticket) -> dict[str, object]:
    return {"urged": fact.times}


@_change.register
def _(fact: f.CalendarChanged, ticket: Ticket) -> dict[str, object]:
    return {"terms": ticket.terms.model_copy(update={"calendar": fact.calendar})}


@_change.register
def _(fact: f.Closed, ticket: Ticket) -> dict[str, object]:
    return {
        "ending": fact.ending,
        "closed_at": fact.at,
        "objections": ticket.objections.without_review(),
        "hanging": None,
        "whistles": ended_with_the_ticket(ticket.whistles, fact.at),
    }


def _with(ticket: Ticket, clock: Clock) -> dict[str, object]:
    return {"clocks": {**ticket.clocks, clock.key: clock}}

"""What facts while a request is taken on change."""

from domain.facts.accept import (
    Acknowledged,
    Disposed,
    HandedOver,
    NuisanceProposed,
    NuisanceRejected,
    Reopened,
    RiskAlerted,
    Supplemented,
    WithdrawalAsked,
    Withdrawn,
)
from domain.ticket.change import Change, change, with_task
from domain.ticket.ticket import Ticket
from domain.vocabulary import TaskStanding


@change.register
def _(fact: Supplemented, _ticket: Ticket) -> Change:
    """Return how often facts were added."""
    return {"supplements": fact.times}


@change.register
def _(fact: WithdrawalAsked, _ticket: Ticket) -> Change:
    """Return the wish as the one that waits."""
    return {"withdrawal": fact}


@change.register
def _(fact: Reopened, _ticket: Ticket) -> Change:
    """Return the ticket as it waits for a unit once more; what was said and done stays on record."""
    return {
        "reopened": fact.times,
        "incident": None,
        "consultation": None,
        "round": fact.round,
        "ending": None,
        "closed_at": None,
        "contacts": 0,
        "contacted": False,
        "visited": False,
        "outcome": None,
        "feedback_at": None,
        "survey_tries": 0,
        "survey_try_open": False,
        "last_try_at": None,
        "reopened_at": fact.at,
        "withdrawal": None,
        "disposed": None,
        "nuisance": None,
        "handed_over": {},
    }


@change.register
def _(fact: Disposed, _ticket: Ticket) -> Change:
    """Return the record of how the request was disposed of; no proposal is left."""
    return {"disposed": fact, "nuisance": None}


@change.register
def _(fact: NuisanceProposed, _ticket: Ticket) -> Change:
    """Return the proposal as the one that waits."""
    return {"nuisance": fact}


@change.register
def _(_fact: NuisanceRejected, _ticket: Ticket) -> Change:
    """Return that no proposal waits any more."""
    return {"nuisance": None}


@change.register
def _(fact: HandedOver, ticket: Ticket) -> Change:
    """Return the hand-overs of the ticket with this one, by task."""
    return {"handed_over": {**ticket.handed_over, fact.task: fact}}


@change.register
def _(fact: Acknowledged, ticket: Ticket) -> Change:
    """Return the task as done."""
    return with_task(ticket, fact.task, standing=TaskStanding.DONE, closed_at=fact.at)


@change.register
def _(_fact: Withdrawn | RiskAlerted, _ticket: Ticket) -> Change:
    """Change nothing but status and version."""
    return {}

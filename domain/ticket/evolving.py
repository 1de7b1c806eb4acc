"""How a ticket follows from its facts, and nothing else: the first begins it, each next one changes it."""

from domain.facts import main_line as f
from domain.facts.fact import AnyFact
from domain.messages import Actor, Intake
from domain.recusal import recused
from domain.ticket.change import change
from domain.ticket.changes import accept, adopt, dispatch, handle, incident, main_line, supervise, tasks
from domain.ticket.ticket import Ticket
from domain.ticket.transitions import after
from domain.vocabulary import (
    Role,
    Status,
)

REGISTERED = (main_line, accept, dispatch, handle, supervise, tasks, incident, adopt)
"""Where the changes of each kind of fact are registered; importing them is what registers."""


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
    changed = change(fact, ticket)
    changed["status"] = after(ticket.status, fact.kind)
    changed["version"] = ticket.version + 1
    return ticket.model_copy(update=changed)

"""An end that an order, an alert or a hand-off had to wait for: it comes when the last of them is answered.

Source: Ordinance art. 5, 20 (supervision is followed up), 11 (1).
"""

from datetime import datetime
from functools import reduce

from domain.facts.accept import Withdrawn
from domain.facts.fact import AnyFact
from domain.messages import SYSTEM, Actor, TextRef
from domain.supervise.ordering import close_over_orders, waits_for_orders
from domain.supervise.tasks import close_by, open_tasks
from domain.ticket.evolving import evolve
from domain.ticket.ticket import Ticket
from domain.ticket.transitions import BEFORE_FEEDBACK
from domain.vocabulary import Ending, TaskKind


def end_if_over(ticket: Ticket, act: list[AnyFact], now: datetime, actor: Actor = SYSTEM) -> list[AnyFact]:
    """Return `act`, and the end where nothing holds the ticket open any more.

    Its requester has taken it back, or emergency services have all of it.
    """
    after = reduce(evolve, act, ticket)
    if after.status not in BEFORE_FEEDBACK or waits_for_orders(after):
        return act
    if (wish := after.withdrawal) is not None:
        return [*act, *taken_back(after, wish.actor, wish.reason, now)]
    if is_with_emergency_services(after):
        return close_by(ticket, act, Ending.TRANSFERRED_EMERGENCY, now, actor)
    return act


def taken_back(ticket: Ticket, actor: Actor, reason: TextRef | None, now: datetime) -> list[AnyFact]:
    """Return the facts that end the ticket at the requester's wish; what units owe it lapses."""
    withdrawn = Withdrawn(at=now, actor=actor, reason=reason)
    return [withdrawn, *close_over_orders(ticket, Ending.WITHDRAWN, now, actor)]


def is_with_emergency_services(ticket: Ticket) -> bool:
    """Return whether the services have it all: each has acknowledged, and no unit was to go on beside."""
    goes_on = any(handed.also_handle for handed in ticket.handed_over.values())
    return bool(ticket.handed_over) and not goes_on and not open_tasks(ticket, TaskKind.ACK)

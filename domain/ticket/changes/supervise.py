"""What facts in supervision change."""

from domain.facts.supervise import EscalatedByHand, Order, OrderIssued, OrderReviewed
from domain.ticket.change import Change, change
from domain.ticket.ticket import Ticket


@change.register
def _(fact: OrderIssued, ticket: Ticket) -> Change:
    """Return the orders with the new one."""
    returns = 0 if fact.of is None else ticket.orders[fact.of].returns + 1
    return {"orders": {**ticket.orders, fact.task: Order(issuer=fact.issuer, returns=returns)}}


@change.register
def _(_fact: OrderReviewed | EscalatedByHand, _ticket: Ticket) -> Change:
    """Change nothing but status and version."""
    return {}

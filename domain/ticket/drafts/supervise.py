"""Who is notified of facts in supervision."""

from domain.facts.supervise import EscalatedByHand, OrderIssued, OrderReviewed
from domain.ticket.draft import NoticeDraft, drafts
from domain.ticket.ticket import Ticket


@drafts.register
def _(fact: OrderIssued, ticket: Ticket) -> list[NoticeDraft]:
    """Notify the responsible unit when the order went to another one."""
    unit = ticket.assignment.unit if ticket.assignment else None
    if unit is None or unit == fact.owner:
        return []
    return [NoticeDraft(unit.code, "order_issued", fact.task, {"owner": fact.owner.code})]


@drafts.register
def _(fact: OrderReviewed, _ticket: Ticket) -> list[NoticeDraft]:
    """Notify the owner."""
    kind = "order_closed" if fact.satisfied else "order_returned"
    return [NoticeDraft(fact.owner.code, kind, fact.task, {"task": fact.task})]


@drafts.register
def _(_fact: EscalatedByHand, _ticket: Ticket) -> list[NoticeDraft]:
    """Notify no recipient."""
    return []

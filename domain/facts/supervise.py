"""What can happen in supervision: orders and escalation by hand."""

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from domain.facts.happening import Happening, Told
from domain.messages import TextRef
from domain.model import Value
from domain.terms import Named
from domain.vocabulary import EscalateTo

if TYPE_CHECKING:
    from domain.ticket.ticket import Ticket


class Order(Value):
    """One order: who reviews the answer, and how often it went back to its owner."""

    issuer: Named
    returns: int = 0


class OrderIssued(Happening):
    """A desk ordered a unit to act; the task with its clock follows."""

    kind: Literal["order_issued"] = "order_issued"
    task: str
    issuer: Named
    owner: Named
    of: str | None = Field(default=None, description="the order whose answer was not enough")

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the orders with the new one."""
        returns = 0 if self.of is None else ticket.orders[self.of].returns + 1
        return {"orders": {**ticket.orders, self.task: Order(issuer=self.issuer, returns=returns)}}

    def told(self, ticket: "Ticket") -> Told:
        """Tell the responsible unit when the order went to another one."""
        unit = ticket.assignment.unit if ticket.assignment else None
        if unit is None or unit == self.owner:
            return []
        return [(unit.code, "order_issued", self.task, {"owner": self.owner.code})]


class OrderReviewed(Happening):
    """The issuer looked at the answer and was satisfied, or was not."""

    kind: Literal["order_reviewed"] = "order_reviewed"
    task: str
    owner: Named
    satisfied: bool
    text: TextRef
    returns: int = Field(description="how often it had gone back before")

    def told(self, ticket: "Ticket") -> Told:
        """Tell the owner."""
        del ticket
        kind = "order_closed" if self.satisfied else "order_returned"
        return [(self.owner.code, kind, self.task, {"task": self.task})]


OrderFact = OrderIssued | OrderReviewed
"""Everything that can happen to an order beside its task."""


class EscalatedByHand(Happening):
    """A desk was asked for its opinion and for measures; its task is opened with the next fact."""

    kind: Literal["escalated_by_hand"] = "escalated_by_hand"
    task: str
    to: EscalateTo
    desk: Named
    opinion: TextRef
    measures: TextRef

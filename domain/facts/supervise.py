"""What can happen in supervision: orders and escalation by hand."""

from typing import Literal

from pydantic import Field

from domain.facts.happening import Happening
from domain.messages import TextRef
from domain.model import Value
from domain.terms import Named
from domain.vocabulary import EscalateTo


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


class OrderReviewed(Happening):
    """The issuer looked at the answer and was satisfied, or was not."""

    kind: Literal["order_reviewed"] = "order_reviewed"
    task: str
    owner: Named
    satisfied: bool
    text: TextRef
    returns: int = Field(description="how often it had gone back before")


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

"""The hung ledger (挂账): what cannot be solved for now stands on account, with a plan, until it can."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from domain.happening import Happening, Told, unit_of
from domain.messages import ProofRef, TextRef
from domain.model import Value
from domain.terms import Named

if TYPE_CHECKING:
    from domain.ticket import Ticket


class Hanging(Value):
    """A matter on the hung ledger, since when and by whose approval."""

    since: datetime
    plan: TextRef
    approved_by: Named
    reviews: int = 0
    updates: int = 0


class HangingProposed(Happening):
    """The unit proposed to hang the matter; its plan goes with the task that asks the desk."""

    kind: Literal["hanging_proposed"] = "hanging_proposed"
    task: str
    plan: TextRef
    proof: tuple[ProofRef, ...]


class HangingRefused(Happening):
    """The desk did not take it on the ledger; the requester's clock has run on."""

    kind: Literal["hanging_refused"] = "hanging_refused"
    task: str
    reason: TextRef

    def told(self, ticket: "Ticket") -> Told:
        """Tell the unit."""
        return [(to, "hanging_refused", self.task, {"task": self.task}) for to in unit_of(ticket)]


class Hung(Happening):
    """The desk took the matter on the ledger; the requester's clock stops being awaited."""

    kind: Literal["hung"] = "hung"
    task: str
    plan: TextRef
    approved_by: Named
    reason: TextRef | None
    elapsed: timedelta = Field(description="how much of the requester's limit had run")

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the matter as hung; nothing is promised for a day any more."""
        hanging = Hanging(since=self.at, plan=self.plan, approved_by=self.approved_by)
        return {"hanging": hanging, "times_hung": ticket.times_hung + 1, "promised_at": None}

    def told(self, ticket: "Ticket") -> Told:
        """Tell the requester and the unit."""
        return [(to, "hung", self.task, {"task": self.task}) for to in [*unit_of(ticket), "requester"]]


class HungReviewed(Happening):
    """A desk looked at the hung matter: it stays on the ledger, or goes back to the unit."""

    kind: Literal["hung_reviewed"] = "hung_reviewed"
    task: str
    text: TextRef
    goes_on: bool

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the hung matter with one review more."""
        return {"hanging": _counted(ticket, "reviews")}

    def told(self, ticket: "Ticket") -> Told:
        """Tell the unit."""
        return [(to, "hung_reviewed", self.task, {"task": self.task}) for to in unit_of(ticket)]


class RequesterUpdated(Happening):
    """The requester was told how the hung matter stands."""

    kind: Literal["requester_updated"] = "requester_updated"
    task: str
    text: TextRef

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the hung matter with one word to the requester more."""
        return {"hanging": _counted(ticket, "updates")}

    def told(self, ticket: "Ticket") -> Told:
        """Tell the requester."""
        del ticket
        return [("requester", "hung_update", self.task, {"text": self.text.id})]


class TakenOff(Happening):
    """The matter left the ledger (销账): the unit handles it again under a fresh limit."""

    kind: Literal["taken_off"] = "taken_off"
    turn: int
    because: str = Field(description="cleared, reviewed, or not_reviewed")
    reason: TextRef | None = None
    proof: tuple[ProofRef, ...] = ()

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the ticket off the ledger."""
        del ticket
        return {"hanging": None, "turn": self.turn}

    def told(self, ticket: "Ticket") -> Told:
        """Tell the requester and the unit."""
        about = {"because": self.because}
        return [(to, "taken_off", f"{self.turn}", about) for to in [*unit_of(ticket), "requester"]]


def _counted(ticket: "Ticket", what: str) -> Hanging | None:
    hanging = ticket.hanging
    return hanging and hanging.model_copy(update={what: getattr(hanging, what) + 1})


HangingFact = HangingProposed | HangingRefused | Hung | HungReviewed | RequesterUpdated | TakenOff
"""Everything that can happen to a matter on its way to, on and off the hung ledger."""

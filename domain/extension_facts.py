"""Extension (延期): the unit asks for more time, a desk above it decides, and the requester is told."""

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from domain.happening import Happening, Told, unit_of
from domain.limits import Limit
from domain.messages import ProofRef, TextRef
from domain.model import Value
from domain.terms import Named
from domain.vocabulary import ExtensionStanding

if TYPE_CHECKING:
    from domain.ticket import Ticket


class Extension(Value):
    """One application for more time; `clock` is the requester's clock it is about."""

    task: str
    clock: str
    limit: Limit = Field(description="the whole limit as it would be, counted from the same beginning")
    until: datetime
    standing: ExtensionStanding = ExtensionStanding.ASKED


class ExtensionAsked(Happening):
    """The unit asked for more time, saying why and by what law, with proof that the requester was told."""

    kind: Literal["extension_asked"] = "extension_asked"
    task: str
    clock: str
    limit: Limit
    until: datetime
    basis: TextRef
    reason: TextRef
    proof: tuple[ProofRef, ...]
    centre: Named

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the applications with the new one."""
        asked = Extension(task=self.task, clock=self.clock, limit=self.limit, until=self.until)
        return {"extensions": {**ticket.extensions, self.task: asked}}

    def told(self, ticket: "Ticket") -> Told:
        """Tell the centre. Source: Ordinance art. 15 (2)."""
        del ticket
        return [(self.centre.code, "extension_applied", self.task, {"until": self.until.isoformat()})]


class ExtensionDecided(Happening):
    """The desk granted or refused it; only a grant moves the requester's limit, by the fact that follows."""

    kind: Literal["extension_decided"] = "extension_decided"
    task: str
    granted: bool
    reason: TextRef
    until: datetime = Field(description="when the answer is due from now on")

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the application as decided."""
        standing = ExtensionStanding.GRANTED if self.granted else ExtensionStanding.REFUSED
        decided = ticket.extensions[self.task].model_copy(update={"standing": standing})
        return {"extensions": {**ticket.extensions, self.task: decided}}

    def told(self, ticket: "Ticket") -> Told:
        """Tell the unit either way, and the requester, with the reason, when there is a new promise."""
        about = {"until": self.until.isoformat(), "reason": self.reason.id}
        kind = "extension_granted" if self.granted else "extension_refused"
        to = [*unit_of(ticket), "requester"] if self.granted else unit_of(ticket)
        return [(recipient, kind, self.task, about) for recipient in to]


ExtensionFact = ExtensionAsked | ExtensionDecided
"""Everything that can happen to an application for more time."""

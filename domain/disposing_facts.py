"""What happens when a request ends without a unit (办结不派单)."""

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from domain.happening import Happening, Told
from domain.messages import ProofRef, TextRef
from domain.terms import Named
from domain.vocabulary import Disposal, Region, StatutoryRoute

if TYPE_CHECKING:
    from domain.ticket import Ticket


class Disposed(Happening):
    """The centre ended the request itself, for a reason of the closed list; `reply` is what it said."""

    kind: Literal["disposed"] = "disposed"
    disposal: Disposal
    reply: TextRef
    route: StatutoryRoute | None = None
    master: str | None = Field(default=None, description="the ticket of the same matter")
    copied_to: Named | None = Field(default=None, description="the unit that got a supervisory copy")
    body: TextRef | None = Field(default=None, description="the central body or enterprise, in words")
    region: Region | None = None
    proof: tuple[ProofRef, ...] = ()
    police_clue: bool = Field(default=False, description="what was found goes to the police as a clue")

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the record of how the request was disposed of; no proposal is left."""
        del ticket
        return {"disposed": self, "nuisance": None}

    def told(self, ticket: "Ticket") -> Told:
        """Tell the requester why, and the unit that is to keep an eye on the matter."""
        from domain.notices import REQUESTER  # noqa: PLC0415 - it reads the facts, this one too

        codes = {"route": self.route, "master": self.master, "region": self.region}
        about = {"disposal": str(self.disposal)} | {
            name: str(code) for name, code in codes.items() if code is not None
        }
        part = f"{ticket.reopened}"
        copy = [(self.copied_to.code, "supervisory_copy", part, dict[str, str]())] if self.copied_to else []
        return [(REQUESTER, "disposed", part, about), *copy]


class NuisanceProposed(Happening):
    """Somebody takes the request for a malicious disturbance; another has to agree. Source: art. 37."""

    kind: Literal["nuisance_proposed"] = "nuisance_proposed"
    reply: TextRef
    proof: tuple[ProofRef, ...]

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the proposal as the one that waits."""
        del ticket
        return {"nuisance": self}

    def told(self, ticket: "Ticket") -> Told:
        """Tell the city's desk that somebody has to look at it."""
        return [(ticket.terms.city_desk.code, "nuisance_to_confirm", f"{ticket.version}", {})]


class NuisanceRejected(Happening):
    """The second person did not agree: the request goes its way like every other."""

    kind: Literal["nuisance_rejected"] = "nuisance_rejected"
    reason: TextRef

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return that no proposal waits any more."""
        del ticket
        return {"nuisance": None}


DisposingFact = Disposed | NuisanceProposed | NuisanceRejected
"""Everything that happens on the way to an end without a unit."""

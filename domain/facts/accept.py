"""What can happen while a request is taken on: supplements, disposals, emergency hand-overs, risk alerts."""

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from domain.facts.happening import Happening, Told
from domain.facts.tasks import TaskHappening
from domain.messages import ProofRef, TextRef
from domain.terms import Named
from domain.vocabulary import (
    Disposal,
    EmergencyService,
    Level,
    Region,
    RiskLevel,
    StatutoryRoute,
    TaskStanding,
)

if TYPE_CHECKING:
    from domain.ticket.ticket import Ticket


class Supplemented(Happening):
    """The requester added facts."""

    kind: Literal["supplemented"] = "supplemented"
    text: TextRef
    times: int

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return how often facts were added."""
        del ticket
        return {"supplements": self.times}

    def told(self, ticket: "Ticket") -> Told:
        """Tell the responsible unit; the city's desk while there is none, or while it reviews whose it is."""
        return [(ticket.hears.code, "supplemented", f"{self.times}", {})]


class WithdrawalAsked(Happening):
    """The requester wants the request back while it is supervised: it ends when that is answered."""

    kind: Literal["withdrawal_asked"] = "withdrawal_asked"
    reason: TextRef | None

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the wish as the one that waits."""
        del ticket
        return {"withdrawal": self}

    def told(self, ticket: "Ticket") -> Told:
        """Tell the unit and the city's desk."""
        unit = [ticket.assignment.unit.code] if ticket.assignment else []
        to = sorted({*unit, ticket.terms.city_desk.code})
        return [(one, "withdrawal_asked", f"{ticket.version}", {}) for one in to]


class Withdrawn(Happening):
    """The requester took the request back before there was an outcome; the end follows."""

    kind: Literal["withdrawn"] = "withdrawn"
    reason: TextRef | None


class Reopened(Happening):
    """The requester says, in time, that an ended matter is not over: another round begins."""

    kind: Literal["reopened"] = "reopened"
    reason: TextRef
    round: int
    times: int = Field(description="how often the ticket was opened again, this time included")

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the ticket as it waits for a unit once more; what was said and done stays on record."""
        del ticket
        return {
            "reopened": self.times,
            "incident": None,
            "consultation": None,
            "round": self.round,
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
            "reopened_at": self.at,
            "withdrawal": None,
            "disposed": None,
            "nuisance": None,
            "handed_over": {},
        }

    def told(self, ticket: "Ticket") -> Told:
        """Tell the requester and the city's desk."""
        from domain.facts.happening import REQUESTER  # noqa: PLC0415 - it reads the facts, this one too

        to = (REQUESTER, ticket.terms.city_desk.code)
        return [(one, "reopened", f"{self.times}", {}) for one in to]


CitizenFact = Supplemented | WithdrawalAsked | Withdrawn | Reopened
"""Everything a requester brings about besides filing, urging and answering."""


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
        from domain.facts.happening import REQUESTER  # noqa: PLC0415 - it reads the facts, this one too

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


class HandedOver(Happening):
    """The matter was handed to 110, 119, 120 or 122, which has to acknowledge it."""

    kind: Literal["handed_over"] = "handed_over"
    task: str
    service: EmergencyService
    also_handle: bool = Field(description="the ticket goes on beside the emergency service")
    text: TextRef | None = None

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the hand-overs of the ticket with this one, by task."""
        return {"handed_over": {**ticket.handed_over, self.task: self}}

    def told(self, ticket: "Ticket") -> Told:
        """Tell the requester who comes; the service itself is told by the task."""
        from domain.facts.happening import REQUESTER  # noqa: PLC0415 - it reads the facts, this one too

        del ticket
        return [(REQUESTER, "handed_over", self.task, {"service": str(self.service)})]


class Acknowledged(TaskHappening):
    """The service has the matter; `reference` is its own number for it."""

    kind: Literal["acknowledged"] = "acknowledged"
    reference: str

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the task as done."""
        return self._with(ticket, standing=TaskStanding.DONE, closed_at=self.at)


EmergencyFact = HandedOver | Acknowledged
"""Everything that happens between the hotline and an emergency service."""


class RiskAlerted(Happening):
    """Somebody involved sees a risk; the city's desk has to answer the task. Source: Ordinance art. 29."""

    kind: Literal["risk_alerted"] = "risk_alerted"
    task: str
    level: RiskLevel
    text: TextRef

    def told(self, ticket: "Ticket") -> Told:
        """Tell the city's desk and the district's, at once."""
        above = (ticket.assignment or ticket.routing.assignment).desks.get(Level.DISTRICT)
        desks = {ticket.terms.city_desk.code, *([above.code] if above else [])}
        about = {"level": str(self.level), "task": self.task}
        return [(desk, "risk_alert", self.task, about) for desk in sorted(desks)]


RiskFact = RiskAlerted
"""Everything that happens about risks."""

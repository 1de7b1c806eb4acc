"""What can happen while a request is taken on: supplements, disposals, emergency hand-overs, risk alerts."""

from typing import Literal

from pydantic import Field

from domain.facts.happening import Happening
from domain.facts.tasks import TaskHappening
from domain.messages import ProofRef, TextRef
from domain.terms import Named
from domain.vocabulary import (
    Disposal,
    EmergencyService,
    Region,
    RiskLevel,
    StatutoryRoute,
)


class Supplemented(Happening):
    """The requester added facts."""

    kind: Literal["supplemented"] = "supplemented"
    text: TextRef
    times: int


class WithdrawalAsked(Happening):
    """The requester wants the request back while it is supervised: it ends when that is answered."""

    kind: Literal["withdrawal_asked"] = "withdrawal_asked"
    reason: TextRef | None


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


class NuisanceProposed(Happening):
    """The request was proposed as a malicious disturbance; another person has to agree. Source: art. 37."""

    kind: Literal["nuisance_proposed"] = "nuisance_proposed"
    reply: TextRef
    proof: tuple[ProofRef, ...]


class NuisanceRejected(Happening):
    """The second person did not agree: the request goes its way like every other."""

    kind: Literal["nuisance_rejected"] = "nuisance_rejected"
    reason: TextRef


DisposingFact = Disposed | NuisanceProposed | NuisanceRejected
"""Everything that happens on the way to an end without a unit."""


class HandedOver(Happening):
    """The matter was handed to 110, 119, 120 or 122, which has to acknowledge it."""

    kind: Literal["handed_over"] = "handed_over"
    task: str
    service: EmergencyService
    also_handle: bool = Field(description="the ticket goes on beside the emergency service")
    text: TextRef | None = None


class Acknowledged(TaskHappening):
    """The service has the matter; `reference` is its own number for it."""

    kind: Literal["acknowledged"] = "acknowledged"
    reference: str


EmergencyFact = HandedOver | Acknowledged
"""Everything that happens between the hotline and an emergency service."""


class RiskAlerted(Happening):
    """A person involved reported a risk; the city's desk has to answer. Source: Ordinance art. 29."""

    kind: Literal["risk_alerted"] = "risk_alerted"
    task: str
    level: RiskLevel
    text: TextRef


RiskFact = RiskAlerted
"""Everything that happens about risks."""

"""Incidents as a ticket sees them: joined, left, result taken."""

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from domain.facts.happening import Happening, Told, unit_of
from domain.messages import Actor, ProofRef, TextRef
from domain.model import Value
from domain.terms import Assignment, Named
from domain.vocabulary import Outcome

if TYPE_CHECKING:
    from domain.ticket.ticket import Ticket


class Result(Value):
    """What the lead unit achieved; `number` counts the incident's results from 1."""

    number: int
    at: datetime
    actor: Actor
    outcome: Outcome
    reply: TextRef
    proof: tuple[ProofRef, ...] = ()


class IncidentBrief(Value):
    """What a ticket needs to know of an incident to join it; `result`: the newest one."""

    number: str
    lead: Assignment
    result: Result | None = None
    closed: bool = False


_REQUESTER = "requester"


class Membership(Value):
    """The incident a ticket belongs to. `told`: number of the newest result it has taken, 0 for none."""

    number: str
    lead: Named
    joined_at: datetime
    told: int = 0
    told_at: datetime | None = None


class JoinedIncident(Happening):
    """Somebody decided that the ticket has the cause of an incident; it is handled with it from now on."""

    kind: Literal["joined_incident"] = "joined_incident"
    incident: str
    lead: Named
    reason: TextRef | None = None

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the ticket as a member."""
        del ticket
        return {"incident": Membership(number=self.incident, lead=self.lead, joined_at=self.at)}

    def told(self, ticket: "Ticket") -> Told:
        """Tell the requester with what the matter is handled; what he asked for stays his own."""
        about = {"incident": self.incident, "unit": self.lead.code}
        return [(_REQUESTER, "joined_incident", f"{ticket.turn}", about)]


class LeftIncident(Happening):
    """Taken apart again (拆单): the unit handles the ticket by itself from now on."""

    kind: Literal["left_incident"] = "left_incident"
    incident: str
    turn: int
    reason: TextRef

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the ticket without incident; the unit begins a turn of its own."""
        del ticket
        return {"incident": None, "turn": self.turn, "contacts": 0, "contacted": False}

    def told(self, ticket: "Ticket") -> Told:
        """Tell the requester, and the unit that has to sign."""
        about = {"incident": self.incident}
        to = [_REQUESTER, *unit_of(ticket)]
        return [(whom, "left_incident", f"{self.turn}", about) for whom in to]


class ResultTaken(Happening):
    """A result of the incident reached the ticket."""

    kind: Literal["result_taken"] = "result_taken"
    incident: str
    result: int
    reply: TextRef
    counted: bool = Field(description="as the ticket's feedback; else it stands as a remark")

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the membership that has heard of it; a ticket that left meanwhile stays as it is."""
        member = ticket.incident
        if member is None or member.number != self.incident:
            return {}
        told = {"told": max(member.told, self.result), "told_at": self.at}
        return {"incident": member.model_copy(update=told)}


IncidentFact = JoinedIncident | LeftIncident | ResultTaken
"""Everything an incident brings about on a ticket."""

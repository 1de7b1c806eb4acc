"""Incidents as a ticket sees them: joined, left, result taken."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from domain.facts.happening import Happening
from domain.messages import Actor, ProofRef, TextRef
from domain.model import Value
from domain.terms import Assignment, Named
from domain.vocabulary import Outcome


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


class Membership(Value):
    """The incident a ticket belongs to. `told`: number of the newest result it has taken, 0 for none."""

    number: str
    lead: Named
    joined_at: datetime
    told: int = 0
    told_at: datetime | None = None


class JoinedIncident(Happening):
    """The ticket was found to have the cause of an incident; it is handled with it from now on."""

    kind: Literal["joined_incident"] = "joined_incident"
    incident: str
    lead: Named
    reason: TextRef | None = None


class LeftIncident(Happening):
    """Taken apart again (拆单): the unit handles the ticket by itself from now on."""

    kind: Literal["left_incident"] = "left_incident"
    incident: str
    turn: int
    reason: TextRef


class ResultTaken(Happening):
    """A result of the incident reached the ticket."""

    kind: Literal["result_taken"] = "result_taken"
    incident: str
    result: int
    reply: TextRef
    counted: bool = Field(description="as the ticket's feedback; else it stands as a remark")


IncidentFact = JoinedIncident | LeftIncident | ResultTaken
"""Everything an incident brings about on a ticket."""

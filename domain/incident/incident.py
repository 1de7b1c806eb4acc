"""The incident (并单事件): one cause, one unit that deals with it, thousands of callers who wait for it.

It outlives its tickets and gathers many, so it is a workflow of its own. It never counts its members: who
joined stands on the tickets and in the database. Source: merging repeats 并单处理, city practice of 2023.
"""

from datetime import datetime

from pydantic import Field

from domain.errors import WrongActor, WrongStage
from domain.facts.incident import Result
from domain.handle.proof import require_explanation, require_proof
from domain.messages import Actor, ProofRef, TextRef
from domain.model import Message, Value
from domain.terms import Assignment, Named, Place
from domain.vocabulary import Outcome, Role
from phrases import Phrase


class Opening(Message):
    """The start argument of an incident: codes and decisions; what it is about lies in the vault."""

    number: str
    opened_at: datetime
    actor: Actor
    category: Named
    place: Place
    place_zh: str = Field(description="district and town by name; empty if it is the whole city's")
    lead: Assignment = Field(description="the unit that deals with the cause")
    about: TextRef
    proof: str | None = Field(default=None, description="the kind of proof a result must carry; null: none")
    city_desk: Named


class IncidentCommand(Message):
    """What every command to an incident carries; the update id is its idempotency key."""

    actor: Actor


class GiveResult(IncidentCommand):
    """并单结果: give the result for all who joined; each ticket takes it as its feedback."""

    outcome: Outcome
    reply: TextRef
    proof: tuple[ProofRef, ...] = ()


class CloseIncident(IncidentCommand):
    """结束并单: no ticket joins any more; what the tickets still have to go through goes on."""

    reason: TextRef | None = None


class ResultOfIncident(Message):
    """The signal that brings an incident's result to one ticket; its number makes repeats harmless."""

    incident: str
    result: Result


class Incident(Value):
    """The state of an incident. `version` counts what happened to it."""

    opening: Opening
    version: int = 1
    results: tuple[Result, ...] = ()
    spread: int = Field(default=0, description="the newest result that every member was sent")
    closed_at: datetime | None = None
    closed_by: Actor | None = None
    closing_reason: TextRef | None = None

    @property
    def number(self) -> str:
        """Return its number, `I20261122-000001`."""
        return self.opening.number

    @property
    def is_open(self) -> bool:
        """Return whether tickets may still join."""
        return self.closed_at is None

    @property
    def is_spreading(self) -> bool:
        """Return whether a result is on its way to the members."""
        return self.spread < len(self.results)

    def receipt(self) -> "IncidentReceipt":
        """Return where it stands, as the answer to a command."""
        return IncidentReceipt(
            number=self.number,
            version=self.version,
            lead=self.opening.lead.unit,
            results=len(self.results),
            closed_at=self.closed_at,
        )


class IncidentReceipt(Value):
    """The answer to a command that counted: where the incident stands after it."""

    number: str
    version: int
    lead: Named
    results: int
    closed_at: datetime | None


class IncidentAccount(Value):
    """What one write to the database takes: the whole state, and the answers given so far by key."""

    incident: Incident
    answers: dict[str, IncidentReceipt] = Field(default_factory=dict)


class CarriedIncident(Value):
    """The start argument of the workflow `Incident`: the opening, and what an earlier run handed on."""

    opening: Opening
    carried: IncidentAccount | None = None


class NotifyPage(Value):
    """Asks to notify one page of members: of which result of which incident, after which ticket number."""

    incident: str
    result: Result
    after: str | None = None


class WaitingQuery(Value):
    """Asks how many open members have not taken a result yet."""

    incident: str
    result: int = 1


class NotifiedPage(Value):
    """How many members of one page were notified, how many had closed; the last number, null at the end."""

    told: int
    closed: int
    last: str | None


def begin_incident(opening: Opening) -> Incident:
    """Return the incident as it is opened. Raises `WrongActor` unless desk or lead unit opens it."""
    _require(opening, opening.actor, Phrase("open an incident"))
    return Incident(opening=opening)


def give_result(incident: Incident, command: GiveResult, now: datetime) -> Incident:
    """Return `incident` with one result more. Raises `WrongActor`, `WrongStage` once it is closed."""
    check_result(incident, command)
    result = Result(
        number=len(incident.results) + 1,
        at=now,
        actor=command.actor,
        outcome=command.outcome,
        reply=command.reply,
        proof=command.proof,
    )
    return _after(incident, results=(*incident.results, result))


def check_result(incident: Incident, command: GiveResult) -> None:
    """Raise a refusal unless the lead unit speaks, shows the proof the matter wants, and it is open."""
    lead = incident.opening.lead.unit
    if command.actor.role is not Role.HANDLER or command.actor.unit != lead.code:
        raise WrongActor(
            Phrase(
                "The result of an incident is given by its lead unit, {lead} ({code}).",
                lead=lead,
                code=lead.code,
            ),
        )
    _require_open(incident)
    require_proof(command.proof, incident.opening.proof)
    require_explanation(command.outcome, command.proof)


def close_incident(incident: Incident, command: CloseIncident, waiting: int, now: datetime) -> Incident:
    """Return `incident` closed. `waiting`: members who have heard no result.

    Raises `WrongStage` while any member waits: a caller who joined would be left without an answer.
    """
    check_close(incident, command)
    if waiting:
        raise WrongStage(
            Phrase(
                "{waiting} tickets that joined have heard no result: give one, or take them apart again.",
                waiting=waiting,
            ),
        )
    return _after(incident, closed_at=now, closed_by=command.actor, closing_reason=command.reason)


def check_close(incident: Incident, command: CloseIncident) -> None:
    """Raise a refusal unless desk or lead unit closes an open incident whose results have arrived."""
    _require(incident.opening, command.actor, Phrase("close the incident"))
    _require_open(incident)
    if incident.is_spreading:
        raise WrongStage(
            Phrase("The result is on its way to the tickets: close it when it has arrived."),
        )


def all_notified(incident: Incident, result: int) -> Incident:
    """Return `incident` once result number `result` has reached every member."""
    return _after(incident, spread=result)


def _after(incident: Incident, **changes: object) -> Incident:
    return incident.model_copy(update={**changes, "version": incident.version + 1})


def _require(opening: Opening, actor: Actor, act: Phrase) -> None:
    is_desk = actor.role in (Role.AGENT, Role.DISPATCHER) and actor.unit == opening.city_desk.code
    is_lead = actor.role is Role.HANDLER and actor.unit == opening.lead.unit.code
    if not (is_desk or is_lead):
        raise WrongActor(
            Phrase(
                "Only the city's desk or the lead unit, {unit}, may {act}.",
                unit=opening.lead.unit,
                act=act,
            ),
        )


def _require_open(incident: Incident) -> None:
    if not incident.is_open:
        raise WrongStage(Phrase("The incident is closed."))

"""Dispose (办结不派单): what the centre ends itself, each with its reason, its words and its record.

Source: Ordinance art. 11 (1)–(5), 21, 22, 37.
"""

from collections.abc import Mapping
from datetime import datetime

from pydantic import Field

from domain.command.asking import the_edition
from domain.command.authority import city_desk
from domain.command.given import Given
from domain.command.spec import CommandSpec
from domain.errors import Incomplete, Malformed, WrongActor, WrongStage
from domain.facts.accept import Disposed, NuisanceProposed, NuisanceRejected
from domain.facts.fact import AnyFact
from domain.messages import Actor, Command, ProofRef, TextRef, TicketNumber, UnitCode
from domain.numbers import read_number
from domain.supervise.ordering import require_no_orders
from domain.supervise.tasks import close_by
from domain.ticket.ticket import Ticket
from domain.ticket.transitions import WITHOUT_A_UNIT
from domain.vocabulary import Disposal, Region, Role, StatutoryRoute
from phrases import Listed, Phrase

BELONGS: dict[str, Disposal] = {
    "route": Disposal.REFERRED_STATUTORY,
    "master": Disposal.DUPLICATE_INFORMED,
    "no_new_facts": Disposal.DUPLICATE_INFORMED,
    "copy_to": Disposal.REFERRED_OUT_OF_SCOPE,
    "body": Disposal.EXTERNAL_COORDINATION,
    "region": Disposal.CROSS_REGION_TRANSFER,
}
"""Which field goes with which reason; in any other place it is a mistake."""

NEEDED: dict[Disposal, Mapping[str, Phrase]] = {
    Disposal.REFERRED_STATUTORY: {"route": Phrase("the statutory route")},
    Disposal.DUPLICATE_INFORMED: {
        "master": Phrase("the number of the ticket of the same matter"),
        "no_new_facts": Phrase("a person's statement that there are no new facts"),
    },
    Disposal.NUISANCE: {"proof": Phrase("proof of the disturbance")},
    Disposal.EXTERNAL_COORDINATION: {"body": Phrase("the central body or enterprise")},
    Disposal.CROSS_REGION_TRANSFER: {"region": Phrase("Tianjin or Hebei")},
}
"""What a reason asks for: the field, and how it is called."""

BY_A_PERSON = (Disposal.DUPLICATE_INFORMED, Disposal.NUISANCE)
"""Where a named person must stand behind it: what the citizen says is set aside."""


class Dispose(Command):
    """办结不派单: end the request at the centre, for a reason of the closed list."""

    reason: Disposal
    reply: TextRef = Field(description="the reply the requester was given")
    route: StatutoryRoute | None = Field(default=None, description="for referred_statutory")
    master: TicketNumber | None = Field(default=None, description="for duplicate_informed: the other number")
    no_new_facts: bool = Field(default=False, description="for duplicate_informed: a person compared both")
    copy_to: UnitCode | None = Field(default=None, description="for referred_out_of_scope: a copy to a unit")
    body: TextRef | None = Field(default=None, description="for external_coordination: the body's name")
    region: Region | None = Field(default=None, description="for cross_region_transfer")
    proof: tuple[ProofRef, ...] = ()


class ConfirmNuisance(Command):
    """恶意扰乱复核: a second person agrees, or lets the request go its way."""

    agree: bool
    reason: TextRef | None = Field(default=None, description="required where the second person disagrees")
    police_clue: bool = Field(default=False, description="hand what was found to the police as a clue")


def dispose(ticket: Ticket, command: Dispose, given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts that end the request without a unit; a nuisance is only proposed by this.

    Raises `Incomplete` for what the reason asks for, `Malformed` for what belongs to another reason and for a
    number that is none, `WrongStage` for a ticket that is to be the duplicate of itself.
    """
    _require_fields(command)
    if command.reason in BY_A_PERSON:
        _require_person(command.actor)
    if command.reason is Disposal.NUISANCE:
        if ticket.nuisance is not None:
            raise WrongStage(Phrase("One such proposal already waits for a second person."))
        proposed = NuisanceProposed(at=now, actor=command.actor, reply=command.reply, proof=command.proof)
        return [proposed]
    disposed = Disposed(
        at=now,
        actor=command.actor,
        disposal=command.reason,
        reply=command.reply,
        route=command.route,
        master=_master(ticket, command.master),
        copied_to=given.units[command.copy_to].unit if command.copy_to else None,
        body=command.body,
        region=command.region,
        proof=command.proof,
    )
    return _ended(ticket, disposed, now)


def confirm_nuisance(ticket: Ticket, command: ConfirmNuisance, _given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts of the second person's word: the end, or that the request goes its way.

    Raises `WrongStage` where nothing waits, `WrongActor` for the person who proposed it, `Incomplete`.
    """
    proposed = ticket.nuisance
    if proposed is None:
        raise WrongStage(Phrase("No such proposal waits for a second person."))
    _require_person(command.actor)
    if command.actor.person == proposed.actor.person:
        raise WrongActor(
            Phrase("A second person must confirm: not the one who proposed it."),
        )
    if not command.agree:
        if command.reason is None:
            raise Incomplete(Phrase("Disagreeing needs a reason."))
        return [NuisanceRejected(at=now, actor=command.actor, reason=command.reason)]
    disposed = Disposed(
        at=now,
        actor=command.actor,
        disposal=Disposal.NUISANCE,
        reply=proposed.reply,
        proof=proposed.proof,
        police_clue=command.police_clue,
    )
    return _ended(ticket, disposed, now)


def _ended(ticket: Ticket, disposed: Disposed, now: datetime) -> list[AnyFact]:
    """Return the facts of the end. Raises `WrongStage` under an order, alert or hand-off not answered."""
    require_no_orders(ticket)
    return close_by(ticket, [disposed], disposed.disposal.ending, now, disposed.actor)


def _require_fields(command: Dispose) -> None:
    for field, reason in BELONGS.items():
        if getattr(command, field) and reason is not command.reason:
            raise Malformed(
                Phrase(
                    "The field {field} belongs to '{code}' alone.",
                    field=field,
                    code=reason.value,
                    reason=reason,
                )
            )
    missing = [
        Phrase("{what} ({field})", what=what, field=field)
        for field, what in NEEDED.get(command.reason, {}).items()
        if not getattr(command, field)
    ]
    if missing:
        raise Incomplete(
            Phrase(
                "To end it as '{reason}', give {missing}.", reason=command.reason, missing=Listed(missing)
            ),
        )


def _require_person(actor: Actor) -> None:
    if actor.person is None:
        raise Incomplete(Phrase("A named person must decide this: give actor.person."))


def _master(ticket: Ticket, said: str | None) -> str | None:
    """Return the number of the other ticket. Raises `Malformed`, `WrongStage`."""
    if said is None:
        return None
    number = read_number(said)
    if number == ticket.number:
        raise WrongStage(Phrase("A ticket cannot be a duplicate of itself."))
    return number


COMMANDS = {
    "dispose": CommandSpec(
        message=Dispose,
        rule=dispose,
        does=Phrase("end it without a unit"),
        may={Role.AGENT: city_desk, Role.DISPATCHER: city_desk},
        when=WITHOUT_A_UNIT,
        asks=the_edition,
    ),
    "confirm_nuisance": CommandSpec(
        message=ConfirmNuisance,
        rule=confirm_nuisance,
        does=Phrase("confirm a nuisance"),
        may={Role.SUPERVISOR: city_desk, Role.DISPATCHER: city_desk},
        when=WITHOUT_A_UNIT,
    ),
}
"""The commands of this branch by name."""

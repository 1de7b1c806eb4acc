"""Consultation before dispatch (派单前会商): for a matter of which nobody can say whose it is.

The dispatcher's own clock runs on: a consultation is no way to let a ticket lie. Ordinance art. 12 ¶2.
"""

from datetime import datetime

from pydantic import Field

from domain.command.asking import the_edition
from domain.command.authority import city_desk
from domain.command.given import Given
from domain.command.placing import require_not_pushed_down
from domain.command.spec import CommandSpec
from domain.dispatch.moving import require_units
from domain.errors import WrongStage
from domain.facts.dispatch import Consultation, ConsultationConcluded, ConsultationOpened
from domain.facts.fact import AnyFact
from domain.messages import Command, TextRef, UnitCode
from domain.supervise.obligations import fulfil_clock
from domain.supervise.tasks import as_holder, start_part
from domain.ticket.ticket import Ticket
from domain.vocabulary import ClockName, Role, Status
from phrases import Phrase


class Consult(Command):
    """派单前会商: call units together before the ticket is dispatched."""

    units: tuple[UnitCode, ...]
    text: TextRef = Field(description="what is in question")


class ConcludeConsultation(Command):
    """会商结论: the minutes, and the unit that leads."""

    unit: UnitCode
    minutes: TextRef


def consult(ticket: Ticket, command: Consult, given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts that call units together, under a clock of its own; `WrongStage` for a second."""
    before = ticket.consultation
    if before is not None and before.lead is None:
        raise WrongStage(Phrase("A consultation is under way already."))
    require_units(command.units)
    number = 1 + sum(clock.name is ClockName.CONSULT_BY for clock in ticket.clocks.values())
    clock = f"{ClockName.CONSULT_BY}.{number}"
    limit = given.terms.limits[ClockName.CONSULT_BY].limit
    return [
        ConsultationOpened(
            at=now,
            actor=command.actor,
            consultation=number,
            units=tuple(given.units[code].unit for code in dict.fromkeys(command.units)),
            about=command.text,
            clock=clock,
        ),
        start_part(ticket, clock, as_holder(ticket.terms.city_desk), limit, now, None),
    ]


def conclude_consultation(
    ticket: Ticket, command: ConcludeConsultation, given: Given, now: datetime
) -> list[AnyFact]:
    """Return the facts that end the consultation: it names who leads, and the dispatcher is notified."""
    open_one = _open(ticket)
    to = given.units[command.unit]
    require_not_pushed_down(ticket, to)
    concluded = ConsultationConcluded(
        at=now,
        actor=command.actor,
        consultation=open_one.number,
        lead=to.unit,
        minutes=command.minutes,
    )
    return [concluded, *fulfil_clock(ticket, ticket.clocks[open_one.clock], now, command.actor)]


def _open(ticket: Ticket) -> Consultation:
    if ticket.consultation is None or ticket.consultation.lead is not None:
        raise WrongStage(Phrase("No consultation is under way."))
    return ticket.consultation


COMMANDS = {
    "consult": CommandSpec(
        message=Consult,
        rule=consult,
        does=Phrase("consult before dispatch"),
        may={Role.DISPATCHER: city_desk},
        when=frozenset({Status.AWAITING_DISPATCH}),
        asks=the_edition,
    ),
    "conclude_consultation": CommandSpec(
        message=ConcludeConsultation,
        rule=conclude_consultation,
        does=Phrase("conclude a consultation"),
        may={Role.DISPATCHER: city_desk},
        when=frozenset({Status.AWAITING_DISPATCH}),
        asks=the_edition,
    ),
}
"""The commands of this branch by name."""

"""Reading by the head (领导签阅): who leads a unit reads what comes in, on record with name and time.

It moves no clock and holds nothing up, unless an edition asks for it before feedback on an urgent and
sensitive matter. Source: press on the early years of the hotline (every dispatch read by the unit's head); no
rule is public that asks for it by now, so it is off by default.
"""

from datetime import datetime

from domain.command.authority import assigned_unit, desk_above
from domain.command.given import Given
from domain.command.spec import OPEN, CommandSpec
from domain.errors import Incomplete, WrongActor, WrongStage
from domain.facts.fact import AnyFact
from domain.facts.handle import ReadByHead
from domain.messages import Command
from domain.ticket.ticket import Ticket
from domain.ticket.transitions import WITHOUT_A_UNIT
from domain.vocabulary import Role
from phrases import Phrase


class ReadTicket(Command):
    """领导签阅: the head of the unit has read the ticket."""


def read_by_head(ticket: Ticket, command: ReadTicket, _given: Given, now: datetime) -> list[AnyFact]:
    """Return the fact of a reading, once for each person and turn of the ticket.

    Raises `WrongActor` for nobody in particular, `WrongStage` for a second time.
    """
    unit, person = command.actor.unit, command.actor.person
    if unit is None or person is None:
        raise WrongActor(Phrase("Say who has read it (person)."))
    if any((one.unit, one.person, one.turn) == (unit, person, ticket.turn) for one in ticket.readings):
        raise WrongStage(Phrase("You have read this ticket already; it stands on record."))
    return [ReadByHead(at=now, actor=command.actor, unit=unit, person=person, turn=ticket.turn)]


def require_read(ticket: Ticket) -> None:
    """Raise `Incomplete` where the edition wants the unit's head to have read the ticket, and he has not.

    A unit that gets the ticket has to read it again; a desk above does not read in the unit's place.
    """
    if not (ticket.terms.head_reads and ticket.terms.urgent_sensitive) or ticket.assignment is None:
        return
    unit = ticket.assignment.unit
    if not any((one.unit, one.turn) == (unit.code, ticket.turn) for one in ticket.readings):
        raise Incomplete(
            Phrase(
                "An urgent and sensitive matter is read by the head of {unit} before feedback: read_by_head.",
                unit=unit,
            ),
        )


COMMANDS = {
    "read_by_head": CommandSpec(
        message=ReadTicket,
        rule=read_by_head,
        does=Phrase("record that the unit's head has read it"),
        may={Role.HANDLER: assigned_unit, Role.SUPERVISOR: desk_above},
        when=OPEN - WITHOUT_A_UNIT,
    ),
}
"""The commands of this branch by name."""

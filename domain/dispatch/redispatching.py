"""District re-dispatch (区级转派): a district that was made responsible gives the matter to one of its towns.

Source: Ordinance art. 12 (2): where the unit is unclear but the district is known, the district organises.
"""

from datetime import datetime

from domain.command.asking import the_edition
from domain.command.authority import anybody
from domain.command.given import Given
from domain.command.placing import require_not_pushed_down
from domain.command.spec import CommandSpec
from domain.dispatch.dispatching import give_to
from domain.dispatch.moving import require_not_undone
from domain.errors import WrongActor, WrongStage
from domain.facts.fact import AnyFact
from domain.messages import Command, TextRef, UnitCode
from domain.terms import Assignment, Named
from domain.ticket.ticket import Ticket
from domain.vocabulary import Level, Role, Status, UnitKind
from phrases import Phrase


class Redispatch(Command):
    """区级转派: the district names the one of its units that handles the matter."""

    unit: UnitCode
    reason: TextRef


def redispatch(ticket: Ticket, command: Redispatch, given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts that give the ticket to a unit of the district; the requester's limit stays.

    Raises `WrongStage` where no district holds the ticket, the unit is not its own, or was rid of it by a
    verdict, a redo or an earlier move; `WrongActor` for anybody but the district and its desk.
    """
    to = given.units[command.unit]
    district = _district_holding(ticket)
    if to.district is None or to.district != district or to.unit == district:
        raise WrongStage(
            Phrase(
                "{unit} is no unit of {district}: object to the dispatch if it is not the district's.",
                unit=to.unit,
                district=district,
            ),
        )
    _require_the_district(to, district, command.actor.unit)
    require_not_undone(ticket, to)
    require_not_pushed_down(ticket, to)
    return give_to(ticket, command.actor, command.reason, to, now)


def _district_holding(ticket: Ticket) -> Named:
    held = ticket.assignment
    if held is None or held.kind is not UnitKind.DISTRICT:
        raise WrongStage(Phrase("Only a ticket that was sent to a district is dispatched by it."))
    return held.unit


def _require_the_district(to: Assignment, district: Named, unit: str | None) -> None:
    desk = to.desks.get(Level.DISTRICT)
    if unit not in {district.code, desk.code if desk else district.code}:
        raise WrongActor(
            Phrase(
                "The ticket lies with {district}: the district or its desk dispatches it.", district=district
            ),
        )


COMMANDS = {
    "redispatch": CommandSpec(
        message=Redispatch,
        rule=redispatch,
        does=Phrase("dispatch within the district"),
        may={Role.DISPATCHER: anybody, Role.SUPERVISOR: anybody, Role.HANDLER: anybody},
        when=frozenset({Status.AWAITING_SIGN, Status.HANDLING}),
        asks=the_edition,
    )
}
"""The commands of this branch by name."""

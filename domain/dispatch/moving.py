"""What a ticket may not be moved round: a final assignment, a verdict, a redo, the borders of a district.

The city's desk gives a ticket to any unit; a district moves it inside its own borders, and forward only. What
was given to a district, for good or not, the district organises: it may still name the one of its units.
Source: Ordinance art. 12 (2), ¶3; 国办函〔2025〕66号 item 5.
"""

from domain.command.stricter import stricter_since
from domain.errors import Incomplete, WrongStage
from domain.messages import Actor
from domain.terms import Assignment
from domain.ticket.ticket import Ticket
from phrases import Phrase


def require_not_final(ticket: Ticket) -> None:
    """Raise `WrongStage` where the assignment is final: a review has said who handles the matter."""
    held, objections = ticket.assignment, ticket.objections
    if held is not None and (objections.over or held.unit.code in objections.bound):
        raise WrongStage(
            Phrase(
                "The assignment is final: {unit} handles the matter, and it cannot be reassigned.",
                unit=held.unit,
            ),
        )


@stricter_since("0.2.0")
def require_not_taken_from_a_redo(ticket: Ticket, actor: Actor) -> None:
    """Raise `WrongStage` for a district that takes the ticket from the unit that must do it again."""
    held = ticket.assignment
    is_redo = held is not None and held.unit.code == ticket.holders.redoing
    if held is not None and is_redo and not _is_the_city(ticket, actor):
        raise WrongStage(
            Phrase(
                "{unit} has to do it again: a district does not take it away; ask the city's desk.",
                unit=held.unit,
            ),
        )


@stricter_since("0.2.0")
def require_within_the_district(ticket: Ticket, actor: Actor, to: Assignment) -> None:
    """Raise `WrongStage` for a district that gives the ticket out of its hands, or back to a unit."""
    if _is_the_city(ticket, actor):
        return
    district = ticket.assignment.district if ticket.assignment else None
    if district is None or to.district != district:
        raise WrongStage(
            Phrase(
                "{unit} is no unit of {district}: a district reassigns inside its own borders; ask "
                "the city's desk for any other unit.",
                unit=to.unit,
                district=district or Phrase("this unit"),
            ),
        )
    require_not_undone(ticket, to)


def require_not_undone(ticket: Ticket, to: Assignment) -> None:
    """Raise `WrongStage` for a unit that a district may not be given the ticket by again.

    Its objection was upheld, a redo took the ticket from it, or it has had it in this round.
    """
    code = to.unit.code
    if code in ticket.objections.upheld:
        why = Phrase("has objected, and the review agreed")
    elif code in ticket.holders.failed:
        why = Phrase("has handled it, and the redo took it away")
    elif code in ticket.holders.had:
        why = Phrase("has had it in this round")
    else:
        return
    raise WrongStage(
        Phrase(
            "{unit} {why}: a district does not give it back; only the city's desk may.",
            unit=to.unit,
            why=why,
        ),
    )


def _is_the_city(ticket: Ticket, actor: Actor) -> bool:
    return actor.unit == ticket.terms.city_desk.code


def require_units(units: tuple[str, ...]) -> None:
    """Raise `Incomplete` for a consultation of nobody."""
    if not units:
        raise Incomplete(Phrase("A consultation needs its participants (units)."))

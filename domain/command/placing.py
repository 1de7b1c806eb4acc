"""A guard wherever a unit is chosen: no department's duty goes to a town.

Source: 国办函〔2025〕66号 item 5 (不得分派给基层).
"""

from domain.command.stricter import stricter_since
from domain.errors import WrongStage
from domain.terms import Assignment
from domain.ticket.ticket import Ticket
from domain.vocabulary import UnitKind
from phrases import Phrase

FUNCTIONAL = (UnitKind.DEPARTMENT, UnitKind.ENTERPRISE)
"""The units whose duties follow from what they are, not from where a matter lies."""


@stricter_since("0.2.0")
def require_not_pushed_down(ticket: Ticket, to: Assignment) -> None:
    """Raise `WrongStage` if the directory names a department or company for the matter, and `to` is a town.

    The one way past it is the review of an objection, which stands on record.
    """
    named = ticket.routing
    is_functional = named.certain and named.assignment.kind in FUNCTIONAL
    if to.kind is UnitKind.TOWN and is_functional:
        duty = named.assignment.unit
        raise WrongStage(
            Phrase(
                "The directory names {duty} ({row}): a department's duty is not passed to the "
                "town {unit}. If the duty is in dispute, {duty} objects and the review decides.",
                duty=duty,
                row=named.row,
                unit=to.unit,
            ),
        )

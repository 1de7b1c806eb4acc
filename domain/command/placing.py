"""A guard wherever a unit is chosen: no department's duty goes to a town.

Source: 国办函〔2025〕66号 item 5 (不得分派给基层).
"""

from domain.command.stricter import stricter_since
from domain.errors import WrongStage
from domain.terms import Assignment
from domain.ticket.ticket import Ticket
from domain.vocabulary import UnitKind

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
            f"派单目录规定此事项由{duty.zh}承办({named.row}),属职能部门职责,不得分派给街道乡镇{to.unit.zh}。"
            f"对职责有争议的,由{duty.zh}提出派单异议。",
            f"The directory names {duty.en} ({named.row}): a department's duty is not passed to the town "
            f"{to.unit.en}. If the duty is in dispute, {duty.en} objects and the review decides.",
        )

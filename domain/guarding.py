"""Guards where units are chosen: no department's duty to a town, nothing to the unit complained of.

Source: 国办函〔2025〕66号 item 5 (不得分派给基层); Ordinance art. 17, 35.
"""

from domain.errors import Incomplete, WrongStage
from domain.stricter import stricter_since
from domain.terms import Assignment
from domain.ticket import Ticket
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


def require_units(units: tuple[str, ...]) -> None:
    """Raise `Incomplete` for a consultation of nobody."""
    if not units:
        raise Incomplete("会商须写明参加单位(units)。", "A consultation needs its participants (units).")


def require_not_accused(ticket: Ticket, *units: str | None) -> None:
    """Raise `WrongStage` if one of `units` is the unit complained of, or answers to it.

    Neither the matter, nor a part of it, nor the word on it is for them.
    """
    accused = ticket.against
    barred = next((unit for unit in units if ticket.bars(unit)), None)
    if accused is None or barred is None:
        return
    raise WrongStage(
        f"本件投诉{accused.unit.zh},该单位及其下属单位须回避,不能派给{barred},也不能请其协办、会商或督办,"
        "请另选单位。",
        f"The complaint is about {accused.unit.en}: that unit and those under it keep out, so {barred} gets "
        "neither the ticket nor a part in it. Choose another unit.",
    )

"""Tracking (查询): what a citizen sees of a request, in plain words, with number and code."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.handling import issued_number
from api.http.openapi import problems
from api.routes import TheHotline, json_answer
from domain.errors import BadTrackingCode, UnknownTicket
from domain.model import Value
from domain.show.views import StatusView
from domain.terms import Named
from domain.vocabulary import Ending, RequestType, Status
from readmodel import tickets

router = APIRouter(prefix="/api/v1", tags=["查询 tracking"])

_CITY = ZoneInfo("Asia/Shanghai")


class Tracked(Value):
    """Where a request stands, for whoever filed it."""

    number: str
    type: RequestType
    category: Named
    filed_at: datetime
    status: Status
    status_zh: str
    status_en: str
    unit: Named | None
    promised_at: datetime | None
    overdue: bool
    next_zh: str
    next_en: str
    ending: Ending | None
    closed_at: datetime | None
    as_of: datetime


@router.get(
    "/track/{number}",
    response_model=Tracked,
    responses=problems(403, 503),
    summary="查询进度 where my request stands",
)
async def get_track(
    number: str,
    hotline: TheHotline,
    code: Annotated[str, Query(max_length=100, description="the tracking code given when it was filed")] = "",
) -> Response:
    """Answer in plain words. A wrong code and an unknown number sound alike: numbers cannot be probed."""
    try:
        issued = issued_number(number)
    except UnknownTicket:
        raise _no_entry() from None
    if not hotline.vault.is_tracking_code(issued, code):
        raise _no_entry()
    recorded = await tickets.view(hotline.reading, issued)
    if recorded is None:
        raise _no_entry()
    return json_answer(tracked(StatusView.model_validate(recorded.view), recorded.recorded_at))


def tracked(view: StatusView, as_of: datetime) -> Tracked:
    """Return what the citizen is told of a ticket that stands as `view` says."""
    next_zh, next_en = _next(view)
    return Tracked(
        number=view.number,
        type=view.type,
        category=view.category,
        filed_at=view.filed_at,
        status=view.status,
        status_zh=view.status.zh,
        status_en=view.status.en,
        unit=view.unit,
        promised_at=view.promised_at,
        overdue=view.overdue,
        next_zh=next_zh,
        next_en=next_en,
        ending=view.ending,
        closed_at=view.closed_at,
        as_of=as_of,
    )


def _next(view: StatusView) -> tuple[str, str]:
    """Return in both languages what happens next."""
    if view.ending is not None:
        return _ended(view, view.ending)
    zh, en = NEXT[view.status](view)
    if view.overdue:
        return (
            f"{zh}办理已超时,正在督办。",
            f"{en} It is late, and is being followed up.",
        )
    return zh, en


def _ended(view: StatusView, ending: Ending) -> tuple[str, str]:
    """Return how it ended, with the codes that a citizen can go on with: the route, the other number."""
    zh, en = ENDINGS[ending]
    record = view.disposed
    if record is None:
        return zh, en
    if record.route is not None:
        return f"{zh}渠道:{record.route.zh}。", f"{en} The route: {record.route.en}."
    if record.master is not None:
        return f"{zh}该工单编号:{record.master}。", f"{en} The other number: {record.master}."
    if record.region is not None:
        return f"{zh}转往:{record.region.zh}。", f"{en} It went to {record.region.en}."
    return zh, en


def _handled(view: StatusView) -> tuple[str, str]:
    zh, en = _unit(view)
    until_zh, until_en = _until(view)
    return (
        f"{zh}正在办理,会与您联系{until_zh}。",
        f"{en} is handling it and will contact you{until_en}.",
    )


def _waiting(view: StatusView) -> tuple[str, str]:
    zh, en = _unit(view)
    until_zh, until_en = _until(view)
    return f"已派至{zh},等待其签收{until_zh}。", f"It was sent to {en}, which will take it on{until_en}."


def _objected(view: StatusView) -> tuple[str, str]:
    until_zh, until_en = _until(view)
    return (
        f"正在核定由哪个单位承办,您的答复时限不受影响{until_zh}。",
        f"It is being decided which unit handles it; your time limit goes on{until_en}.",
    )


def _fed_back(view: StatusView) -> tuple[str, str]:
    zh, en = _unit(view)
    return (
        f"{zh}已反馈办理结果,之后热线会回访您的意见。",
        f"{en} has reported the outcome; the hotline will ask you what you think of it.",
    )


def _hung(view: StatusView) -> tuple[str, str]:
    zh, en = _unit(view)
    return (
        f"此事暂时无法解决,已挂账督办;{zh}会定期告知您进展,解决后再作反馈。",
        f"It cannot be solved for now and is kept on record; {en} will tell you regularly how it stands.",
    )


def _unit(view: StatusView) -> tuple[str, str]:
    return (view.unit.zh, view.unit.en) if view.unit else ("承办单位", "The unit in charge")


def _until(view: StatusView) -> tuple[str, str]:
    if view.promised_at is None:
        return "", ""
    at = view.promised_at.astimezone(_CITY)
    return (
        f",承诺{at.year}年{at.month}月{at.day}日{at:%H:%M}前答复",
        f", with an answer promised by {at:%Y-%m-%d %H:%M} (Beijing time)",
    )


NEXT: dict[Status, Callable[[StatusView], tuple[str, str]]] = {
    Status.AWAITING_DISPATCH: lambda _: (
        "正在派单,当天会转到承办单位。",
        "It is being sent to the unit in charge, the same day.",
    ),
    Status.AWAITING_SIGN: _waiting,
    Status.HANDLING: _handled,
    Status.HUNG: _hung,
    Status.FEEDBACK_GIVEN: _fed_back,
    Status.SURVEYING: lambda _: (
        "热线正在回访,请留意来电,或用查询码自行评价。",
        "The hotline is calling to ask how it went; you may also answer with your tracking code.",
    ),
    Status.CLOSED: lambda _: ("已办结。", "Closed."),
    Status.OBJECTED: _objected,
}
"""What happens next, by where the ticket stands; the filing itself takes it past `accepted`."""

ENDINGS: dict[Ending, tuple[str, str]] = {
    Ending.ANSWERED: ("您的咨询已答复,办结。", "Your question was answered; closed."),
    Ending.PRAISE_RECORDED: ("您的表扬已记录并转达。", "Your praise was recorded and passed on."),
    Ending.RESOLVED: ("已解决并办结,感谢您的评价。", "Resolved and closed; thank you for your answer."),
    Ending.UNREACHABLE: (
        "多次回访未能联系到您,已办结;如有需要请再次来电。",
        "We could not reach you to ask how it went; closed. Please call again if need be.",
    ),
    Ending.UNANSWERED: (
        "承办单位未作反馈,已如实记录并办结。",
        "The unit gave no answer; that stands on record, and the request is closed.",
    ),
    Ending.CLOSED_UNRESOLVED: (
        "经再次办理仍未解决,已如实记录并办结。",
        "It was not resolved after a second round; that stands on record, and the request is closed.",
    ),
    Ending.TRANSFERRED_EMERGENCY: (
        "已转紧急专线,对方已确认接收,由其处置。",
        "It was handed to the emergency service, which has confirmed that it has it.",
    ),
    Ending.REFERRED_STATUTORY: (
        "此事项依法须通过法定渠道办理,已向您告知途径。",
        "The law provides its own route for this matter; you were told which.",
    ),
    Ending.DUPLICATE_INFORMED: (
        "此前已有同一事项的工单,暂无新的事实和理由,已向您告知进展;如有新情况请补充。",
        "The same matter was filed before, and there are no new facts; you were told how it stands.",
    ),
    Ending.EXPLAINED_CONFIDENTIAL: (
        "此事项涉及国家秘密、商业秘密或个人隐私,已向您解释。",
        "The matter touches a state or business secret or somebody's privacy; this was explained to you.",
    ),
    Ending.REFERRED_OUT_OF_SCOPE: (
        "此事项超出办理单位职责,已向您告知市场、社会等解决渠道。",
        "No public unit has this duty; you were told which other ways there are.",
    ),
    Ending.DISSUADED: (
        "此事项不符合法律法规或公序良俗,已向您说明。",
        "The request goes against the law or public order; this was explained to you.",
    ),
    Ending.NUISANCE: (
        "经两人复核,认定为扰乱热线秩序,已办结;如有异议请说明情况。",
        "Two people found that this disturbs the hotline; closed. If that is wrong, please tell us.",
    ),
    Ending.EXTERNAL_COORDINATION: (
        "此事项属中央单位或驻京企业,已通过在京单位协调联动机制转达。",
        "The matter belongs to a central body or enterprise; it was passed on through their liaison.",
    ),
    Ending.CROSS_REGION_TRANSFER: (
        "此事项属天津或河北,已通过京津冀热线联动转达。",
        "The matter belongs to Tianjin or Hebei; it was passed on to the hotline there.",
    ),
    Ending.WITHDRAWN: ("已按您的要求撤回并办结。", "Withdrawn as you asked; closed."),
}
"""What is said of a request that has ended."""


def _no_entry() -> BadTrackingCode:
    return BadTrackingCode(
        "工单编号与查询码不符,请核对后再试。",
        "Number and code do not belong together: please check both.",
    )

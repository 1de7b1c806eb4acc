"""Tracking (查询): what a citizen sees of a request, in plain words, with number and code."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.http.exchange import TheHotline, issued_number, json_answer
from api.http.openapi import problems
from domain.errors import BadTrackingCode, UnknownTicket
from domain.model import Value
from domain.show.views import StatusView
from domain.terms import Named
from domain.vocabulary import Ending, RequestType, Status
from phrases import Bilingual, Phrase
from readmodel import tickets

router = APIRouter(prefix="/api/v1", tags=[Phrase("tracking").both()])

_CITY = ZoneInfo("Asia/Shanghai")


class Tracked(Value):
    """Where a request stands, for the person who filed it."""

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
    summary=Phrase("where my request stands").both(),
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
    """Return what the citizen is shown of a ticket that stands as `view` says."""
    following = _next(view)
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
        next_zh=following.zh,
        next_en=following.en,
        ending=view.ending,
        closed_at=view.closed_at,
        as_of=as_of,
    )


def _next(view: StatusView) -> Phrase:
    """Return in both languages what happens next."""
    if view.ending is not None:
        return _ended(view, view.ending)
    what = NEXT[view.status](view)
    if view.overdue:
        return Phrase("{what} It is late, and is being followed up.", what=what)
    return what


def _ended(view: StatusView, ending: Ending) -> Phrase:
    """Return how it ended, with the codes that a citizen can go on with: the route, the other number."""
    what = ENDINGS[ending]
    record = view.disposed
    if record is None:
        return what
    if record.route is not None:
        return Phrase("{what} The route: {route}.", what=what, route=record.route)
    if record.master is not None:
        return Phrase("{what} The other number: {master}.", what=what, master=record.master)
    if record.region is not None:
        return Phrase("{what} It went to {region}.", what=what, region=record.region)
    return what


def _handled(view: StatusView) -> Phrase:
    return Phrase(
        "{unit} is handling it and will contact you{until}.",
        unit=_unit(view),
        until=_until(view),
    )


def _waiting(view: StatusView) -> Phrase:
    return Phrase(
        "It was sent to {unit}, which will take it on{until}.",
        unit=_unit(view),
        until=_until(view),
    )


def _objected(view: StatusView) -> Phrase:
    return Phrase(
        "It is being decided which unit handles it; your time limit goes on{until}.",
        until=_until(view),
    )


def _fed_back(view: StatusView) -> Phrase:
    return Phrase(
        "{unit} has reported the outcome; the hotline will ask you what you think of it.", unit=_unit(view)
    )


def _hung(view: StatusView) -> Phrase:
    return Phrase(
        "It cannot be solved for now and is kept on record; {unit} will tell you regularly how it stands.",
        unit=_unit(view),
    )


def _unit(view: StatusView) -> Bilingual:
    return view.unit or Phrase("The unit in charge")


def _until(view: StatusView) -> Phrase | str:
    if view.promised_at is None:
        return ""
    at = view.promised_at.astimezone(_CITY)
    return Phrase(
        ", with an answer promised by {year}-{month:02}-{day:02} {time} (Beijing time)",
        year=at.year,
        month=at.month,
        day=at.day,
        time=f"{at:%H:%M}",
    )


NEXT: dict[Status, Callable[[StatusView], Phrase]] = {
    Status.AWAITING_DISPATCH: lambda _: Phrase("It is being sent to the unit in charge, the same day."),
    Status.AWAITING_SIGN: _waiting,
    Status.HANDLING: _handled,
    Status.HUNG: _hung,
    Status.FEEDBACK_GIVEN: _fed_back,
    Status.SURVEYING: lambda _: Phrase(
        "The hotline is calling to ask how it went; you may also answer with your tracking code."
    ),
    Status.CLOSED: lambda _: Phrase("Closed."),
    Status.OBJECTED: _objected,
}
"""What happens next, by where the ticket stands; the filing itself takes it past `accepted`."""

ENDINGS: dict[Ending, Phrase] = {
    Ending.ANSWERED: Phrase("Your question was answered; closed."),
    Ending.PRAISE_RECORDED: Phrase("Your praise was recorded and passed on."),
    Ending.RESOLVED: Phrase("Resolved and closed; thank you for your answer."),
    Ending.UNREACHABLE: Phrase(
        "We could not reach you to ask how it went; closed. Please call again if need be."
    ),
    Ending.UNANSWERED: Phrase("The unit gave no answer; that stands on record, and the request is closed."),
    Ending.CLOSED_UNRESOLVED: Phrase(
        "It was not resolved after a second round; that stands on record, and the request is closed."
    ),
    Ending.TRANSFERRED_EMERGENCY: Phrase(
        "It was handed to the emergency service, which has confirmed that it has it."
    ),
    Ending.REFERRED_STATUTORY: Phrase("The law provides its own route for this matter; we named it to you."),
    Ending.DUPLICATE_INFORMED: Phrase(
        "The same matter was filed before, and there are no new facts; we let you know how it stands."
    ),
    Ending.EXPLAINED_CONFIDENTIAL: Phrase(
        "The matter touches a state or business secret or somebody's privacy; this was explained to you."
    ),
    Ending.REFERRED_OUT_OF_SCOPE: Phrase("No public unit has this duty; we named other ways to you."),
    Ending.DISSUADED: Phrase("The request goes against the law or public order; this was explained to you."),
    Ending.NUISANCE: Phrase(
        "Two people found that this disturbs the hotline; closed. If that is wrong, please tell us."
    ),
    Ending.EXTERNAL_COORDINATION: Phrase(
        "The matter belongs to a central body or enterprise; it was passed on through their liaison."
    ),
    Ending.CROSS_REGION_TRANSFER: Phrase(
        "The matter belongs to Tianjin or Hebei; it was passed on to the hotline there."
    ),
    Ending.WITHDRAWN: Phrase("Withdrawn as you asked; closed."),
}
"""What is said of a request that has ended."""


def _no_entry() -> BadTrackingCode:
    return BadTrackingCode(
        Phrase("Number and code do not belong together: please check both."),
    )

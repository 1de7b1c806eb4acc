"""The routes of incidents (并单): what many report for one reason, the result for all, and who belongs."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api import incident_handling as handling
from api.hotline import Hotline
from api.http.admission import admitted, whose
from api.http.exchange import KEY, REPLAY, Cursor, Limit, TheHotline, json_answer
from api.http.openapi import body_of, problems
from api.http.reading import read_form
from api.incident_forms import CloseIncidentForm, IncidentResultForm, JoinManyForm, OpenIncidentForm
from api.lane_limits import Lane
from api.obeying import Answer
from domain.facts.incident import Result
from domain.incident.incident import Incident, IncidentReceipt
from domain.messages import TextRef
from domain.model import Value
from domain.terms import Named, Place
from domain.vocabulary import Ending, Status
from phrases import Phrase
from readmodel import incidents
from readmodel.incidents import Member
from readmodel.texts import unknown_ticket

router = APIRouter(prefix="/api/v1/incidents", tags=[Phrase("incidents").both()])

PROBLEMS = problems(400, 403, 404, 409, 413, 415, 422, 503)


class ListedIncident(Value):
    """An incident as lists show it; texts stand as references."""

    number: str
    opened_at: datetime
    category: Named
    place: Place
    place_zh: str
    lead: Named
    about: TextRef
    results: tuple[Result, ...]
    spreading: bool
    closed_at: datetime | None


class IncidentView(ListedIncident):
    """An incident with how many belong to it, took a result, left, or had closed before there was one."""

    members: int
    told: int
    left: int
    closed_before: int


class IncidentPage(Value):
    """A page of incidents and the mark of the next one."""

    items: tuple[ListedIncident, ...]
    next: str | None


class ListedMember(Value):
    """A ticket that joined; `told` is the newest result it has taken, 0 for none."""

    number: str
    joined_at: datetime
    left_at: datetime | None
    told: int
    told_at: datetime | None
    closed_before_at: datetime | None
    status: Status | None
    ending: Ending | None


class MemberPage(Value):
    """A page of tickets that joined, the first to join first, and the mark of the next one."""

    items: tuple[ListedMember, ...]
    next: str | None


@router.post(
    "",
    status_code=201,
    response_model=IncidentReceipt,
    responses=PROBLEMS,
    summary=Phrase("open an incident").both(),
    openapi_extra=body_of(OpenIncidentForm, key=True),
)
async def post_incident(request: Request, hotline: TheHotline) -> Response:
    """Open an incident; tickets join it by `POST /tickets/{number}/join_incident`, or many at once."""
    form = await read_form(request, OpenIncidentForm)
    async with admitted(hotline, Lane.COMMANDS, whose(form.actor, "")):
        answer = await handling.open_incident(hotline, form, request.headers.get(KEY))
    headers = {
        "Location": f"/api/v1/incidents/{answer.receipt.number}",
        **(REPLAY if answer.repeated else {}),
    }
    return json_answer(answer.receipt, 201, headers)


@router.post(
    "/{number}/join",
    response_model=handling.Batch,
    responses=PROBLEMS,
    summary=Phrase("join up to 200 tickets").both(),
    openapi_extra=body_of(JoinManyForm, key=True),
)
async def post_join(number: str, request: Request, hotline: TheHotline) -> Response:
    """Join every ticket named; the answer says for each whether it joined, or why not."""
    form = await read_form(request, JoinManyForm)
    async with admitted(hotline, Lane.COMMANDS, whose(form.actor, number)):
        return json_answer(await handling.join_many(hotline, number, form, request.headers.get(KEY)))


@router.post(
    "/{number}/result",
    response_model=IncidentReceipt,
    responses=PROBLEMS,
    summary=Phrase("the result for all who joined").both(),
    openapi_extra=body_of(IncidentResultForm, key=True),
)
async def post_result(number: str, request: Request, hotline: TheHotline) -> Response:
    """Take the lead unit's result; each member takes it as its feedback, and each caller hears it once."""
    form = await read_form(request, IncidentResultForm)
    async with admitted(hotline, Lane.COMMANDS, whose(form.actor, number)):
        return _answer(await handling.give_result(hotline, number, form, request.headers.get(KEY)))


@router.post(
    "/{number}/close",
    response_model=IncidentReceipt,
    responses=PROBLEMS,
    summary=Phrase("close an incident").both(),
    openapi_extra=body_of(CloseIncidentForm, key=True),
)
async def post_close(number: str, request: Request, hotline: TheHotline) -> Response:
    """Close the incident; refused while a member waits for a result."""
    form = await read_form(request, CloseIncidentForm)
    async with admitted(hotline, Lane.COMMANDS, whose(form.actor, number)):
        return _answer(await handling.close(hotline, number, form, request.headers.get(KEY)))


@router.get(
    "",
    response_model=IncidentPage,
    responses=problems(422, 503),
    summary=Phrase("incidents, newest first").both(),
)
async def get_incidents(
    hotline: TheHotline,
    open: Annotated[bool, Query(description="only those that tickets may still join")] = False,  # noqa: A002, FBT002 - the field's word
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """Answer incidents, newest first."""
    found = await incidents.listed(hotline.reading, cursor, limit, open_only=open)
    items = tuple(ListedIncident.model_validate(_shown(incident)) for incident in found.rows)
    return json_answer(IncidentPage(items=items, next=found.next))


@router.get(
    "/{number}",
    response_model=IncidentView,
    responses=problems(404, 503),
    summary=Phrase("one incident").both(),
)
async def get_incident(number: str, hotline: TheHotline) -> Response:
    """Answer where an incident stands and how many belong to it."""
    incident = await _known(hotline, number)
    counts = await incidents.counts(hotline.reading, incident.opening.number)
    totals = {
        "members": counts.members,
        "told": counts.told,
        "left": counts.parted,
        "closed_before": counts.missed,
    }
    return json_answer(IncidentView.model_validate({**_shown(incident), **totals}))


@router.get(
    "/{number}/members",
    response_model=MemberPage,
    responses=problems(404, 422, 503),
    summary=Phrase("the tickets that joined").both(),
)
async def get_members(number: str, hotline: TheHotline, cursor: Cursor = None, limit: Limit = 50) -> Response:
    """Answer the tickets that joined, also those that were taken apart again."""
    incident = await _known(hotline, number)
    found = await incidents.members(hotline.reading, incident.opening.number, cursor, limit)
    return json_answer(MemberPage(items=tuple(_listed(row) for row in found.rows), next=found.next))


async def _known(hotline: Hotline, number: str) -> Incident:
    """Return the incident `number` as it was last written. Raises `UnknownTicket`."""
    stored = await incidents.stored(hotline.reading, handling.known_number(number))
    if stored is None:
        raise unknown_ticket("incident")
    return stored.incident


def _answer(answer: Answer[IncidentReceipt]) -> Response:
    return json_answer(answer.receipt, headers=REPLAY if answer.repeated else {})


def _shown(incident: Incident) -> dict[str, object]:
    opening = incident.opening
    return {
        "number": opening.number,
        "opened_at": opening.opened_at,
        "category": opening.category,
        "place": opening.place,
        "place_zh": opening.place_zh,
        "lead": opening.lead.unit,
        "about": opening.about,
        "results": incident.results,
        "spreading": incident.is_spreading,
        "closed_at": incident.closed_at,
    }


def _listed(row: Member) -> ListedMember:
    view = row.view or {}
    return ListedMember.model_validate(
        {
            "number": row.number,
            "joined_at": row.joined_at,
            "left_at": row.left_at,
            "told": row.told,
            "told_at": row.told_at,
            "closed_before_at": row.missed_at,
            "status": view.get("status"),
            "ending": view.get("ending"),
        }
    )

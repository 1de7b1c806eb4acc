"""The routes that write: requests, commands, and texts for plain signals."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.forms import FORMS, CommandForm, RequestForm, TextForm
from api.handling import command, store_text
from api.http.admission import admitted, whose
from api.http.exchange import KEY, REPLAY, TheHotline, json_answer
from api.http.openapi import body_of, problems
from api.http.reading import read_form
from api.intake import Filed, file_request
from api.lane_limits import Lane
from domain.messages import Receipt, TextRef
from phrases import Phrase

router = APIRouter(prefix="/api/v1")


@router.post(
    "/requests",
    status_code=201,
    response_model=Filed,
    tags=[Phrase("intake").both()],
    summary=Phrase("file a request").both(),
    responses=problems(400, 413, 415, 422, 503),
    openapi_extra=body_of(RequestForm, key=False),
)
async def post_request(request: Request, hotline: TheHotline) -> Response:
    """File a request; the answer has its number and the tracking code that opens it to the citizen."""
    form = await read_form(request, RequestForm)
    async with admitted(hotline, Lane.INTAKE, form.channel.value):
        filed = await file_request(hotline, form, request.headers.get(KEY))
    headers = {"Location": f"/api/v1/tickets/{filed.number}", **(REPLAY if filed.repeated else {})}
    return json_answer(filed, 201, headers)


@router.post(
    "/tickets/{number}/texts",
    status_code=201,
    response_model=TextRef,
    tags=[Phrase("handling").both()],
    summary=Phrase("store a text for a plain signal").both(),
    responses=problems(400, 404, 413, 415, 422, 503),
    openapi_extra=body_of(TextForm, key=False),
)
async def post_text(number: str, request: Request, hotline: TheHotline) -> Response:
    """Store a text; the answer is the reference by which the signal `complete` may name it."""
    form = await read_form(request, TextForm)
    async with admitted(hotline, Lane.COMMANDS, f"ticket {number}"):
        return json_answer(await store_text(hotline, number, form.text, request.headers.get(KEY)), 201)


def add_commands(to: APIRouter) -> None:
    """Give `to` a route for every command of the table."""
    for name, form in FORMS.items():
        _add_command(to, name, form)


def _add_command(to: APIRouter, name: str, form: type[CommandForm]) -> None:
    async def endpoint(number: str, request: Request, hotline: TheHotline) -> Response:
        filled = await read_form(request, form)
        async with admitted(hotline, Lane.COMMANDS, whose(filled.actor, number)):
            answer = await command(hotline, number, name, filled, request.headers.get(KEY))
        headers = {"ETag": f'"{answer.receipt.version}"', **(REPLAY if answer.repeated else {})}
        return json_answer(answer.receipt, headers=headers)

    to.add_api_route(
        f"/api/v1/tickets/{{number}}/{name}",
        endpoint,
        methods=["POST"],
        name=name,
        response_model=Receipt,
        tags=[Phrase("handling").both()],
        summary=form.__doc__,
        description="The answer says where the ticket stands after it.",
        responses=problems(400, 403, 404, 409, 413, 415, 422, 503),
        openapi_extra=body_of(form, key=True),
    )

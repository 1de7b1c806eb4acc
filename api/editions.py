"""Editions (规则版本) over running tickets: what another one would do, having it adopted, how far that is."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.forms import AdoptForm, StopAdoptionForm
from api.http.admission import admitted
from api.http.errors import BadBody
from api.http.exchange import TheHotline, json_answer
from api.http.openapi import body_of, problems
from api.http.reading import read_form
from api.lane_limits import Lane
from api.words import clean
from domain.adopt.effects import Preview
from domain.errors import UnknownCode
from domain.messages import Actor, AdoptEdition, AdoptionProgress
from domain.model import Value
from domain.vocabulary import AdoptionMode, Role
from engine import calls as engine
from engine.calls import NotRunning
from operations.preview import preview
from phrases import Phrase
from rules.loading import UnsoundEditionError

router = APIRouter(prefix="/api/v1/editions", tags=[Phrase("editions").both()])

Which = Annotated[str, Query(max_length=100, description="name, as on disk now, or name@hash")]


class Adoption(Value):
    """An adoption under way or over."""

    workflow: str
    progress: AdoptionProgress


@router.get(
    "/preview",
    response_model=Preview,
    responses=problems(422, 503),
    summary=Phrase("what an edition would do to the tickets that run").both(),
)
async def get_preview(hotline: TheHotline, edition: Which, mode: AdoptionMode = AdoptionMode.NOW) -> Response:
    """Answer how many deadlines would move, who would be notified at once, by district; nothing is done."""
    with _sound():
        pack = await hotline.rulebook.look_at(clean("edition", edition))
    order = AdoptEdition(actor=Actor(role=Role.SYSTEM), edition=pack.identity, mode=mode)
    found = await preview(hotline.reading, hotline.rulebook, pack, order, hotline.now())
    return json_answer(found)


@router.post(
    "/adopt",
    status_code=202,
    response_model=Adoption,
    responses=problems(400, 409, 413, 415, 422, 503),
    summary=Phrase("have running tickets adopt an edition").both(),
    openapi_extra=body_of(AdoptForm),
)
async def post_adopt(request: Request, hotline: TheHotline) -> Response:
    """Begin the adoption; `GET /editions/adoption` shows how far it is."""
    form = await read_form(request, AdoptForm)
    await hotline.prepare()
    with _sound():
        pack = await hotline.rulebook.find(clean("edition", form.edition))
    actor = Actor(role=Role.SYSTEM, person=hotline.vault.person_ref(form.by))
    order = AdoptEdition(actor=actor, edition=pack.identity, mode=form.mode)
    async with admitted(hotline, Lane.COMMANDS, "operations"):
        name = await engine.adopt(hotline.client, order, hotline.task_queue, hotline.command_timeout)
    return json_answer(Adoption(workflow=name, progress=AdoptionProgress(order=order)), 202)


@router.get(
    "/adoption",
    response_model=Adoption,
    responses=problems(422, 503),
    summary=Phrase("how far an adoption is").both(),
)
async def get_adoption(hotline: TheHotline, edition: Which) -> Response:
    """Answer how many tickets the newest adoption of the edition `name@hash` has reached."""
    try:
        name, progress = await engine.adoption(hotline.client, edition, hotline.query_timeout)
    except NotRunning:
        raise _never(edition) from None
    return json_answer(Adoption(workflow=name, progress=progress))


@router.post(
    "/adopt/stop",
    status_code=202,
    response_model=Adoption,
    responses=problems(400, 413, 415, 422, 503),
    summary=Phrase("stop an adoption").both(),
    openapi_extra=body_of(StopAdoptionForm),
)
async def post_stop(request: Request, hotline: TheHotline) -> Response:
    """Stop after the batch under way; what was done stays done."""
    form = await read_form(request, StopAdoptionForm)
    try:
        async with admitted(hotline, Lane.COMMANDS, "operations"):
            await engine.stop_adoption(hotline.client, form.edition, hotline.command_timeout)
            name, progress = await engine.adoption(hotline.client, form.edition, hotline.query_timeout)
    except NotRunning:
        raise _never(form.edition) from None
    return json_answer(Adoption(workflow=name, progress=progress), 202)


@contextmanager
def _sound() -> Generator[None]:
    """Raise `BadBody` for files that make no edition."""
    try:
        yield
    except UnsoundEditionError as unsound:
        first = unsound.problems[0]
        raise BadBody(
            Phrase("The edition cannot be used: {first} ({origin})", first=first, origin=first.origin),
            status=422,
        ) from None


def _never(edition: str) -> UnknownCode:
    return UnknownCode(Phrase("No adoption of edition {edition} is under way.", edition=edition))

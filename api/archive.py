"""The archive (归档): one closed ticket as a document that can be checked without us."""

from typing import Any

import orjson
from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from api.http.exchange import TheHotline, issued_number
from api.http.openapi import problems
from api.supervision import unknown_ticket
from domain.errors import WrongStage
from domain.model import Value
from domain.rebuild.archive import sealed
from domain.show.views import ClockView, RecordedFact, StatusView
from domain.ticket.notices import Notice
from phrases import Phrase
from readmodel import archive

router = APIRouter(prefix="/api/v1", tags=[Phrase("archive").both()])


class Archived(Value):
    """A closed ticket, whole. `sha256` is over the rest: keys sorted, no blanks, UTF-8."""

    format: str
    number: str
    filing: dict[str, Any] = Field(description="what was filed; of the words the masked copy")
    view: StatusView
    erased: bool = Field(description="what was personal was erased, and the texts with it")
    facts: tuple[RecordedFact, ...]
    notices: tuple[Notice, ...]
    commands: tuple[dict[str, Any], ...] = Field(description="hashed key, name, and answer or refusal")
    texts: tuple[dict[str, str], ...] = Field(description="id, kind and keyed hash of each text in the vault")
    editions: tuple[str, ...] = Field(description="the editions that decided, as far as they are stored")
    clocks: tuple[ClockView, ...]
    surveys: tuple[dict[str, Any], ...]
    proofs: tuple[dict[str, Any], ...] = Field(description="each proof that was named, with its fact")
    counts: dict[str, int]
    sha256: str


@router.get(
    "/tickets/{number}/archive",
    response_model=Archived,
    responses=problems(404, 409, 503),
    summary=Phrase("a closed ticket, whole, with counts and a SHA-256").both(),
)
async def get_archive(number: str, hotline: TheHotline) -> Response:
    """Answer everything there is of a closed ticket in one document. Refuses one that is open."""
    number = issued_number(number)
    found = await archive.whole(hotline.reading, number)
    if found is None:
        raise unknown_ticket()
    is_closed, kept = found
    if not is_closed:
        raise WrongStage(
            Phrase("The ticket is still open: it can be archived once it is closed."),
        )
    document = sealed(kept)
    headers = {"Cache-Control": "no-store", "ETag": f'"{document["sha256"]}"'}
    return Response(orjson.dumps(document), media_type="application/json", headers=headers)

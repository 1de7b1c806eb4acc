"""Explain (说明): why a ticket is with this unit, at this level, with this deadline, and what comes next."""

from fastapi import APIRouter
from starlette.responses import Response

from api.http.exchange import TheHotline, issued_number, json_answer
from api.http.openapi import problems
from api.supervision import live_answer, recorded_facts
from domain.show.explaining import explain
from domain.show.explanation import Explanation
from phrases import Phrase

router = APIRouter(prefix="/api/v1", tags=[Phrase("supervision").both()])


class Explained(Explanation):
    """An explanation by the workflow (`live`), or by the event log."""

    live: bool


@router.get(
    "/tickets/{number}/explain",
    response_model=Explained,
    responses=problems(404, 503),
    summary=Phrase("why this unit, this level, this deadline; what happens next if nobody acts").both(),
)
async def get_explanation(number: str, hotline: TheHotline) -> Response:
    """Answer why the ticket stands as it does, from its workflow; where that cannot answer, from the log."""
    number = issued_number(number)
    live = await live_answer(hotline, number, "explain", Explanation, hotline.now())
    found = live or explain(*await recorded_facts(hotline, number), hotline.now())
    body = Explained(**dict(found), live=live is not None)
    return json_answer(body, headers={"ETag": f'"{found.version}"'})

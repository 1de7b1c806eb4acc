"""Same place, same person (同地、同人诉求): what a dispatcher looks at before a merge. R017, R019."""

from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.hotline import Hotline
from api.http.exchange import Cursor, Limit, TheHotline, issued_number
from api.http.openapi import problems
from api.supervision import TicketPage, page_of_tickets
from domain.show.views import StatusView
from phrases import Phrase
from readmodel import tickets
from readmodel.texts import unknown_ticket
from readmodel.tickets import Filters, StoredRequest

router = APIRouter(prefix="/api/v1", tags=[Phrase("incidents").both()])


class By(StrEnum):
    """What two tickets have in common."""

    PLACE = "place"
    PERSON = "person"


@router.get(
    "/tickets/{number}/alike",
    response_model=TicketPage,
    responses=problems(404, 422, 503),
    summary=Phrase("similar tickets, newest first").both(),
)
async def get_alike(
    number: str,
    hotline: TheHotline,
    by: By = By.PLACE,
    days: Annotated[int, Query(ge=1, le=366, description="filed since so many days")] = 30,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """Answer what may have the same cause as the ticket, or what the same person has filed.

    By place: open tickets of the branch of the category tree it belongs to, in its town, else its district.
    By person: open and closed ones from the same telephone; of a ticket without one there are none.
    """
    number = issued_number(number)
    request = await tickets.request_of(hotline.reading, number)
    recorded = await tickets.view(hotline.reading, number)
    if request is None or recorded is None:
        raise unknown_ticket()
    since = hotline.now() - timedelta(days=days)
    filters = (
        _same_place(hotline, StatusView.model_validate(recorded.view))
        if by is By.PLACE
        else _same_person(request)
    )
    if filters is None:
        return page_of_tickets(hotline, (), None)
    narrowed = replace(filters, filed_from=since, besides=number)
    found = await tickets.search(hotline.reading, narrowed, cursor, limit)
    return page_of_tickets(hotline, found.rows, found.next)


def _same_person(request: StoredRequest) -> Filters | None:
    return Filters(phone_hash=request.phone_hash) if request.phone_hash else None


def _same_place(hotline: Hotline, view: StatusView) -> Filters | None:
    """Return what narrows to the ticket's place and matter; null where the place is not known."""
    place = view.place
    if place.town is None and place.district is None:
        return None
    node = hotline.rules.categories.get(view.category.code)
    above = (node.parent or node.code) if node else None
    district = None if place.town else place.district
    return Filters(town=place.town, district=district, category=above, is_open=True)

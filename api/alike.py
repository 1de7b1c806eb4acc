"""Tickets that may be about the same matter (同人、同地诉求): a person decides whether they are."""

from fastapi import APIRouter
from starlette.responses import Response

from api.handling import issued_number
from api.openapi import problems
from api.routes import TheHotline
from api.supervision import Cursor, Limit, TicketPage, page_of_tickets
from domain.errors import UnknownTicket
from domain.views import StatusView
from readmodel import tickets
from readmodel.tickets import Filters

router = APIRouter(prefix="/api/v1", tags=["督办 supervision"])


@router.get(
    "/tickets/{number}/same-place",
    response_model=TicketPage,
    responses=problems(404, 422, 503),
    summary="同地诉求 open tickets of the same kind in the same place",
)
async def get_same_place(
    number: str, hotline: TheHotline, cursor: Cursor = None, limit: Limit = 50
) -> Response:
    """Answer the other open tickets of its category in its town, newest first.

    Of its district where no town is known; none where no place is.
    """
    recorded = await tickets.view(hotline.database, issued_number(number))
    if recorded is None:
        raise _unknown()
    view = StatusView.model_validate(recorded.view)
    if view.place.district is None:
        return page_of_tickets(hotline, (), None)
    filters = Filters(
        district=view.place.district,
        town=view.place.town,
        category=view.category.code,
        is_open=True,
        besides=view.number,
    )
    found = await tickets.search(hotline.database, filters, cursor, limit)
    return page_of_tickets(hotline, found.rows, found.next)


@router.get(
    "/tickets/{number}/same-person",
    response_model=TicketPage,
    responses=problems(404, 422, 503),
    summary="同人诉求 every ticket of the same caller",
)
async def get_same_person(
    number: str, hotline: TheHotline, cursor: Cursor = None, limit: Limit = 50
) -> Response:
    """Answer the other tickets of whoever filed it, open or ended, newest first; none of an anonymous one."""
    request = await tickets.request_of(hotline.database, issued_number(number))
    if request is None:
        raise _unknown()
    if request.phone_hash is None:
        return page_of_tickets(hotline, (), None)
    filters = Filters(phone_hash=request.phone_hash, besides=request.number)
    found = await tickets.search(hotline.database, filters, cursor, limit)
    return page_of_tickets(hotline, found.rows, found.next)


def _unknown() -> UnknownTicket:
    return UnknownTicket("没有这个编号的工单。", "There is no ticket with this number.")

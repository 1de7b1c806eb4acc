"""Supervision (督办): one ticket live from its workflow; worklists, lists and notices from the projection."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import reduce
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from api.hotline import Hotline
from api.http.exchange import Cursor, Limit, TheHotline, issued_number, json_answer, plain_answer
from api.http.naming import unit_code
from api.http.openapi import problems
from api.words import Word, clean
from domain.errors import Unavailable
from domain.facts.fact import FACT, AnyFact
from domain.messages import Intake
from domain.model import Value
from domain.show.views import ClockView, StatusView, clock_views
from domain.ticket.draft import REQUESTER
from domain.ticket.evolving import begin, evolve
from domain.ticket.notices import Notice
from engine import calls as engine
from engine.calls import NotRunning
from phrases import Phrase
from readmodel import notices, tickets
from readmodel.texts import unknown_ticket
from readmodel.tickets import Recorded

router = APIRouter(prefix="/api/v1", tags=[Phrase("supervision").both()])

_NOT_UNITS = (REQUESTER, "operations")
"""Recipients of notices that are no units."""


class TicketView(StatusView):
    """Where a ticket stands, by its workflow (`live`) or by the projection as of an instant."""

    live: bool
    as_of: datetime
    description: str = Field(description="what was said, personal data masked")


class Clocks(Value):
    """Every clock of a ticket."""

    number: str
    live: bool
    as_of: datetime
    clocks: tuple[ClockView, ...]


class TimelineEntry(Value):
    """One thing that happened: its place in the log, the engine's time, who did it, and the fact."""

    seq: int
    kind: str
    at: datetime
    actor: dict[str, Any]
    fact: dict[str, Any]


class Timeline(Value):
    """Everything that happened to a ticket, in order; texts stand as references."""

    number: str
    events: tuple[TimelineEntry, ...]


class ListedTicket(StatusView):
    """A ticket in a list, as the projection has it."""

    recorded_at: datetime
    seconds_left: float | None = Field(description="to the next thing due; negative: overdue; null: nothing")
    description: str = Field(description="what was said, personal data masked")


class TicketPage(Value):
    """A page of tickets and the mark with which the next one is asked for; null: this is the last."""

    items: tuple[ListedTicket, ...]
    next: str | None


class NoticePage(Value):
    """A page of notices and the mark of the next one."""

    items: tuple[Notice, ...]
    next: str | None


@router.get(
    "/tickets/{number}",
    response_model=TicketView,
    responses=problems(404, 503),
    summary=Phrase("one ticket, live").both(),
)
async def get_ticket(number: str, hotline: TheHotline) -> Response:
    """Answer where the ticket stands, from its workflow; from the projection where that cannot answer."""
    number = issued_number(number)
    live, recorded = await asyncio.gather(
        live_answer(hotline, number, "status", StatusView),
        tickets.view(hotline.reading, number),
        return_exceptions=True,
    )
    masked = recorded.masked if isinstance(recorded, Recorded) else ""
    if isinstance(live, StatusView):
        return _ticket(live.model_dump(mode="json"), masked, hotline.now(), live=True)
    if isinstance(live, BaseException):
        raise live
    if isinstance(recorded, BaseException):
        raise recorded
    if recorded is None:
        raise unknown_ticket()
    return _ticket(recorded.view, masked, recorded.recorded_at, live=False)


@router.get(
    "/tickets/{number}/clocks",
    response_model=Clocks,
    responses=problems(404, 503),
    summary=Phrase("every clock of a ticket").both(),
)
async def get_clocks(number: str, hotline: TheHotline) -> Response:
    """Answer every obligation with its time, from the workflow, else from the event log."""
    number = issued_number(number)
    live = await live_answer(hotline, number, "clocks", list[ClockView])
    if live is not None:
        return json_answer(Clocks(number=number, live=True, as_of=hotline.now(), clocks=tuple(live)))
    intake, facts = await recorded_facts(hotline, number)
    ticket = reduce(evolve, facts[1:], begin(intake))
    return json_answer(Clocks(number=number, live=False, as_of=facts[-1].at, clocks=clock_views(ticket)))


@router.get(
    "/tickets/{number}/timeline",
    response_model=Timeline,
    responses=problems(404, 503),
    summary=Phrase("everything that happened").both(),
)
async def get_timeline(number: str, hotline: TheHotline) -> Response:
    """Answer every recorded fact in order."""
    number = issued_number(number)
    events = await tickets.events(hotline.reading, number)
    if not events:
        raise unknown_ticket()
    return plain_answer({"number": number, "events": [vars(event) for event in events]})


@router.get(
    "/worklist",
    response_model=TicketPage,
    responses=problems(422, 503),
    summary=Phrase("what waits for a unit, least time left first").both(),
)
async def get_worklist(
    hotline: TheHotline, unit: Word = None, cursor: Cursor = None, limit: Limit = 50
) -> Response:
    """Answer the open tickets that wait for an act of `unit`; the city's desk has those of no other unit."""
    code = _unit(hotline, unit) or hotline.rules.city_desk.code
    found = await tickets.worklist(hotline.reading, code, cursor, limit)
    return _page([listed(row, hotline.now()) for row in found.rows], found.next)


@router.get(
    "/notices",
    response_model=NoticePage,
    responses=problems(422, 503),
    summary=Phrase("notices, newest first").both(),
)
async def get_notices(
    hotline: TheHotline,
    to: Annotated[
        str, Query(max_length=100, description="unit by code or name, `requester` or `operations`")
    ],
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """Answer the notices to one recipient."""
    clean("to", to)
    recipient = to if to in _NOT_UNITS else unit_code(hotline.rules, to, "to")
    found = await notices.of(hotline.reading, recipient, cursor, limit)
    return _page([notice.model_dump(mode="json") for notice in found.rows], found.next)


def page_of_tickets(hotline: Hotline, rows: tuple[Recorded, ...], mark: str | None) -> Response:
    """Return `rows` of the projection as a page that goes on at `mark`."""
    return _page([listed(row, hotline.now()) for row in rows], mark)


async def live_answer(
    hotline: Hotline, number: str, name: str, result_type: type[engine.Answer], *arguments: object
) -> engine.Answer | None:
    """Return what the ticket's workflow answers to a query, null where it cannot in time.

    A list does not wait for an engine that is known to be away, so its place is soon free – but for one call
    every few seconds, which tests whether it is back: in a quiet hour no filing would.
    """
    was_away = hotline.breaker.is_open
    if not hotline.breaker.lets_through():
        return None
    try:
        answer = await engine.query(
            hotline.client, number, name, result_type, hotline.query_timeout, *arguments
        )
    except Unavailable:
        return None
    except NotRunning:
        answer = None
    if was_away:  # otherwise intake alone counts: an engine that answers questions may still start nothing
        hotline.breaker.note(answered=True)
    return answer


async def recorded_facts(hotline: Hotline, number: str) -> tuple[Intake, list[AnyFact]]:
    """Return what was filed, and every recorded fact in order. Raises `UnknownTicket`, `Unavailable`."""
    request = await tickets.request_of(hotline.reading, number)
    events = await tickets.events(hotline.reading, number)
    if request is None or not events:
        raise unknown_ticket()
    return request.intake, [FACT.validate_python(event.fact) for event in events]


def _unit(hotline: Hotline, unit: str | None) -> str | None:
    if unit is None:
        return None
    clean("unit", unit)
    return unit_code(hotline.rules, unit, "unit")


def _ticket(view: Mapping[str, Any], masked: str, as_of: datetime, *, live: bool) -> Response:
    answer = {**view, "live": live, "as_of": as_of.astimezone(UTC), "description": masked}
    return plain_answer(answer, {"ETag": f'"{view["version"]}"'})


def listed(row: Recorded, now: datetime) -> dict[str, Any]:
    """Return a ticket as lists show it at `now`; see `ListedTicket`."""
    due = row.view.get("next_due_at")
    left = (datetime.fromisoformat(due) - now).total_seconds() if isinstance(due, str) else None
    return {
        **row.view,
        "recorded_at": row.recorded_at,
        "seconds_left": left,
        "description": row.masked,
    }


def _page(items: list[dict[str, Any]], mark: str | None) -> Response:
    return plain_answer({"items": items, "next": mark})

"""The feed (全量数据推送): a unit's own system follows every ticket the unit has or had a part in."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import Annotated, Any

import orjson
import structlog
from fastapi import APIRouter, Header, Query
from pydantic import Field
from starlette.responses import Response, StreamingResponse

from api.http.exchange import Limit, TheHotline
from api.http.naming import unit_named
from api.http.openapi import problems
from api.lanes import LINES
from api.words import clean
from domain.errors import Unavailable
from domain.model import Value
from domain.show.involvement import Share
from phrases import Phrase
from readmodel import feed
from readmodel.feed import Entry, Feed

router = APIRouter(prefix="/api/v1", tags=[Phrase("feed").both()])

After = Annotated[str | None, Query(max_length=500, description="the mark `next` or `cursor` read last")]

log = structlog.get_logger("jiesu.api")


class FedTicket(Share):
    """A ticket as the unit may have it, with the mark of its place: the reader goes on after that."""

    cursor: str
    number: str
    changed_at: datetime
    description: str = Field(description="what was said, personal data masked")


class FeedPage(Value):
    """What changed for a unit, oldest first. `next` is there always; `more`: ask again at once."""

    items: tuple[FedTicket, ...]
    next: str
    more: bool


@router.get(
    "/units/{code}/feed",
    response_model=FeedPage,
    responses={
        200: {
            "content": {LINES: {"schema": {"type": "string"}}},
            "description": f"JSON, a page; with `Accept: {LINES}` everything up to now, a line for each "
            "ticket and at last one with `end`, `next` and `items`: without it the stream was cut",
        },
        **problems(422, 503),
    },
    summary=Phrase("every ticket of a unit that changed, oldest first").both(),
)
async def get_feed(
    code: str,
    hotline: TheHotline,
    after: After = None,
    limit: Limit = 50,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> Response:
    """Answer what changed for the unit behind `after`: its own tickets, now or before, and no others."""
    clean("code", code)
    unit = unit_named(hotline.rules, code, "code").code
    headers = {"Cache-Control": "no-store", "Vary": "Accept"}
    if LINES in accept.lower():
        parts = feed.stream(hotline.reading, unit, after)
        first = await anext(parts)  # what refuses the request must be known before the answer begins
        return StreamingResponse(_lines(first, parts), media_type=LINES, headers=headers)
    found = await feed.read(hotline.reading, unit, after, limit)
    items = [_item(entry) for entry in found.entries]
    return Response(
        _json({"items": items, "next": found.next, "more": found.more}),
        media_type="application/json",
        headers=headers,
    )


async def _lines(first: Feed, more: AsyncGenerator[Feed]) -> AsyncGenerator[bytes]:
    """Yield a line for each ticket and one that says how it ended: without that one, it was cut off."""
    count, part = 0, first
    async with aclosing(more):
        try:
            while True:
                for entry in part.entries:
                    yield _json(_item(entry)) + b"\n"
                count += len(part.entries)
                if not part.more:
                    break
                part = await anext(more)
        except Unavailable as away:
            log.warning("feed_cut", tickets=count)
            yield (
                _json({"end": "cut", "next": part.next, "items": count, "zh": away.zh, "en": away.en}) + b"\n"
            )
            return
    yield _json({"end": "complete", "next": part.next, "items": count}) + b"\n"


def _item(entry: Entry) -> dict[str, Any]:
    return {
        "cursor": entry.mark,
        "number": entry.number,
        "changed_at": entry.changed_at,
        "description": entry.masked,
        **entry.share.model_dump(mode="json"),
    }


def _json(content: object) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_UTC_Z)

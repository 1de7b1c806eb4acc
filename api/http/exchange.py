"""What every route uses: the hotline it serves, the headers of commands, answers in JSON, numbers, pages."""

from collections.abc import Mapping
from typing import Annotated

import orjson
from fastapi import Depends, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from api.hotline import Hotline
from domain.errors import Malformed, UnknownTicket
from domain.numbers import read_number

KEY = "idempotency-key"
REPLAY = {"Idempotent-Replay": "true"}

Cursor = Annotated[str | None, Query(max_length=500, description="the mark `next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=200)]


def hotline_of(request: Request) -> Hotline:
    """Return the hotline of the application that `request` came to."""
    return request.app.state.hotline


TheHotline = Annotated[Hotline, Depends(hotline_of)]


def json_answer(value: BaseModel, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return `value` as JSON that no cache on the way may keep."""
    return _answer(value.model_dump_json(), status, headers)


def plain_answer(content: Mapping[str, object], headers: Mapping[str, str] | None = None) -> Response:
    """Return `content` as JSON, not read into models once more: the projection holds it as it goes out."""
    return _answer(orjson.dumps(content, option=orjson.OPT_UTC_Z), 200, headers)


def _answer(body: str | bytes, status: int, headers: Mapping[str, str] | None) -> Response:
    return Response(
        body,
        status_code=status,
        media_type="application/json",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def issued_number(text: str) -> str:
    """Return `text` as a ticket number. Raises `UnknownTicket`, saying why, if it cannot be one."""
    try:
        return read_number(text)
    except Malformed as malformed:
        raise UnknownTicket(malformed.what) from None

"""What every request passes: the host it asks for, the time it takes, and an answer whatever goes wrong."""

import time
import traceback
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic_core import ErrorDetails
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.hotline import Hotline
from api.http.errors import bug_response, fault_response, http_response, refusal_response
from api.http.reading import bad_fields
from domain.errors import Fault, Malformed, Refused
from domain.numbers import read_number

log = structlog.get_logger("jiesu.api")

_LOOPBACK = {"127.0.0.1", "localhost", "[::1]", "testserver"}
"""The names under which a browser may ask: a page elsewhere that points its own name at us is turned away."""
_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    b"connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", _POLICY),
)
_ASKED_BY_MACHINES = {"/healthz", "/readyz", "/metrics"}
"""Asked every few seconds: their answers are counted, and logged only where everything is."""
_INSTANCE_CHARACTERS = 200
_MISDIRECTED = 421
_CLOSED_BY_CLIENT = 499


class Gate:
    """Middleware: refuses foreign hosts unless `any_host`, sets headers, counts, logs, answers for bugs."""

    def __init__(self, app: ASGIApp, *, any_host: bool) -> None:
        """Stand before `app`."""
        self._app = app
        self._any_host = any_host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on; other scopes (lifespan) go through as they are."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *_HEADERS]
            await send(message)

        try:
            await self._answer(scope, receive, noting)
        except ClientDisconnect:
            status = status or _CLOSED_BY_CLIENT
        except Exception as bug:  # noqa: BLE001 - the last resort: loud in the log, silent to the outside
            _tell(bug)
            if not status:
                await bug_response()(scope, receive, noting)
        finally:
            _note(scope, status, timedelta(seconds=time.perf_counter() - began))

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        host = Headers(scope=scope).get("host", "")
        if self._any_host or _without_port(host) in _LOOPBACK:
            await self._app(scope, receive, send)
        else:
            await http_response(_MISDIRECTED)(scope, receive, send)


def answer_errors(app: FastAPI) -> None:
    """Have `app` answer refusals, unfit parameters and HTTP's own errors as problem+json."""
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(Fault, _faulted)
    app.add_exception_handler(RequestValidationError, _unfit)
    app.add_exception_handler(HTTPException, _http)


def instance(request: Request) -> str:
    """Return the path asked for, cut to a sensible length; not the query, which may hold a tracking code."""
    return request.url.path[:_INSTANCE_CHARACTERS]


async def _refused(request: Request, refused: Exception) -> Response:
    return refusal_response(cast("Refused", refused), instance(request))


async def _faulted(request: Request, fault: Exception) -> Response:
    return fault_response(cast("Fault", fault), instance(request))


async def _unfit(request: Request, unfit: Exception) -> Response:
    errors: Sequence[Any] = cast("RequestValidationError", unfit).errors()
    named = [ErrorDetails(**{**error, "loc": error["loc"][1:] or error["loc"]}) for error in errors]
    return refusal_response(bad_fields(named), instance(request))


async def _http(request: Request, error: Exception) -> Response:
    said = cast("HTTPException", error)
    return http_response(said.status_code, instance(request), said.headers)


def _without_port(host: str) -> str:
    name, colon, port = host.lower().rpartition(":")
    return name if colon and port.isdecimal() else host.lower()


def _tell(bug: Exception) -> None:
    """Log where `bug` happened, not its message: that may repeat what a citizen said."""
    where = "".join(traceback.format_tb(bug.__traceback__))
    log.error("bug", error=type(bug).__qualname__, where=where)


def _ticket(scope: Scope) -> dict[str, str]:
    """Return the number of the ticket that was asked for, if it can be one; anything else is input."""
    asked: object = scope.get("path_params", {}).get("number")
    try:
        return {"number": read_number(asked)} if isinstance(asked, str) else {}
    except Malformed:
        return {}


def _note(scope: Scope, status: int, took: timedelta) -> None:
    route: str = getattr(scope.get("route"), "path", "none")
    milliseconds = round(took.total_seconds() * 1000, 1)
    write = log.debug if route in _ASKED_BY_MACHINES else log.info
    about = {"route": route, "status": status, "milliseconds": milliseconds, **_ticket(scope)}
    write("answered", method=scope["method"], **about)
    hotline: Hotline | None = getattr(scope["app"].state, "hotline", None) if "app" in scope else None
    if hotline is not None:
        hotline.counters.answered(scope["method"], route, status, took)

"""How the system is: alive, ready, and in numbers."""

import asyncio
from datetime import timedelta
from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from api.condition import Gauges, disk
from api.hotline import Hotline
from api.http.errors import refusal_response
from api.http.exchange import TheHotline, json_answer
from api.http.openapi import problems
from domain.errors import Unavailable
from domain.model import Value
from engine import calls as engine
from phrases import Phrase
from readmodel import ping

router = APIRouter(tags=[Phrase("operation").both()])

_ENGINE_TIMEOUT = timedelta(seconds=1)


class Health(Value):
    """The process is alive."""

    status: str = "ok"


class Readiness(Value):
    """Requests can be filed; `engine` false: they are stored, and their tickets start later."""

    status: str = "ready"
    database: bool
    engine: bool
    edition: str


@router.get("/healthz", response_model=Health, summary=Phrase("alive").both())
async def healthz() -> Response:
    """Answer that the process is alive, whatever else is not."""
    return json_answer(Health())


@router.get("/readyz", response_model=Readiness, summary=Phrase("ready").both(), responses=problems(503))
async def readyz(hotline: TheHotline) -> Response:
    """Answer 200 when a request can be filed, that is when the database is there; 503 otherwise."""
    try:
        await _reach_database(hotline)
        await hotline.prepare()
    except Unavailable as away:
        return refusal_response(away, "/readyz")
    there = await engine.is_there(hotline.client, _ENGINE_TIMEOUT)
    if there:
        hotline.breaker.note(answered=True)  # intake need not find it out by waiting
    return json_answer(
        Readiness(
            database=True,
            engine=there,
            edition=hotline.rules.identity,
        )
    )


async def _reach_database(hotline: Hotline) -> None:
    """Return when the database answers, by the connections of intake or by the others.

    Raises `Unavailable` when neither does: a load balancer would else take an API away for being busy.
    """
    asked = await asyncio.gather(ping(hotline.intake), ping(hotline.database), return_exceptions=True)
    troubles = [trouble for trouble in asked if trouble is not None]
    if len(troubles) == len(asked):
        raise troubles[0]


@router.get("/metrics", response_class=PlainTextResponse, summary=Phrase("metrics").both())
async def metrics(request: Request, hotline: TheHotline) -> Response:
    """Return counts in the text format of Prometheus."""
    data_dir: Path = request.app.state.settings.data_dir
    gauges = Gauges(
        condition=await hotline.condition.now(hotline.database),
        engine_up=await engine.is_there(hotline.client, _ENGINE_TIMEOUT),
        disk=disk(data_dir),
    )
    text = hotline.counters.text(gauges)
    return PlainTextResponse(text, media_type="text/plain; version=0.0.4; charset=utf-8")

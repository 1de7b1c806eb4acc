"""The composition root of the API: settings in, an application out; its parts lie on one frozen `Hotline`."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib.metadata import version

import structlog
from fastapi import FastAPI
from prometheus_client import disable_created_metrics

from api import (
    archive,
    directory,
    editions,
    explain,
    feed,
    health,
    incidents,
    lists,
    page,
    routes,
    similar,
    supervision,
    track,
)
from api.hotline import Hotline, open_hotline
from api.http import docs
from api.http.admission import Reading
from api.http.gate import Gate, answer_errors
from api.http.openapi import DESCRIPTION, describe
from domain.errors import Unavailable
from settings import Settings
from telemetry.logs import configure_logs

log = structlog.get_logger("jiesu.api")


def build_app(settings: Settings, hotline: Hotline | None = None) -> FastAPI:
    """Return the application; it opens what `settings` ask for when it starts, unless `hotline` is given.

    It starts whether or not database and engine are there, and answers 503 until they are.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        own = hotline is None
        parts = await open_hotline(settings) if hotline is None else hotline
        app.state.hotline = parts
        try:
            await _prepare(parts)
            yield
        finally:
            if own:
                await parts.close()

    if hotline is None:
        configure_logs(settings.log_level, settings.log_format)
    disable_created_metrics()  # a second series for each, of instants that no dashboard shows
    app = FastAPI(
        title="接诉 Jiesu",
        description=DESCRIPTION,
        version=version("jiesu"),
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.settings = settings
    tickets = (routes, lists, similar, supervision, explain, incidents, directory, editions, feed, archive)
    for part in (*tickets, track, health, page, docs):
        app.include_router(part.router)
    routes.add_commands(app.router)
    docs.mount_assets(app)
    answer_errors(app)
    app.add_middleware(Reading)
    app.add_middleware(Gate, any_host=settings.allow_remote)
    describe(app)
    return app


async def _prepare(hotline: Hotline) -> None:
    try:
        await hotline.prepare()
    except Unavailable:
        log.warning("database_away_at_start")
    log.info("api_ready", edition=hotline.rules.identity)

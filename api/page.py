"""The front page: what runs, how many tickets are open, the ways in. Plain HTML, nothing from elsewhere."""

from datetime import timedelta

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api.http.exchange import TheHotline
from api.http.pages import rendered
from domain.vocabulary import Stage
from engine import calls as engine

router = APIRouter(include_in_schema=False)

_TIMEOUT = timedelta(seconds=1)


@router.get("/")
async def front_page(request: Request, hotline: TheHotline) -> Response:
    """Return the page."""
    ui_port: int = request.app.state.settings.ui_port
    condition = await hotline.condition.now(hotline.database)
    content = rendered(
        "start.html",
        engine_is_up=await engine.is_there(hotline.client, _TIMEOUT),
        edition=hotline.rules.identity,
        stages=[stage for stage in Stage if stage is not Stage.CLOSED],
        open_tickets=condition.by_stage() if condition else None,
        ui=f"http://127.0.0.1:{ui_port}",
        is_remote=request.app.state.settings.allow_remote,
    )
    return HTMLResponse(content, headers={"Cache-Control": "no-store"})

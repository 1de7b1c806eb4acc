"""The API's description for people at `/docs`: Swagger UI, its files served from an installed package."""

from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter, FastAPI
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from api.http.pages import rendered

router = APIRouter(include_in_schema=False)

_ASSETS = "/docs/assets"


@router.get("/docs")
async def docs_page() -> Response:
    """Return the page."""
    return HTMLResponse(rendered("docs.html", assets=_ASSETS))


@router.get("/docs/start.js")
async def docs_start() -> Response:
    """Return the script that starts it: a file of its own, since the page may run no script inside itself."""
    return Response(rendered("docs.js"), media_type="text/javascript")


def mount_assets(app: FastAPI) -> None:
    """Serve the files of Swagger UI that the package `fastapi-offline` carries."""
    folder = Path(str(files("fastapi_offline"))) / "static"
    app.mount(_ASSETS, StaticFiles(directory=folder), name="docs-assets")

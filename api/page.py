"""The front page: what runs, how many tickets are open, the ways in. Plain HTML, nothing from elsewhere."""

from datetime import timedelta
from html import escape

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api.http.exchange import TheHotline
from domain.vocabulary import Stage
from engine import calls as engine

router = APIRouter(include_in_schema=False)

_LOCAL = ("账号功能上线前,接口只在本机监听。", "Until there are accounts it listens on loopback only.")
_REMOTE = (
    "注意:已允许远程访问,而账号功能尚未上线。",
    "Mind: remote access is allowed, and there are no accounts yet.",
)
_TIMEOUT = timedelta(seconds=1)
_PAGE = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>接诉 Jiesu</title>
<style>
body {{ font: 16px/1.6 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem;
 color: #1a1a1a }}
table {{ border-collapse: collapse }} th, td {{ text-align: left; padding: .2rem 1.5rem .2rem 0 }}
td.n {{ text-align: right }} .en {{ color: #595959 }} a {{ color: #0b57a4 }}
@media (prefers-color-scheme: dark) {{ body {{ background: #16181c; color: #e8e8e8 }}
.en {{ color: #a8a8a8 }} a {{ color: #8ab8ff }} }}
</style>
</head>
<body>
<h1>接诉 <span class="en" lang="en">Jiesu</span></h1>
<p>城市诉求办理:一件诉求,一张工单,一条工作流。<br>
<span class="en" lang="en">A city's complaints: one request, one ticket, one workflow.</span></p>
<h2>运行 <span class="en" lang="en">What runs</span></h2>
<table>{parts}</table>
<h2>在办工单 <span class="en" lang="en">Open tickets</span></h2>
<table>{stages}</table>
<h2>入口 <span class="en" lang="en">Ways in</span></h2>
<ul>
<li><a href="/docs">接口说明 <span class="en" lang="en">API description</span></a>
 (<a href="/openapi.json">openapi.json</a>)</li>
<li><a href="{ui}">Temporal 界面 <span class="en" lang="en">Temporal UI</span></a>: {ui}</li>
<li><a href="/metrics">指标 <span class="en" lang="en">metrics</span></a></li>
</ul>
<p>{reach_zh}<br>
<span class="en" lang="en">{reach_en}</span></p>
</body>
</html>
"""


@router.get("/")
async def front_page(request: Request, hotline: TheHotline) -> Response:
    """Return the page."""
    ui_port: int = request.app.state.settings.ui_port
    is_remote: bool = request.app.state.settings.allow_remote
    condition = await hotline.condition.now(hotline.database)
    parts = (
        ("数据库", "database", _is_up(up=condition is not None)),
        ("流程引擎", "workflow engine", _is_up(up=await engine.is_there(hotline.client, _TIMEOUT))),
        ("规则版本", "edition", escape(hotline.rules.identity)),
    )
    reach_zh, reach_en = _REMOTE if is_remote else _LOCAL
    content = _PAGE.format(
        parts="".join(_row(zh, en, value) for zh, en, value in parts),
        stages=_open_tickets(condition.by_stage() if condition else None),
        ui=escape(f"http://127.0.0.1:{ui_port}", quote=True),
        reach_zh=reach_zh,
        reach_en=reach_en,
    )
    return HTMLResponse(content, headers={"Cache-Control": "no-store"})


def _open_tickets(stages: dict[str, int] | None) -> str:
    if stages is None:
        return _row("数据库暂时不可用", "the database is away", "")
    rows = "".join(
        _row(stage.zh, stage.en, str(stages.get(stage.value, 0)))
        for stage in Stage
        if stage is not Stage.CLOSED
    )
    return rows + _row("合计", "in all", str(sum(stages.values())))


def _row(zh: str, en: str, value: str) -> str:
    return (
        f'<tr><th scope="row">{zh} <span class="en" lang="en">{en}</span></th><td class="n">{value}</td></tr>'
    )


def _is_up(*, up: bool) -> str:
    return "运行中 up" if up else "不可用 away"

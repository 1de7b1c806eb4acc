"""The application around the routes: pages, description, health, numbers, the gate, and what is logged."""

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
import structlog
from fastapi import FastAPI
from starlette.requests import ClientDisconnect

from api.app import build_app
from api.forms import FORMS
from api.hotline import Hotline, open_hotline
from domain.errors import Fault
from phrases import Said
from settings import BadSetting, Settings
from tests.api.desk import Desk, handler, has_chinese, problem, serving, until

_HANDLED = 'jiesu_open_tickets{level="unit",overdue="false",stage="handle",status="awaiting_sign"} 1.0'


async def test_the_front_page_says_what_runs_and_where_to_go(desk: Desk) -> None:
    """Chinese first, links to description and engine, nothing loaded from elsewhere."""
    await desk.has_filed()
    answer = await desk.http.get("/")
    page = answer.text
    assert answer.status_code == 200
    assert '<html lang="zh-CN">' in page
    assert page.count("运行中 up") == 2
    assert desk.hotline.rules.identity in page
    assert 'href="/docs"' in page
    assert "http://127.0.0.1:8233" in page
    assert "<script" not in page
    assert "cdn" not in page


async def test_the_description_for_people_is_served_from_here(desk: Desk) -> None:
    """The page, its script, and the two files of Swagger UI."""
    page = (await desk.http.get("/docs")).text
    assert "//cdn" not in page
    for address in ("/docs/assets/swagger-ui-bundle.js", "/docs/assets/swagger-ui.css", "/docs/start.js"):
        assert address in page
        answer = await desk.http.get(address)
        assert answer.status_code == 200
        assert len(answer.content) > 100


async def test_the_description_for_machines_knows_every_form(desk: Desk) -> None:
    """Every reference leads somewhere; every command has its body and its key."""
    schema = (await desk.http.get("/openapi.json")).json()
    components = set(schema["components"]["schemas"])
    references = {found.rpartition("/")[2] for found in _references(schema)}
    assert references <= components
    for name, form in FORMS.items():
        operation = schema["paths"][f"/api/v1/tickets/{{number}}/{name}"]["post"]
        body = operation["requestBody"]["content"]["application/json"]["schema"]
        assert body["$ref"].endswith(form.__name__)
        keys = [one for one in operation["parameters"] if one["name"] == "Idempotency-Key"]
        assert keys[0]["required"] is True
        assert "409" in operation["responses"]
    assert "/api/v1/requests" in schema["paths"]


def _references(part: Any) -> list[str]:  # noqa: ANN401 - JSON
    if isinstance(part, dict):
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return own + [found for inner in part.values() for found in _references(inner)]
    if isinstance(part, list):
        return [found for inner in part for found in _references(inner)]
    return []


async def test_health_and_readiness_answer(desk: Desk) -> None:
    """Alive, and ready with both parts there."""
    assert (await desk.http.get("/healthz")).json() == {"status": "ok"}
    ready = await until(desk.http, "/readyz", '"engine":true')
    assert ready.status_code == 200
    assert ready.json() == {
        "status": "ready",
        "database": True,
        "engine": True,
        "edition": desk.hotline.rules.identity,
    }


async def test_metrics_count_answers_requests_commands_and_open_tickets(idle_desk: Desk) -> None:
    """In the text format of Prometheus, with codes as labels."""
    number = await idle_desk.has_filed()
    await idle_desk.says(number, "urge", {"role": "requester"})
    text = (await until(idle_desk.http, "/metrics", "jiesu_engine_up 1")).text
    assert 'jiesu_requests_filed_total{workflow="started"} 1' in text
    assert 'jiesu_commands_total{command="urge",outcome="BadTrackingCode"} 1' in text
    assert 'jiesu_http_requests_total{method="POST",route="/api/v1/requests",status="201"} 1' in text
    assert 'jiesu_http_request_seconds_count{method="POST",route="/api/v1/requests"} 1' in text
    assert _HANDLED in text
    assert 'jiesu_open_tickets_by_district{district="110114",overdue="false"} 1' in text
    assert 'jiesu_oldest_ticket_seconds{status="awaiting_sign"} ' in text
    assert "jiesu_database_up 1" in text
    assert number not in text
    for line in text.splitlines():
        assert line.startswith("#") or float(line.rpartition(" ")[2]) >= 0


async def test_open_tickets_are_counted_at_most_every_fifteen_seconds(idle_desk: Desk) -> None:
    """A screen that refreshes must not make the database count each time."""
    assert _HANDLED not in (await idle_desk.http.get("/metrics")).text
    await idle_desk.has_filed()
    assert _HANDLED not in (await idle_desk.http.get("/metrics")).text


async def test_a_word_that_a_caller_makes_up_makes_no_series(idle_desk: Desk) -> None:
    """Neither as a method nor as a path: memory would grow with whoever asks."""
    for number in range(3):
        await idle_desk.http.request(f"MADEUP{number}", f"/nowhere/{number}")
    text = (await idle_desk.http.get("/metrics")).text
    assert 'jiesu_http_requests_total{method="other",route="none",status="404"} 3' in text
    assert "MADEUP" not in text


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "LOCALHOST:1", "[::1]:8000"])
async def test_this_machine_is_answered_by_its_own_names(desk: Desk, host: str) -> None:
    """With or without a port."""
    assert (await desk.http.get("/healthz", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "", "[::1"])
async def test_a_foreign_name_that_leads_here_is_turned_away(desk: Desk, host: str) -> None:
    """A page elsewhere must not reach a local service by pointing its name at it."""
    answer = await desk.http.get("/healthz", headers={"Host": host})
    problem(answer, 421, "Http421")


async def test_any_name_is_answered_where_remote_access_is_allowed(worked: Hotline) -> None:
    """Behind a proxy of one's own."""
    app = build_app(Settings(allow_remote=True), worked)
    app.state.hotline = worked
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://jiesu.example"
    ) as http:
        assert (await http.get("/healthz")).status_code == 200


async def test_every_answer_forbids_guessing_and_framing(desk: Desk) -> None:
    """Also errors do."""
    for path in ("/", "/healthz", "/nowhere"):
        answer = await desk.http.get(path)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


async def test_addresses_and_methods_that_do_not_exist_are_reported_as_problems(desk: Desk) -> None:
    """404 and 405, in both languages; 405 says what is allowed."""
    problem(await desk.http.get("/nowhere"), 404, "Http404")
    answer = await desk.http.get("/api/v1/requests")
    problem(answer, 405, "Http405")
    assert answer.headers["allow"] == "POST"


def _breaking(error: Exception, hotline: Hotline) -> FastAPI:
    app = build_app(Settings(), hotline)
    app.state.hotline = hotline

    @app.get("/break")
    async def breaks() -> None:
        raise error

    return app


async def test_a_bug_answers_500_and_the_log_says_where_but_not_what(worked: Hotline) -> None:
    """Its message may repeat what a citizen said, so that stays out of answer and log."""
    app = _breaking(RuntimeError("王小明 13800138000"), worked)
    with structlog.testing.capture_logs() as lines:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://testserver"
        ) as http:
            answer = await http.get("/break")
    problem(answer, 500, "Bug")
    assert "王小明" not in answer.text
    bug = next(line for line in lines if line["event"] == "bug")
    assert (bug["log_level"], bug["error"]) == ("error", "RuntimeError")
    assert "test_app.py" in bug["where"]
    assert "王小明" not in json.dumps(lines, ensure_ascii=False, default=str)


async def test_a_fault_of_a_rule_answers_500_in_both_languages(worked: Hotline) -> None:
    """The person hears that nothing has happened, and that it is not his mistake."""
    app = _breaking(Fault(Said("出错了。", "It failed.")), worked)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://testserver"
    ) as http:
        answer = await http.get("/break")
    assert problem(answer, 500, "Fault")["detail"] == "出错了。 It failed."


async def test_a_client_that_hangs_up_is_no_bug(worked: Hotline) -> None:
    """It is noted, nothing more."""
    app = _breaking(ClientDisconnect(), worked)
    with structlog.testing.capture_logs() as lines:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://testserver"
        ) as http:
            with pytest.raises(
                AssertionError
            ):  # the test client wants an answer; there is nobody to have one
                await http.get("/break")
    assert [line["event"] for line in lines] == ["answered"]
    assert lines[0]["status"] == 499


async def test_log_lines_have_number_route_and_status_and_nothing_personal(desk: Desk) -> None:
    """From filing to a refused command."""
    with structlog.testing.capture_logs() as lines:
        filed = (
            await desk.files(
                description="王小明家暖气不热", requester={"name": "王小明", "phone": "13800138000"}
            )
        ).json()
        number = filed["number"]
        await desk.says(number, "sign", handler(person="李建国"))
        await desk.says(number, "feedback", handler(), outcome="resolved", reply="已上门修好王小明家")
        await desk.http.get(f"/api/v1/track/{number}", params={"code": filed["tracking_code"]})
        await desk.http.get("/api/v1/tickets", params={"q": "王小明"})
    text = json.dumps(lines, ensure_ascii=False, default=str)
    for word in ("王小明", "13800138000", "李建国", "暖气", "修好", filed["tracking_code"]):
        assert word not in text
    assert {line["event"] for line in lines} >= {
        "request_filed",
        "command_counted",
        "command_refused",
        "answered",
    }
    assert all(
        line["number"] == number for line in lines if line["event"].startswith(("request_", "command_"))
    )
    answered = [line for line in lines if line["event"] == "answered"]
    assert answered[0]["route"] == "/api/v1/requests"
    assert answered[0]["status"] == 201


async def test_without_a_databases_address_the_api_does_not_start() -> None:
    """One sentence that names the variable, Chinese first."""
    with pytest.raises(BadSetting) as refused:
        await open_hotline(Settings())
    assert "JIESU_DATABASE_URL" in str(refused.value)
    assert has_chinese(str(refused.value))


async def test_the_hotline_never_prints_its_rules(worked: Hotline) -> None:
    """A megabyte in a traceback helps nobody."""
    assert len(repr(replace(worked))) < 2000


async def test_the_api_serves_through_its_own_lifespan(idle: Hotline) -> None:
    """What the tests set by hand, the start of the application sets by itself."""
    app = build_app(Settings(), idle)
    line = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=line, base_url="http://testserver") as http,
    ):
        assert (await http.get("/readyz")).status_code == 200
    async with serving(idle) as http:
        assert (await http.get("/readyz")).status_code == 200


async def test_a_request_about_a_ticket_is_logged_with_its_number(idle_desk: Desk) -> None:
    """And one for something that is no number says nothing of it: it may be anything."""
    number = await idle_desk.has_filed()
    with structlog.testing.capture_logs() as logged:
        await idle_desk.http.get(f"/api/v1/tickets/{number}")
        await idle_desk.says(number, "urge", handler())
        await idle_desk.http.get("/api/v1/tickets/13911112222")
    answered = [line for line in logged if line["event"] == "answered"]
    assert [line.get("number") for line in answered] == [number, number, None]
    assert "13911112222" not in str(logged)

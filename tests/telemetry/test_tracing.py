"""A trace tells a request's whole way and nothing that anybody said; without its packages nothing breaks."""

import re
import subprocess
import sys
from base64 import b64decode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from temporalio.client import Client, WorkflowHistory
from temporalio.contrib.opentelemetry import TracingInterceptor
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from activities.rulebook import Rulebook
from api.app import build_app
from api.hotline import Hotline
from readmodel import connect
from readmodel.vault import Vault
from settings import BadSetting, Settings
from telemetry.tracing import Tracing, traced
from tests.api.desk import Desk, handler
from tests.collector import Collected, collecting
from tests.conftest import TEMPLATE, database_url, execute
from tests.readmodel.records import own_numbers
from tests.workflows.test_replay import HISTORIES
from worker import build_worker
from workflows.ticket import Ticket

ROOT = Path(__file__).parents[2]
NAME, PHONE, ADDRESS = "欧阳小虎", "13911112222", "龙禧二街三合庄园"
WORDS = "室温只有十四度"
REPLY, NOTE, COMMENT = "已更换阀门", "约好周四上门", "态度很好"
PARTS = (
    "opentelemetry.sdk",
    "opentelemetry.exporter",
    "opentelemetry.instrumentation",
    "temporalio.contrib.o",
)
"""What the extra brings along; `opentelemetry.context` comes with FastAPI."""
SECRETS = (NAME, PHONE, ADDRESS, WORDS, REPLY, NOTE, COMMENT)


@dataclass(frozen=True)
class Traced:
    """A desk whose every act is traced, the collector, and the number of a ticket that has run its course."""

    collected: Collected
    number: str


@pytest.fixture(scope="module")
async def journey(
    postgres_url: str, client: Client, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Traced]:
    """Tickets from filing to feedback and to closing, by way of the API and a worker, all of it traced."""
    folder = tmp_path_factory.mktemp("traced")
    name = f"traced_{uuid4().hex[:12]}"
    await execute(postgres_url, f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}" STRATEGY FILE_COPY')
    url = database_url(postgres_url, name)
    with collecting() as collected:
        settings = Settings(otlp_endpoint=collected.address, task_queue=uuid4().hex, data_dir=folder)
        tracing = traced(settings, "jiesu-test")
        assert tracing is not None
        number = await _lived(tracing, settings, url, client)
        tracing.close()
        yield Traced(collected, number)
    await execute(postgres_url, f'DROP DATABASE "{name}" WITH (FORCE)')


async def _lived(tracing: Tracing, settings: Settings, url: str, client: Client) -> str:
    await own_numbers(url)
    database = connect(url, 8)
    tracing.on_database(database)
    rulebook = Rulebook("beijing", settings.data_dir)
    hotline = Hotline(
        rulebook=rulebook,
        vault=Vault(b"0" * 32),
        database=database,
        client=tracing.on_client(client),
        task_queue=settings.task_queue,
    )
    app = build_app(settings, hotline)
    app.state.hotline = hotline
    tracing.on_app(app)
    transport = httpx.ASGITransport(app=app)
    async with (
        build_worker(hotline.client, settings, database, rulebook),
        httpx.AsyncClient(
            transport=transport, base_url="http://testserver", headers={"baggage": f"caller={PHONE}"}
        ) as http,
    ):
        number = await _from_filing_to_closing(Desk(http, hotline))
        await http.get(f"/api/v1/tickets?phone={PHONE}&q={WORDS}")
        await http.get(f"/api/v1/track/{number}?code={PHONE}")
        await http.get(f"/{NAME}")
    await hotline.close()
    return number


async def _from_filing_to_closing(desk: Desk) -> str:
    number = await desk.has_filed(
        description=f"我是{NAME},{WORDS}。",
        requester={"name": NAME, "phone": PHONE},
        location={"district": "昌平区", "town": "回龙观街道", "address": ADDRESS},
    )
    proof = [{"kind": "photo", "note": NOTE}]
    acts: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
        ("sign", handler(), {}),
        ("contact", handler(), {"result": "reached", "note": NOTE}),
        ("visit", handler(), {"proof": proof}),
        ("feedback", handler(), {"outcome": "resolved", "reply": REPLY, "proof": proof}),
    )
    for name, actor, fields in acts:
        answer = await desk.says(number, name, actor, **fields)
        assert answer.status_code == 200, answer.text
    question = await desk.has_filed(type="inquiry", category=None, description=f"{WORDS},何时供暖?")
    agent = {"unit": "BJ-DESK", "role": "agent", "person": "a-1"}
    ended = await desk.says(question, "answer", agent, reply=COMMENT)
    assert ended.json()["ending"] == "answered", ended.text
    return number


async def test_a_trace_leads_from_the_request_to_sql(journey: Traced) -> None:
    """Filing: request, start of the workflow, its run, an activity of it, its statement."""
    chains = [journey.collected.chain(span) for span in journey.collected.spans]
    filing = "POST /api/v1/requests"
    assert [filing, "StartWorkflow:Ticket", "RunWorkflow:Ticket"] in chains
    written = [filing, "StartWorkflow:Ticket", "StartActivity:record", "RunActivity:record"]
    deep = [chain for chain in chains if chain[:2] == written[:2] and chain[-2:-1] == ["RunActivity:record"]]
    assert deep, chains
    assert all("StartActivity:record" in chain for chain in deep)
    assert any(chain[:-1] == [filing] and chain[-1].startswith("SQL ") for chain in chains)


@pytest.mark.parametrize("command", ["sign", "contact", "feedback", "answer"])
async def test_a_command_is_traced_into_the_workflow_that_obeys(journey: Traced, command: str) -> None:
    """The request has the call below it; the handler is in the ticket's trace, linked to the call."""
    (call,) = journey.collected.named(f"StartWorkflowUpdate:{command}")
    assert journey.collected.chain(call)[0] == f"POST /api/v1/tickets/{{number}}/{command}"
    (handled,) = journey.collected.named(f"HandleUpdate:{command}")
    assert [link.span_id for link in handled.links] == [call.span_id]
    assert journey.collected.chain(handled)[0] == "POST /api/v1/requests"


async def test_the_ticket_of_a_trace_is_known(journey: Traced) -> None:
    """By the id of its workflow."""
    assert f"ticket/{journey.number}" in journey.collected.text


@pytest.mark.parametrize("secret", SECRETS)
async def test_nothing_that_a_citizen_or_a_unit_said_is_in_a_trace(journey: Traced, secret: str) -> None:
    """Neither in a name nor in an attribute nor in an error; addresses that were asked for stay inside."""
    assert secret not in journey.collected.text
    assert repr(secret.encode())[2:-1] not in journey.collected.text


async def test_what_a_caller_hangs_on_a_trace_is_in_no_history(journey: Traced, client: Client) -> None:
    """Baggage travels with a trace by itself, and what a history has once stays there."""
    history = (await client.get_workflow_handle(f"ticket/{journey.number}").fetch_history()).to_json()
    headers = [b64decode(word) for word in re.findall(r'"data": *"([^"]+)"', history)]
    assert any(b"traceparent" in header for header in headers)
    assert not any(PHONE.encode() in header for header in headers)


async def test_statements_are_traced_without_their_values(journey: Traced) -> None:
    """Placeholders stand where values were."""
    statements = [
        attribute.value.string_value
        for span in journey.collected.spans
        for attribute in span.attributes
        if attribute.key == "db.query.text"
    ]
    assert len(statements) > 10
    assert max(map(len, statements)) <= 300
    assert not any(journey.number in statement for statement in statements)


@pytest.mark.parametrize("name", ["closed_resolved", "open_hung", "continued_by_its_reopening"])
async def test_a_recorded_ticket_replays_with_traces_on(name: str) -> None:
    """Tracing may be switched on and off while tickets run: it adds no command to a history."""
    history = WorkflowHistory.from_json(name, (HISTORIES / f"{name}.json").read_text(encoding="utf-8"))
    replayer = Replayer(
        workflows=[Ticket],
        data_converter=pydantic_data_converter,
        interceptors=[TracingInterceptor(TracerProvider(shutdown_on_exit=False).get_tracer("test"))],
    )
    await replayer.replay_workflow(history)


def test_nobody_pays_for_traces_that_nobody_asked_for() -> None:
    """The packages of the extra are not even imported by the API and the worker."""
    script = (
        "import sys, api.app, worker, telemetry.tracing\n"
        f"print([m for m in sys.modules if m.startswith({PARTS})])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert ended.stdout.strip() == "[]"
    assert traced(Settings(), "jiesu-api") is None


def test_without_the_extra_one_sentence_says_what_to_do() -> None:
    """Whoever asks for traces reads what to install; everything else works without."""
    script = (
        "import sys; sys.modules['opentelemetry.sdk'] = sys.modules['opentelemetry.exporter'] = None\n"
        "import api.app, worker\nfrom telemetry.tracing import traced\n"
        "from settings import BadSetting, Settings\n"
        "assert traced(Settings(), 'x') is None\n"
        "try: traced(Settings(otlp_endpoint='http://127.0.0.1:4318'), 'x')\n"
        "except BadSetting as said: print(said)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert "traces" in ended.stdout
    assert len(ended.stdout.splitlines()) == 1


def test_a_collector_without_a_scheme_is_refused_and_no_password_is_shown() -> None:
    """Nothing would ever be sent, and each batch would leave a traceback in the log."""
    with pytest.raises(BadSetting, match=r"JIESU_OTLP_ENDPOINT.*http://") as refused:
        Settings.from_environment({"JIESU_OTLP_ENDPOINT": "jiesu:s3cret@collector:4318"})
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(("ratio", "flag", "spans"), [(0.0, "01", 0), (1.0, "00", 2)])
async def test_how_many_are_traced_is_not_for_a_caller_to_say(ratio: float, flag: str, spans: int) -> None:
    """Whatever his header asks for; what follows inside goes by what was decided at the door."""
    app, trace = FastAPI(), uuid4().hex
    with collecting() as collected:
        tracing = traced(Settings(otlp_endpoint=collected.address, trace_ratio=ratio), "jiesu-test")
        assert tracing is not None

        @app.get("/")
        async def index() -> None:
            tracing.provider.get_tracer("inside").start_span("inside").end()

        tracing.on_app(app)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://t") as http:
            await http.get("/", headers={"traceparent": f"00-{trace}-{'1' * 16}-{flag}"})
        tracing.close()
    assert [span.trace_id.hex() for span in collected.spans] == [trace] * spans


async def test_between_our_own_parts_the_first_decision_holds() -> None:
    """A worker with a ratio of none goes on with a trace that the API began."""
    with collecting() as collected:
        tracing = traced(Settings(otlp_endpoint=collected.address, trace_ratio=0.0), "jiesu-test")
        assert tracing is not None
        given = TraceContextTextMapPropagator().extract({"traceparent": f"00-{'a' * 32}-{'1' * 16}-01"})
        tracing.provider.get_tracer("worker").start_span("RunActivity:record", context=given).end()
        tracing.close()
    assert [span.name for span in collected.spans] == ["RunActivity:record"]


def test_a_ratio_outside_its_range_is_refused() -> None:
    """From none to all."""
    with pytest.raises(BadSetting):
        Settings.from_environment({"JIESU_TRACE_RATIO": "1.5"})

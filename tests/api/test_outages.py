"""What still works, and what says so, while the database, the engine or the workers are away."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import asyncpg
import pytest
import structlog
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from api.app import build_app
from api.hotline import Hotline, Preparation
from readmodel import commands, connect, reconcile
from readmodel.vault import BadVault, Vault, draw_key
from settings import Settings
from tests.api.desk import SHORT, Desk, handler, impatient, no_engine, problem, serving, text_of
from tests.api.line import Line
from worker import build_worker


@asynccontextmanager
async def desk_of(hotline: Hotline) -> AsyncGenerator[Desk]:
    """Yield a desk that talks to an API over `hotline`."""
    async with serving(hotline) as http:
        yield Desk(http, hotline)
    await hotline.starter.close()


@pytest.fixture
async def line(dsn: str) -> AsyncIterator[Line]:
    """The line to the database, which the test may cut."""
    line = Line(dsn)
    await line.mend()
    yield line
    await line.cut()


@pytest.fixture
async def by_wire(idle: Hotline, line: Line) -> AsyncIterator[Desk]:
    """A desk whose database is reached by that line."""
    hotline = replace(idle, database=connect(line.url, 4), preparation=Preparation())
    async with desk_of(hotline) as desk:
        yield desk
    await hotline.close()


@pytest.fixture
async def engineless(idle: Hotline) -> AsyncIterator[Desk]:
    """A desk whose engine is not there at all."""
    async with desk_of(replace(impatient(idle), client=await no_engine())) as desk:
        yield desk


@pytest.fixture
async def workerless(idle: Hotline) -> AsyncIterator[Desk]:
    """A desk whose engine is there but has no worker."""
    async with desk_of(impatient(idle)) as desk:
        yield desk


async def test_without_an_engine_a_request_still_gets_its_number(engineless: Desk) -> None:
    """201, and it says that the ticket has not begun."""
    answer = await engineless.files()
    assert answer.status_code == 201
    assert answer.json()["started"] is False
    waiting = await reconcile.not_started(engineless.hotline.database, SHORT * 0, 10)
    assert [intake.number for intake in waiting] == [answer.json()["number"]]


async def test_without_an_engine_a_command_answers_503_and_says_when_to_try_again(engineless: Desk) -> None:
    """It did not count, and the same key may be used again."""
    number = await engineless.has_filed()
    answer = await engineless.says(number, "sign", handler(), key="later")
    problem(answer, 503, "Unavailable")
    assert int(answer.headers["retry-after"]) > 0


async def test_without_an_engine_the_ticket_is_read_from_the_projection(engineless: Desk) -> None:
    """Marked as not live, with the time it stands for."""
    number = await engineless.has_filed()
    shown = await engineless.sees(f"tickets/{number}")
    assert (shown["live"], shown["status"], shown["version"]) == (False, "awaiting_sign", 9)
    assert shown["as_of"] <= (await engineless.sees(f"tickets/{number}"))["as_of"]
    clocks = await engineless.sees(f"tickets/{number}/clocks")
    assert clocks["live"] is False
    assert [clock["name"] for clock in clocks["clocks"]][-1] == "feedback_by"
    timeline = await engineless.sees(f"tickets/{number}/timeline")
    assert [event["kind"] for event in timeline["events"]][:3] == ["filed", "accepted", "clock_started"]


async def test_without_an_engine_the_system_is_ready_and_says_what_is_missing(engineless: Desk) -> None:
    """Requests can be filed: that is what ready means."""
    answer = await engineless.http.get("/readyz")
    assert answer.status_code == 200
    assert (answer.json()["database"], answer.json()["engine"]) == (True, False)
    assert "away" in (await engineless.http.get("/")).text


async def test_an_engine_that_comes_back_is_found_again(idle: Hotline) -> None:
    """Away at first, there, cut off in mid-call, there again: no restart of the API."""
    line = Line(f"temporal://{idle.client.service_client.config.target_host}")
    await line.mend()
    target = line.url.removeprefix("temporal://")
    await line.cut()
    client = await Client.connect(target, data_converter=pydantic_data_converter, lazy=True)
    async with desk_of(replace(idle, client=client, start_timeout=SHORT * 4)) as desk:
        assert (await desk.files()).json()["started"] is False
        await line.mend()
        assert (await desk.files()).json()["started"] is True
        await line.cut()
        assert (await desk.files()).json()["started"] is False
        await line.mend()
        await _eventually_starts(desk)
    await line.cut()


async def _eventually_starts(desk: Desk) -> None:
    for _ in range(10):
        if (await desk.files()).json()["started"]:
            return
    raise AssertionError("the engine is back, and nobody noticed")


async def test_without_a_worker_the_request_starts_and_the_reads_fall_back(workerless: Desk) -> None:
    """The engine takes the start; the query finds nobody."""
    answer = await workerless.files()
    assert answer.json()["started"] is True
    shown = await workerless.sees(f"tickets/{answer.json()['number']}")
    assert shown["live"] is False


async def test_a_command_without_a_worker_gives_its_one_true_answer_when_repeated(
    workerless: Desk, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """503 first; with a worker back the same key tells what became of it, and it counted once."""
    number = await workerless.has_filed()
    hotline = workerless.hotline
    problem(await workerless.says(number, "note", handler(), key="patient", text="在办"), 503, "Unavailable")
    settings = Settings(task_queue=hotline.task_queue, data_dir=tmp_path_factory.mktemp("data"))
    patient = replace(hotline, command_timeout=SHORT * 40, query_timeout=SHORT * 10)
    async with (
        build_worker(hotline.client, settings, hotline.database, hotline.rulebook),
        desk_of(patient) as desk,
    ):
        await desk.waits_to_see(f"tickets/{number}", lambda ticket: ticket["unit"] is not None)
        answer = await desk.says(number, "note", handler(), key="patient", text="在办")
        again = await desk.says(number, "note", handler(), key="patient", text="在办")
        assert answer.status_code in (200, 403), answer.text
        assert again.text == answer.text
        events = (await desk.sees(f"tickets/{number}/timeline"))["events"]
        assert sum(event["kind"] == "noted" for event in events) == (answer.status_code == 200)
        await hotline.client.get_workflow_handle(f"ticket/{number}").terminate("end of the test")


async def test_a_command_that_starts_its_ticket_and_is_not_answered_is_in_doubt(
    engineless: Desk, workerless: Desk
) -> None:
    """It overtook the start: what became of it is asked for as of any other."""
    number = await engineless.has_filed()
    problem(await workerless.says(number, "sign", handler()), 503, "Unavailable")
    doubted = await reconcile.in_doubt(workerless.hotline.database, 10)
    assert [one for one, _ in doubted] == [number]


async def test_a_doubt_that_cannot_be_noted_is_noted_when_the_database_is_back(
    by_wire: Desk, line: Line, rows: asyncpg.Connection
) -> None:
    """The engine does not answer, and then the database is away too: nobody forgets to ask."""
    hotline = replace(by_wire.hotline, command_timeout=SHORT * 4)
    number = await by_wire.has_filed()
    async with desk_of(hotline) as desk:
        answer = asyncio.create_task(desk.says(number, "sign", handler()))
        for _ in range(100):
            if await rows.fetchval("SELECT count(*) FROM command"):
                break
            await asyncio.sleep(0.01)
        await line.cut()
        problem(await answer, 503, "Unavailable")
    await line.mend()
    for _ in range(100):
        if await rows.fetchval("SELECT count(*) FROM command WHERE doubted_at IS NOT NULL"):
            break
        await asyncio.sleep(0.1)
    assert [one for one, _ in await reconcile.in_doubt(hotline.database, 10)] == [number]
    await hotline.close()


async def test_without_a_database_requests_and_commands_answer_503(by_wire: Desk, line: Line) -> None:
    """Nothing is acknowledged; afterwards everything goes on by itself."""
    number = await by_wire.has_filed()
    await line.cut()
    answer = await by_wire.files(key="in-the-dark")
    problem(answer, 503, "Unavailable")
    assert int(answer.headers["retry-after"]) > 0
    problem(await by_wire.says(number, "note", handler(), text="?"), 503, "Unavailable")
    problem(await by_wire.http.get("/api/v1/tickets"), 503, "Unavailable")
    problem(await by_wire.http.get("/readyz"), 503, "Unavailable")
    assert (await by_wire.http.get("/healthz")).status_code == 200
    assert "不可用" in (await by_wire.http.get("/")).text
    assert "jiesu_open_tickets" not in (await by_wire.http.get("/metrics")).text
    await line.mend()
    assert (await by_wire.files(key="in-the-dark")).status_code == 201


async def test_without_a_database_no_update_is_sent(by_wire: Desk, line: Line) -> None:
    """What could not be noted first is not done either."""
    number = await by_wire.has_filed()
    await line.cut()
    await by_wire.says(number, "note", handler(), text="悄悄话")
    history = await by_wire.hotline.client.get_workflow_handle(f"ticket/{number}").fetch_history()
    assert "悄悄话" not in text_of(history)
    assert len(history.events) == 2


async def test_a_database_that_takes_connections_and_says_nothing_is_away(idle: Hotline) -> None:
    """A hung server must not hang the citizen."""
    held: list[asyncio.StreamWriter] = []

    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    hung = replace(idle, database=connect(f"postgresql://nobody@127.0.0.1:{port}/none", 2))
    async with server, desk_of(hung) as desk:
        problem(await desk.files(), 503, "Unavailable")
        for writer in held:
            writer.close()
    await hung.database.dispose()


async def test_the_api_starts_without_database_and_engine(tmp_path_factory: pytest.TempPathFactory) -> None:
    """With its key from an earlier start, it answers 503 until they are there, and dies of neither."""
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("data"),
        database_url="postgresql://nobody@127.0.0.1:1/none",
        temporal_address="127.0.0.1:1",
    )
    draw_key(settings.key_file)
    app = build_app(settings)
    structlog.reset_defaults()
    async with app.router.lifespan_context(app):
        hotline: Hotline = app.state.hotline
        async with serving(hotline) as http:
            problem(await Desk(http, hotline).files(), 503, "Unavailable")
            assert (await http.get("/healthz")).status_code == 200


async def test_what_the_last_process_died_with_is_doubted_when_the_database_is_back(
    idle_desk: Desk, by_wire: Desk, line: Line
) -> None:
    """The API was up again sooner than its database."""
    idle = idle_desk.hotline
    number = await idle_desk.has_filed()
    await commands.begin(idle.database, idle.vault, number, "sign", "key", "body")
    await line.cut()
    app = build_app(Settings(), by_wire.hotline)
    async with app.router.lifespan_context(app):
        assert await reconcile.in_doubt(idle.database, 10) == []
        await line.mend()
        await by_wire.has_filed()
    assert [one for one, _ in await reconcile.in_doubt(idle.database, 10)] == [number]


async def test_another_master_key_is_not_allowed_to_write(idle_desk: Desk) -> None:
    """A wrong key file would seal what nobody can open again: refused loudly, before anything is written."""
    await idle_desk.has_filed()
    foreign = replace(idle_desk.hotline, vault=Vault(b"1" * 32), preparation=Preparation())
    with pytest.raises(BadVault):
        await foreign.prepare()
    async with desk_of(foreign) as desk:
        answer = await desk.files()
        assert answer.status_code == 500
        assert answer.json()["code"] == "Bug"


async def test_without_a_database_a_ticket_is_still_shown_live(worked: Hotline) -> None:
    """The workflow knows where it stands; only the description is missing."""
    number = await Desk(serving(worked), worked).has_filed()
    dead = replace(worked, database=connect("postgresql://nobody@127.0.0.1:1/none", 1))
    async with desk_of(dead) as desk:
        shown = await desk.waits_to_see(f"tickets/{number}", lambda ticket: ticket["live"])
    assert (shown["live"], shown["description"]) == (True, "")
    async with desk_of(replace(impatient(dead), client=await no_engine())) as desk:
        problem(await desk.http.get(f"/api/v1/tickets/{number}"), 503, "Unavailable")


async def test_a_request_filed_twice_while_the_engine_was_away_starts_with_the_repeat(
    idle: Hotline, rows: asyncpg.Connection
) -> None:
    """A client that repeats helps itself."""
    async with desk_of(replace(impatient(idle), client=await no_engine())) as away:
        first = await away.files(key="insistent")
    async with desk_of(idle) as desk:
        second = await desk.files(key="insistent")
    assert (first.json()["started"], second.json()["started"]) == (False, True)
    assert first.json()["number"] == second.json()["number"]
    assert await rows.fetchval("SELECT count(*) FROM request") == 1

"""The order of degradation, on the real application with requests that hang in the real database."""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import asyncpg
import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from api.app import build_app
from api.hotline import Hotline
from api.http.admission import Reading, reader
from api.lane_limits import Lane, LaneLimits
from api.lanes import LINES, REPORT_ENDS, REPORTS, bounds_of, lane_of, weight
from cli.main import server_config
from readmodel import connect
from readmodel.connection import session
from settings import Settings
from tests.api.desk import Desk, handler, impatient, problem, serving

SMALL = Settings(intake_places=8, command_places=2, list_places=2, report_places=2)
AT_ONCE = timedelta(milliseconds=1)
LONG = timedelta(seconds=30)


class Crowd:
    """Requests that are under way, and what became of them."""

    def __init__(self, desk: Desk) -> None:
        """Let them come to `desk`."""
        self.desk = desk
        self.calls: list[asyncio.Task[httpx.Response]] = []

    async def calls_in(self, call: Coroutine[Any, Any, httpx.Response], lane: Lane, served: int) -> None:
        """Begin a request, and wait until so many of its lane are being served or wait."""
        self.calls.append(asyncio.create_task(call))
        limits = self.desk.hotline.limits
        for _ in range(2000):
            if limits.served(lane) + limits.waiting(lane) == served:
                return
            await asyncio.sleep(0.005)
        raise AssertionError(f"{lane}: {limits.served(lane)} served, {limits.waiting(lane)} wait")

    async def answers(self) -> list[int]:
        """Return the status of every request, once all are over."""
        return [answer.status_code for answer in await asyncio.gather(*self.calls)]


def bounded(waiting: int, patience: timedelta) -> LaneLimits:
    """Return small limits where so many wait, for so long."""
    bounds = bounds_of(SMALL)
    return LaneLimits(
        {lane: replace(one, waiting=waiting, patience=patience) for lane, one in bounds.items()}, weight
    )


@asynccontextmanager
async def small_desk(idle: Hotline, url: str, limits: LaneLimits) -> AsyncGenerator[Desk]:
    """Yield a desk of an API with few places and its three kinds of connections."""
    own = replace(
        impatient(idle),
        limits=limits,
        intake_database=connect(url, 8),
        reading_database=connect(url, 4),
    )
    async with serving(own) as http:
        yield Desk(http, own)
    await own.close()


@pytest.fixture
async def lock(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """A session of somebody else's that locks tables; what it holds is let go with the test."""
    connection = await asyncpg.connect(dsn)
    await connection.execute("BEGIN")
    yield connection
    await connection.close()


async def test_reports_then_lists_then_commands_find_no_place_while_intake_goes_on(
    idle: Hotline, dsn: str, lock: asyncpg.Connection
) -> None:
    """Each lane is filled with requests that hang; the next of it is refused, the lanes before it work."""
    async with small_desk(idle, dsn, bounded(2, LONG)) as desk:
        number = await desk.has_filed()
        text, crowd = f"/api/v1/tickets/{number}/texts", Crowd(desk)
        await lock.execute("LOCK TABLE command, incident IN ACCESS EXCLUSIVE MODE")
        for count, unit in enumerate("abcd", 1):
            archive = f"/api/v1/tickets/{number}/archive?unit={unit}"
            await crowd.calls_in(desk.http.get(archive), Lane.REPORTS, count)
        refused = problem(await desk.http.get(f"/api/v1/tickets/{number}/archive"), 503, "Unavailable")
        assert "报表" in refused["zh"]
        units = [unit["code"] for unit in (await desk.sees("units", limit=4))["items"]]
        for count, unit in enumerate("abcd", 1):
            await crowd.calls_in(desk.http.get(f"/api/v1/incidents?unit={unit}"), Lane.LISTS, count)
        answer = await desk.http.get("/api/v1/units")
        assert "查询" in problem(answer, 503, "Unavailable")["zh"]
        assert int(answer.headers["retry-after"]) == 10
        for count, unit in enumerate(units, 1):
            await crowd.calls_in(desk.says(number, "note", handler(unit), text="在办"), Lane.COMMANDS, count)
        answer = await desk.http.post(text, json={"text": "在办"})
        assert "办理操作" in problem(answer, 503, "Unavailable")["zh"]
        assert int(answer.headers["retry-after"]) == 5
        assert [(await desk.files(channel=channel)).status_code for channel in ("web", "phone")] == [201, 201]
        counted = desk.hotline.counters.text()
        for lane in ("reports", "lists", "commands"):
            assert f'jiesu_admission_refused_total{{lane="{lane}",reason="full"}} 1.0' in counted
        assert counted.count("jiesu_admission_refused_total{") == 3
        await lock.execute("ROLLBACK")
        answers = await crowd.answers()
        assert answers[:8] == [409] * 4 + [200] * 4
        assert (
            'jiesu_admission_refused_total{lane="lists",reason="full"} 1.0'
            in (await desk.http.get("/metrics")).text
        )


async def test_the_busier_intake_is_the_fewer_others_begin_and_nobody_who_files_is_refused(
    idle: Hotline, dsn: str, lock: asyncpg.Connection
) -> None:
    """Two that file stop reports, five lists, seven commands; the eighth and ninth are still taken."""
    async with small_desk(idle, dsn, bounded(2, AT_ONCE)) as desk:
        number = await desk.has_filed()
        crowd, stopped = Crowd(desk), list[list[str]]()
        await lock.execute("LOCK TABLE request IN SHARE MODE")
        for count in range(1, 9):
            channel = "web" if count % 2 else "phone"
            await crowd.calls_in(desk.files(channel=channel), Lane.INTAKE, count)
            stopped.append(await _stopped(desk, number))
        low, middle, high = ["reports"], ["reports", "lists"], ["reports", "lists", "commands"]
        assert stopped == [[], low, low, low, middle, middle, high, high]
        await lock.execute("ROLLBACK")
        assert await crowd.answers() == [201] * 8
        assert await _stopped(desk, number) == []


async def test_one_channel_alone_stops_no_list_and_no_command(
    idle: Hotline, dsn: str, lock: asyncpg.Connection
) -> None:
    """It holds half of the places; the other channels have the rest, at once."""
    async with small_desk(idle, dsn, bounded(40, LONG)) as desk:
        number = await desk.has_filed()
        crowd = Crowd(desk)
        await lock.execute("LOCK TABLE request IN SHARE MODE")
        for count in range(1, 21):
            await crowd.calls_in(desk.files(channel="import"), Lane.INTAKE, count)
        assert desk.hotline.limits.served(Lane.INTAKE) == 4
        await crowd.calls_in(desk.files(channel="phone"), Lane.INTAKE, 21)
        assert desk.hotline.limits.served(Lane.INTAKE) == 5
        await lock.execute("ROLLBACK")
        assert await crowd.answers() == [201] * 21
        assert await _stopped(desk, number) == []


async def test_a_unit_whose_system_floods_commands_leaves_room_for_the_next_unit(
    idle: Hotline, dsn: str, lock: asyncpg.Connection
) -> None:
    """Of two places it has one, however often it asks; whoever comes after it has the other at once."""
    async with small_desk(idle, dsn, bounded(40, LONG)) as desk:
        number = await desk.has_filed()
        crowd = Crowd(desk)
        await lock.execute("LOCK TABLE command IN ACCESS EXCLUSIVE MODE")
        for count in range(1, 4):
            await crowd.calls_in(desk.says(number, "note", handler(), text="在办"), Lane.COMMANDS, count)
        assert desk.hotline.limits.served(Lane.COMMANDS) == 1
        await crowd.calls_in(desk.says(number, "note", handler("BJ-DESK"), text="在办"), Lane.COMMANDS, 4)
        assert desk.hotline.limits.served(Lane.COMMANDS) == 2
        await lock.execute("ROLLBACK")
        await crowd.answers()


async def test_a_flood_of_imports_is_numbered_behind_the_telephone(
    idle: Hotline, dsn: str, lock: asyncpg.Connection
) -> None:
    """Numbers are given in the order of service: the callers who came last are not the last."""
    async with small_desk(idle, dsn, bounded(200, LONG)) as desk:
        crowd = Crowd(desk)
        await lock.execute("LOCK TABLE request IN SHARE MODE")
        for count in range(1, 41):
            await crowd.calls_in(desk.files(channel="import"), Lane.INTAKE, count)
        for count in range(41, 45):
            await crowd.calls_in(desk.files(channel="web"), Lane.INTAKE, count)
        for count in range(45, 53):
            await crowd.calls_in(desk.files(channel="phone"), Lane.INTAKE, count)
        await lock.execute("ROLLBACK")
        numbers = [answer.json()["number"] for answer in await asyncio.gather(*crowd.calls)]
        place = {number: place for place, number in enumerate(sorted(numbers))}
        imports, others = numbers[:40], numbers[40:]
        assert max(place[number] for number in others) < 24
        assert max(place[number] for number in imports) == 51


@pytest.mark.parametrize(
    ("path", "lane"),
    [
        ("/api/v1/worklist", Lane.LISTS),
        ("/api/v1/units/BJ-DESK/feed", Lane.LISTS),
        ("/api/v1/track/20261122-000001-5", Lane.LISTS),
        ("/api/v1/tickets/20261122-000001-5/archive", Lane.REPORTS),
        ("/api/v1/editions/preview", Lane.REPORTS),
        ("/api/v1/directory/proposals", Lane.REPORTS),
        ("/api/v1/industry/BJ-URBAN", Lane.LISTS),
    ],
)
def test_what_is_read_is_a_list_unless_it_is_a_report(path: str, lane: Lane) -> None:
    """By its address."""
    assert lane_of(path) is lane


def test_every_address_that_counts_as_a_report_is_one_of_ours(idle: Hotline) -> None:
    """A lane for what nobody can ask protects nothing; the page lists the same."""
    paths = [path for path, acts in build_app(Settings(), idle).openapi()["paths"].items() if "get" in acts]
    for start in REPORTS:
        assert any(path.startswith(start) for path in paths), start
    for end in REPORT_ENDS:
        assert any(path.endswith(end) for path in paths), end
    page = (Path(__file__).parents[3] / "docs" / "operations" / "fairness.md").read_text(encoding="utf-8")
    (row,) = re.findall(r"^\|[^|]*reports \|([^|]*)\|", page, re.MULTILINE)
    answer = {f"/api/v1{word}" for word in re.findall(r"`…([^`]+)`", row)}
    assert answer == {path for path in paths if lane_of(path) is Lane.REPORTS}


@pytest.mark.parametrize(
    ("trusted", "asks_from", "shown_as"),
    [
        ("", "10.0.0.1", "10.0.0.1"),
        ("", "127.0.0.1", "127.0.0.1"),
        ("10.0.0.0/8", "10.0.0.1", "203.0.113.9"),
        ("10.0.0.0/8,::1", "192.0.2.1", "192.0.2.1"),
    ],
)
async def test_only_a_trusted_proxy_is_believed_for_whom_it_asks(
    trusted: str, asks_from: str, shown_as: str
) -> None:
    """Behind a proxy each reader has a share of his own; nobody gets another by writing a header."""
    seen: list[str] = []

    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        seen.append(reader(scope))
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    config = server_config(Settings(trusted_proxies=trusted), app)
    config.load()
    served: Any = config.loaded_app
    transport = httpx.ASGITransport(app=served, client=(asks_from, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://t") as http:
        await http.get("/api/v1/tickets", headers={"X-Forwarded-For": "203.0.113.9"})
    assert seen == [f"host {shown_as}"]


async def test_health_and_metrics_need_no_place(idle: Hotline, dsn: str) -> None:
    """What looks after the system is answered when nothing else is."""
    none = {lane: replace(one, places=0) for lane, one in bounds_of(SMALL).items()}
    none = {lane: replace(one, waiting=0) for lane, one in none.items()}
    async with small_desk(idle, dsn, LaneLimits(none, weight)) as desk:
        asked = [(await desk.http.get(path)).status_code for path in ("/healthz", "/readyz", "/metrics")]
        assert asked == [200, 200, 200]
        problem(await desk.http.get("/api/v1/units"), 503, "Unavailable")
        problem(await desk.files(), 503, "Unavailable")


async def _stopped(desk: Desk, number: str) -> list[str]:
    """Return the lanes in which a request finds no place, the least important first."""
    reads = {"reports": f"tickets/{number}/archive", "lists": "units"}
    answers = {lane: await desk.http.get(f"/api/v1/{address}") for lane, address in reads.items()}
    answers["commands"] = await desk.http.post(f"/api/v1/tickets/{number}/texts", json={"text": "在办"})
    return [lane for lane, answer in answers.items() if answer.status_code == 503]


async def test_intake_has_connections_of_its_own(idle: Hotline, dsn: str) -> None:
    """With every connection of commands and lists held by somebody, a request still gets its number."""
    async with small_desk(idle, dsn, bounded(2, LONG)) as desk:
        await desk.has_filed()  # what is made sure of once, on the others' connections
        full = replace(desk.hotline, database=connect(dsn, 1), reading_database=connect(dsn, 1))
        async with (
            session(full.database),
            session(full.reading),
            serving(full) as http,
        ):
            assert (await Desk(http, full).files()).status_code == 201
        await full.starter.close()
        await full.database.dispose()
        await full.reading.dispose()


async def test_a_list_that_takes_too_long_is_ended_by_the_database(
    idle: Hotline, dsn: str, lock: asyncpg.Connection
) -> None:
    """Nothing of ours has to come round to it: the statement carries its own limit, and 503 says so."""
    short = connect(dsn, 2, statement_seconds=0.2)
    async with serving(replace(idle, reading_database=short)) as http:
        await lock.execute("LOCK TABLE incident IN ACCESS EXCLUSIVE MODE")
        problem(await http.get("/api/v1/incidents"), 503, "Unavailable")
        running = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'"
        )
        assert await lock.fetchval(running) == 1  # this question alone
        await lock.execute("ROLLBACK")
        assert (await http.get("/api/v1/incidents")).status_code == 200
    await short.dispose()


@pytest.mark.parametrize("busy", ["database", "intake"])
async def test_an_api_that_is_busy_is_ready_all_the_same(idle: Hotline, dsn: str, busy: str) -> None:
    """With every connection of commands or of intake taken: who balances must not send citizens away."""
    await idle.prepare()
    full = replace(idle, database=connect(dsn, 1), intake_database=connect(dsn, 1))
    async with session(getattr(full, busy)), serving(full) as http:
        assert (await http.get("/readyz")).status_code == 200
    await full.close()


async def test_a_reader_who_stands_still_keeps_no_list_from_others(idle: Hotline) -> None:
    """What comes line by line gives its place back as it begins; a page keeps it until it is sent."""
    begun, goes_on = asyncio.Event(), asyncio.Event()
    seen: dict[str, int] = {}

    async def slow(scope: Scope, _receive: Receive, send: Send) -> None:
        media = LINES if scope["path"].endswith("/feed") else "application/json"
        start = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", media.encode())]}
        await send(start)
        seen[media] = idle.limits.served(Lane.LISTS)
        begun.set()
        await goes_on.wait()

    async def ignore(_message: Message) -> None: ...

    async def nothing() -> Message:
        return {"type": "http.disconnect"}

    app = SimpleNamespace(state=SimpleNamespace(hotline=idle))
    asks = {"type": "http", "method": "GET", "query_string": b"", "client": None, "app": app}
    for path, held in (("/api/v1/units/u/feed", 0), ("/api/v1/tickets", 1)):
        task = asyncio.create_task(Reading(slow)({**asks, "path": path}, nothing, ignore))
        await begun.wait()
        assert list(seen.values()) == [held]
        goes_on.set()
        await task
        assert idle.limits.served(Lane.LISTS) == 0
        begun.clear()
        goes_on.clear()
        seen.clear()

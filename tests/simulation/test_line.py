"""The way to the hotline: real HTTP, here to a small server of our own."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import httpx
import orjson
import pytest

from simulation.line import Line, RefusedError
from tests.simulation.sightings import a_sighting

Reply = Callable[[httpx.Request], httpx.Response]


def line_to(reply: Reply) -> Line:
    """Return a line whose requests are answered by `reply`."""
    return Line("http://127.0.0.1:9", transport=httpx.MockTransport(reply), pauses_seconds=(0.0, 0.0))


def page(items: list[dict[str, Any]], mark: str | None = None) -> httpx.Response:
    """Return one page of a list."""
    return httpx.Response(200, json={"items": items, "next": mark})


async def test_a_list_is_read_to_its_last_page() -> None:
    """The mark of a page asks for the next one."""
    said: list[httpx.Request] = []
    pages = iter([("a", "mark"), ("b", None)])

    def reply(request: httpx.Request) -> httpx.Response:
        said.append(request)
        number, mark = next(pages)
        return page([a_sighting(number).model_dump(mode="json")], mark)

    async with line_to(reply) as line:
        assert [seen.number for seen in await line.tickets(stage="handle")] == ["a", "b"]
    assert said[0].url.params["stage"] == "handle"
    assert said[1].url.params["cursor"] == "mark"


async def test_an_act_is_sent_again_under_the_same_key_when_a_part_was_away() -> None:
    """503 and a broken connection are waited out; the key makes it one act."""
    said: list[httpx.Request] = []

    def reply(request: httpx.Request) -> httpx.Response:
        said.append(request)
        if len(said) == 1:
            return httpx.Response(HTTPStatus.SERVICE_UNAVAILABLE)
        if len(said) == 2:
            raise httpx.ConnectError("gone")
        return httpx.Response(201, json={"number": "n", "tracking_code": "c"})

    async with line_to(reply) as line:
        assert await line.file({"type": "praise"}) == "n"
    assert len({request.headers["Idempotency-Key"] for request in said}) == 1
    assert len(said) == 3


async def test_two_acts_have_two_keys() -> None:
    """A key stands for one act."""
    said: list[httpx.Request] = []

    def reply(request: httpx.Request) -> httpx.Response:
        said.append(request)
        return httpx.Response(201, json={"number": "n", "tracking_code": "c"})

    async with line_to(reply) as line:
        await line.file({})
        await line.file({})
    assert len({request.headers["Idempotency-Key"] for request in said}) == 2


async def test_a_refusal_is_raised_and_counted() -> None:
    """With the code of the problem document."""

    def reply(_request: httpx.Request) -> httpx.Response:
        problem = orjson.dumps({"code": "WrongStage", "detail": "…"})
        return httpx.Response(409, content=problem, headers={"content-type": "application/problem+json"})

    async with line_to(reply) as line:
        with pytest.raises(RefusedError, match="WrongStage"):
            await line.command("n", "sign", {"role": "handler"})
        assert line.refused == {"WrongStage": 1}


async def test_who_stays_away_is_reported_in_the_end() -> None:
    """After the last pause the error of the connection comes out."""

    def reply(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("gone")

    async with line_to(reply) as line:
        with pytest.raises(httpx.ConnectError):
            await line.tickets()


async def test_notices_that_are_known_are_not_repeated() -> None:
    """Only escalations count, and reading stops at the first page without news."""
    asked = 0

    def reply(_request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        climbed = {"key": "k", "number": "n", "to": "d", "kind": "escalated"}
        other = {"key": "o", "number": "n", "to": "d", "kind": "copied", "about": {}}
        return page(
            [{**climbed, "about": {"clock": "sign_by", "level": "city", "holder": "u"}}, other], "more"
        )

    known: set[str] = set()
    async with line_to(reply) as line:
        assert [climb.key for climb in await line.escalations("d", known)] == ["k"]
        assert asked == 2
        assert await line.escalations("d", known) == []
        assert asked == 3

"""`GET /units/{code}/feed`: a unit's own system follows its tickets, as pages and as a stream."""

import json
from collections.abc import AsyncGenerator
from typing import Any

from api.feed import _lines
from api.lanes import LINES
from domain.errors import Unavailable
from phrases import Said
from readmodel.feed import Feed
from tests.api.desk import HEATING, Desk, handler, problem

WATER = "市水务局"
STREAM = {"Accept": LINES}


async def streamed(desk: Desk, unit: str = HEATING, **parameters: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - of the address
    """Return every line of the unit's stream; the last one must say that it is complete."""
    answer = await desk.http.get(f"/api/v1/units/{unit}/feed", params=parameters, headers=STREAM)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == LINES
    assert answer.text.endswith("\n")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert lines[-1]["end"] == "complete"
    assert lines[-1]["items"] == len(lines) - 1
    return lines


async def test_pages_and_stream_agree_and_go_on_where_they_were(idle_desk: Desk) -> None:
    """Oldest first, each once; the mark of one goes on in the other."""
    filed = [await idle_desk.has_filed() for _ in range(3)]
    first = await idle_desk.sees(f"units/{HEATING}/feed", limit=2)
    assert first["more"]
    second = await idle_desk.sees(f"units/{HEATING}/feed", after=first["next"], limit=2)
    assert not second["more"]
    paged = [*first["items"], *second["items"]]
    assert [item["number"] for item in paged] == filed
    *lines, end = await streamed(idle_desk)
    assert lines == paged
    assert end["next"] == second["next"] == lines[-1]["cursor"]
    *rest, _ = await streamed(idle_desk, after=first["next"])
    assert rest == second["items"]


async def test_an_idle_unit_keeps_its_mark(idle_desk: Desk) -> None:
    """Whoever asks again with it later misses nothing."""
    empty = await idle_desk.sees("units/110105/feed")
    assert empty["items"] == []
    assert (await idle_desk.sees("units/110105/feed", after=empty["next"]))["next"] == empty["next"]
    assert len(await streamed(idle_desk, "110105")) == 1


async def test_an_item_is_the_ticket_as_the_unit_may_see_it(idle_desk: Desk) -> None:
    """Status, clocks and the masked words; nothing that tells who asked."""
    await idle_desk.has_filed(
        description="我是王小虎,电话13911112222,暖气不热。",
        requester={"name": "王小虎", "phone": "13911112222"},
    )
    (item,) = (await idle_desk.sees(f"units/{HEATING}/feed"))["items"]
    assert item["parts"] == ["responsible"]
    assert item["ticket"]["status"] == "awaiting_sign"
    assert {"sign_by", "feedback_by"} <= {clock["name"] for clock in item["clocks"]}
    assert "暖气不热" in item["description"]
    assert "13911112222" not in json.dumps(item)
    assert "王小虎" not in json.dumps(item, ensure_ascii=False)


async def test_a_unit_is_fed_its_own_tickets_and_nothing_of_others(desk: Desk) -> None:
    """Row-level scope: taken away, the ticket ends for the one and begins for the other."""
    number = await desk.has_filed()
    await desk.waits_to_see(f"tickets/{number}", lambda shown: shown["unit"] is not None)
    supervisor = {"unit": "BJ-DESK", "role": "dispatcher", "person": "d-3"}
    moved = await desk.says(number, "reassign", supervisor, unit=WATER, reason="供水压力问题")
    assert moved.status_code == 200, moved.text
    signed = await desk.says(number, "sign", handler(WATER))
    assert signed.status_code == 200, signed.text
    *lines, _ = await streamed(desk)
    (left,) = [line for line in lines if line["number"] == number]
    assert left["parts"] == []
    assert left["left_at"] is not None
    assert left["ticket"]["unit"]["code"] == HEATING
    *theirs, _ = await streamed(desk, WATER)
    (held,) = [line for line in theirs if line["number"] == number]
    assert held["ticket"]["status"] == "handling"
    *others, _ = await streamed(desk, "110105")
    assert number not in {line["number"] for line in others}


async def test_a_unit_may_be_called_by_name(idle_desk: Desk) -> None:
    """As everywhere; who nobody knows is refused."""
    number = await idle_desk.has_filed()
    answer = await idle_desk.sees("units/北京市热力集团/feed")
    assert [item["number"] for item in answer["items"]] == [number]
    problem(await idle_desk.http.get("/api/v1/units/nobody/feed"), 422, "UnknownCode")


async def test_another_unit_s_mark_is_refused_before_a_stream_begins(idle_desk: Desk) -> None:
    """A problem with its status, not a stream that breaks."""
    mark = (await idle_desk.sees("units/110105/feed"))["next"]
    for headers in ({}, STREAM):
        answer = await idle_desk.http.get(
            f"/api/v1/units/{HEATING}/feed", params={"after": mark}, headers=headers
        )
        problem(answer, 422, "Malformed")


async def test_a_stream_that_loses_the_database_says_that_it_was_cut() -> None:
    """Its last line names the mark from which it goes on."""

    async def parts() -> AsyncGenerator[Feed]:
        raise Unavailable(Said("数据库暂时不可用。", "The database is away."))
        yield  # a generator, for this line

    lines = [json.loads(line) async for line in _lines(Feed((), "mark", more=True), parts())]
    assert [(line["end"], line["next"]) for line in lines] == [("cut", "mark")]

"""Incidents over HTTP with everything real behind it: many callers, one result, an answer for each."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from api.hotline import Hotline
from api.incident_handling import AT_ONCE
from engine.starting import incident_workflow_id, workflow_id
from readmodel.texts import originals
from tests.api.desk import (
    HEATING,
    Desk,
    dispatcher,
    handler,
    impatient,
    no_engine,
    problem,
    serving,
    text_of,
)

ABOUT = "回龙观供热站主管道破裂,抢修中,联系人张工13800138000。"
REPLY = "主管道已于今晨六时修复,供热恢复。"


class Line:
    """A desk that speaks to incidents."""

    def __init__(self, desk: Desk) -> None:
        """Speak through `desk`."""
        self.desk = desk

    async def says(self, path: str, key: str | None = None, **fields: Any) -> httpx.Response:  # noqa: ANN401 - fields of forms
        """Post to an incident's address, under a key of its own unless one is given."""
        headers = {"Idempotency-Key": key or uuid4().hex}
        return await self.desk.http.post(f"/api/v1/incidents{path}", json=fields, headers=headers)

    async def opens(self, **wishes: Any) -> str:  # noqa: ANN401 - fields of the form
        """Open an incident of the heating company and return its number."""
        answer = await self.says("", **opening(**wishes))
        assert answer.status_code == 201, answer.text
        return answer.json()["number"]

    async def gives_result(self, number: str, key: str | None = None, **wishes: Any) -> httpx.Response:  # noqa: ANN401
        """Give the lead unit's result."""
        proof = [{"kind": "photo", "note": "压力表照片"}]
        given = {"actor": handler(), "outcome": "resolved", "reply": REPLY, "proof": proof, **wishes}
        return await self.says(f"/{number}/result", key, **given)


def opening(**wishes: Any) -> dict[str, Any]:  # noqa: ANN401 - fields of the form
    """Return an incident as a dispatcher fills it in."""
    place = {"district": "昌平区", "town": "回龙观街道"}
    return {
        "actor": dispatcher(),
        "category": "室温不达标",
        "location": place,
        "unit": HEATING,
        "about": ABOUT,
        **wishes,
    }


@pytest.fixture
def line(desk: Desk) -> Line:
    """A desk that speaks to incidents, with the worker behind it."""
    return Line(desk)


async def test_everybody_who_joined_hears_the_result_once(line: Line) -> None:
    """Opened, joined by the dozen, resolved: each ticket has the answer, each caller one notice."""
    desk = line.desk
    number = await line.opens()
    callers = [await desk.has_filed() for _ in range(12)]
    answer = await line.says(f"/{number}/join", actor=dispatcher(), tickets=callers, reason="同一供热站")
    assert answer.status_code == 200, answer.text
    assert answer.json()["joined"] == 12, answer.text
    view = await desk.sees(f"incidents/{number}")
    assert (view["members"], view["told"], view["lead"]["code"]) == (12, 0, HEATING)
    answer = await line.gives_result(number)
    assert answer.json()["results"] == 1, answer.text
    await desk.waits_to_see(f"incidents/{number}", lambda shown: shown["told"] == 12)
    for caller in callers:
        events = (await desk.sees(f"tickets/{caller}/timeline"))["events"]
        given = [event["fact"] for event in events if event["kind"] == "feedback_given"]
        assert [fact["by_incident"] for fact in given] == [number]
    notices = (await desk.sees("notices", to="requester", limit=200))["items"]
    notified = [notice["number"] for notice in notices if notice["kind"] == "feedback"]
    assert sorted(one for one in notified if one in callers) == sorted(callers)
    await desk.waits_to_see(f"incidents/{number}", lambda shown: not shown["spreading"])
    members = await desk.sees(f"incidents/{number}/members", limit=5)
    assert {member["status"] for member in members["items"]} == {"feedback_given"}
    rest = await desk.sees(f"incidents/{number}/members", limit=200, cursor=members["next"])
    assert len(members["items"]) + len(rest["items"]) == 12


async def test_one_that_left_is_no_member_any_more(line: Line) -> None:
    """Un-merge shows in the list of members at once, and the ticket waits for its unit again."""
    desk, number = line.desk, await line.opens()
    ticket = await desk.has_filed()
    joined = await desk.says(ticket, "join_incident", dispatcher(), incident=number)
    assert joined.status_code == 200, joined.text
    assert (await desk.sees(f"tickets/{ticket}"))["incident"]["number"] == number
    left = await desk.says(ticket, "leave_incident", dispatcher(), reason="是户内阀门的问题")
    assert left.json()["status"] == "awaiting_sign", left.text
    shown = await desk.sees(f"incidents/{number}")
    assert (shown["members"], shown["left"]) == (0, 1)
    (member,) = (await desk.sees(f"incidents/{number}/members"))["items"]
    assert member["left_at"] is not None


async def test_who_calls_after_the_result_has_it_at_once(line: Line) -> None:
    """The agent joins the new ticket; the caller's answer is there with it."""
    desk, number = line.desk, await line.opens()
    await line.gives_result(number)
    ticket = await desk.has_filed()
    joined = await desk.says(ticket, "join_incident", dispatcher(), incident=number)
    assert joined.json()["status"] == "feedback_given", joined.text


async def test_the_same_key_gives_the_first_answer_again(line: Line) -> None:
    """To open and to resolve; with another body it is refused."""
    first = await line.says("", "open-1", **opening())
    again = await line.says("", "open-1", **opening())
    assert again.json() == first.json()
    assert again.headers["Idempotent-Replay"] == "true"
    problem(await line.says("", "open-1", **opening(about="别的事情")), 422, "KeyReused")
    number = first.json()["number"]
    one = await line.gives_result(number, "result-1")
    two = await line.gives_result(number, "result-1")
    assert one.json() == two.json()
    assert two.headers["Idempotent-Replay"] == "true"
    problem(await line.gives_result(number, "result-1", reply="别的答复"), 422, "KeyReused")


async def test_an_incident_is_closed_and_then_refuses(line: Line) -> None:
    """The end is in the database; the key that closed it keeps its answer."""
    number = await line.opens()
    closed = await line.says(f"/{number}/close", "close-1", actor=dispatcher(), reason="误登记")
    assert closed.json()["closed_at"] is not None, closed.text
    await line.desk.hotline.client.get_workflow_handle(incident_workflow_id(number)).result()
    again = await line.says(f"/{number}/close", "close-1", actor=dispatcher(), reason="误登记")
    assert again.json() == closed.json()
    problem(await line.gives_result(number), 409, "WrongStage")
    ticket = await line.desk.has_filed()
    late = await line.desk.says(ticket, "join_incident", dispatcher(), incident=number)
    problem(late, 409, "WrongStage")
    open_ones = (await line.desk.sees("incidents", open=True))["items"]
    assert number not in [one["number"] for one in open_ones]
    assert number in [one["number"] for one in (await line.desk.sees("incidents"))["items"]]


@pytest.mark.parametrize(
    ("wishes", "status", "code"),
    [
        ({"actor": handler("E-WATER")}, 403, "WrongActor"),
        ({"actor": {"role": "surveyor", "unit": "BJ-DESK"}}, 403, "WrongActor"),
        ({"category": "没有这一类"}, 422, "UnknownCode"),
        ({"unit": "没有这家单位"}, 422, "UnknownCode"),
        ({"about": " "}, 422, "Malformed"),
        ({"location": None, "unit": None, "category": "E"}, 422, "UnknownCode"),
    ],
)
async def test_what_cannot_be_opened_says_why(
    line: Line, wishes: dict[str, Any], status: int, code: str
) -> None:
    """In both languages, and nothing is left behind."""
    before = [one["number"] for one in (await line.desk.sees("incidents", limit=1))["items"]]
    problem(await line.says("", **opening(**wishes)), status, code)
    after = [one["number"] for one in (await line.desk.sees("incidents", limit=1))["items"]]
    assert after == before


async def test_what_is_said_to_an_incident_that_is_not_there_is_refused(line: Line) -> None:
    """Wrong forms, unknown numbers, no key."""
    for number in ("I20990101-000001", "nonsense"):
        problem(await line.gives_result(number), 404, "UnknownTicket")
        for part in ("", "/members"):
            problem(await line.desk.http.get(f"/api/v1/incidents/{number}{part}"), 404, "UnknownTicket")
    number = await line.opens()
    problem(await line.gives_result(number, actor=dispatcher()), 403, "WrongActor")
    problem(await line.gives_result(number, proof=[]), 422, "Incomplete")
    body = {"actor": dispatcher()}
    problem(await line.desk.http.post(f"/api/v1/incidents/{number}/close", json=body), 400, "Malformed")
    ticket = await line.desk.has_filed()
    answer = await line.says(f"/{number}/join", actor=dispatcher(), tickets=[ticket, ticket])
    problem(answer, 422, "Malformed")
    answer = await line.says(f"/{number}/join", actor=dispatcher(), tickets=[ticket, "nonsense"])
    assert [item["refusal"] for item in answer.json()["items"]] == [None, "UnknownTicket"]


async def test_what_was_said_stands_in_the_vault_and_nowhere_else(line: Line) -> None:
    """Neither in the incident's history nor in a member's."""
    desk, number = line.desk, await line.opens()
    ticket = await desk.has_filed()
    await desk.says(ticket, "join_incident", dispatcher(), incident=number)
    await line.gives_result(number)
    await desk.waits_to_see(f"incidents/{number}", lambda shown: shown["told"] == 1)
    texts = {text.text for text in await originals(desk.hotline.database, desk.hotline.vault, number)}
    assert texts == {ABOUT, REPLY, "压力表照片"}
    for workflow in (incident_workflow_id(number), workflow_id(ticket)):
        history = await desk.hotline.client.get_workflow_handle(workflow).fetch_history()
        assert not [text for text in texts if text in text_of(history)]


async def test_an_incident_opened_while_the_engine_was_away_starts_with_its_first_command(
    desk: Desk,
) -> None:
    """It was safe in the database."""
    away = impatient(replace(desk.hotline, client=await no_engine()))
    async with serving(away) as http:
        number = await Line(Desk(http, away)).opens()
    answer = await Line(desk).gives_result(number)
    assert answer.json()["results"] == 1, answer.text


async def test_similar_tickets_are_found_by_place_and_by_person(desk: Desk) -> None:
    """What a dispatcher looks at before a merge (R017, R019, B6)."""
    town = {"district": "昌平区", "town": "天通苑北街道"}
    phone = {"name": "李女士", "phone": "13700001234"}
    mine = await desk.has_filed(location=town, requester=phone)
    same = await desk.has_filed(location=town)
    await desk.has_filed(location={"district": "昌平区", "town": "回龙观街道"})
    other_matter = await desk.has_filed(location=town, category="施工噪声", requester=phone)
    await desk.waits_to_see(f"tickets/{mine}", lambda view: view["live"])
    by_place = await desk.sees(f"tickets/{mine}/alike")
    assert [item["number"] for item in by_place["items"]] == [same]
    by_person = await desk.sees(f"tickets/{mine}/alike", by="person")
    assert [item["number"] for item in by_person["items"]] == [other_matter]
    assert (await desk.sees(f"tickets/{same}/alike", by="person"))["items"] == []
    nowhere = await desk.has_filed(location=None)
    assert (await desk.sees(f"tickets/{nowhere}/alike"))["items"] == []
    problem(await desk.http.get("/api/v1/tickets/20200101-000001-0/alike"), 404, "UnknownTicket")


async def test_a_person_with_many_tickets_is_paged(desk: Desk) -> None:
    """The next page goes on where this one ends."""
    phone = {"name": "赵先生", "phone": "13700005678"}
    numbers = [await desk.has_filed(requester=phone) for _ in range(4)]
    first = await desk.sees(f"tickets/{numbers[0]}/alike", by="person", limit=2)
    second = await desk.sees(f"tickets/{numbers[0]}/alike", by="person", limit=2, cursor=first["next"])
    found = [item["number"] for item in first["items"] + second["items"]]
    assert found == sorted(numbers[1:], reverse=True)


async def test_many_join_at_once_and_a_repeat_changes_nothing(line: Line) -> None:
    """The same key again: who has joined stays as it is."""
    number = await line.opens()
    tickets = await asyncio.gather(*(line.desk.has_filed() for _ in range(6)))
    body = {"actor": dispatcher(), "tickets": list(tickets)}
    first = await line.says(f"/{number}/join", "batch-1", **body)
    second = await line.says(f"/{number}/join", "batch-1", **body)
    assert first.json() == second.json()
    assert (await line.desk.sees(f"incidents/{number}"))["members"] == 6


async def test_many_join_under_the_longest_key_there_is(line: Line) -> None:
    """A key that every other act takes is good for a batch, too, and gives the same answer again."""
    number, ticket = await line.opens(), await line.desk.has_filed()
    body = {"actor": dispatcher(), "tickets": [ticket]}
    first = await line.says(f"/{number}/join", "k" * 200, **body)
    assert first.json()["joined"] == 1, first.text
    assert (await line.says(f"/{number}/join", "k" * 200, **body)).json() == first.json()
    refusal = problem(await line.says(f"/{number}/join", "k" * 201, **body), 422, "Malformed")
    assert "Idempotency-Key" in refusal["detail"]


async def test_an_engine_that_hangs_ends_the_batch(idle: Hotline, rows: asyncpg.Connection) -> None:
    """503, after no more tickets than join at a time: the others would wait as long for nothing."""
    waiting = impatient(idle)
    async with serving(waiting) as http:
        line = Line(Desk(http, waiting))
        number = await line.opens()
        tickets = [await line.desk.has_filed() for _ in range(AT_ONCE + 3)]
        answer = await line.says(f"/{number}/join", "hung", actor=dispatcher(), tickets=tickets)
    refusal = problem(answer, 503, "Unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert any(ticket in refusal["detail"] for ticket in tickets[:AT_ONCE])
    assert await rows.fetchval("SELECT count(*) FROM command WHERE name = 'join_incident'") == AT_ONCE


async def test_what_joined_before_the_engine_went_away_stays_joined(desk: Desk) -> None:
    """The same key, once it is back, says so of each."""
    line = Line(desk)
    number = await line.opens()
    tickets = [await desk.has_filed() for _ in range(3)]
    body = {"actor": dispatcher(), "tickets": tickets}
    assert (await line.says(f"/{number}/join", "again", **{**body, "tickets": tickets[:1]})).json()[
        "joined"
    ] == 1
    away = impatient(replace(desk.hotline, client=await no_engine()))
    async with serving(away) as http:
        problem(await Line(Desk(http, away)).says(f"/{number}/join", "again", **body), 503, "Unavailable")
    assert (await line.says(f"/{number}/join", "again", **body)).json()["joined"] == 3
    assert (await desk.sees(f"incidents/{number}"))["members"] == 3

"""Filing a request over HTTP."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from api.forms import RequestForm
from api.http.reading import parse
from api.intake import file_request
from domain.numbers import read_number
from domain.vocabulary import Channel, RequestType
from tests.api.desk import Desk, no_engine, problem, request, text_of


async def test_a_filed_request_comes_back_with_number_code_and_proposed_unit(desk: Desk) -> None:
    """201, the way to the ticket, a valid number, and whom the directory names with the reason."""
    answer = await desk.files()
    filed = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/api/v1/tickets/{filed['number']}"
    assert read_number(filed["number"]) == filed["number"]
    assert len(filed["tracking_code"]) == 8
    assert (filed["status"], filed["started"]) == ("awaiting_sign", True)
    assert datetime.fromisoformat(filed["promised_at"]) - datetime.fromisoformat(
        filed["filed_at"]
    ) == timedelta(hours=4)
    assert filed["category"]["code"] == "heating.indoor.cold"
    assert filed["category_given"] is True
    assert filed["proposed"]["unit"]["code"] == "E-HEAT"
    assert filed["proposed"]["certain"] is True
    assert "室温不达标" in filed["proposed"]["why_zh"]
    assert "Beijing District Heating" in filed["proposed"]["why_en"]
    assert filed["edition"].startswith("beijing@")


async def test_only_type_channel_and_description_are_required(desk: Desk) -> None:
    """Without a place the city's dispatch desk is proposed."""
    answer = await desk.http.post(
        "/api/v1/requests", json={"type": "help", "channel": "phone", "description": "请帮帮我"}
    )
    assert answer.status_code == 201
    filed = answer.json()
    assert filed["proposed"]["unit"]["code"] == "BJ-DESK"
    assert filed["category"]["code"] == "unclassified"
    assert (filed["category_given"], filed["proposed_category"]) == (False, None)


@pytest.mark.parametrize("type_", RequestType)
async def test_every_type_of_request_is_taken(desk: Desk, type_: RequestType) -> None:
    """Nobody is sent away because of what kind of request it is."""
    assert (await desk.files(type=type_.value)).status_code == 201


@pytest.mark.parametrize("channel", Channel)
async def test_every_channel_is_taken(desk: Desk, channel: Channel) -> None:
    """Nor because of the way it came in."""
    assert (await desk.files(channel=channel.value)).status_code == 201


async def test_codes_are_taken_where_names_are(desk: Desk) -> None:
    """District, town and category by code."""
    location = {"district": "110114", "town": "110114011"}
    answer = await desk.files(category="heating.indoor.cold", location=location)
    assert answer.status_code == 201
    assert answer.json()["category"]["zh"] == "室温不达标"


async def test_a_category_nobody_named_is_only_proposed(desk: Desk) -> None:
    """The terms stay those of an unclassified matter; the words say which unit a dispatcher is shown."""
    answer = await desk.files(category=None, description="楼下施工噪声扰民,夜里还在打桩。")
    filed = answer.json()
    assert filed["category"]["code"] == "unclassified"
    assert filed["category_given"] is False
    assert filed["proposed_category"]["code"] == "environment.noise.construction"
    assert filed["proposed"]["certain"] is False
    assert "施工噪声" in filed["proposed"]["why_zh"]
    assert "Building sites" in filed["proposed"]["why_en"]


async def test_a_request_whose_category_is_only_proposed_waits_for_a_dispatcher(desk: Desk) -> None:
    """No machine sends out what no person has classified."""
    number = await desk.has_filed(category=None)
    shown = await desk.waits_to_see(f"tickets/{number}", lambda ticket: ticket["live"])
    assert shown["status"] == "awaiting_dispatch"


async def test_a_request_with_category_and_place_dispatches_itself(desk: Desk) -> None:
    """The directory names one unit, and the promise is fixed."""
    number = await desk.has_filed()
    shown = await desk.waits_to_see(f"tickets/{number}", lambda ticket: ticket["unit"] is not None)
    assert shown["unit"]["code"] == "E-HEAT"
    assert shown["promised_at"] is not None


async def test_a_repeated_key_gives_the_first_answer_again(desk: Desk) -> None:
    """Same key, same body: same number, same code, marked as a replay."""
    first = await desk.files(key="again-1")
    second = await desk.files(key="again-1")
    assert second.status_code == 201
    assert second.json() == first.json()
    assert second.headers["idempotent-replay"] == "true"
    assert "idempotent-replay" not in first.headers


async def test_a_field_left_out_and_a_field_left_empty_are_the_same_body(desk: Desk) -> None:
    """A client that fills in null the second time has said nothing new."""
    first = await desk.files(key="null-or-not")
    second = await desk.files(key="null-or-not", occurred_at=None, external_id="", requester=None)
    assert second.status_code == 201
    assert second.json() == first.json()


async def test_a_repeated_external_id_gives_the_first_answer_again(desk: Desk) -> None:
    """A channel that counts its own requests needs no other key."""
    first = await desk.files(external_id="wx-1")
    second = await desk.files(external_id="wx-1")
    assert second.json()["number"] == first.json()["number"]
    other_channel = await desk.files(external_id="wx-1", channel="phone")
    assert other_channel.json()["number"] != first.json()["number"]


async def test_a_key_used_for_another_body_is_refused(desk: Desk) -> None:
    """A key stands for one request."""
    await desk.files(key="once")
    problem(await desk.files(key="once", description="另一件事"), 422, "KeyReused")


async def test_the_same_key_twenty_times_at_once_files_one_request(desk: Desk) -> None:
    """However often a nervous client clicks."""
    answers = await asyncio.gather(*(desk.files(key="nervous") for _ in range(20)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["number"] for answer in answers}) == 1


async def test_an_unknown_district_is_refused_with_what_it_may_have_meant(desk: Desk) -> None:
    """The field is named, and near names are offered."""
    refusal = problem(await desk.files(location={"district": "昌平县"}), 422, "UnknownCode")
    assert refusal["errors"][0]["field"] == "location.district"
    assert "昌平区" in refusal["detail"]


async def test_a_town_of_another_district_is_refused_with_those_of_the_named_one(desk: Desk) -> None:
    """回龙观街道 lies in Changping, not in Haidian."""
    refusal = problem(
        await desk.files(location={"district": "海淀区", "town": "回龙观街道"}), 422, "UnknownCode"
    )
    assert refusal["errors"][0]["field"] == "location.town"


async def test_a_misspelt_category_is_refused_with_what_it_may_have_meant(desk: Desk) -> None:
    """室温不达 means 室温不达标."""
    refusal = problem(await desk.files(category="室温不达"), 422, "UnknownCode")
    assert refusal["errors"][0]["field"] == "category"
    assert "室温不达标" in refusal["errors"][0]["zh"]


async def test_what_happened_cannot_lie_in_the_future(desk: Desk) -> None:
    """A clock a little ahead is forgiven, an hour is not."""
    soon = datetime.now(UTC) + timedelta(minutes=1)
    later = datetime.now(UTC) + timedelta(hours=1)
    assert (await desk.files(occurred_at=soon.isoformat())).status_code == 201
    refusal = problem(await desk.files(occurred_at=later.isoformat()), 422, "Malformed")
    assert refusal["errors"][0]["field"] == "occurred_at"


@pytest.mark.parametrize("key", ["", "  ", "x" * 201])
async def test_a_blank_or_overlong_key_is_refused(desk: Desk, key: str) -> None:
    """A key that says nothing protects nobody."""
    problem(await desk.files(key=key), 422, "Malformed")


async def test_anonymous_and_fully_named_requests_are_both_taken(desk: Desk) -> None:
    """Blank fields of a web form count as left out."""
    blank = {"name": "", "phone": " "}
    named = {"name": "王女士", "phone": "138-0013-8000"}
    assert (await desk.files(requester=blank)).status_code == 201
    assert (await desk.files(requester=named)).status_code == 201


async def test_a_refused_request_leaves_nothing_behind(idle_desk: Desk, rows: asyncpg.Connection) -> None:
    """No number, no row, no key."""
    problem(await idle_desk.files(category="没有的类别"), 422, "UnknownCode")
    problem(await idle_desk.files(description=""), 422, "Malformed")
    assert await rows.fetchval("SELECT count(*) FROM request") == 0


async def test_nothing_of_the_requester_reaches_the_engine(desk: Desk) -> None:
    """The start argument, the summary and the search attributes hold codes only."""
    said = {
        "description": "王小明说暖气不热,住回龙观西大街九号院八号楼",
        "requester": {"name": "王小明", "phone": "13800138000"},
        "location": {"district": "昌平区", "address": "回龙观西大街九号院"},
    }
    number = await desk.has_filed(**said)
    handle = desk.hotline.client.get_workflow_handle(f"ticket/{number}")
    history = text_of(await handle.fetch_history())
    for word in ("王小明", "13800138000", "九号院", "暖气不热"):
        assert word not in history
    assert "室温不达标" in history


def test_the_request_of_these_tests_is_complete() -> None:
    """The helper must not hide what is required."""
    assert {"type", "channel", "description"} <= set(request())


async def test_a_repeated_request_whose_ticket_has_begun_is_not_started_again(desk: Desk) -> None:
    """The engine forgets a closed ticket after a while; started again it would overwrite its own past."""
    first = await desk.files(key="long-ago")
    await desk.hotline.starter.close()
    away = replace(desk.hotline, client=await no_engine())
    again = await file_request(away, parse(json.dumps(request()).encode(), RequestForm), "long-ago")
    assert (again.number, again.repeated, again.started) == (first.json()["number"], True, True)

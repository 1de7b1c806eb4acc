"""What supervisors see: one ticket live, worklists, lists, notices."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.api.desk import NEVER_ISSUED, SHORT, Desk, dispatcher, handler, no_engine, problem, serving


async def test_a_ticket_is_shown_live_with_its_masked_description(desk: Desk) -> None:
    """From its workflow; the phone number in the description is masked."""
    number = await desk.has_filed(description="暖气不热,请打13800138000找我")
    shown = await desk.waits_to_see(f"tickets/{number}", lambda ticket: ticket["unit"] is not None)
    assert shown["live"] is True
    assert shown["number"] == number
    assert "暖气不热" in shown["description"]
    assert "13800138000" not in shown["description"]
    assert shown["sentence_zh"]
    assert shown["sentence_en"]


async def test_the_version_of_a_ticket_is_its_etag(desk: Desk) -> None:
    """What a later command may name as the version it expects."""
    number = await desk.has_filed()
    answer = await desk.http.get(f"/api/v1/tickets/{number}")
    assert answer.headers["etag"] == f'"{answer.json()["version"]}"'


async def test_clocks_and_timeline_agree(desk: Desk) -> None:
    """The clocks that run, and the facts that started them."""
    number = await desk.has_filed()
    await desk.says(number, "sign", handler())
    clocks = await desk.sees(f"tickets/{number}/clocks")
    assert clocks["live"] is True
    names = {clock["name"] for clock in clocks["clocks"]}
    assert {"sign_by", "contact_by", "door_by", "feedback_by"} <= names
    events = (await desk.sees(f"tickets/{number}/timeline"))["events"]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    kinds = [event["kind"] for event in events]
    assert kinds[0] == "filed"
    assert {"dispatched", "signed", "clock_started", "clock_met"} <= set(kinds)
    assert next(event for event in events if event["kind"] == "signed")["actor"]["person"] == "h-17"


async def test_clocks_from_the_event_log_are_those_of_the_workflow(desk: Desk) -> None:
    """By the workflow or by the database, the same clocks."""
    number = await desk.has_filed()
    await desk.says(number, "sign", handler())
    live = await desk.sees(f"tickets/{number}/clocks")
    async with serving(replace(desk.hotline, client=await no_engine(), query_timeout=SHORT)) as http:
        from_log = await Desk(http, desk.hotline).sees(f"tickets/{number}/clocks")
    assert (live["live"], from_log["live"]) == (True, False)
    assert from_log["clocks"] == live["clocks"]


@pytest.mark.parametrize("part", ["", "/clocks", "/timeline"])
async def test_an_unknown_ticket_is_404(desk: Desk, part: str) -> None:
    """A number nobody has, and one that nobody can have."""
    problem(await desk.http.get(f"/api/v1/tickets/{NEVER_ISSUED}{part}"), 404, "UnknownTicket")
    problem(await desk.http.get(f"/api/v1/tickets/nonsense{part}"), 404, "UnknownTicket")


async def test_the_worklist_of_a_unit_has_the_least_time_left_first(desk: Desk) -> None:
    """Heating has four hours, noise has a day; what is done is not in it."""
    town = {"district": "密云区", "town": "太师屯镇"}
    slow = await desk.has_filed(category=None, location=town)
    quick = await desk.has_filed(category=None, location=town)
    for number, tier in ((slow, "tier_4"), (quick, "tier_1")):
        sent = await desk.says(number, "dispatch", dispatcher(), unit="太师屯镇")
        assert sent.status_code == 200, sent.text
        await desk.says(number, "classify", dispatcher(), tier=tier, reason="按规定")
        await desk.says(number, "sign", handler(unit="太师屯镇"))
        await desk.says(number, "contact", handler(unit="太师屯镇"), result="reached")
    page = await desk.waits_to_see(
        "worklist",
        lambda found: [item["number"] for item in found["items"]] == [quick, slow],
        unit="太师屯镇",
    )
    assert page["next"] is None
    left = [item["seconds_left"] for item in page["items"]]
    assert left == sorted(left)
    first = await desk.sees("worklist", unit="太师屯镇", limit=1)
    assert [item["number"] for item in first["items"]] == [quick]
    second = await desk.sees("worklist", unit="太师屯镇", limit=1, cursor=first["next"])
    assert [item["number"] for item in second["items"]] == [slow]


async def test_what_waits_for_a_dispatcher_is_on_the_citys_worklist(desk: Desk) -> None:
    """By the desk's code, by its name, and without any unit."""
    number = await desk.has_filed(category=None)
    for wanted in ({}, {"unit": "BJ-DESK"}, {"unit": "12345"}):
        await desk.waits_to_see("worklist", lambda page: _has(page, number), **wanted, limit=200)


async def test_lists_are_narrowed_by_every_filter(desk: Desk) -> None:
    """Each filter alone finds the ticket; each with another value does not."""
    where = {"district": "延庆区", "town": "八达岭镇"}
    number = await desk.has_filed(location=where, channel="wechat", type="help")
    shown = await desk.waits_to_see(f"tickets/{number}", lambda ticket: ticket["unit"] is not None)
    await desk.says(number, "sign", handler(unit=shown["unit"]["code"]))
    found = {
        "town": "八达岭镇",
        "district": "延庆",
        "unit": shown["unit"]["code"],
        "stage": "handle",
        "status": "handling",
        "type": "help",
        "category": "heating",
        "tier": shown["tier"],
        "channel": "wechat",
        "level": "unit",
        "overdue": "false",
    }
    await desk.waits_to_see("tickets", lambda page: _has(page, number), **found)
    others = {
        "town": "延庆镇",
        "district": "昌平区",
        "unit": "BJ-DESK",
        "stage": "closed",
        "status": "closed",
        "type": "praise",
        "category": "环境卫生",
        "tier": "tier_4",
        "channel": "import",
        "level": "city",
        "overdue": "true",
    }
    for name, other in others.items():
        alone = {"district": "延庆"} if name == "town" else {}
        answer = await desk.http.get("/api/v1/tickets", params={**found, **alone, name: other})
        assert answer.status_code in (200, 422), answer.text
        assert answer.status_code == 422 or not _has(answer.json(), number), name


async def test_lists_are_narrowed_by_time(desk: Desk) -> None:
    """From an instant on, and up to one."""
    number = await desk.has_filed(location={"district": "平谷区"})
    filed_at = datetime.fromisoformat((await desk.sees(f"tickets/{number}"))["filed_at"])
    before, after = (
        (filed_at - timedelta(seconds=1)).isoformat(),
        (filed_at + timedelta(seconds=1)).isoformat(),
    )
    assert _has(await desk.sees("tickets", district="平谷区", filed_from=before, filed_to=after), number)
    assert not _has(await desk.sees("tickets", district="平谷区", filed_from=after), number)
    assert not _has(await desk.sees("tickets", district="平谷区", filed_to=before), number)


async def test_chinese_words_are_found_in_the_masked_copy(desk: Desk) -> None:
    """Two characters are enough; what was masked is not found."""
    number = await desk.has_filed(description="楼上鹦鹉半夜学唱戏,联系电话13911112222")
    assert _has(await desk.sees("tickets", q="鹦鹉"), number)
    assert _has(await desk.sees("tickets", q="半夜学唱戏"), number)
    assert not _has(await desk.sees("tickets", q="鹦鹉学舌"), number)
    assert not _has(await desk.sees("tickets", q="13911112222"), number)


async def test_lists_are_paged_newest_first_without_gap_or_repeat(desk: Desk) -> None:
    """Five tickets, two at a time."""
    numbers = [await desk.has_filed(location={"district": "怀柔区", "town": "渤海镇"}) for _ in range(5)]
    seen: list[str] = []
    cursor: dict[str, Any] = {}
    while True:
        page = await desk.sees("tickets", town="渤海镇", limit=2, **cursor)
        seen += [item["number"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert seen == numbers[::-1]


@pytest.mark.parametrize("path", ["tickets", "worklist", "notices?to=BJ-DESK"])
async def test_a_mark_we_did_not_make_is_refused(desk: Desk, path: str) -> None:
    """422 and the advice to begin again."""
    joined = "&" if "?" in path else "?"
    problem(await desk.http.get(f"/api/v1/{path}{joined}cursor=nonsense"), 422, "Malformed")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=x", "limit"),
        ("stage=nowhere", "stage"),
        ("filed_from=gestern", "filed_from"),
        ("filed_to=0001-01-01T00:00:00Z", "filed_to"),
        ("overdue=maybe", "overdue"),
        ("q=" + "长" * 101, "q"),
        ("q=%00", "q"),
        ("unit=%00", "unit"),
    ],
)
async def test_a_parameter_that_does_not_fit_is_named(desk: Desk, query: str, field: str) -> None:
    """As fields of bodies are."""
    refusal = problem(await desk.http.get(f"/api/v1/tickets?{query}"), 422, "Malformed")
    assert refusal["errors"][0]["field"] == field


async def test_notices_are_listed_newest_first(desk: Desk) -> None:
    """The unit that got the ticket was notified once; an unknown unit never."""
    number = await desk.has_filed()
    page = await desk.waits_to_see("notices", lambda page: _has(page, number), to="北京市热力集团", limit=200)
    kinds = [notice["kind"] for notice in page["items"] if notice["number"] == number]
    assert kinds == ["dispatched"]
    raised = await desk.sees("notices", to="requester", limit=200)
    assert _has(raised, number)
    problem(await desk.http.get("/api/v1/notices?to=没有这个单位"), 422, "UnknownCode")
    problem(await desk.http.get("/api/v1/notices"), 422, "Malformed")


async def test_units_and_categories_are_found_by_name(desk: Desk) -> None:
    """Part of a Chinese, English or other name, or the code."""
    units = await desk.sees("units", q="回龙观")
    assert "110114011" in {unit["code"] for unit in units["items"]}
    districts = await desk.sees("units", kind="district", limit=200)
    assert len(districts["items"]) == 17
    english = await desk.sees("units", q="changping district")
    assert english["items"][0]["zh"] == "昌平区"
    categories = await desk.sees("categories", q="施工噪声")
    assert categories["items"][0]["code"] == "environment.noise.construction"
    below = await desk.sees("categories", parent="供暖", limit=200)
    assert {category["parent"] for category in below["items"]} == {"heating"}
    problem(await desk.http.get("/api/v1/categories?parent=没有"), 422, "UnknownCode")


def _has(page: dict[str, Any], number: str) -> bool:
    return number in [item["number"] for item in page["items"]]

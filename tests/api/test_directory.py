"""Objections over HTTP, what they offer to the directory, and industries as second lineage."""

import csv
from typing import Any

from rules.proposals import COLUMNS
from tests.api.desk import HEATING, Desk, handler, has_chinese, problem

REVIEWER = {"unit": "BJ-DESK", "role": "reviewer", "person": "r-1"}
OBJECTION: dict[str, Any] = {
    "reason": "该小区由区属供热单位供热,不在我公司供热范围。",
    "basis": "《北京市供热采暖管理办法》第四条",
    "basis_code": "HEATING-4",
    "proposed": "海淀区",
}


async def test_an_objection_upheld_over_http_moves_the_ticket_and_is_offered_to_the_directory(
    desk: Desk,
) -> None:
    """Units may be written by name, texts go to the vault, the promise stands, the row can be pasted."""
    number = await desk.has_filed()
    promised = (await desk.sees(f"tickets/{number}"))["promised_at"]
    objected = await desk.says(number, "object", handler(), **OBJECTION)
    assert objected.status_code == 200, objected.text
    shown = await desk.sees(f"tickets/{number}")
    assert (shown["status"], shown["holder"]["code"], shown["promised_at"]) == (
        "objected",
        "BJ-DESK",
        promised,
    )
    party = await desk.says(number, "decide_objection", handler(), verdict="rejected", reason="不同意。")
    assert has_chinese(problem(party, 403, "WrongActor")["detail"])
    consulted = await desk.says(
        number, "consult_duty", REVIEWER, units=["昌平区", HEATING], minutes="两家均认可由区里承办。"
    )
    assert consulted.status_code == 200, consulted.text
    decided = await desk.says(
        number, "decide_objection", REVIEWER, verdict="upheld", unit="昌平区", reason="属区属供热。"
    )
    assert decided.status_code == 200, decided.text
    shown = await desk.sees(f"tickets/{number}")
    assert (shown["unit"]["code"], shown["status"], shown["promised_at"]) == (
        "110114",
        "awaiting_sign",
        promised,
    )
    offered = await desk.waits_to_see(
        "directory/proposals",
        lambda page: number in [item["number"] for item in page["items"]],
        limit=200,
    )
    (mine,) = [item for item in offered["items"] if item["number"] == number]
    values = dict(zip(COLUMNS, next(csv.reader([mine["csv"]])), strict=True))
    assert (values["lead"], mine["instead_of"]["code"]) == ("110114", HEATING)
    assert "区属" not in str(await desk.sees(f"tickets/{number}/timeline"))


async def test_a_department_sees_and_confirms_the_tickets_of_its_industry(desk: Desk) -> None:
    """Heating is the industry of the urban management authority, whoever handles it."""
    number = await desk.has_filed()
    unit = "D-URBAN-MANAGEMENT"
    page = await desk.sees(f"industry/{unit}", limit=200)
    assert {item["number"]: item["industry_standing"] for item in page["items"]}[number] == "open"
    other = await desk.says(number, "confirm_industry", handler())
    assert problem(other, 403, "WrongActor")
    said = await desk.says(number, "confirm_industry", handler(unit))
    assert said.status_code == 200, said.text
    await desk.waits_to_see(
        f"industry/{unit}",
        lambda page: (
            (number, "confirmed") in [(item["number"], item["industry_standing"]) for item in page["items"]]
        ),
        limit=200,
    )
    assert problem(await desk.http.get("/api/v1/industry/NOBODY"), 422, "UnknownCode")


async def test_a_flooded_road_goes_to_the_district_and_the_drainage_company_at_once(desk: Desk) -> None:
    """Dual by the directory, seen by both from the instant of filing; the district hands on its own part."""
    number = await desk.has_filed(category="防汛积水")
    shown = await desk.sees(f"tickets/{number}")
    assert (shown["unit"]["code"], shown["mode"]) == ("110114", "dual")
    assert [task["holder"]["code"] for task in shown["tasks"]] == ["E-DRAINAGE"]
    waiting = await desk.sees("worklist", unit="E-DRAINAGE", limit=200)
    assert number in [item["number"] for item in waiting["items"]]
    district = {"unit": "110114-DESK", "role": "dispatcher", "person": "c-1"}
    foreign = await desk.says(number, "redispatch", district, unit="海淀街道", reason="请办理。")
    assert problem(foreign, 409, "WrongStage")
    given = await desk.says(number, "redispatch", district, unit="回龙观街道", reason="属你街道。")
    assert given.status_code == 200, given.text
    assert given.json()["promised_at"] == shown["promised_at"]
    drained = await desk.says(
        number, "answer_task", handler("E-DRAINAGE"), task="parallel.1", reply="已疏通雨水口。"
    )
    assert drained.status_code == 200, drained.text


async def test_a_company_s_duty_is_not_pushed_down_to_a_town_over_http(desk: Desk) -> None:
    """Cold rooms are the heating company's; the sentence says by which row."""
    number = await desk.has_filed()
    supervisor = {"unit": "BJ-DESK", "role": "supervisor", "person": "s-1"}
    pushed = await desk.says(number, "reassign", supervisor, unit="回龙观街道", reason="请街道办理。")
    assert "不得分派给街道乡镇" in problem(pushed, 409, "WrongStage")["detail"]

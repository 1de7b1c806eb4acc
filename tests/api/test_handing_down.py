"""Handing down and whistling over HTTP: names become codes, own units speak for themselves."""

from typing import Any

import pytest

from tests.api.desk import HEATING, Desk, handler, problem

COMMUNITY = f"{HEATING}/north"


async def test_a_units_own_unit_gets_a_part_and_answers_it(desk: Desk) -> None:
    """Its name lies in the vault; the view names its code and what it owes."""
    number = await desk.has_filed(type="complaint")
    await desk.says(number, "sign", handler())
    given = await desk.says(
        number, "sub_assign", handler(), sub_unit=COMMUNITY, name="北区维修队", text="请更换阀门。"
    )
    assert given.status_code == 200, given.text
    view = await desk.sees(f"tickets/{number}")
    assert [task["holder"]["code"] for task in view["tasks"]] == [COMMUNITY]
    number_on_the_list = [one["number"] for one in (await desk.sees("worklist", unit=COMMUNITY))["items"]]
    assert number_on_the_list == [number]
    own = {"unit": COMMUNITY, "role": "handler", "person": "n-1"}
    answered = await desk.says(number, "answer_task", own, task="subassignment.1", reply="已更换。")
    assert answered.status_code == 200, answered.text


@pytest.mark.parametrize("own", ["13800138000", "北区", "a b"])
async def test_a_code_of_ones_own_that_is_none_is_refused_with_its_field(desk: Desk, own: str) -> None:
    """Neither as a unit that speaks nor as one that gets a part."""
    number = await desk.has_filed(type="complaint")
    await desk.says(number, "sign", handler())
    speaks = {"unit": f"{HEATING}/{own}", "role": "handler", "person": "n-1"}
    refusal = problem(await desk.says(number, "note", speaks, text="在途"), 422, "Malformed")
    assert refusal["errors"][0]["field"] == "actor.unit"
    gets = await desk.says(number, "sub_assign", handler(), sub_unit=f"{HEATING}/{own}", text="请办")
    assert problem(gets, 422, "Malformed")["errors"][0]["field"] == "sub_unit"


async def test_a_town_calls_units_by_name_and_a_meeting_has_a_time_zone(desk: Desk) -> None:
    """A time without zone is refused; only towns whistle."""
    number = await desk.has_filed(type="complaint")
    await desk.says(number, "sign", handler())
    call: dict[str, Any] = {
        "kind": "hard_matter",
        "called": ["昌平区"],
        "place": "回龙观西大街",
        "text": "联合处置",
    }
    bare = await desk.says(number, "whistle", handler(), meets_at="2030-01-01T09:00:00", **call)
    assert problem(bare, 422, "Malformed")["errors"][0]["field"] == "meets_at"
    problem(await desk.says(number, "whistle", handler(), **call), 403, "WrongActor")

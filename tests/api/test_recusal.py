"""A complaint about a unit over HTTP: filed with the unit's name, and not that unit's to see."""

import pytest

from tests.api.desk import HEATING, Desk, dispatcher, handler, problem


async def numbers(desk: Desk, address: str, **narrowed: str) -> list[str]:
    """Return the numbers on the first page of a list."""
    page = await desk.sees(address, limit=200, **narrowed)
    return [item["number"] for item in page["items"]]


async def test_a_complaint_about_a_company_waits_for_the_city_and_no_list_of_the_company_shows_it(
    desk: Desk,
) -> None:
    """By name; the answer says why nobody gets it by itself, and another unit handles it."""
    answer = await desk.files(against="北京市热力集团")
    filed = answer.json()
    number = filed["number"]
    assert (answer.status_code, filed["status"]) == (201, "awaiting_dispatch")
    assert filed["proposed"]["certain"] is False
    assert "须回避" in filed["proposed"]["why_zh"]
    shown = await desk.sees(f"tickets/{number}")
    assert (shown["holder"]["code"], shown["against"]["unit"]["code"]) == ("BJ-DESK", HEATING)
    assert problem(await desk.says(number, "dispatch", dispatcher()), 409, "WrongStage")
    other = "E-WATER"
    sent = await desk.says(number, "dispatch", dispatcher(), unit=other)
    assert sent.status_code == 200, sent.text
    await desk.waits_to_see("worklist", lambda page: number in str(page), unit=other, limit=200)
    assert number not in await numbers(desk, "worklist", unit=HEATING)
    assert number not in await numbers(desk, "tickets", unit=HEATING)
    assert number not in await numbers(desk, "notices", to=HEATING)
    assert problem(await desk.says(number, "sign", handler()), 403, "WrongActor")


async def test_a_complaint_about_a_department_is_not_among_its_industry_s_tickets(desk: Desk) -> None:
    """Whoever handles it; the other tickets of the industry are there."""
    department = "D-URBAN-MANAGEMENT"
    others = await desk.has_filed()
    about_it = await desk.has_filed(against=department)
    listed = await numbers(desk, f"industry/{department}")
    assert others in listed
    assert about_it not in listed
    said = await desk.says(about_it, "confirm_industry", handler(department))
    assert problem(said, 403, "WrongActor")


@pytest.mark.parametrize(("name", "code"), [("没有的单位", "UnknownCode"), ("北京市", "Malformed")])
async def test_a_name_that_leaves_nobody_to_look_into_it_is_refused_by_its_field(
    desk: Desk, name: str, code: str
) -> None:
    """An unknown unit, and the city itself: with the way there is."""
    refusal = problem(await desk.files(against=name), 422, code)
    assert [error["field"] for error in refusal["errors"]] == ["against"]

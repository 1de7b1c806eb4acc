"""Who decides whether two tickets are the same matter sees those that may be."""

from typing import Any
from uuid import uuid4

from tests.api.desk import NEVER_ISSUED, Desk, dispatcher, problem

ELSEWHERE = {"district": "昌平区", "town": "天通苑北街道"}


async def test_open_tickets_of_the_same_kind_in_the_same_town_are_shown(idle_desk: Desk) -> None:
    """Not itself, not another town, not another kind; nothing for a ticket without a place."""
    one, two = await idle_desk.has_filed(), await idle_desk.has_filed()
    await idle_desk.has_filed(location=ELSEWHERE)
    await idle_desk.has_filed(category="施工噪声")
    shown = await idle_desk.sees(f"tickets/{one}/alike", by="place")
    assert [ticket["number"] for ticket in shown["items"]] == [two]
    nowhere = await idle_desk.has_filed(location=None)
    assert (await idle_desk.sees(f"tickets/{nowhere}/alike", by="place"))["items"] == []


async def test_all_tickets_of_the_same_caller_are_shown(idle_desk: Desk) -> None:
    """However the number was written; nothing for an anonymous one."""
    phones = ("13912345678", "+86 139 1234 5678", "13700000000")
    one, two, _ = [await idle_desk.has_filed(requester={"phone": phone}) for phone in phones]
    shown = await idle_desk.sees(f"tickets/{one}/alike", by="person")
    assert [ticket["number"] for ticket in shown["items"]] == [two]
    nameless = await idle_desk.has_filed()
    assert (await idle_desk.sees(f"tickets/{nameless}/alike", by="person"))["items"] == []


async def test_an_unknown_number_has_no_similar_tickets(idle_desk: Desk) -> None:
    """404."""
    for list_ in ("alike?by=place", "alike?by=person"):
        answer = await idle_desk.http.get(f"/api/v1/tickets/{NEVER_ISSUED}/{list_}")
        problem(answer, 404, "UnknownTicket")


async def test_a_duplicate_names_a_ticket_that_exists(desk: Desk) -> None:
    """A number never issued, and one with a digit too many, are refused by their field; a real one counts."""
    master = await desk.has_filed()
    filed = (await desk.files(category=None)).json()
    number = filed["number"]
    says: dict[str, Any] = {"reason": "duplicate_informed", "no_new_facts": True, "reply": "已在办理。"}
    for wrong in (NEVER_ISSUED, f"{master}0"):
        answer = await desk.says(number, "dispose", dispatcher(), master=wrong, **says)
        assert problem(answer, 422, "Malformed")["errors"][0]["field"] == "master"
    answer = await desk.says(number, "dispose", dispatcher(), uuid4().hex, master=master, **says)
    assert (answer.status_code, answer.json()["ending"]) == (200, "duplicate_informed"), answer.text
    code = filed["tracking_code"]
    page = await desk.waits_to_see(f"track/{number}", lambda shown: shown["ending"] is not None, code=code)
    assert master in page["next_zh"]

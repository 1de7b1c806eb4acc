"""Branch commands of the hotline over HTTP: ends without a unit, and an ended ticket that goes on."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from api.reopening import open_again
from domain.errors import WrongStage
from domain.evaluate.reopening import Reopen
from domain.messages import Actor, TextRef
from domain.vocabulary import Role
from readmodel.texts import originals
from tests.api.desk import Desk, dispatcher, handler, problem, serving

REQUESTER = {"role": "requester"}


async def withdrawn(desk: Desk) -> tuple[str, dict[str, Any]]:
    """File a request and take it back; return its number, and what a requester says with every act."""
    filed = (await desk.files()).json()
    number, says = filed["number"], {"tracking_code": filed["tracking_code"]}
    answer = await desk.says(number, "withdraw", REQUESTER, reason="已经自行修好。", **says)
    assert (answer.status_code, answer.json()["ending"]) == (200, "withdrawn"), answer.text
    return number, says


async def test_an_ended_request_is_opened_again_with_the_tracking_code(desk: Desk) -> None:
    """The same unit has it; number, log and tracking page go on."""
    number, says = await withdrawn(desk)
    problem(await desk.says(number, "reopen", REQUESTER, reason="又坏了"), 403, "BadTrackingCode")
    answers = [
        await desk.says(number, "reopen", REQUESTER, key="again", reason="又坏了。", **says) for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [200, 200], answers[0].text
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["status"] == "awaiting_sign"
    signed = await desk.says(number, "sign", handler())
    assert signed.json()["status"] == "handling"
    shown = await desk.waits_to_see(f"tickets/{number}", lambda ticket: ticket["status"] == "handling")
    assert (shown["ending"], shown["closed_at"], shown["round"]) == (None, None, 2)
    timeline = await desk.sees(f"tickets/{number}/timeline")
    assert [event["seq"] for event in timeline["events"]] == list(range(1, len(timeline["events"]) + 1))
    assert sum(event["kind"] == "reopened" for event in timeline["events"]) == 1


async def test_two_who_open_it_at_once_open_it_once(desk: Desk) -> None:
    """The other is refused because it is open."""
    number, says = await withdrawn(desk)
    answers = await asyncio.gather(
        *(desk.says(number, "reopen", REQUESTER, reason="又坏了。", **says) for _ in range(2))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_who_comes_when_it_has_just_been_opened_again_is_refused(desk: Desk) -> None:
    """Not that a part of the system is away: the two of the test above may come that close together."""
    number, says = await withdrawn(desk)
    opened = await desk.says(number, "reopen", REQUESTER, reason="又坏了。", **says)
    assert opened.status_code == 200, opened.text
    late = Reopen(actor=Actor(role=Role.REQUESTER), reason=TextRef(id="t-1", hash="h-1"))
    with pytest.raises(WrongStage):
        await open_again(desk.hotline, number, late, "late")


async def test_what_the_engine_has_forgotten_is_opened_again_from_the_log(desk: Desk) -> None:
    """No ended workflow answers: the event log does. Old keys still get their old answers."""
    filed = (await desk.files()).json()
    number, says = filed["number"], {"tracking_code": filed["tracking_code"]}
    first = await desk.says(number, "supplement", REQUESTER, key="old", text="还有一户。", **says)
    await desk.says(number, "withdraw", REQUESTER, **says)
    await desk.waits_to_see(f"tickets/{number}", lambda ticket: ticket["ending"] == "withdrawn")
    deaf = replace(desk.hotline, query_timeout=timedelta(microseconds=1))
    async with serving(deaf) as http:
        answer = await Desk(http, deaf).says(number, "reopen", REQUESTER, reason="又坏了。", **says)
    assert answer.status_code == 200, answer.text
    again = await desk.says(number, "supplement", REQUESTER, key="old", text="还有一户。", **says)
    assert again.json() == first.json()
    timeline = await desk.sees(f"tickets/{number}/timeline")
    assert sum(event["kind"] == "supplemented" for event in timeline["events"]) == 1


async def test_a_closed_ticket_says_how_it_can_be_opened_again(desk: Desk) -> None:
    """Whatever else is said to it, and when it was opened often enough."""
    number, says = await withdrawn(desk)
    closed = await desk.says(number, "supplement", REQUESTER, text="补充", **says)
    refusal = problem(closed, 409, "WrongStage")
    assert "reopen" in refusal["detail"]
    assert (await desk.says(number, "reopen", REQUESTER, reason="又坏了", **says)).status_code == 200
    await desk.says(number, "withdraw", REQUESTER, **says)
    late = await desk.says(number, "reopen", REQUESTER, reason="又坏了", **says)
    refusal = problem(late, 409, "WrongStage")
    assert "重新登记" in refusal["detail"]


async def test_a_disposal_is_shown_on_the_tracking_page_with_its_route(desk: Desk) -> None:
    """The reply lies in the vault; the log has codes alone."""
    filed = (await desk.files(category=None)).json()
    number = filed["number"]
    answer = await desk.says(
        number,
        "dispose",
        dispatcher(),
        reason="referred_statutory",
        route="arbitration",
        reply="请申请仲裁。",
    )
    assert (answer.status_code, answer.json()["ending"]) == (200, "referred_statutory"), answer.text
    page = await desk.waits_to_see(
        f"track/{number}", lambda shown: shown["ending"] is not None, code=filed["tracking_code"]
    )
    assert "仲裁" in page["next_zh"]
    texts = await originals(desk.hotline.database, desk.hotline.vault, number)
    assert "请申请仲裁。" in str(texts)
    assert "仲裁。" not in str(await desk.sees(f"tickets/{number}/timeline"))

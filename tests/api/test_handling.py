"""Commands over HTTP: from dispatch to the callback survey, once and for all."""

import asyncio
import json
from dataclasses import replace
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest

from api.forms import RequestForm
from api.http.reading import parse
from api.intake import file_request
from readmodel.texts import originals
from tests.api.desk import (
    NEVER_ISSUED,
    Desk,
    dispatcher,
    handler,
    no_engine,
    problem,
    request,
    text_of,
)


async def _signed(desk: Desk, **wishes: Any) -> str:  # noqa: ANN401 - fields of the form
    number = await desk.has_filed(**wishes)
    answer = await desk.says(number, "sign", handler())
    assert answer.status_code == 200, answer.text
    return number


async def test_a_ticket_goes_from_signing_to_feedback_by_commands(desk: Desk) -> None:
    """Each answer says where the ticket stands, with its version as ETag."""
    number = await desk.has_filed(type="complaint")
    signed = await desk.says(number, "sign", handler())
    assert (signed.status_code, signed.json()["status"]) == (200, "handling")
    assert signed.json()["promised_at"] is not None
    assert signed.headers["etag"] == f'"{signed.json()["version"]}"'
    contacted = await desk.says(number, "contact", handler(), result="reached", note="已电话联系")
    assert contacted.json()["version"] > signed.json()["version"]
    visited = await desk.says(number, "visit", handler(), proof=[{"kind": "photo", "note": "阀门照片"}])
    assert visited.status_code == 200
    fed_back = await desk.says(
        number,
        "feedback",
        handler(),
        outcome="resolved",
        reply="已更换阀门,室温恢复。",
        proof=[{"kind": "photo", "note": "测温照片"}],
    )
    assert (fed_back.status_code, fed_back.json()["status"]) == (200, "feedback_given")


async def test_an_inquiry_is_answered_at_once_and_closes(desk: Desk) -> None:
    """The agent's answer ends it, and a later command is refused because it has ended."""
    number = await desk.has_filed(type="inquiry", category=None, description="供暖什么时候开始?")
    agent = {"unit": "BJ-DESK", "role": "agent", "person": "a-1"}
    answered = await desk.says(number, "answer", agent, reply="十一月十五日。")
    assert (answered.status_code, answered.json()["ending"]) == (200, "answered")
    problem(await desk.says(number, "note", agent, text="晚了"), 409, "WrongStage")


async def test_a_command_that_closed_the_ticket_gives_its_answer_again(desk: Desk) -> None:
    """The workflow is over, the answer is not."""
    number = await desk.has_filed(type="inquiry", category=None, description="供暖什么时候开始?")
    agent = {"unit": "BJ-DESK", "role": "agent", "person": "a-1"}
    first = await desk.says(number, "answer", agent, key="closing", reply="十一月十五日。")
    second = await desk.says(number, "answer", agent, key="closing", reply="十一月十五日。")
    assert second.json() == first.json()
    assert second.headers["idempotent-replay"] == "true"


async def test_units_and_categories_may_be_given_by_name(desk: Desk) -> None:
    """昌平区 is a unit's name as good as its code."""
    number = await desk.has_filed(category=None)
    sent = await desk.says(number, "dispatch", dispatcher(), unit="昌平区")
    assert sent.json()["unit"]["code"] == "110114"
    classified = await desk.says(number, "classify", dispatcher(), category="施工噪声", reason="现场在施工")
    assert classified.status_code == 200
    signed = await desk.says(number, "sign", handler(unit="昌平区"))
    assert signed.status_code == 200


async def test_an_unknown_unit_is_refused_with_its_field(desk: Desk) -> None:
    """Whether it acts or is acted upon."""
    number = await desk.has_filed(category=None)
    refusal = problem(await desk.says(number, "sign", handler(unit="不存在的单位")), 422, "UnknownCode")
    assert refusal["errors"][0]["field"] == "actor.unit"
    refusal = problem(await desk.says(number, "dispatch", dispatcher(), unit="昌平"[:1]), 422, "UnknownCode")
    assert refusal["errors"][0]["field"] == "unit"


async def test_a_repeated_command_counts_once_and_answers_the_same(desk: Desk) -> None:
    """Same key, same body: one contact attempt."""
    number = await _signed(desk)
    answers = [
        await desk.says(number, "contact", handler(), key="once", result="no_answer") for _ in range(3)
    ]
    assert len({answer.text for answer in answers}) == 1
    timeline = await desk.sees(f"tickets/{number}/timeline")
    assert sum(event["kind"] == "contact_attempted" for event in timeline["events"]) == 1


async def test_the_same_command_ten_times_at_once_counts_once(desk: Desk) -> None:
    """All of them get the one answer."""
    number = await _signed(desk)
    answers = await asyncio.gather(
        *(desk.says(number, "contact", handler(), key="rush", result="no_answer") for _ in range(10))
    )
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1


async def test_a_key_used_for_another_body_or_command_is_refused(desk: Desk) -> None:
    """A key stands for one act."""
    number = await _signed(desk)
    assert (await desk.says(number, "note", handler(), key="k", text="甲")).status_code == 200
    problem(await desk.says(number, "note", handler(), key="k", text="乙"), 422, "KeyReused")
    problem(await desk.says(number, "urge", handler(), key="k"), 422, "KeyReused")


async def test_the_same_key_at_two_tickets_is_two_acts(desk: Desk) -> None:
    """Keys belong to their ticket."""
    one, other = await _signed(desk), await _signed(desk)
    assert (await desk.says(one, "note", handler(), key="same", text="甲")).status_code == 200
    assert (await desk.says(other, "note", handler(), key="same", text="乙")).status_code == 200


async def test_a_refusal_is_kept_and_given_again(desk: Desk) -> None:
    """The first outcome stands, even when the act would count by now."""
    number = await desk.has_filed()
    first = problem(
        await desk.says(number, "contact", handler(), key="early", result="reached"), 409, "WrongStage"
    )
    await desk.says(number, "sign", handler())
    again = problem(
        await desk.says(number, "contact", handler(), key="early", result="reached"), 409, "WrongStage"
    )
    assert again == first
    assert (await desk.says(number, "contact", handler(), result="reached")).status_code == 200


async def test_the_wrong_unit_and_the_wrong_role_are_refused(desk: Desk) -> None:
    """403, and who is responsible is named."""
    number = await desk.has_filed()
    await desk.waits_to_see(f"tickets/{number}", lambda ticket: ticket["unit"] is not None)
    refusal = problem(await desk.says(number, "sign", handler(unit="110101")), 403, "WrongActor")
    assert "北京市热力集团" in refusal["detail"]
    problem(await desk.says(number, "sign", {"role": "system"}), 403, "WrongActor")


async def test_a_ticket_that_has_moved_on_is_not_changed_from_an_old_view(desk: Desk) -> None:
    """An expected version that is not the present one is refused; the present one counts."""
    number = await _signed(desk)
    shown = await desk.sees(f"tickets/{number}")
    old = await desk.says(number, "note", handler(), expected_version=1, text="旧")
    problem(old, 409, "StaleVersion")
    fresh = await desk.says(number, "note", handler(), expected_version=shown["version"], text="新")
    assert fresh.status_code == 200


async def test_feedback_without_what_the_rule_asks_for_is_incomplete(desk: Desk) -> None:
    """No contact, no reply, no proof: each is named."""
    number = await _signed(desk)
    problem(
        await desk.says(number, "feedback", handler(), outcome="resolved", reply="好了"), 422, "Incomplete"
    )
    await desk.says(number, "contact", handler(), result="reached")
    refusal = problem(await desk.says(number, "feedback", handler(), outcome="resolved"), 422, "Incomplete")
    assert "答复" in refusal["zh"] or "上门" in refusal["zh"]


async def test_a_command_without_a_key_is_refused_with_a_sentence(desk: Desk) -> None:
    """Nothing is sent that could count twice."""
    number = await desk.has_filed()
    answer = await desk.http.post(f"/api/v1/tickets/{number}/sign", json={"actor": handler()})
    refusal = problem(answer, 400, "Malformed")
    assert "Idempotency-Key" in refusal["detail"]


@pytest.mark.parametrize("number", ["20261122-000001-0", "1", "20261122-999999-9", "x" * 3000, "%00"])
async def test_an_unknown_or_impossible_number_is_404(desk: Desk, number: str) -> None:
    """With the reason where the number cannot be one."""
    problem(await desk.says(number, "sign", handler()), 404, "UnknownTicket")


async def test_a_number_never_issued_is_404_and_leaves_nothing(
    idle_desk: Desk, rows: asyncpg.Connection
) -> None:
    """A valid number that nobody has."""
    answer = await idle_desk.says(NEVER_ISSUED, "note", handler(), text="在吗")
    refusal = problem(answer, 404, "UnknownTicket")
    assert refusal["detail"]
    assert await rows.fetchval("SELECT count(*) FROM command") == 0
    assert await rows.fetchval("SELECT count(*) FROM vault_text") == 0


async def test_the_requester_urges_with_the_tracking_code_and_without_it_not(desk: Desk) -> None:
    """Case, spaces and dashes of the code do not matter; its absence does."""
    filed = (await desk.files()).json()
    number, code = filed["number"], filed["tracking_code"]
    await desk.waits_to_see(f"tickets/{number}", lambda ticket: ticket["unit"] is not None)
    requester = {"role": "requester"}
    problem(await desk.says(number, "urge", requester, reason="太冷了"), 403, "BadTrackingCode")
    problem(await desk.says(number, "urge", requester, tracking_code="AAAAAAAA"), 403, "BadTrackingCode")
    urged = await desk.says(number, "urge", requester, tracking_code=f" {code.lower()} ", reason="太冷了")
    assert urged.status_code == 200


async def test_a_wrong_tracking_code_writes_nothing(idle_desk: Desk, rows: asyncpg.Connection) -> None:
    """It is checked before anything else."""
    number = await idle_desk.has_filed()
    answer = await idle_desk.says(number, "urge", {"role": "requester"}, tracking_code="WRONG", reason="冷")
    problem(answer, 403, "BadTrackingCode")
    assert await rows.fetchval("SELECT count(*) FROM command") == 0


async def test_a_refused_commands_texts_are_deleted(
    desk: Desk,
) -> None:
    """What did not count is not kept; its outcome is."""
    number = await desk.has_filed()
    texts_before = await _texts(desk, number)
    problem(
        await desk.says(number, "feedback", handler(), outcome="resolved", reply="没签收就答复"),
        409,
        "WrongStage",
    )
    assert await _texts(desk, number) == texts_before
    await desk.says(number, "sign", handler())
    await desk.says(number, "note", handler(), text="记下来")
    assert await _texts(desk, number) == {*texts_before, "记下来"}


async def _texts(desk: Desk, number: str) -> set[str]:
    return {text.text for text in await originals(desk.hotline.database, desk.hotline.vault, number)}


async def test_no_text_and_no_persons_name_reaches_the_history(desk: Desk) -> None:
    """The history knows codes and references only; a name in the place of a staff code is hashed."""
    number = await _signed(desk)
    said = {"result": "reached", "note": "联系了住户李大爷"}
    assert (await desk.says(number, "contact", handler(person="张建国"), **said)).status_code == 200
    history = text_of(await desk.hotline.client.get_workflow_handle(f"ticket/{number}").fetch_history())
    assert "李大爷" not in history
    assert "张建国" not in history
    assert "h-17" in history


async def test_a_request_whose_start_failed_is_started_by_its_first_command(desk: Desk) -> None:
    """The engine never heard of it, the database did."""
    unstarted = await _filed_while_the_engine_was_away(desk)
    assert (await desk.says(unstarted, "sign", handler())).status_code == 200
    shown = await desk.sees(f"tickets/{unstarted}")
    assert (shown["live"], shown["status"]) == (True, "handling")


async def _filed_while_the_engine_was_away(desk: Desk) -> str:
    away = replace(desk.hotline, client=await no_engine())
    filed = await file_request(away, parse(json.dumps(request()).encode(), RequestForm), uuid4().hex)
    assert filed.started is False
    return filed.number


async def test_a_terminated_workflow_answers_503_and_is_not_started_again(desk: Desk) -> None:
    """Operations ended it by hand: nothing may pretend that it goes on."""
    number = await desk.has_filed()
    await desk.hotline.client.get_workflow_handle(f"ticket/{number}").terminate("by operations")
    problem(await desk.says(number, "note", dispatcher(), text="在吗"), 503, "Unavailable")


async def test_a_deleted_workflow_is_not_started_again_over_its_own_past(desk: Desk) -> None:
    """A ticket that ran before would come back as new, and write over what stands on record."""
    number = await _signed(desk)
    before = await desk.waits_to_see(
        f"tickets/{number}/timeline",
        lambda shown: any(event["kind"] == "signed" for event in shown["events"]),
    )
    client = desk.hotline.client
    await client.workflow_service.delete_workflow_execution(
        DeleteWorkflowExecutionRequest(
            namespace=client.namespace, workflow_execution=WorkflowExecution(workflow_id=f"ticket/{number}")
        )
    )
    await desk.waits_to_see(f"tickets/{number}", lambda shown: not shown["live"])
    problem(await desk.says(number, "note", dispatcher(), text="在吗"), 503, "Unavailable")
    assert await desk.sees(f"tickets/{number}/timeline") == before


@pytest.mark.parametrize("arguments", [[], [1, 2], [None], ["?"]])
@pytest.mark.parametrize("signal", ["complete", "recalculate"])
async def test_a_signal_with_too_little_or_too_much_leaves_the_ticket_alive(
    desk: Desk, signal: str, arguments: list[object]
) -> None:
    """`temporal workflow signal` without input once stopped a ticket for ever; it becomes a remark."""
    number = await desk.has_filed()
    handle = desk.hotline.client.get_workflow_handle(f"ticket/{number}")
    await handle.signal(signal, args=arguments)
    assert (await desk.says(number, "sign", handler())).status_code == 200
    events = (await desk.sees(f"tickets/{number}/timeline"))["events"]
    remarks = [event["fact"]["about"] for event in events if event["kind"] == "noted"]
    assert remarks == [f"{signal}:Malformed"]


async def test_a_text_is_stored_for_the_plain_signal(desk: Desk) -> None:
    """The reference is what the signal names; the same key gives the same one."""
    number = await desk.has_filed()
    address, headers = f"/api/v1/tickets/{number}/texts", {"Idempotency-Key": "t-1"}
    first = await desk.http.post(address, json={"text": "已修好"}, headers=headers)
    second = await desk.http.post(address, json={"text": "已修好"}, headers=headers)
    assert first.status_code == 201
    assert set(first.json()) == {"id", "hash"}
    assert second.json() == first.json()
    other = await desk.http.post(address, json={"text": "已修好"})
    assert other.json()["id"] != first.json()["id"]
    assert "已修好" in await _texts(desk, number)
    problem(
        await desk.http.post(f"/api/v1/tickets/{NEVER_ISSUED}/texts", json={"text": "?"}),
        404,
        "UnknownTicket",
    )

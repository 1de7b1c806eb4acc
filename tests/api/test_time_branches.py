"""Extension, supervision order and hold ledger over the API: forms made from the branches, texts sealed."""

from datetime import datetime, timedelta
from typing import Any

from tests.api.desk import Desk, handler

SUPERVISOR = {"unit": "BJ-DESK", "role": "supervisor", "person": "v-1"}
PROOF = [{"kind": "call", "note": "已电话告知诉求人"}]


async def does(desk: Desk, number: str, act: str, actor: dict[str, Any], **fields: Any) -> dict[str, Any]:  # noqa: ANN401
    """Give a command that must count; return its receipt."""
    answer = await desk.says(number, act, actor, **fields)
    assert answer.status_code == 200, answer.text
    receipt: dict[str, Any] = answer.json()
    return receipt


async def test_more_time_is_asked_for_and_granted_in_plain_words(desk: Desk) -> None:
    """The promise moves; what was written stands in the vault and not in the timeline."""
    number = await desk.has_filed()
    promised = datetime.fromisoformat((await does(desk, number, "sign", handler()))["promised_at"])
    until = promised + timedelta(hours=2)
    words = {"basis": "北京市供热条例", "reason": "管道抢修须待配件到货"}
    asked: dict[str, Any] = {**words, "proof": PROOF, "until": until.isoformat()}
    await does(desk, number, "extend", handler(), **asked)
    receipt = await does(
        desk, number, "decide_extension", SUPERVISOR, task="extension.1", granted=True, reason="属实"
    )
    assert datetime.fromisoformat(receipt["promised_at"]) == until
    naive: dict[str, Any] = {**asked, "until": "2026-11-30T08:00:00"}
    assert (await desk.says(number, "extend", handler(), **naive)).status_code == 422


async def test_an_order_is_issued_answered_and_reviewed(desk: Desk) -> None:
    """By the name of the unit; open tasks stand on the ticket's page."""
    number = await desk.has_filed()
    await does(desk, number, "sign", handler())
    await does(desk, number, "supervise", SUPERVISOR, text="请说明为何三次报修无果")
    shown = await desk.sees(f"tickets/{number}")
    assert [task["kind"] for task in shown["tasks"]] == ["order"]
    await does(desk, number, "answer_task", handler(), task="order.1", reply="已更换阀门")
    await does(desk, number, "review_order", SUPERVISOR, task="order.1", satisfied=False, text="未附照片")
    shown = await desk.sees(f"tickets/{number}")
    assert [task["task"] for task in shown["tasks"]] == ["order.2"]


async def test_a_matter_goes_on_the_hung_ledger_and_off_it(desk: Desk) -> None:
    """The ticket's page says since when and by whom; the tracking page says that it is not forgotten."""
    number = await desk.has_filed()
    await does(desk, number, "sign", handler())
    await does(desk, number, "propose_hanging", handler(), plan="列入明年老旧管网改造", proof=PROOF)
    receipt = await does(desk, number, "approve_hanging", SUPERVISOR)
    assert (receipt["status"], receipt["promised_at"]) == ("hung", None)
    shown = await desk.sees(f"tickets/{number}")
    assert shown["hanging"]["approved_by"]["code"] == "BJ-DESK"
    await does(desk, number, "update_requester", handler(), text="改造方案已批复")
    await does(desk, number, "review_hanging", SUPERVISOR, text="进度正常")
    receipt = await does(desk, number, "clear_hanging", handler(), reason="改造完工")
    assert receipt["status"] == "handling"
    assert receipt["promised_at"] is not None

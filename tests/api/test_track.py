"""The citizen's page."""

from datetime import UTC, datetime
from typing import Any

import pytest

from api.track import ENDINGS, NEXT, tracked
from domain.show.views import StatusView, status_view
from domain.ticket.evolving import begin
from domain.vocabulary import Ending, Status
from tests import sample
from tests.api.desk import NEVER_ISSUED, Desk, handler, has_chinese, problem

NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)


def view(**fields: Any) -> StatusView:  # noqa: ANN401 - fields of the view
    """Return how a sample ticket stands, some fields changed."""
    return status_view(begin(sample.intake())).model_copy(update=fields)


def test_every_status_and_every_ending_is_put_into_words() -> None:
    """The tables are total; nobody ever sees `accepted`, which the filing itself leaves behind."""
    assert set(NEXT) == set(Status) - {Status.ACCEPTED}
    assert set(ENDINGS) == set(Ending)


@pytest.mark.parametrize("status", NEXT)
@pytest.mark.parametrize("overdue", [True, False])
def test_the_words_are_in_both_languages(status: Status, overdue: bool) -> None:
    """Whether late or in time, with a unit or without."""
    for unit in (None, sample.TOWN):
        shown = tracked(view(status=status, overdue=overdue, unit=unit), NOW)
        assert has_chinese(shown.next_zh)
        assert not has_chinese(shown.next_en)
        assert ("超时" in shown.next_zh) == overdue


@pytest.mark.parametrize("ending", Ending)
def test_an_ended_request_says_how_it_ended(ending: Ending) -> None:
    """Nothing comes after that."""
    shown = tracked(view(status=Status.CLOSED, ending=ending), NOW)
    assert (shown.next_zh, shown.next_en) == (ENDINGS[ending].zh, ENDINGS[ending].en)


def test_the_promise_is_shown_in_the_citys_time() -> None:
    """Noon in Beijing is four in the morning UTC."""
    shown = tracked(view(status=Status.HANDLING, unit=sample.TOWN, promised_at=NOW), NOW)
    assert "2026年11月23日12:00" in shown.next_zh
    assert "2026-11-23 12:00" in shown.next_en
    assert sample.TOWN.zh in shown.next_zh


async def test_number_and_code_open_the_request(desk: Desk) -> None:
    """In plain words, with unit and promise; the code as people type it."""
    filed = (await desk.files()).json()
    await desk.says(filed["number"], "sign", handler())
    code = filed["tracking_code"]
    typed = f"{code[:4]}-{code[4:]} ".lower()
    shown = await desk.waits_to_see(
        f"track/{filed['number']}", lambda answer: answer["status"] == "handling", code=typed
    )
    assert shown["unit"]["code"] == "E-HEAT"
    assert shown["promised_at"] is not None
    assert "北京市热力集团" in shown["next_zh"]


async def test_wrong_code_unknown_number_and_nonsense_sound_alike(desk: Desk) -> None:
    """Nobody can find out which numbers exist."""
    number = await desk.has_filed()
    wrong_digit = number[:-1] + str((int(number[-1]) + 1) % 10)
    details = {
        problem(await desk.http.get(f"/api/v1/track/{asked}", params=code), 403, "BadTrackingCode")["detail"]
        for asked in (number, NEVER_ISSUED, wrong_digit, "nonsense", "%00")
        for code in ({"code": "AAAAAAAA"}, {"code": ""}, {"code": "密码"}, {})
    }
    assert len(details) == 1


async def test_the_code_of_an_unknown_number_opens_nothing(desk: Desk) -> None:
    """Even a code that fits the number."""
    code = desk.hotline.vault.tracking_code(NEVER_ISSUED)
    problem(
        await desk.http.get(f"/api/v1/track/{NEVER_ISSUED}", params={"code": code}), 403, "BadTrackingCode"
    )

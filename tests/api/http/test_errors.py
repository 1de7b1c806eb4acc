"""The one table that turns refusals into answers."""

import json

import pytest

from api.http.errors import TABLE, BadBody, bug_response, http_response, problem_of, refusal_response
from api.http.naming import UnknownName
from domain.errors import REFUSALS, UnknownCode
from phrases import Said
from tests.api.desk import has_chinese, is_bilingual


def test_every_refusal_has_its_status_and_no_other_stands_in_the_table() -> None:
    """The table is total over the domain's refusals."""
    assert set(TABLE) == set(REFUSALS)


@pytest.mark.parametrize("code", REFUSALS)
def test_a_refusal_is_reported_in_both_languages(code: str) -> None:
    """Title and detail begin in Chinese and go on in English; the status is a client's or 503."""
    refusal = problem_of(REFUSALS[code](Said("中文一句。", "One sentence.")), "/api/v1/somewhere")
    assert is_bilingual(refusal.title)
    assert refusal.detail == "中文一句。 One sentence."
    assert (refusal.zh, refusal.en, refusal.code) == ("中文一句。", "One sentence.", code)
    assert refusal.type == f"urn:jiesu:problem:{code}"
    assert 400 <= refusal.status < 500 or refusal.status == 503


def test_only_what_may_be_tried_again_says_when() -> None:
    """Retry-After belongs to 503 alone."""
    for code, kind in TABLE.items():
        answer = refusal_response(REFUSALS[code](Said("一", "one")))
        assert ("retry-after" in answer.headers) == (kind.status == 503)


@pytest.mark.parametrize("status", [400, 404, 405, 415, 500])
def test_errors_of_http_itself_are_reported_in_both_languages(status: int) -> None:
    """Also those no table knows."""
    answer = json.loads(bytes(http_response(status).body))
    assert answer["status"] == status
    assert is_bilingual(answer["detail"])


def test_a_bug_reveals_nothing_of_itself() -> None:
    """A sentence in both languages, nothing else."""
    answer = json.loads(bytes(bug_response().body))
    assert answer["status"] == 500
    assert is_bilingual(answer["detail"])


def test_special_refusals_keep_their_plain_names_on_the_wire() -> None:
    """A client knows ten codes, not our subclasses."""
    assert problem_of(BadBody(Said("坏", "bad"), status=413)).code == "Malformed"
    assert problem_of(BadBody(Said("坏", "bad"), status=413)).status == 413
    unknown = problem_of(UnknownName("unit", UnknownCode(Said("没有。", "None.")), ["昌平区"]))
    assert (unknown.code, unknown.status, unknown.errors[0].field) == ("UnknownCode", 422, "unit")
    assert has_chinese(unknown.detail)


def test_titles_are_plain_trade_english() -> None:
    """What a client's developer expects to read."""
    titles = {TABLE[code].title.en for code in ("Malformed", "WrongActor", "Unavailable", "BadTrackingCode")}
    assert titles == {"Invalid input", "Not permitted", "Service unavailable", "Wrong tracking code"}

"""Bodies become forms, or sentences about what is wrong with them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from api.forms import FORMS, CommandForm, RequestForm
from api.http.errors import BadBody
from api.http.reading import parse
from tests.api.desk import handler, has_chinese, request


def refused(body: Any, form: type[RequestForm | CommandForm] = RequestForm) -> BadBody:  # noqa: ANN401 - JSON
    """Return why `body` is refused."""
    with pytest.raises(BadBody) as refusal:
        parse(body if isinstance(body, bytes) else json.dumps(body).encode(), form)
    return refusal.value


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 5000, b'{"a": 01}', b'"\\ud800"', b"\x00"])
def test_what_is_not_json_is_called_so(body: bytes) -> None:
    """400, in both languages."""
    refusal = refused(body)
    assert refusal.status == 400
    assert has_chinese(refusal.zh)
    assert "JSON" in refusal.en


@pytest.mark.parametrize("body", [b"[]", b"1", b'"text"', b"null", b"true"])
def test_json_that_is_no_object_is_refused(body: bytes) -> None:
    """422, about the body as a whole."""
    refusal = refused(body)
    assert (refusal.status, refusal.errors[0].field) == (422, "body")


BAD_FIELDS: list[tuple[str, Any]] = [
    ("type", "nonsense"),
    ("type", 1),
    ("channel", "telex"),
    ("description", ""),
    ("description", " \n\t "),
    ("description", "字" * 10_001),
    ("description", 5),
    ("description", None),
    ("description", "前\x00后"),
    ("category", "c" * 101),
    ("category", ["heating"]),
    ("external_id", "x" * 201),
    ("occurred_at", "yesterday"),
    ("occurred_at", "2026-01-01T00:00:00"),
    ("occurred_at", "0001-01-01T00:00:00+14:00"),
    ("occurred_at", 1_700_000_000),
    ("requester", "王女士"),
    ("requester.name", "王" * 101),
    ("requester.name", "王\x00"),
    ("requester.phone", "不知道"),
    ("requester.phone", "1" * 41),
    ("requester.email", "a@b.c"),
    ("location", []),
    ("location.address", "路" * 501),
    ("location.district", 110114),
    ("location.latitude", 91),
    ("location.latitude", "40.1"),
    ("location.longitude", -180.5),
    ("priority", "high"),
]


@pytest.mark.parametrize(("field", "value"), BAD_FIELDS)
def test_a_field_that_does_not_fit_is_named_and_explained(field: str, value: Any) -> None:  # noqa: ANN401 - JSON
    """422; the field by its path, a sentence in each language, and never the value."""
    outer, _, inner = field.partition(".")
    wrong = {inner: value} if inner else value
    if field == "location.latitude":
        wrong["longitude"] = 116.3
    if field == "location.longitude":
        wrong["latitude"] = 40.1
    refusal = refused(request(**{outer: wrong}))
    assert refusal.status == 422
    assert [problem.field for problem in refusal.errors] == [field]
    assert has_chinese(refusal.errors[0].zh)
    assert refusal.errors[0].en
    assert not has_chinese(refusal.errors[0].en)
    assert str(value) not in refusal.en or len(str(value)) < 3


def test_a_latitude_alone_is_no_position() -> None:
    """Both or neither."""
    assert refused(request(location={"latitude": 40.1})).errors[0].field == "location"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_none_are_refused(number: str) -> None:
    """Whatever JSON's relatives allow."""
    body = json.dumps(request(location={"latitude": 7.25, "longitude": 1})).replace("7.25", number)
    assert refused(body.encode()).status in (400, 422)


def test_every_problem_is_reported_not_only_the_first() -> None:
    """Three wrong fields, three sentences."""
    refusal = refused({"type": "x", "channel": "y"})
    assert {problem.field for problem in refusal.errors} == {"type", "channel", "description"}
    assert "3" in refusal.zh


def test_problems_inside_lists_are_named_by_position() -> None:
    """The second proof lacks its note."""
    proof = [{"kind": "photo", "note": "正面"}, {"kind": "photo"}]
    refusal = refused({"actor": handler(), "outcome": "resolved", "proof": proof}, FORMS["feedback"])
    assert refusal.errors[0].field == "proof.1.note"


def test_a_kind_of_proof_is_a_code_not_a_text() -> None:
    """No free text slips into a history as a code."""
    proof = [{"kind": "王小明的照片", "note": "正面"}]
    refusal = refused({"actor": handler(), "outcome": "resolved", "proof": proof}, FORMS["feedback"])
    assert refusal.errors[0].field == "proof.0.kind"


def test_a_kind_of_proof_is_no_phone_number() -> None:
    """It would stand in the history as it is, although it has the form of a code."""
    proof = [{"kind": "13800138000", "note": "正面"}]
    refusal = refused({"actor": handler(), "outcome": "resolved", "proof": proof}, FORMS["feedback"])
    assert refusal.errors[0].field == "proof.0.kind"
    assert "个人信息" in refusal.errors[0].zh


def test_the_longest_allowed_texts_are_taken() -> None:
    """The limit itself is inside."""
    form = parse(
        json.dumps(request(description="字" * 10_000, location={"address": "路" * 500})).encode(), RequestForm
    )
    assert len(form.description) == 10_000


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
_FIELDS = st.sampled_from(
    ["type", "channel", "description", "category", "requester", "location", "actor", "proof"]
)


def outcome(body: bytes, form: type[BaseModel]) -> BaseModel | BadBody:
    """Return the form that `body` is, or why it is none."""
    try:
        return parse(body, form)
    except BadBody as refusal:
        return refusal


def is_a_form_or_says_why_not(body: bytes, form: type[BaseModel]) -> bool:
    """Return whether `body` is read, or refused with a status and a sentence that can be sent."""
    came = outcome(body, form)
    if isinstance(came, form):
        return True
    return (
        isinstance(came, BadBody)
        and came.status in (400, 422)
        and has_chinese(came.zh)
        and bool(str(came).encode())
    )


@given(body=st.binary(max_size=200), name=st.sampled_from(sorted(FORMS)))
def test_any_bytes_are_a_form_or_a_refusal(body: bytes, name: str) -> None:
    """Nothing else comes out."""
    assert is_a_form_or_says_why_not(body, RequestForm)
    assert is_a_form_or_says_why_not(body, FORMS[name])


@given(body=st.dictionaries(_FIELDS, _JSON), name=st.sampled_from(sorted(FORMS)))
def test_any_json_is_a_form_or_a_refusal(body: dict[str, Any], name: str) -> None:
    """Also when the fields are known and their values are not."""
    assert is_a_form_or_says_why_not(json.dumps(body).encode(), RequestForm)
    assert is_a_form_or_says_why_not(json.dumps(body).encode(), FORMS[name])


def test_a_word_of_a_closed_list_is_asked_for_with_what_it_means() -> None:
    """Codes for the client, in Chinese with their labels."""
    problem = refused(request(type="wish")).errors[0]
    assert problem.zh == (
        "请填以下之一:inquiry(咨询)、help(求助)、complaint(投诉)、report(举报)、suggestion(建议)、praise(表扬)。"
    )
    assert problem.en == "It must be one of inquiry, help, complaint, report, suggestion, praise."

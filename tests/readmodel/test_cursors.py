"""Marks of places in a list."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Malformed
from readmodel.cursors import Position, page, read_mark

MOMENTS = st.datetimes(timezones=st.just(UTC))


@given(MOMENTS, st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_a_mark_leads_back_to_its_place(at: datetime, key: str) -> None:
    """To the microsecond, whatever the key is; a mark is safe in an address."""
    mark = Position(at, key).mark()
    assert read_mark(mark) == Position(at, key)
    assert mark.replace("-", "").replace("_", "").isalnum()
    assert mark.isascii()


@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_anything_else_is_a_place_or_a_refusal(mark: str) -> None:
    """Never another error."""
    with suppress(Malformed):
        assert isinstance(read_mark(mark), Position)


@pytest.mark.parametrize(
    "plain",
    [
        '["0001-01-01T00:00:00+14:00","a"]',
        '["9999-12-31T23:59:59-14:00","a"]',
        '["2026-11-02T01:00:00","a"]',
        '["2026-11-02T01:00:00+00:00"]',
        '["x","a"]',
        "[1,2]",
        "{}",
        "[[],[]]",
    ],
)
def test_a_mark_that_was_tampered_with_is_refused(plain: str) -> None:
    """A time without a zone, a part that is missing, other types."""
    import base64  # noqa: PLC0415 - only here

    with pytest.raises(Malformed):
        read_mark(base64.urlsafe_b64encode(plain.encode()).decode())


def test_a_full_page_without_a_row_to_spare_is_the_last() -> None:
    """The reader is not sent to an empty page."""
    places = [Position(datetime(2026, 11, 2, tzinfo=UTC), str(number)) for number in range(4)]
    assert page([1, 2, 3], places[:3], 3).next is None
    assert page([1, 2, 3, 4], places, 3).rows == (1, 2, 3)
    assert page([1, 2, 3, 4], places, 3).next == places[2].mark()
    assert page([], [], 3).rows == ()

"""Limits as the rules write them and as they travel."""

from datetime import timedelta

import pytest
from hypothesis import given
from pydantic import ValidationError

from domain.time.limits import Basis, Limit, parse_limit
from tests.domain.calendar_strategies import limits

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("3s", timedelta(seconds=3)),
        ("30min", HOUR / 2),
        ("2h", 2 * HOUR),
        (" 24 h ", 24 * HOUR),
        ("7d", 168 * HOUR),
    ],
)
def test_a_limit_is_read_as_the_rules_write_it(text: str, amount: timedelta) -> None:
    """24 h and 1 d are different limits where working time counts."""
    limit = parse_limit(text)
    assert limit.amount == amount
    assert limit.text() == text.replace(" ", "")
    assert limit.in_days is text.endswith("d")


@pytest.mark.parametrize("text", ["", "soon", "2", "-2h", "1.5h", "2w", "0h", "4000d", "h2", "2h30min"])
def test_what_is_no_limit_is_refused_with_an_example(text: str) -> None:
    """Nothing is guessed, nothing is endless, nothing is over at once."""
    with pytest.raises(ValueError, match=r"30min|ten years"):
        parse_limit(text)


@given(limits)
def test_a_limit_is_read_back_as_it_was_written(limit: Limit) -> None:
    """In the largest unit that needs no fraction, where it is whole seconds at all."""
    if limit.amount and not limit.amount % timedelta(seconds=1):
        assert parse_limit(limit.text(), limit.basis) == limit


def test_limits_travel_as_iso_durations() -> None:
    """Other programs read them without knowing our text form."""
    assert parse_limit("2h").model_dump_json() == '{"amount":"PT2H","basis":"natural","in_days":false}'
    working = parse_limit("7d", Basis.WORKING)
    assert working.model_dump_json() == '{"amount":"P7D","basis":"working","in_days":true}'
    assert Limit(amount=timedelta(milliseconds=1500)).text() == "1.5s"
    assert Limit(amount=timedelta(0)).text() == "0s"


@pytest.mark.parametrize(
    "wrong",
    [{"amount": "PT36H", "in_days": True}, {"amount": "-PT1H"}, {"amount": "P4000D"}, {"amount": "soon"}],
)
def test_a_limit_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    """Days are whole, nothing is negative or endless."""
    with pytest.raises(ValidationError):
        Limit.model_validate(wrong)

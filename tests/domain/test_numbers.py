"""Ticket numbers: written down wrongly, they open nobody else's ticket."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Malformed
from domain.numbers import (
    SERIALS,
    check_digit,
    incident_number,
    read_incident_number,
    read_number,
    ticket_number,
)

digits = st.text("0123456789", min_size=14, max_size=14)
instants = st.datetimes(
    datetime(2000, 1, 1),  # noqa: DTZ001 - hypothesis wants bounds without a zone and adds it
    datetime(2099, 12, 30),  # noqa: DTZ001 - as above
    timezones=st.just(UTC),
)


def written(number: str) -> str:
    """Return 15 digits as a ticket number."""
    return f"{number[:8]}-{number[8:14]}-{number[14]}"


def test_the_standards_own_example_has_the_check_digit_5() -> None:
    """ISO/IEC 7064 gives 0794 with the check digit 5 for MOD 11,10."""
    assert check_digit("0794") == 5


@given(instants, st.integers(0, 10 * SERIALS))
def test_every_number_that_is_issued_can_be_read(at: datetime, serial: int) -> None:
    """A number reads back as itself, also with spaces around it."""
    number = ticket_number(at, serial, "Asia/Shanghai")
    assert read_number(f"  {number} ") == number


@given(digits, st.integers(0, 14), st.integers(1, 9))
def test_every_single_wrong_digit_is_found(number: str, place: int, shift: int) -> None:
    """One digit written down wrongly, the check digit included, never gives a number that reads."""
    whole = number + str(check_digit(number))
    wrong = f"{(int(whole[place]) + shift) % 10}"
    with pytest.raises(Malformed):
        read_number(written(whole[:place] + wrong + whole[place + 1 :]))


def test_nearly_every_swap_of_neighbours_is_found() -> None:
    """Of all swaps of unequal neighbours in a month's numbers fewer than one in forty slips through."""
    missed = swaps = 0
    for serial in range(0, 1_000_000, 1237):
        body = f"202611{serial % 28 + 1:02d}{serial:06d}"
        whole = body + str(check_digit(body))
        for place in range(14):
            if whole[place] == whole[place + 1]:
                continue
            swapped = whole[:place] + whole[place + 1] + whole[place] + whole[place + 2 :]
            swaps += 1
            missed += check_digit(swapped[:14]) == int(swapped[14])
    assert missed * 40 < swaps


def test_the_day_in_a_number_is_the_day_in_beijing() -> None:
    """A request filed at 16:00 UTC on a Sunday has Monday in its number: it is midnight in Beijing."""
    sunday = datetime(2026, 11, 1, 16, tzinfo=UTC)
    assert ticket_number(sunday, 17, "Asia/Shanghai").startswith("20261102-000017-")
    assert ticket_number(sunday, 17, "UTC").startswith("20261101-000017-")


def test_serials_begin_again_after_a_million() -> None:
    """The sequence may grow for ever; the number keeps its six digits."""
    at = datetime(2026, 11, 2, tzinfo=UTC)
    assert ticket_number(at, SERIALS + 3, "UTC") == ticket_number(at, 3, "UTC")


def test_the_example_that_the_refusal_shows_is_a_number() -> None:
    """Whoever copies the example out of the sentence gets no second refusal for its form or check digit."""
    with pytest.raises(Malformed) as refused:
        read_number("hello")
    for sentence in (refused.value.zh, refused.value.en):
        example = next(
            word for word in sentence.replace("。", " ").replace(":", " ").split() if "2026" in word
        )
        number = example[example.index("2026") :][:17]
        assert read_number(number) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "20261102-000017",
        "20261102-17-3",
        "20261102-000017-33",
        "20261102-000017-4",
        "2026\uff11102-000017-3",
    ],
)
def test_what_is_no_number_is_refused_in_both_languages(text: str) -> None:
    """Another form, full-width digits, a wrong check digit: one sentence in each language."""
    with pytest.raises(Malformed) as refused:
        read_number(text)
    assert refused.value.zh.endswith("。")
    assert refused.value.en.endswith(".")


@given(instants, st.integers(0, 10 * SERIALS))
def test_every_number_of_an_incident_that_is_issued_can_be_read(at: datetime, serial: int) -> None:
    """Also in small letters and with spaces around it; it is no number of a ticket."""
    number = incident_number(at, serial, "Asia/Shanghai")
    assert read_incident_number(f" {number.lower()}  ") == number
    with pytest.raises(Malformed):
        read_number(number)


@pytest.mark.parametrize(
    "text", ["", "20261122-000001", "I20261122-1", "I20261122-0000011", "I2026112\uff12-000001"]
)
def test_what_is_no_number_of_an_incident_is_refused_with_an_example_that_is_one(text: str) -> None:
    """Whoever copies the example finds its form in order."""
    with pytest.raises(Malformed) as refused:
        read_incident_number(text)
    for sentence in (refused.value.zh, refused.value.en):
        example = sentence[sentence.index("I2026") :][:16]
        assert read_incident_number(example) == example


def test_the_number_of_an_incident_has_its_day_in_beijing_and_six_digits() -> None:
    """Without a check digit, and beginning again after a million."""
    sunday = datetime(2026, 11, 1, 16, tzinfo=UTC)
    assert incident_number(sunday, 17, "Asia/Shanghai") == "I20261102-000017"
    assert incident_number(sunday, SERIALS + 17, "UTC") == "I20261101-000017"

"""Times of day as clerks write them."""

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.time.day_times import (
    DayTimes,
    check_order,
    closes_after,
    opens_after,
    parse_times,
    parse_week,
    times_text,
    week_text,
)
from tests.domain.calendar_strategies import segments


def test_a_range_of_times_is_read_as_a_clerk_writes_it() -> None:
    """Spaces around and a short hour do not matter."""
    assert parse_times(" 9:00-12:30 ") == (time(9), time(12, 30))


def test_seconds_of_a_time_are_kept() -> None:
    """An edition in minutes needs windows of seconds."""
    assert times_text(parse_times("09:00:05-09:00:10")) == "09:00:05-09:00:10"


def test_the_end_of_the_day_is_twenty_four_hours_after_its_beginning() -> None:
    """24:00 is kept as 00:00 and still means the end of the same day."""
    evening = parse_times("18:00-24:00")
    assert (closes_after(evening) - opens_after(evening)).total_seconds() == 6 * 3600
    assert times_text(evening) == "18:00-24:00"


@pytest.mark.parametrize("text", ["nine to five", "09:00", "09:00-25:00", "09:60-10:00", "24:00-25:00", ""])
def test_what_is_no_range_of_times_is_refused_in_both_languages(text: str) -> None:
    """The sentence tells what to write or which part is wrong."""
    with pytest.raises(ValueError, match=r"[时间刻].*(not a range|not a time)"):
        parse_times(text)


@pytest.mark.parametrize(
    "ranges",
    [("13:00-12:00",), ("09:00-09:00",), ("09:00-12:00", "11:00-13:00"), ("13:00-15:00", "09:00-12:00")],
)
def test_stretches_of_a_day_must_follow_each_other(ranges: tuple[str, ...]) -> None:
    """No empty stretch, none over midnight, none that overlaps."""
    with pytest.raises(ValueError, match="overlaps the one before"):
        check_order(tuple(map(parse_times, ranges)))


def test_stretches_may_touch() -> None:
    """A shift change at noon leaves no gap."""
    both = (parse_times("09:00-12:00"), parse_times("12:00-24:00"))
    assert check_order(both) == both


def test_a_week_may_have_different_days() -> None:
    """Days in a row, single days and lists stand side by side."""
    week = parse_week("Mon-Wed,Fri 09:00-12:00 13:30-18:00; Sat 09:00-12:00")
    assert [len(day) for day in week] == [2, 2, 2, 0, 2, 1, 0]
    assert week_text(week) == (
        "Mon-Wed 09:00-12:00 13:30-18:00; Fri 09:00-12:00 13:30-18:00; Sat 09:00-12:00"
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Mo-Fr 09:00-17:00", "no day or range of days"),
        ("Mon-Fry 09:00-17:00", "no day or range of days"),
        ("Fri-Mon 09:00-17:00", "run backwards"),
        ("Mon-Fri", "has no times"),
        ("Mon-Fri 09:00-17:00; Wed 09:00-12:00", "named twice"),
        ("Mon 09:00-17:00;", "no day or range of days"),
        ("", "no day or range of days"),
    ],
)
def test_a_week_that_makes_no_sense_is_refused_with_the_reason(text: str, reason: str) -> None:
    """The clerk learns which part is wrong."""
    with pytest.raises(ValueError, match=reason):
        parse_week(text)


@given(st.lists(st.one_of(st.just(()), segments()), min_size=7, max_size=7))
def test_a_week_is_read_back_as_it_was_written(week: list[tuple[DayTimes, ...]]) -> None:
    """Text and value say the same, whatever the week."""
    if any(week):
        assert parse_week(week_text(tuple(week))) == tuple(week)

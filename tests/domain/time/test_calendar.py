"""Which days are worked, what a calendar refuses, and the daily hours for calls."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.time.calendar import (
    Calendar,
    end_of_day,
    in_utc,
    local_day,
    next_day_in_window,
    next_in_window,
    zone_named,
)
from tests.domain.calendar_strategies import BEIJING, CITY, beijing, calendars, instants, shown

DAYTIME = (time(9), time(20))


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        ("2025-09-28", True),  # Sunday, made up for the holiday
        ("2025-09-30", True),  # Tuesday, the eve
        ("2025-10-01", False),  # Wednesday, National Day
        ("2025-10-04", False),  # Saturday
        ("2025-10-08", False),  # Wednesday, the last day off
        ("2025-10-09", True),  # Thursday
        ("2025-10-11", True),  # Saturday, made up
        ("2025-10-12", False),  # Sunday
        ("2026-09-20", True),  # Sunday, made up
        ("2026-10-07", False),  # Wednesday, the last day off
        ("2026-10-08", True),  # Thursday
        ("2026-10-10", True),  # Saturday, made up
    ],
)
def test_national_day_weeks_have_days_off_and_make_up_workdays(day: str, *, worked: bool) -> None:
    """A holiday beats the week, a make-up workday beats the weekend."""
    assert CITY.is_workday(date.fromisoformat(day)) is worked
    assert CITY.segments_of(date.fromisoformat(day)) == (CITY.segments if worked else ())


def test_a_working_day_of_the_default_has_eight_hours() -> None:
    """Lunch is not worked."""
    assert CITY.day_length == timedelta(hours=8)


def test_a_calendar_is_small_readable_json_and_comes_back_equal() -> None:
    """It travels in the start argument of every ticket."""
    text = CITY.slice(date(2025, 9, 25), date(2025, 11, 30)).model_dump_json()
    assert len(text) < 420
    assert '"segments":["09:00-12:00","13:00-18:00"]' in text
    assert Calendar.model_validate_json(CITY.model_dump_json()) == CITY


@given(calendars(), st.dates(date(2024, 6, 1), date(2028, 6, 1)))
def test_a_slice_says_the_same_of_every_day_in_it(calendar: Calendar, day: date) -> None:
    """Cutting the exceptions short changes no day inside, and knows no day outside."""
    part = calendar.slice(date(2025, 3, 1), date(2026, 9, 30))
    if date(2025, 3, 1) <= day <= date(2026, 9, 30):
        assert part.is_workday(day) == calendar.is_workday(day)
        assert part.is_known(day) == calendar.is_known(day)
    else:
        assert not part.is_known(day)


def test_a_slice_holds_its_first_and_last_day_and_never_knows_more_than_the_whole() -> None:
    """The edges of the slice are inside, and a slice of a slice is no wider."""
    part = CITY.slice(date(2025, 9, 28), date(2025, 10, 8))
    assert part.workdays == (date(2025, 9, 28),)
    assert part.holidays[-1] == date(2025, 10, 8)
    wider = part.slice(date(2025, 1, 1), date(2026, 1, 1))
    assert (wider.known_from, wider.known_until) == (date(2025, 9, 28), date(2025, 10, 8))


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"time_zone": "Asia/Peking"}, "no time zone"),
        ({"time_zone": "../etc/passwd"}, "no time zone"),
        ({"weekdays": ()}, "at least one day"),
        ({"weekdays": (0, 1)}, "at least one day"),
        ({"segments": ()}, "at least one segment"),
        ({"segments": ("12:00-09:00",)}, "overlaps"),
        ({"holidays": ("2025-10-11",), "workdays": ("2025-10-11",)}, "both a holiday and a workday"),
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused_with_the_reason(
    wrong: dict[str, object], reason: str
) -> None:
    """Nothing could be counted with it."""
    with pytest.raises(ValidationError, match=reason):
        Calendar.model_validate({"known_until": "2026-12-31", **wrong})


def test_calendars_of_equal_content_are_interchangeable() -> None:
    """Two tickets of one day carry equal slices and share what was prepared."""
    again = Calendar.model_validate_json(CITY.model_dump_json())
    assert {CITY: 1}[again] == 1


def test_a_time_without_a_zone_is_refused() -> None:
    """It would be read in the zone of whatever machine happens to count."""
    with pytest.raises(ValueError, match="no time zone"):
        in_utc(datetime(2025, 10, 1, 9))  # noqa: DTZ001 - that is the point


def test_a_zone_that_exists_is_found() -> None:
    """The name is the one of the IANA data base."""
    assert zone_named("Asia/Shanghai") == BEIJING


def test_the_local_day_begins_at_midnight_in_beijing() -> None:
    """16:00 in Greenwich is midnight there."""
    assert local_day(datetime(2025, 9, 30, 15, 59, 59, tzinfo=UTC)) == date(2025, 9, 30)
    assert local_day(datetime(2025, 9, 30, 16, tzinfo=UTC)) == date(2025, 10, 1)
    assert end_of_day(datetime(2025, 9, 30, 15, 59, tzinfo=UTC)) == beijing("2025-10-01 00:00")
    assert end_of_day(beijing("2025-10-01 00:00")) == beijing("2025-10-02 00:00")


@pytest.mark.parametrize(
    ("at", "called"),
    [
        ("2025-10-01 08:59", "Wed 2025-10-01 09:00"),
        ("2025-10-01 09:00", "Wed 2025-10-01 09:00"),
        ("2025-10-01 19:59", "Wed 2025-10-01 19:59"),
        ("2025-10-01 20:00", "Thu 2025-10-02 09:00"),
        ("2025-10-01 23:30", "Thu 2025-10-02 09:00"),
    ],
)
def test_a_call_is_made_inside_the_daily_window(at: str, called: str) -> None:
    """The opening moment is inside, the closing moment is not."""
    assert shown(next_in_window(beijing(at), DAYTIME)) == called


def test_the_next_try_is_made_when_the_window_opens_on_another_day() -> None:
    """Also at one minute to midnight, and also when today's window has not opened yet."""
    assert shown(next_day_in_window(beijing("2025-10-01 23:59"), DAYTIME)) == "Thu 2025-10-02 09:00"
    assert shown(next_day_in_window(beijing("2025-10-02 00:01"), DAYTIME)) == "Fri 2025-10-03 09:00"


@pytest.mark.parametrize("window", [(time(0), time(0)), (time(9), time(9))])
@given(at=instants)
def test_a_window_of_the_whole_day_never_waits(window: tuple[time, time], at: datetime) -> None:
    """Demonstrations survey at any hour."""
    assert next_in_window(at, window) == in_utc(at)


@pytest.mark.parametrize(
    ("at", "opens"),
    [("2025-10-01 23:00", "23:00"), ("2025-10-01 05:59", "05:59"), ("2025-10-01 06:00", "20:00")],
)
def test_a_window_may_run_over_midnight(at: str, opens: str) -> None:
    """From eight in the evening to six in the morning."""
    assert shown(next_in_window(beijing(at), (time(20), time(6)))) == f"Wed 2025-10-01 {opens}"


@given(instants, st.tuples(st.times(), st.times()))
def test_a_window_is_reached_within_a_day_and_never_in_the_past(
    at: datetime, window: tuple[time, time]
) -> None:
    """Whatever the window, asking again at the answer changes nothing."""
    found = next_in_window(at, window)
    assert timedelta(0) <= found - in_utc(at) < timedelta(days=1)
    assert next_in_window(found, window) == found
    assert found.tzinfo is UTC
    assert local_day(next_day_in_window(at, window)) == local_day(at) + timedelta(days=1)

"""When a unit takes work: all hours of the week, holidays and make-up workdays."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from domain.time.calendar import ALWAYS_OPEN, Calendar, ServiceHours, in_utc
from domain.time.day_times import DayTimes
from domain.time.working_time import add_working_time
from tests.domain.calendar_strategies import CITY, beijing, calendars, instants, segments, shown

OFFICE = ServiceHours.parse("Mon-Fri 09:00-12:00 13:30-18:00")
weeks = st.lists(st.one_of(st.just(()), segments()), min_size=7, max_size=7).filter(any)


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2025-09-26 12:00", "Fri 2025-09-26 13:30"),  # lunch
        ("2025-09-26 18:00", "Sun 2025-09-28 09:00"),  # Friday evening: Sunday is made up for the holiday
        ("2025-09-30 17:59", "Tue 2025-09-30 17:59"),
        ("2025-09-30 18:00", "Thu 2025-10-09 09:00"),  # the National Day week
        ("2025-10-10 20:00", "Sat 2025-10-11 09:00"),  # a make-up Saturday
    ],
)
def test_an_office_opens_again_after_lunch_weekends_and_holidays(at: str, opens: str) -> None:
    """Make-up workdays have the hours of the week's first working day."""
    assert shown(OFFICE.next_open(beijing(at), CITY)) == opens


def test_a_unit_of_seven_by_twenty_four_is_open_on_national_day_at_midnight() -> None:
    """Water, power, gas and heat never close."""
    at = beijing("2025-10-01 00:00")
    assert ALWAYS_OPEN.is_open(at, CITY)
    assert ServiceHours.parse("7x24") == ServiceHours.parse("7×24") == ALWAYS_OPEN


def test_a_counter_that_opens_on_holidays_knows_the_week_only() -> None:
    """Neither the holiday nor the make-up Saturday means anything to it."""
    counter = ServiceHours.parse("Mon-Fri 08:00-24:00 open on holidays")
    assert counter.is_open(beijing("2025-10-01 23:59"), CITY)
    assert not counter.is_open(beijing("2025-10-11 10:00"), CITY)


def test_a_counter_that_works_saturdays_keeps_its_own_hours_on_a_make_up_saturday() -> None:
    """The week says when it opens; the make-up day only says that it does."""
    counter = ServiceHours.parse("Mon-Fri 09:00-17:00; Sat 09:00-12:00 closed on holidays")
    assert not counter.is_open(beijing("2025-10-11 14:00"), CITY)
    assert counter.is_open(beijing("2025-10-11 11:00"), CITY)


@pytest.mark.parametrize(
    "text",
    [
        "7x24",
        "Mon-Fri 09:00-12:00 13:30-18:00",
        "Mon-Sun 06:00-24:00 open on holidays",
        "Mon-Sun 00:00-24:00",
        "Mon-Thu 08:30-17:30; Fri 08:30-12:00; Sun 10:00-12:00",
    ],
)
def test_hours_are_written_as_they_are_read(text: str) -> None:
    """The text is the JSON form as well."""
    hours = ServiceHours.parse(text)
    assert hours.text() == text
    assert hours.model_dump() == hours.model_dump(mode="json") == text
    assert ServiceHours.model_validate_json(hours.model_dump_json()) == hours


def test_hours_travel_inside_other_values() -> None:
    """A unit's assignment carries them through a history."""

    class Desk(BaseModel):
        hours: ServiceHours

    desk = Desk(hours=OFFICE)
    assert desk.model_dump_json() == '{"hours":"Mon-Fri 09:00-12:00 13:30-18:00"}'
    assert Desk.model_validate_json(desk.model_dump_json()) == desk


@pytest.mark.parametrize(
    "text", ["always", "24x7", "Mon-Fri 9-17", "", "Mon-Fri 09:00-17:00 closed on Sundays"]
)
def test_hours_that_make_no_sense_are_refused(text: str) -> None:
    """The clerk learns what was wrong; nothing is guessed."""
    with pytest.raises(ValueError, match="such as"):
        ServiceHours.parse(text)


def test_a_unit_that_never_opens_is_refused() -> None:
    """A reminder would wait for it for ever."""
    with pytest.raises(ValidationError, match="at least one day"):
        ServiceHours(week=((),) * 7)


@given(weeks, st.booleans(), calendars(), instants)
def test_the_next_opening_is_open_and_never_in_the_past(
    week: list[tuple[DayTimes, ...]], keeps_holidays: bool, calendar: Calendar, at: datetime
) -> None:
    """And a unit that is open needs no waiting."""
    hours = ServiceHours(week=tuple(week), keeps_holidays=keeps_holidays)
    opening = hours.next_open(at, calendar)
    assert opening >= in_utc(at)
    assert opening.tzinfo is UTC
    assert hours.is_open(opening, calendar)
    assert hours.is_open(at, calendar) == (opening == in_utc(at))


@given(calendars(), instants)
def test_an_office_with_the_calendars_own_hours_opens_when_working_time_begins(
    calendar: Calendar, at: datetime
) -> None:
    """Two ways to the same instant: by service hours, and as a hair of working time."""
    week = tuple(calendar.segments if day in calendar.weekdays else () for day in range(1, 8))
    hair = timedelta(microseconds=1)
    by_hours = ServiceHours(week=week).next_open(at, calendar)
    assert by_hours == add_working_time(at, hair, calendar).at - hair

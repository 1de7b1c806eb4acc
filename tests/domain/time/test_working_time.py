"""Working time: worked examples in words, properties, and an independent package as judge."""

from datetime import UTC, date, datetime, time, timedelta

import businesstimedelta
import pytest
import pytz
from hypothesis import assume, example, given
from hypothesis import strategies as st

from domain.time.calendar import Calendar, in_utc, local_day
from domain.time.working_time import (
    add_natural_time,
    add_working_time,
    natural_time_between,
    working_time_between,
)
from tests.domain.calendar_strategies import (
    BEIJING,
    CITY,
    amounts,
    beijing,
    calendars,
    in_working_time,
    instants,
    shown,
)

HOUR = timedelta(hours=1)
HAIR = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2025-09-26 16:00", 2, "Fri 2025-09-26 18:00"),  # fills the day: closing time, not the next opening
        ("2025-09-26 16:00", 3, "Sun 2025-09-28 10:00"),  # the Sunday before National Day is worked
        ("2025-09-30 17:00", 2, "Thu 2025-10-09 10:00"),  # over the whole National Day week of 2025
        ("2025-10-10 17:00", 2, "Sat 2025-10-11 10:00"),  # the Saturday after it is worked
        ("2025-10-11 17:00", 2, "Mon 2025-10-13 10:00"),  # the Sunday after that is not
        ("2025-10-03 12:00", 8, "Thu 2025-10-09 18:00"),  # filed on a day off
        ("2026-09-18 17:00", 2, "Sun 2026-09-20 10:00"),  # 2026: a make-up Sunday
        ("2026-09-30 17:00", 2, "Thu 2026-10-08 10:00"),
        ("2026-10-09 17:00", 2, "Sat 2026-10-10 10:00"),
        ("2025-09-26 11:00", 2, "Fri 2025-09-26 14:00"),  # over lunch
        ("2025-09-26 12:30", 0, "Fri 2025-09-26 13:00"),  # nothing to do, but not during lunch
        ("2025-09-26 12:00", 0, "Fri 2025-09-26 12:00"),  # the last moment of the morning still counts
    ],
)
def test_working_hours_over_lunch_weekends_and_national_day(start: str, hours: int, end: str) -> None:
    """Eight hours a day, from nine to twelve and from one to six."""
    found = add_working_time(beijing(start), hours * HOUR, CITY)
    assert shown(found.at) == end
    assert not found.provisional


def test_a_year_that_is_not_published_is_flagged_and_never_crashes() -> None:
    """National Day of 2027 is counted as a plain week, and says so."""
    found = add_working_time(beijing("2026-12-31 17:00"), 2 * HOUR, CITY)
    assert shown(found.at) == "Fri 2027-01-01 10:00"
    assert found.provisional
    assert add_working_time(beijing("2027-10-01 10:00"), HOUR, CITY).provisional
    assert not add_working_time(beijing("2026-12-31 16:00"), 2 * HOUR, CITY).provisional


def test_working_time_back_to_an_earlier_instant_is_negative() -> None:
    """From Monday ten back to Friday four: three hours, for the weekend is none of it."""
    monday, friday = beijing("2025-09-22 10:00"), beijing("2025-09-19 16:00")
    assert working_time_between(monday, friday, CITY) == -3 * HOUR
    assert working_time_between(friday, monday, CITY) == 3 * HOUR


def test_a_shift_until_midnight_ends_at_midnight() -> None:
    """24:00 of a working Friday is the last moment of Friday, not of Saturday."""
    late = CITY.model_copy(update={"segments": ((time(16), time(0)),)})
    friday_night = add_working_time(beijing("2025-09-19 16:00"), 8 * HOUR, late).at
    assert shown(friday_night) == "Sat 2025-09-20 00:00"
    assert add_working_time(friday_night, timedelta(0), late).at == friday_night
    assert shown(add_working_time(friday_night, HAIR, late).at) == "Mon 2025-09-22 16:00"


def test_the_last_midnight_of_the_plan_is_still_known() -> None:
    """24:00 of the last day covered needs no other day."""
    late = CITY.model_copy(update={"segments": ((time(16), time(0)),), "known_until": date(2025, 9, 19)})
    assert not add_working_time(beijing("2025-09-19 16:00"), 8 * HOUR, late).provisional
    assert add_working_time(beijing("2025-09-19 16:00"), 8 * HOUR + HAIR, late).provisional


@given(calendars(), instants, amounts)
def test_what_was_added_lies_between(calendar: Calendar, start: datetime, amount: timedelta) -> None:
    """Adding and measuring undo each other, and measuring backwards is negative."""
    end = add_working_time(start, amount, calendar).at
    assert working_time_between(start, end, calendar) == amount
    assert working_time_between(end, start, calendar) == -amount


@given(calendars(), instants, instants)
def test_measuring_and_adding_never_overshoots(calendar: Calendar, one: datetime, other: datetime) -> None:
    """The earliest instant by which the work between two instants is done is not after the second."""
    start, end = sorted((in_utc(one), in_utc(other)))
    amount = working_time_between(start, end, calendar)
    assume(amount)
    assert add_working_time(start, amount, calendar).at <= end


@given(calendars(), instants, amounts)
def test_work_ends_in_a_segment_of_a_working_day(
    calendar: Calendar, start: datetime, amount: timedelta
) -> None:
    """Never on a holiday, never at lunch; an end at 24:00 belongs to the day it ends."""
    end = add_working_time(start, amount, calendar).at
    assert in_working_time(end, calendar)
    assert end >= in_utc(start)


@given(calendars(), instants, amounts, amounts)
def test_more_work_never_ends_earlier(
    calendar: Calendar, start: datetime, less: timedelta, more: timedelta
) -> None:
    """Neither does work that starts later."""
    less, more = sorted((less, more))
    first, second = (add_working_time(start, amount, calendar).at for amount in (less, more))
    assert first <= second
    assert first <= add_working_time(in_utc(start) + more, less, calendar).at


@given(calendars(), instants, amounts, amounts)
def test_work_done_in_two_parts_ends_when_the_whole_ends(
    calendar: Calendar, start: datetime, one: timedelta, other: timedelta
) -> None:
    """Stopping at the end of the first part loses nothing."""
    half_way = add_working_time(start, one, calendar).at
    assert add_working_time(half_way, other, calendar).at == add_working_time(start, one + other, calendar).at


@given(calendars(), instants, amounts)
def test_a_result_is_provisional_exactly_when_it_needs_a_day_outside_the_plan(
    calendar: Calendar, start: datetime, amount: timedelta
) -> None:
    """The days of the start and the end, and so all between; an end at midnight has its own test."""
    found = add_working_time(start, amount, calendar)
    first, last = local_day(start), local_day(found.at)
    assume(found.at.astimezone(BEIJING).time() != time(0))
    assert found.provisional is not (calendar.is_known(first) and calendar.is_known(last))


@given(instants, amounts)
def test_natural_time_is_what_a_watch_shows(start: datetime, amount: timedelta) -> None:
    """It depends on no plan and is never provisional."""
    end = add_natural_time(start, amount)
    assert end.at.tzinfo is UTC
    assert natural_time_between(start, end.at) == amount
    assert natural_time_between(start, end.at.astimezone(start.tzinfo)) == amount
    assert not end.provisional


def test_natural_days_are_of_twenty_four_hours_also_where_clocks_change() -> None:
    """Two instants in New York, on both sides of a change, lie apart as on a watch."""
    before = datetime(2025, 11, 2, 4, tzinfo=UTC)
    after = add_natural_time(before.astimezone(pytz.timezone("America/New_York")), timedelta(days=1)).at
    assert after == datetime(2025, 11, 3, 4, tzinfo=UTC)


@pytest.mark.parametrize("add", [lambda at, amount: add_working_time(at, amount, CITY), add_natural_time])
def test_nonsense_is_refused_with_a_sentence(add: object) -> None:
    """No zone, negative amounts and the end of time are the caller's mistakes."""
    assert callable(add)
    with pytest.raises(ValueError, match="no time zone"):
        add(datetime(2025, 10, 1), HOUR)  # noqa: DTZ001 - that is the point
    with pytest.raises(ValueError, match="negative"):
        add(beijing("2025-10-01 09:00"), -HAIR)
    with pytest.raises(ValueError, match="year 9999"):
        add(beijing("9999-12-01 09:00"), timedelta(days=400))


def test_a_hundred_years_of_work_can_be_counted() -> None:
    """Huge amounts are only slow, never wrong."""
    century = 100 * 365 * timedelta(days=1)
    end = add_working_time(beijing("2025-01-06 09:00"), century, CITY)
    assert working_time_between(beijing("2025-01-06 09:00"), end.at, CITY) == century
    assert end.provisional


@given(
    weekdays=st.sets(st.integers(0, 6), min_size=1),
    opens=st.integers(0, 11),
    lunch=st.integers(12, 17),
    closes=st.integers(18, 23),
    start=st.datetimes(datetime(2025, 1, 1), datetime(2025, 12, 31)),  # noqa: DTZ001 - the package adds the zone
    hours=st.integers(1, 200),
    holidays=st.sets(st.dates(date(2025, 1, 1), date(2026, 12, 31)), max_size=30),
)
@example(
    weekdays={1, 2, 4},
    opens=9,
    lunch=12,
    closes=18,
    start=datetime(2025, 9, 29, 10),  # noqa: DTZ001 - a Monday
    hours=30,
    holidays={date(2025, 10, 1)},
)
def test_an_independent_package_counts_the_same_working_time(
    weekdays: set[int],
    opens: int,
    lunch: int,
    closes: int,
    start: datetime,
    hours: int,
    holidays: set[date],
) -> None:
    """Also for weeks without Monday and Thursday, which osTicket #6739 gets wrong."""
    zone = pytz.timezone("Asia/Shanghai")
    start = zone.localize(start.replace(microsecond=0))
    shifts = ((time(opens), time(lunch)), (time(lunch, 30), time(closes)))
    judge = businesstimedelta.Rules(
        [
            *(
                businesstimedelta.WorkDayRule(
                    start_time=a, end_time=b, working_days=sorted(weekdays), tz=zone
                )
                for a, b in shifts
            ),
            businesstimedelta.HolidayRule(_Dates(holidays), tz=zone),
        ]
    )
    calendar = Calendar(
        weekdays=tuple(day + 1 for day in weekdays),
        segments=shifts,
        holidays=tuple(holidays),
        known_until=date(2026, 12, 31),
    )
    expected = start + businesstimedelta.BusinessTimeDelta(judge, hours=hours)
    assert isinstance(expected, datetime)
    assert add_working_time(start, timedelta(hours=hours), calendar).at == expected
    measured = working_time_between(start, expected, calendar)
    assert measured == judge.difference(start, expected).timedelta == timedelta(hours=hours)


class _Dates(set[date]):
    """Holidays for the judge, which looks for the next one day by day: one far away ends its search."""

    def __contains__(self, day: object) -> bool:
        return super().__contains__(day) or day == date(2027, 6, 1)

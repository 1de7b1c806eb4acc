"""Calendars, instants and amounts of time for property tests, and the city's two National Days in data."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from domain.time.calendar import Calendar
from domain.time.day_times import DayTimes, closes_after, opens_after
from domain.time.limits import Basis, Limit

# A busy machine is no reason to fail.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

BEIJING = ZoneInfo("Asia/Shanghai")
START, END = date(2025, 1, 1), date(2027, 12, 31)

CITY = Calendar(
    holidays=(
        *(date(2025, 10, day) for day in (1, 2, 3, 6, 7, 8)),
        *(date(2026, 10, day) for day in (1, 2, 5, 6, 7)),
    ),
    workdays=(date(2025, 9, 28), date(2025, 10, 11), date(2026, 9, 20), date(2026, 10, 10)),
    known_until=date(2026, 12, 31),
)


def beijing(text: str) -> datetime:
    """Return the instant that a wall clock in Beijing shows as `text`, such as `2025-09-30 10:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


def shown(at: datetime) -> str:
    """Return `at` as clocks in Beijing show it, with the weekday: `Thu 2025-10-09 09:00`."""
    return f"{at.astimezone(BEIJING):%a %Y-%m-%d %H:%M}"


def in_working_time(at: datetime, calendar: Calendar) -> bool:
    """Return whether `at` lies in a segment of a working day, its last moment included."""
    local = at.astimezone(BEIJING)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    moments = [(local.date(), local - midnight)]
    if local == midnight:
        # 24:00 belongs to the day that it ends.
        moments.append((local.date() - timedelta(days=1), timedelta(days=1)))
    return any(
        opens_after(times) <= passed <= closes_after(times)
        for day, passed in moments
        for times in calendar.segments_of(day)
    )


@st.composite
def segments(draw: st.DrawFn) -> tuple[DayTimes, ...]:
    """Return one to three stretches of a day; touching ones and ones to midnight included."""
    quarter = st.integers(min_value=0, max_value=96)
    edges = sorted(draw(st.lists(quarter, min_size=2, max_size=6, unique=True)))
    if draw(st.booleans()):
        edges = [edge for edge in edges for _ in (0, 1)][1:-1]
    pairs = zip(edges[::2], edges[1::2], strict=False)
    return tuple((_quarters(opens), _quarters(closes)) for opens, closes in pairs)


def _quarters(count: int) -> time:
    return time(count // 4 % 24, count % 4 * 15)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Return a calendar of any week, split shifts, holidays and make-up workdays, known until some day."""
    days = st.dates(START, END)
    holidays = draw(st.lists(days, max_size=40, unique=True))
    workdays = draw(st.lists(days, max_size=10, unique=True))
    return Calendar(
        weekdays=tuple(draw(st.lists(st.integers(1, 7), min_size=1, max_size=7, unique=True))),
        segments=draw(segments()),
        holidays=tuple(day for day in holidays if day not in workdays),
        workdays=tuple(workdays),
        known_from=draw(st.one_of(st.none(), st.dates(START, date(2025, 6, 30)))),
        known_until=draw(st.dates(date(2026, 1, 1), END)),
    )


def _that_exists(at: datetime) -> datetime:
    # Where clocks change, some wall clock times never come.
    return at.astimezone(UTC).astimezone(at.tzinfo)


instants = st.datetimes(
    datetime(2025, 1, 1),  # noqa: DTZ001 - hypothesis wants bounds without a zone and adds it
    datetime(2026, 12, 31),  # noqa: DTZ001 - as above
    timezones=st.sampled_from([UTC, BEIJING, ZoneInfo("America/New_York")]),
).map(_that_exists)
amounts = st.timedeltas(timedelta(0), timedelta(days=20))
limits = st.one_of(
    st.builds(Limit, amount=amounts, basis=st.sampled_from(Basis)),
    st.builds(
        Limit,
        amount=st.integers(1, 20).map(lambda days: timedelta(days=days)),
        basis=st.sampled_from(Basis),
        in_days=st.just(True),
    ),
)

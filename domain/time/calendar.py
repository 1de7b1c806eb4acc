"""The city's calendar: which days are worked, when offices are open, and the daily hours for calls.

Nothing here reads a clock: instants come in with any time zone and go out in UTC.
Source: State Council notices on each year's public holidays and make-up workdays (调休).
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, AwareDatetime, Field, model_serializer, model_validator

from domain.model import Value
from domain.time.day_times import (
    ALL_DAY,
    DAY,
    DayTimes,
    check_order,
    closes_after,
    opens_after,
    parse_week,
    week_text,
)
from phrases import Phrase

CITY_TIME = "Asia/Shanghai"


def in_utc(at: datetime) -> datetime:
    """Return the same instant in UTC. Raises ValueError if `at` has no time zone: whose clock would it be?

    Everything is compared and subtracted in UTC: Python compares two times of one zone by their wall clocks,
    which is wrong in a zone whose clocks change.
    """
    if at.utcoffset() is None:
        raise ValueError(Phrase("the time {at} has no time zone", at=at))
    return at.astimezone(UTC)


UtcTime = Annotated[AwareDatetime, AfterValidator(in_utc)]
"""An instant, kept in UTC."""


class Instant(Value):
    """A computed point in time, in UTC; `provisional` if a holiday plan yet to be published may move it."""

    at: UtcTime
    provisional: bool = False


class Calendar(Value):
    """Which days are worked and when, as data small enough to travel in a ticket's start argument.

    `segments` are the stretches of every working day in local time; the default is an office's split day.
    A day outside `known_from` … `known_until` follows the plain week, and results there are provisional.
    Clock changes are ignored inside a day; Asia/Shanghai has had none since 1991.
    """

    name: str = "china"
    time_zone: str = CITY_TIME
    weekdays: tuple[int, ...] = Field(
        default=(1, 2, 3, 4, 5), description="days worked in a week, Monday is 1"
    )
    segments: tuple[DayTimes, ...] = ((time(9), time(12)), (time(13), time(18)))
    holidays: tuple[date, ...] = Field(default=(), description="days of the working week that are off")
    workdays: tuple[date, ...] = Field(default=(), description="make-up days that are worked all the same")
    known_from: date | None = Field(default=None, description="first day covered; null: any earlier day")
    known_until: date = Field(description="last day covered by a published holiday plan")

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        zone_named(self.time_zone)
        if not self.weekdays or not set(self.weekdays) <= set(range(1, 8)):
            raise ValueError(Phrase("weekdays needs at least one day from 1 (Monday) to 7"))
        if not check_order(self.segments):
            raise ValueError(Phrase("a working day needs at least one segment"))
        if both := set(self.holidays) & set(self.workdays):
            raise ValueError(Phrase("{both} is both a holiday and a workday", both=min(both)))
        return self

    def __hash__(self) -> int:
        """Return a hash of what distinguishes calendars; arithmetic keeps the ones it has prepared."""
        return hash((self.name, self.known_from, self.known_until, self.holidays, self.workdays))

    @property
    def day_length(self) -> timedelta:
        """Return how much working time one working day has."""
        return sum((closes_after(times) - opens_after(times) for times in self.segments), timedelta(0))

    def is_workday(self, day: date) -> bool:
        """Return whether `day` is worked: make-up workdays are, holidays are not, else the week decides."""
        return day in self.workdays or (day.isoweekday() in self.weekdays and day not in self.holidays)

    def segments_of(self, day: date) -> tuple[tuple[time, time], ...]:
        """Return the stretches of local time worked on `day`, none on a day off; an end of 00:00 is 24:00."""
        return self.segments if self.is_workday(day) else ()

    def is_known(self, day: date) -> bool:
        """Return whether a published holiday plan covers `day`."""
        return (self.known_from is None or self.known_from <= day) and day <= self.known_until

    def slice(self, first: date, last: date) -> "Calendar":
        """Return this calendar with only the exceptions from `first` to `last`, and known only there."""
        return Calendar(
            name=self.name,
            time_zone=self.time_zone,
            weekdays=self.weekdays,
            segments=self.segments,
            holidays=tuple(day for day in self.holidays if first <= day <= last),
            workdays=tuple(day for day in self.workdays if first <= day <= last),
            known_from=max(first, self.known_from or first),
            known_until=min(last, self.known_until),
        )


_HOLIDAYS = re.compile(r"\s+(open|closed) on holidays$")


class ServiceHours(Value):
    """When a unit takes work: the stretches of each weekday, Monday first; as JSON the text a clerk writes.

    `7x24` never closes. `Mon-Fri 09:00-12:00 13:30-18:00` closes on public holidays, works make-up workdays
    and may end in `open on holidays`: then it knows the week only. Source: Ordinance art. 19 (7×24 services).
    """

    week: tuple[tuple[DayTimes, ...], ...] = Field(min_length=7, max_length=7)
    keeps_holidays: bool = Field(default=True, description="closed on holidays and open on make-up workdays")

    @classmethod
    def parse(cls, text: str) -> "ServiceHours":
        """Return the hours that `text` names. Raises ValueError with a sentence for its author."""
        text = text.strip()
        if text.lower() in ("7x24", "7×24"):
            return ALWAYS_OPEN
        suffix = _HOLIDAYS.search(text)
        week = parse_week(text[: suffix.start()] if suffix else text)
        return cls(week=week, keeps_holidays=suffix is None or suffix[1] == "closed")

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: object) -> object:
        return dict(cls.parse(value)) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _opens_at_all(self) -> Self:
        if not any(map(check_order, self.week)):
            raise ValueError(Phrase("service hours must open on at least one day"))
        return self

    @model_serializer
    def text(self) -> str:
        """Return the hours as `parse` reads them."""
        if self.week == ALWAYS_OPEN.week and not self.keeps_holidays:
            return "7x24"
        return week_text(self.week) + ("" if self.keeps_holidays else " open on holidays")

    def segments_of(self, day: date, calendar: Calendar) -> tuple[tuple[time, time], ...]:
        """Return the stretches open on `day`; a make-up day outside the week has the week's first hours."""
        usual = self.week[day.weekday()]
        if not self.keeps_holidays:
            return usual
        if day in calendar.holidays:
            return ()
        if not usual and day in calendar.workdays:
            return next(filter(None, self.week))
        return usual

    def is_open(self, at: datetime, calendar: Calendar) -> bool:
        """Return whether the unit is open at `at`: its opening moment counts, its closing moment does not."""
        return self.next_open(at, calendar) == in_utc(at)

    def next_open(self, at: datetime, calendar: Calendar) -> datetime:
        """Return `at` if the unit is open then, else its next opening, in UTC. Raises ValueError if naive."""
        zone = zone_named(calendar.time_zone)
        local = local_time(at, zone)
        day, passed = local.date(), _clock(local)
        while True:
            for times in self.segments_of(day, calendar):
                if passed <= opens_after(times):
                    # The very moment of opening included: it then is `at` itself.
                    return datetime.combine(day, times[0], zone).astimezone(UTC)
                if passed < closes_after(times):
                    return in_utc(at)
            day, passed = day + DAY, timedelta(0)


ALWAYS_OPEN = ServiceHours(week=((ALL_DAY,),) * 7, keeps_holidays=False)
"""Open day and night, holidays included (7x24)."""


def local_day(at: datetime, time_zone: str = CITY_TIME) -> date:
    """Return the date that a wall calendar in `time_zone` shows at `at`."""
    return local_time(at, zone_named(time_zone)).date()


def end_of_day(at: datetime, time_zone: str = CITY_TIME) -> datetime:
    """Return the local midnight that ends the day of `at`, in UTC."""
    zone = zone_named(time_zone)
    return datetime.combine(local_time(at, zone).date() + DAY, time(0), zone).astimezone(UTC)


def next_in_window(at: datetime, window: tuple[time, time], time_zone: str = CITY_TIME) -> datetime:
    """Return `at` if it lies in the daily `window`, else the window's next opening, in UTC.

    The window holds its opening moment, not its closing one. Equal times mean it never closes, an end of
    00:00 is 24:00, and a window that closes before it opens runs over midnight.
    """
    opens, closes = window
    zone = zone_named(time_zone)
    local = local_time(at, zone)
    clock = local.time()
    if opens < closes:
        inside = opens <= clock < closes
    else:
        inside = opens == closes or clock >= opens or clock < closes
    if inside:
        return in_utc(at)
    day = local.date() if clock < opens else local.date() + DAY
    return datetime.combine(day, opens, zone).astimezone(UTC)


def next_day_in_window(at: datetime, window: tuple[time, time], time_zone: str = CITY_TIME) -> datetime:
    """Return the opening of the daily `window` on the local day after that of `at`, in UTC."""
    zone = zone_named(time_zone)
    return datetime.combine(local_time(at, zone).date() + DAY, window[0], zone).astimezone(UTC)


def zone_named(time_zone: str) -> ZoneInfo:
    """Return the time zone of that IANA name. Raises ValueError if there is none."""
    try:
        return ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(Phrase("there is no time zone {time_zone!r}", time_zone=time_zone)) from None


def local_time(at: datetime, zone: ZoneInfo) -> datetime:
    """Return `at` as the wall clocks of `zone` show it. Raises ValueError if `at` has no time zone."""
    return in_utc(at).astimezone(zone)


def _clock(local: datetime) -> timedelta:
    return timedelta(
        hours=local.hour, minutes=local.minute, seconds=local.second, microseconds=local.microsecond
    )

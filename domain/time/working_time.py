"""Time counted either way: natural time is what a watch shows, working time passes in working segments only.

Results are in UTC. Every function is linear in the number of days it walks over.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from domain.time.calendar import Calendar, Instant, in_utc, local_time, zone_named
from domain.time.day_times import DAY, closes_after, opens_after
from phrases import Phrase

ZERO = timedelta(0)
_LAST_DAY = date.max.toordinal() - 1
_TOO_FAR = Phrase("the end lies beyond the year 9999").both()


def add_natural_time(start: datetime, amount: timedelta) -> Instant:
    """Return the instant `amount` of watch time after `start`; it depends on no plan: never provisional.

    Raises ValueError for a `start` without a time zone, a negative `amount` or an end past year 9999.
    """
    _check(amount)
    try:
        return Instant(at=in_utc(start) + amount)
    except OverflowError:
        raise ValueError(_TOO_FAR) from None


def natural_time_between(start: datetime, end: datetime) -> timedelta:
    """Return the watch time from `start` to `end`, negative if `end` is earlier.

    Raises ValueError for instants without a time zone.
    """
    return in_utc(end) - in_utc(start)


def add_working_time(start: datetime, amount: timedelta, calendar: Calendar) -> Instant:
    """Return the earliest instant at or after `start`, in working time, by which `amount` has been worked.

    The last moment of a segment counts as inside: work that fills a day ends at closing time, not at the next
    opening. An `amount` of nothing rolls a `start` outside working time on to the next opening.
    Provisional if the day it ends on, or the day it starts on, is not covered by a published plan.
    Raises ValueError for a `start` without a time zone, a negative `amount` or an end past year 9999.
    """
    _check(amount)
    plan = _plan(calendar)
    first, passed = plan.locate(start)
    day, left = first, amount
    if not passed:
        # Midnight is also the last moment of a segment that ends at 24:00 the day before.
        day, passed = first - 1, DAY
    while day <= _LAST_DAY:
        if plan.is_workday(day):
            if not passed and left > plan.day_length:
                left -= plan.day_length
            else:
                for opens, closes in plan.segments:
                    begins = max(opens, passed)
                    if begins + left <= closes:
                        known = plan.covers(first) and plan.covers(day)
                        return Instant(at=plan.instant(day, begins + left), provisional=not known)
                    left -= max(closes - begins, ZERO)
        day, passed = day + 1, ZERO
    raise ValueError(_TOO_FAR)


def working_time_between(start: datetime, end: datetime, calendar: Calendar) -> timedelta:
    """Return the working time from `start` to `end`, negative if `end` is earlier.

    Raises ValueError for instants without a time zone.
    """
    if in_utc(end) < in_utc(start):
        return -working_time_between(end, start, calendar)
    plan = _plan(calendar)
    first, begins = plan.locate(start)
    last, ends = plan.locate(end)
    if first == last:
        return plan.worked(first, begins, ends)
    days_between = sum(map(plan.is_workday, range(first + 1, last)))
    return plan.worked(first, begins, DAY) + days_between * plan.day_length + plan.worked(last, ZERO, ends)


class _Plan(NamedTuple):
    """A calendar made ready for arithmetic: days as ordinals, times as offsets from local midnight."""

    zone: ZoneInfo
    weekdays: frozenset[int]
    off: frozenset[int]
    on: frozenset[int]
    segments: tuple[tuple[timedelta, timedelta], ...]
    day_length: timedelta
    known: tuple[int, int]

    def is_workday(self, day: int) -> bool:
        return day in self.on or (day % 7 in self.weekdays and day not in self.off)

    def covers(self, day: int) -> bool:
        return self.known[0] <= day <= self.known[1]

    def worked(self, day: int, begins: timedelta, ends: timedelta) -> timedelta:
        if not self.is_workday(day):
            return ZERO
        overlaps = (min(closes, ends) - max(opens, begins) for opens, closes in self.segments)
        return sum((max(overlap, ZERO) for overlap in overlaps), ZERO)

    def locate(self, at: datetime) -> tuple[int, timedelta]:
        local = local_time(at, self.zone)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        return local.toordinal(), local - midnight

    def instant(self, day: int, passed: timedelta) -> datetime:
        return (datetime.fromordinal(day) + passed).replace(tzinfo=self.zone).astimezone(UTC)


@lru_cache(maxsize=256)
def _plan(calendar: Calendar) -> _Plan:
    # Tickets started on one day carry equal slices; preparing one costs more than using it.
    return _Plan(
        zone=zone_named(calendar.time_zone),
        # Day 1 of all ordinals is a Monday: an ordinal modulo 7 is the weekday, with Sunday as 0.
        weekdays=frozenset(day % 7 for day in calendar.weekdays),
        off=frozenset(map(date.toordinal, calendar.holidays)),
        on=frozenset(map(date.toordinal, calendar.workdays)),
        segments=tuple((opens_after(times), closes_after(times)) for times in calendar.segments),
        day_length=calendar.day_length,
        known=((calendar.known_from or date.min).toordinal(), calendar.known_until.toordinal()),
    )


def _check(amount: timedelta) -> None:
    if amount < ZERO:
        raise ValueError(Phrase("an amount of time cannot be negative: {amount}", amount=amount))

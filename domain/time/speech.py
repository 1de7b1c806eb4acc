"""Durations and instants as people speak them, in Chinese and English."""

from datetime import datetime, timedelta
from functools import reduce
from zoneinfo import ZoneInfo

from domain.time.day_times import DAY, MIDNIGHT
from domain.time.limits import Basis, Limit
from phrases import Phrase, Said

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def spoken_duration(amount: timedelta, basis: Basis = Basis.NATURAL) -> Said:
    """Return `amount` in words, to the second: 「2分48秒」, "2 minutes 48 seconds".

    24 hours stay hours, more whole days are spoken as days; working time never is: its days are shorter.
    """
    if basis is Basis.NATURAL and amount > DAY and not amount % DAY:
        return _said(_days(amount // DAY))
    minutes, seconds = divmod(round(amount.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [
        *([_hours(hours)] if hours else []),
        *([_minutes(minutes, seconds)] if minutes else []),
        *([_seconds(seconds)] if seconds or not (hours or minutes) else []),
    ]
    return _said(reduce(lambda first, then: Phrase("{first} {then}", first=first, then=then), parts))


def spoken_limit(limit: Limit) -> Said:
    """Return how long `limit` is in words: 「7个工作日」, "7 working days"."""
    if not limit.in_days:
        return spoken_duration(limit.amount, limit.basis)
    days = limit.amount // DAY
    return _said(_working_days(days) if limit.basis is Basis.WORKING else _days(days))


def spoken_instant(
    at: datetime, time_zone: str, *, same_day_as: datetime | None = None, year_of: datetime | None = None
) -> Said:
    """Return `at` on the clocks of `time_zone`: 「11月30日09:59」, "30 Nov 09:59".

    Seconds are spoken where there are any. The day is left out if it is that of `same_day_as`, the year is
    spoken if it is not that of `year_of`.
    """
    zone = ZoneInfo(time_zone)
    local = at.astimezone(zone)
    clock = f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
    return _on_its_day(local, clock, _local(same_day_as, zone), _local(year_of, zone))


def spoken_deadline(
    at: datetime, time_zone: str, *, same_day_as: datetime | None = None, year_of: datetime | None = None
) -> Said:
    """Return `at` like `spoken_instant`; midnight ends the day before it: 「11月30日24:00」."""
    zone = ZoneInfo(time_zone)
    local = at.astimezone(zone)
    if local.time() != MIDNIGHT:
        return spoken_instant(at, time_zone, same_day_as=same_day_as, year_of=year_of)
    return _on_its_day(local - DAY, "24:00", _local(same_day_as, zone), _local(year_of, zone))


def _local(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    return at.astimezone(zone) if at else None


def _on_its_day(local: datetime, clock: str, same_day_as: datetime | None, year_of: datetime | None) -> Said:
    if same_day_as is not None and same_day_as.date() == local.date():
        return Said(clock, clock)
    day, month, name = local.day, local.month, _MONTHS[local.month - 1]
    if year_of is not None and year_of.year != local.year:
        year = local.year
        return _said(
            Phrase("{day} {name} {year} {clock}", day=day, name=name, month=month, year=year, clock=clock)
        )
    return _said(Phrase("{day} {name} {clock}", day=day, name=name, month=month, clock=clock))


def _said(phrase: Phrase) -> Said:
    return Said(phrase.zh, phrase.en)


def _days(count: int) -> Phrase:
    return Phrase("{count} day", count=count) if count == 1 else Phrase("{count} days", count=count)


def _working_days(count: int) -> Phrase:
    if count == 1:
        return Phrase("{count} working day", count=count)
    return Phrase("{count} working days", count=count)


def _hours(count: int) -> Phrase:
    return Phrase("{count} hour", count=count) if count == 1 else Phrase("{count} hours", count=count)


def _minutes(count: int, seconds: int) -> Phrase:
    """Return the minutes; in Chinese they are called otherwise where seconds follow."""
    if seconds:
        return (
            Phrase.within("and seconds", "{count} minute", count=count)
            if count == 1
            else Phrase.within("and seconds", "{count} minutes", count=count)
        )
    return Phrase("{count} minute", count=count) if count == 1 else Phrase("{count} minutes", count=count)


def _seconds(count: int) -> Phrase:
    return Phrase("{count} second", count=count) if count == 1 else Phrase("{count} seconds", count=count)

"""Times of day as a clerk writes them: `09:00-12:00`, `Mon-Fri 09:00-12:00 13:30-18:00`, `7x24`."""

import re
from datetime import time, timedelta
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer

from phrases import Phrase

DAY = timedelta(days=1)
MIDNIGHT = time(0)
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
ALL_DAY = (MIDNIGHT, MIDNIGHT)

_RANGE = re.compile(r"(\d{1,2}:\d{2}(?::\d{2})?)-(\d{1,2}:\d{2}(?::\d{2})?)")


def opens_after(times: tuple[time, time]) -> timedelta:
    """Return how long after midnight `times` begin."""
    return _after_midnight(times[0])


def closes_after(times: tuple[time, time]) -> timedelta:
    """Return how long after midnight `times` end; an end of 00:00 is 24:00, the end of the same day."""
    return _after_midnight(times[1]) or DAY


def parse_times(text: str) -> tuple[time, time]:
    """Return the pair of times that `text` like `09:00-12:00` names; `24:00` at its end is kept as 00:00.

    Raises ValueError with a sentence for the author of the text.
    """
    found = _RANGE.fullmatch(text.strip())
    if found is None:
        raise ValueError(Phrase("{text!r} is not a range of times such as 09:00-12:00", text=text))
    return _time(found[1]), MIDNIGHT if found[2] == "24:00" else _time(found[2])


def times_text(times: tuple[time, time]) -> str:
    """Return `times` as a clerk writes them, for example `09:00-12:00`; the end of the day is `24:00`."""
    opens, closes = times
    return f"{_time_text(opens)}-{'24:00' if closes == MIDNIGHT else _time_text(closes)}"


DayTimes = Annotated[
    tuple[time, time],
    BeforeValidator(lambda value: parse_times(value) if isinstance(value, str) else value),
    PlainSerializer(times_text, return_type=str, when_used="json"),
]
"""One stretch of a day, in local time; as JSON it is the text `09:00-12:00`. An end of 00:00 is 24:00."""


def check_order(segments: tuple[DayTimes, ...]) -> tuple[DayTimes, ...]:
    """Return `segments`. Raises ValueError unless each is longer than nothing and follows the one before."""
    reached = timedelta(0)
    for times in segments:
        if opens_after(times) < reached or closes_after(times) <= opens_after(times):
            raise ValueError(
                Phrase(
                    "{times} ends before it begins or overlaps the one before; write a night shift "
                    "as two parts, one on each day",
                    times=times_text(times),
                )
            )
        reached = closes_after(times)
    return segments


def parse_week(text: str) -> tuple[tuple[DayTimes, ...], ...]:
    """Return the stretches of each of the seven days, Monday first, of a text like `Mon-Fri 09:00-17:00`.

    Parts for further days follow a semicolon: `Mon-Thu 09:00-17:00; Fri,Sat 09:00-12:00`.
    Raises ValueError with a sentence for the author of the text.
    """
    week: list[tuple[DayTimes, ...]] = [()] * 7
    for part in text.split(";"):
        days, *ranges = part.split() or [""]
        segments = check_order(tuple(map(parse_times, ranges)))
        for day in _days(days):
            if week[day]:
                raise ValueError(
                    Phrase("{WEEKDAYS} is named twice in {text!r}", WEEKDAYS=WEEKDAYS[day], text=text)
                )
            if not segments:
                raise ValueError(
                    Phrase("{days} has no times; write for example {days} 09:00-17:00", days=days)
                )
            week[day] = segments
    return tuple(week)


def week_text(week: tuple[tuple[DayTimes, ...], ...]) -> str:
    """Return `week` as `parse_week` reads it, days of equal times in a row written as one."""
    parts: list[str] = []
    day = 0
    while day < len(WEEKDAYS):
        last = day
        while last + 1 < len(WEEKDAYS) and week[last + 1] == week[day]:
            last += 1
        if week[day]:
            days = WEEKDAYS[day] if last == day else f"{WEEKDAYS[day]}-{WEEKDAYS[last]}"
            parts.append(" ".join((days, *map(times_text, week[day]))))
        day = last + 1
    return "; ".join(parts)


def _days(text: str) -> list[int]:
    days: list[int] = []
    for each in text.split(","):
        first, dash, last = each.partition("-")
        if first not in WEEKDAYS or (dash and last not in WEEKDAYS):
            raise ValueError(Phrase("{each!r} is no day or range of days such as Mon or Mon-Fri", each=each))
        start, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
        if end < start:
            raise ValueError(Phrase("the days {each!r} run backwards; a week begins on Mon", each=each))
        days.extend(range(start, end + 1))
    return days


def _time(text: str) -> time:
    hour, minute, second = (*map(int, text.split(":")), 0)[:3]
    try:
        return time(hour, minute, second)
    except ValueError:
        raise ValueError(Phrase("{text} is not a time of day", text=text)) from None


def _time_text(at: time) -> str:
    return at.isoformat("seconds" if at.second else "minutes")


def _after_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second)

"""Limits, and the ledger of running and suspended time from which a clock's due instant follows.

A ledger only grows: the deadline is recalculated from what has run, and no target date is overwritten.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Self

from pydantic import Field, model_validator

from domain.model import Value
from domain.time.calendar import Calendar, Instant, ServiceHours, UtcTime, end_of_day, in_utc, local_day
from domain.time.day_times import DAY
from domain.time.working_time import (
    ZERO,
    add_natural_time,
    add_working_time,
    natural_time_between,
    working_time_between,
)
from domain.vocabulary import Word
from phrases import Phrase

LONGEST = timedelta(days=3660)


class Basis(Word):
    """Which time a limit counts (计时方式)."""

    NATURAL = "natural", "natural time"
    WORKING = "working", "working time"


class Limit(Value):
    """How long an obligation may take, as JSON `{"amount": "PT2H", "basis": "natural", "in_days": false}`.

    A natural limit is watch time, days being 24 hours each. A working limit given in time counts working
    time from the very instant. A working limit given in days (`7d`) counts whole working days: the day on
    which it starts does not count, and it ends when the last day's work ends. Its `amount` then holds the
    number of days; `length` says how much working time that is.
    Source for days: Civil Code art. 201 (the first day is not counted) and art. 203 (the last day ends when
    business hours end; a last day that is a holiday gives way to the next workday).
    """

    amount: timedelta = Field(ge=ZERO, le=LONGEST)
    basis: Basis = Basis.NATURAL
    in_days: bool = False

    @model_validator(mode="after")
    def _has_whole_days(self) -> Self:
        if self.in_days and self.amount % DAY:
            raise ValueError(Phrase("a limit in days must be whole days", amount=self.amount))
        return self

    def length(self, calendar: Calendar) -> timedelta:
        """Return the limit as an amount of time in its basis: 7 working days of 8 hours are 56 hours."""
        if self.in_days and self.basis is Basis.WORKING:
            return self.amount // DAY * calendar.day_length
        return self.amount

    def text(self) -> str:
        """Return the limit as `parse_limit` reads it, in the largest unit that needs no fraction: `2h`."""
        units = {"d": DAY} if self.in_days else _UNITS
        for unit, length in units.items():
            if self.amount and (self.in_days or unit != "d") and not self.amount % length:
                return f"{self.amount // length}{unit}"
        return f"{self.amount.total_seconds():g}s"


_UNITS = {"d": DAY, "h": timedelta(hours=1), "min": timedelta(minutes=1), "s": timedelta(seconds=1)}
_LIMIT = re.compile(r"(\d{1,9})\s*(d|h|min|s)")


def parse_limit(text: str, basis: Basis = Basis.NATURAL) -> Limit:
    """Return the limit that `text` names: a whole number and `s`, `min`, `h` or `d`, such as `30min` or `7d`.

    Raises ValueError with a sentence for the author of the text, also for nothing and for over ten years.
    """
    found = _LIMIT.fullmatch(text.strip())
    if found is None:
        raise ValueError(
            Phrase(
                "cannot read the limit {text!r}: write a whole number and s, min, h or d, such "
                "as 30min, 2h, 7d",
                text=text,
            )
        )
    amount = int(found[1]) * _UNITS[found[2]]
    if not ZERO < amount <= LONGEST:
        raise ValueError(Phrase("a limit is more than nothing and at most ten years: {text}", text=text))
    return Limit(amount=amount, basis=basis, in_days=found[2] == "d")


class SpanKind(Word):
    """What a clock did in a stretch of time."""

    RUNNING = "running", "running"
    SUSPENDED = "suspended", "suspended"


class Span(Value):
    """One stretch of a clock's life; the last one of a ledger has no end yet."""

    kind: SpanKind
    start: UtcTime
    end: UtcTime | None = None


class Ledger(Value):
    """When a clock ran and when it was suspended: stretches without gaps, the last one open."""

    spans: tuple[Span, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _has_no_gaps(self) -> Self:
        for span, after in zip(self.spans, self.spans[1:], strict=False):
            if span.end is None or not span.start <= span.end == after.start or span.kind is after.kind:
                raise ValueError(Phrase("the spans of a ledger must alternate and join without gaps"))
        if self.spans[-1].end is not None:
            raise ValueError(Phrase("the last span of a ledger must be open"))
        return self

    @classmethod
    def started(cls, at: datetime) -> "Ledger":
        """Return the ledger of a clock that starts to run at `at`."""
        return cls(spans=(Span(kind=SpanKind.RUNNING, start=at),))

    @property
    def started_at(self) -> datetime:
        """Return the instant at which the clock first started."""
        return self.spans[0].start

    @property
    def is_suspended(self) -> bool:
        """Return whether the clock stands still."""
        return self.spans[-1].kind is SpanKind.SUSPENDED


def suspend(ledger: Ledger, at: datetime) -> Ledger:
    """Return the ledger with the clock standing still from `at`; one that stands still already is unchanged.

    Raises ValueError if `at` is before the ledger's last entry.
    """
    return _turned(ledger, SpanKind.SUSPENDED, at)


def resume(ledger: Ledger, at: datetime) -> Ledger:
    """Return the ledger with the clock running again from `at`; one that is running is unchanged.

    Raises ValueError if `at` is before the ledger's last entry.
    """
    return _turned(ledger, SpanKind.RUNNING, at)


def elapsed_time(limit: Limit, ledger: Ledger, calendar: Calendar, at: datetime) -> timedelta:
    """Return how much of the limit's time has run by `at`, in the limit's basis."""
    return _counted(limit, ledger, calendar, SpanKind.RUNNING, at)


def suspended_time(limit: Limit, ledger: Ledger, calendar: Calendar, at: datetime) -> timedelta:
    """Return for how long the clock stood still by `at`, in the limit's basis."""
    return _counted(limit, ledger, calendar, SpanKind.SUSPENDED, at)


def time_left(limit: Limit, ledger: Ledger, calendar: Calendar, at: datetime) -> timedelta:
    """Return what is left of the limit at `at`, in its basis; negative by how much it is over."""
    return limit.length(calendar) - elapsed_time(limit, ledger, calendar, at)


def due(limit: Limit, ledger: Ledger, calendar: Calendar) -> Instant:
    """Return the instant by which the whole limit has run; an act at that very instant is in time.

    While the ledger is suspended this is the earliest case, that it resumes at once; ask again when it does.
    """
    return _instant(limit, ledger, calendar, limit.length(calendar))


def instant_at(
    limit: Limit, ledger: Ledger, calendar: Calendar, fraction: Decimal | Fraction | float
) -> datetime:
    """Return the instant by which `fraction` of the limit, from 0 to 1, has run. Raises ValueError beyond."""
    part = _simple(fraction)
    if not 0 <= part <= 1:
        raise ValueError(
            Phrase("a fraction of a limit lies between 0 and 1, not {fraction}", fraction=fraction)
        )
    amount = limit.length(calendar) * part.numerator // part.denominator
    return _instant(limit, ledger, calendar, amount).at


def instant_before(limit: Limit, ledger: Ledger, calendar: Calendar, before: Limit) -> datetime | None:
    """Return the instant at which exactly `before` is left of the limit, null if `before` is longer than it.

    `before` is measured in the basis of `limit`: 2 h before a working limit are two hours of work, and a day
    is a working day. Both are compared as lengths of time, whatever unit they were written in.
    """
    left = before.model_copy(update={"basis": limit.basis}).length(calendar)
    amount = limit.length(calendar) - left
    return None if amount < ZERO else _instant(limit, ledger, calendar, amount).at


def defer_to_open(at: datetime, hours: ServiceHours, not_after: datetime, calendar: Calendar) -> datetime:
    """Return when to notify a recipient of something due at `at`: then, or when `hours` next open.

    If they open only after `not_after`, waiting would make it useless, and it stays at `at`.
    """
    opening = hours.next_open(at, calendar)
    return in_utc(at) if opening > in_utc(not_after) else opening


@lru_cache(maxsize=64)
def _simple(fraction: Decimal | Fraction | float) -> Fraction:
    """Return the nearest simple fraction, which is what was meant: a float such as 0.8 is a hair off."""
    return Fraction(fraction).limit_denominator(10_000)


def _turned(ledger: Ledger, kind: SpanKind, at: datetime) -> Ledger:
    last, at = ledger.spans[-1], in_utc(at)
    if at < last.start:
        raise ValueError(Phrase("a clock cannot be turned back to {at}", at=at))
    if last.kind is kind:
        return ledger
    closed = last.model_copy(update={"end": at})
    return Ledger(spans=(*ledger.spans[:-1], closed, Span(kind=kind, start=at)))


def _counts_from(limit: Limit, ledger: Ledger, calendar: Calendar) -> datetime:
    if limit.in_days and limit.basis is Basis.WORKING:
        return end_of_day(ledger.started_at, calendar.time_zone)
    return ledger.started_at


def _counted(limit: Limit, ledger: Ledger, calendar: Calendar, kind: SpanKind, at: datetime) -> timedelta:
    between = _between(limit, calendar)
    since = _counts_from(limit, ledger, calendar)
    total, at = ZERO, in_utc(at)
    for span in ledger.spans:
        start, end = max(span.start, since), min(span.end or at, at)
        if span.kind is kind and start < end:
            total += between(start, end)
    return total


def _instant(limit: Limit, ledger: Ledger, calendar: Calendar, amount: timedelta) -> Instant:
    """Return the earliest instant by which `amount` has run."""
    since = _counts_from(limit, ledger, calendar)
    found = _add(limit, calendar, *_last_leg(limit, ledger, calendar, since, amount))
    if limit.basis is Basis.WORKING and not calendar.is_known(local_day(since, calendar.time_zone)):
        # What ran on earlier days was measured with the same calendar: its first day must be known as well.
        return Instant(at=found.at, provisional=True)
    return found


def _last_leg(
    limit: Limit, ledger: Ledger, calendar: Calendar, since: datetime, amount: timedelta
) -> tuple[datetime, timedelta]:
    """Return the start of the stretch in which `amount` is reached, and what was left of it then."""
    between = _between(limit, calendar)
    left, start = amount, since
    for span in ledger.spans:
        start = max(span.start, since)
        if span.kind is SpanKind.RUNNING:
            if span.end is None or _add(limit, calendar, start, left).at <= span.end:
                break
            left -= between(start, max(span.end, start))
    return start, left


def _add(limit: Limit, calendar: Calendar, start: datetime, amount: timedelta) -> Instant:
    if limit.basis is Basis.WORKING:
        return add_working_time(start, amount, calendar)
    return add_natural_time(start, amount)


def _between(limit: Limit, calendar: Calendar) -> Callable[[datetime, datetime], timedelta]:
    if limit.basis is Basis.WORKING:
        return lambda start, end: working_time_between(start, end, calendar)
    return natural_time_between

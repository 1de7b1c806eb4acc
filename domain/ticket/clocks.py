"""Clocks: obligations that run against time, each started, warned, met, missed or waived.

A clock keeps a ledger of running and suspended time and derives when it is due; nothing overwrites a target
date. The instant that counts is the one at which the act is handled: at or before due is met.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from pydantic import Field

from domain.model import Value
from domain.terms import Named, Reminders
from domain.time.calendar import Calendar, ServiceHours
from domain.time.limits import Ledger, Limit, due, instant_at, instant_before
from domain.time.limits import defer_to_open as deferred
from domain.vocabulary import ClockName, Level

AFTER = timedelta(milliseconds=1)
"""How long after its due instant a clock counts as missed: the due instant itself is still in time."""


class Clock(Value):
    """One obligation of one holder. `key` is unique in a ticket; `turn` counts restarts."""

    key: str
    name: ClockName
    turn: int
    holder: Named
    limit: Limit
    ledger: Ledger
    due_at: datetime
    provisional: bool
    cap: datetime | None = None
    reminders: tuple[tuple[str, datetime], ...] = ()
    of: str | None = None
    level: Level | None = None
    warned: tuple[str, ...] = ()
    climbed: tuple[Level, ...] = ()
    exhausted: bool = False
    extended: bool = Field(default=False, description="its limit is one that a desk has granted")
    missed_at: datetime | None = None
    missed_by: Named | None = Field(default=None, description="who held it then; another may hold it now")
    done_at: datetime | None = None
    waived_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Return whether the obligation still stands: neither fulfilled nor waived."""
        return self.done_at is None and self.waived_at is None

    @property
    def is_overdue(self) -> bool:
        """Return whether the obligation stands and was missed."""
        return self.is_open and self.missed_at is not None

    @property
    def standing(self) -> str:
        """Return `running`, `overdue`, `met`, `late`, `missed` or `waived`."""
        if self.waived_at is not None:
            return "waived" if self.missed_at is None else "missed"
        if self.done_at is not None:
            return "met" if self.missed_at is None else "late"
        return "overdue" if self.missed_at is not None else "running"


class Course(Value):
    """When a clock is due and when it warns, as counted from its ledger."""

    due_at: datetime
    provisional: bool
    reminders: tuple[tuple[str, datetime], ...]


def course(
    limit: Limit,
    ledger: Ledger,
    calendar: Calendar,
    reminders: Reminders | None,
    hours: ServiceHours | None,
    cap: datetime | None = None,
) -> Course:
    """Return when a clock with `limit` and `ledger` is due, at the latest at `cap`, and when it warns.

    A reminder that falls outside the holder's service `hours` waits for the next opening, unless that comes
    too late to be of use. Reminders past the cap or after the due instant are left out; they come in the
    order of their instants, whatever their names.
    """
    counted = due(limit, ledger, calendar)
    due_at = counted.at if cap is None else min(counted.at, cap)
    warnings: list[tuple[str, datetime]] = []
    for rung, at in _warnings(limit, ledger, calendar, reminders) if reminders else ():
        told_at = at if hours is None else deferred(at, hours, due_at - AFTER, calendar)
        if told_at < due_at:
            warnings.append((rung, told_at))
    warnings.sort(key=lambda warning: warning[1])
    return Course(due_at=due_at, provisional=counted.provisional, reminders=tuple(warnings))


def _warnings(
    limit: Limit, ledger: Ledger, calendar: Calendar, reminders: Reminders
) -> Iterator[tuple[str, datetime]]:
    for fraction in reminders.fractions:
        yield f"{round(fraction * 100)}%", instant_at(limit, ledger, calendar, fraction)
    last = instant_before(limit, ledger, calendar, reminders.before)
    # A limit no longer than the last call's lead would be called out the moment it begins.
    if last is not None and last > instant_at(limit, ledger, calendar, 0):
        yield "last_call", last


def next_event(clock: Clock, clocks: Mapping[str, Clock]) -> tuple[datetime, str] | None:
    """Return when `clock` next does something by itself, and what; null when nothing more can come of it.

    What: the rung of a reminder, `missed`, or `climb`.
    """
    if clock.is_open and clock.missed_at is None:
        for rung, at in clock.reminders:
            if rung not in clock.warned:
                return at, rung
        return clock.due_at + AFTER, "missed"
    if _must_climb(clock, clocks):
        return clock.due_at + AFTER, "climb"
    return None


def _must_climb(clock: Clock, clocks: Mapping[str, Clock]) -> bool:
    """An answered escalation climbs all the same when its time is over and the matter still lies there."""
    if clock.of is None or clock.waived_at is not None:
        return False
    base = clocks[clock.of]
    return base.is_overdue and not base.exhausted and base.climbed[-1] == clock.level


def next_due(clocks: Mapping[str, Clock]) -> Clock | None:
    """Return the open clock that is due first, null when none is open."""
    standing = [clock for clock in clocks.values() if clock.is_open]
    return min(standing, key=lambda clock: (clock.due_at, clock.key), default=None)


def earliest(clocks: Mapping[str, Clock]) -> tuple[datetime, str, Clock] | None:
    """Return instant, kind and clock of the next event of all `clocks`, null when none is to come."""
    best: tuple[datetime, str, Clock] | None = None
    for clock in clocks.values():
        event = next_event(clock, clocks)
        if event is not None and (best is None or event[0] < best[0]):
            best = (*event, clock)
    return best

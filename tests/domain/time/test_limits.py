"""Limits and ledgers: what is due when, worked examples in words and properties."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.time.calendar import ALWAYS_OPEN, Calendar, ServiceHours, in_utc
from domain.time.limits import (
    Basis,
    Ledger,
    Limit,
    Span,
    SpanKind,
    defer_to_open,
    due,
    elapsed_time,
    instant_at,
    instant_before,
    parse_limit,
    resume,
    suspend,
    suspended_time,
    time_left,
)
from domain.time.working_time import working_time_between
from tests.domain.calendar_strategies import (
    CITY,
    beijing,
    calendars,
    in_working_time,
    instants,
    limits,
    shown,
)

HOUR = timedelta(hours=1)


@st.composite
def histories(draw: st.DrawFn) -> tuple[Ledger, list[datetime]]:
    """Return a ledger that was suspended and resumed some times, and the instants of its turns."""
    start = in_utc(draw(instants))
    turns, ledger = [start], Ledger.started(start)
    for number, pause in enumerate(
        draw(st.lists(st.timedeltas(timedelta(0), timedelta(days=9)), max_size=5))
    ):
        turns.append(turns[-1] + pause)
        ledger = (resume if number % 2 else suspend)(ledger, turns[-1])
    return ledger, turns


@pytest.mark.parametrize(
    ("limit", "dispatched", "ends"),
    [
        ("2h", "2025-09-30 23:00", "Wed 2025-10-01 01:00"),
        ("24h", "2025-09-30 10:00", "Wed 2025-10-01 10:00"),
        ("7d", "2025-09-30 10:00", "Tue 2025-10-07 10:00"),
        ("15d", "2025-09-30 10:00", "Wed 2025-10-15 10:00"),
    ],
)
def test_natural_limits_do_not_stop_on_national_day(limit: str, dispatched: str, ends: str) -> None:
    """The four tiers are natural time: days of 24 hours, to the second."""
    found = due(parse_limit(limit), Ledger.started(beijing(dispatched)), CITY)
    assert shown(found.at) == ends
    assert not found.provisional


@pytest.mark.parametrize(
    ("limit", "dispatched", "ends"),
    [
        # Hours run from the very moment.
        ("2h", "2025-09-30 17:00", "Thu 2025-10-09 10:00"),
        ("24h", "2025-09-30 10:00", "Sat 2025-10-11 10:00"),
        # Days: Tuesday itself does not count. Thu 9, Fri 10, Sat 11, Mon 13, Tue 14, Wed 15, Thu 16 October.
        ("7d", "2025-09-30 10:00", "Thu 2025-10-16 18:00"),
        ("7d", "2025-09-30 00:00", "Thu 2025-10-16 18:00"),
        ("7d", "2025-09-30 23:59", "Thu 2025-10-16 18:00"),
        ("1d", "2025-09-26 08:00", "Sun 2025-09-28 18:00"),  # a make-up Sunday is the next working day
        ("1d", "2025-10-03 12:00", "Thu 2025-10-09 18:00"),  # received on a day off
        ("15d", "2025-09-30 10:00", "Tue 2025-10-28 18:00"),
        # 2026: Thu 8, Fri 9, Sat 10, Mon 12, Tue 13, Wed 14, Thu 15 October.
        ("7d", "2026-09-30 10:00", "Thu 2026-10-15 18:00"),
    ],
)
def test_working_limits_over_national_day(limit: str, dispatched: str, ends: str) -> None:
    """Whole working days end at close of business on the last of them; working hours end within a day."""
    found = due(parse_limit(limit, Basis.WORKING), Ledger.started(beijing(dispatched)), CITY)
    assert shown(found.at) == ends
    assert not found.provisional


def test_a_working_limit_into_a_year_without_a_plan_is_provisional() -> None:
    """Fifteen working days from mid-December 2026 need January 2027."""
    ledger = Ledger.started(beijing("2026-12-15 10:00"))
    assert due(parse_limit("15d", Basis.WORKING), ledger, CITY).provisional
    assert not due(parse_limit("12d", Basis.WORKING), ledger, CITY).provisional
    assert not due(parse_limit("30d"), ledger, CITY).provisional


def test_what_ran_before_the_calendar_begins_makes_a_limit_provisional() -> None:
    """The days before were counted as a plain week, also when the end itself is known."""
    late = CITY.slice(datetime(2025, 11, 4, tzinfo=UTC).date(), CITY.known_until)
    ledger = Ledger.started(beijing("2025-11-03 09:00"))
    ledger = resume(suspend(ledger, beijing("2025-11-03 12:00")), beijing("2025-11-05 09:00"))
    assert due(parse_limit("8h", Basis.WORKING), ledger, late).provisional
    assert not due(parse_limit("8h", Basis.WORKING), ledger, CITY).provisional


def test_a_suspended_clock_is_due_later_by_what_it_stood_still() -> None:
    """Suspended on Monday noon for two natural days: Thursday instead of Tuesday."""
    ledger = Ledger.started(beijing("2025-11-03 09:00"))
    ledger = resume(suspend(ledger, beijing("2025-11-03 12:00")), beijing("2025-11-05 12:00"))
    assert shown(due(parse_limit("24h"), ledger, CITY).at) == "Thu 2025-11-06 09:00"
    now = beijing("2025-11-05 13:00")
    assert elapsed_time(parse_limit("24h"), ledger, CITY, now) == 4 * HOUR
    assert suspended_time(parse_limit("24h"), ledger, CITY, now) == 48 * HOUR
    assert time_left(parse_limit("24h"), ledger, CITY, now) == 20 * HOUR
    assert time_left(parse_limit("3h"), ledger, CITY, now) == -HOUR


def test_the_day_of_receipt_counts_neither_as_run_nor_as_suspended() -> None:
    """A clock in working days that stood still only on its first day lost nothing."""
    limit = parse_limit("1d", Basis.WORKING)
    ledger = Ledger.started(beijing("2025-11-03 09:00"))
    ledger = resume(suspend(ledger, beijing("2025-11-03 10:00")), beijing("2025-11-03 16:00"))
    assert shown(due(limit, ledger, CITY).at) == "Tue 2025-11-04 18:00"
    assert elapsed_time(limit, ledger, CITY, beijing("2025-11-03 18:00")) == timedelta(0)
    assert suspended_time(limit, ledger, CITY, beijing("2025-11-04 10:00")) == timedelta(0)
    assert elapsed_time(limit, ledger, CITY, beijing("2025-11-04 10:00")) == HOUR


def test_a_limit_that_had_run_out_before_the_suspension_stays_due() -> None:
    """Standing still afterwards brings nothing back."""
    ledger = suspend(Ledger.started(beijing("2025-11-03 09:00")), beijing("2025-11-05 09:00"))
    assert shown(due(parse_limit("24h"), ledger, CITY).at) == "Tue 2025-11-04 09:00"


def test_a_limit_that_runs_out_as_the_clock_is_suspended_is_due_at_that_instant() -> None:
    """To the instant, also after it has resumed: nothing was left to run."""
    ledger = suspend(Ledger.started(beijing("2025-11-03 09:00")), beijing("2025-11-04 09:00"))
    resumed = resume(ledger, beijing("2025-11-05 09:00"))
    assert shown(due(parse_limit("24h"), resumed, CITY).at) == "Tue 2025-11-04 09:00"


def test_while_suspended_due_is_the_earliest_case() -> None:
    """As if it resumed at once; it is counted again when it does."""
    ledger = suspend(Ledger.started(beijing("2025-11-03 09:00")), beijing("2025-11-03 12:00"))
    assert ledger.is_suspended
    assert shown(due(parse_limit("24h"), ledger, CITY).at) == "Tue 2025-11-04 09:00"
    resumed = resume(ledger, beijing("2025-11-05 12:00"))
    assert not resumed.is_suspended
    assert shown(due(parse_limit("24h"), resumed, CITY).at) == "Thu 2025-11-06 09:00"


def test_turning_a_clock_the_way_it_stands_changes_nothing() -> None:
    """A repeated command has no effect."""
    ledger = Ledger.started(beijing("2025-11-03 09:00"))
    assert resume(ledger, beijing("2025-11-03 10:00")) == ledger
    stopped = suspend(ledger, beijing("2025-11-03 10:00"))
    assert suspend(stopped, beijing("2025-11-03 11:00")) == stopped
    assert ledger.started_at == stopped.started_at == beijing("2025-11-03 09:00")


def test_a_clock_cannot_be_turned_back() -> None:
    """History does not run backwards."""
    with pytest.raises(ValueError, match="turned back"):
        suspend(Ledger.started(beijing("2025-11-03 09:00")), beijing("2025-11-03 08:59"))


@pytest.mark.parametrize(
    "spans",
    [
        [],
        [("running", 9, 10)],
        [("running", 9, None), ("suspended", 10, None)],
        [("running", 9, 10), ("suspended", 11, None)],
        [("running", 9, 10), ("running", 10, None)],
        [("running", 10, 9), ("suspended", 9, None)],
    ],
)
def test_a_ledger_with_gaps_is_refused(spans: list[tuple[str, int, int | None]]) -> None:
    """Each stretch begins where the other kind ended, and the last one is open."""
    with pytest.raises(ValidationError):
        Ledger(
            spans=tuple(
                Span(
                    kind=SpanKind(kind),
                    start=datetime(2025, 11, 3, start, tzinfo=UTC),
                    end=None if end is None else datetime(2025, 11, 3, end, tzinfo=UTC),
                )
                for kind, start, end in spans
            )
        )


@given(histories(), limits, calendars())
def test_a_ledger_and_a_limit_come_back_equal_from_json(
    history: tuple[Ledger, list[datetime]], limit: Limit, calendar: Calendar
) -> None:
    """They travel through the ticket's history, and are due then as before."""
    ledger = Ledger.model_validate_json(history[0].model_dump_json())
    again = Limit.model_validate_json(limit.model_dump_json())
    assert (ledger, again) == (history[0], limit)
    assert due(again, ledger, calendar) == due(limit, history[0], calendar)


@given(histories(), limits, calendars(), st.timedeltas(timedelta(0), timedelta(days=30)))
def test_every_moment_is_either_run_or_suspended(
    history: tuple[Ledger, list[datetime]], limit: Limit, calendar: Calendar, later: timedelta
) -> None:
    """However often a clock is turned, no time is lost and none is counted twice."""
    ledger, turns = history
    now = turns[-1] + later
    both = elapsed_time(limit, ledger, calendar, now) + suspended_time(limit, ledger, calendar, now)
    assert both == elapsed_time(limit, Ledger.started(turns[0]), calendar, now)


@given(histories(), limits, calendars(), st.timedeltas(timedelta(0), timedelta(days=30)))
def test_turning_a_clock_off_and_on_in_one_instant_changes_no_time(
    history: tuple[Ledger, list[datetime]], limit: Limit, calendar: Calendar, later: timedelta
) -> None:
    """Frappe #1554 and GLPI #15605 lost time when the state changed."""
    ledger, turns = history
    if ledger.is_suspended:
        ledger = resume(ledger, turns[-1])
    now = turns[-1] + later
    turned = resume(suspend(ledger, now), now)
    assert due(limit, turned, calendar) == due(limit, ledger, calendar)
    much_later = now + timedelta(days=3)
    assert elapsed_time(limit, turned, calendar, much_later) == elapsed_time(
        limit, ledger, calendar, much_later
    )


@given(histories(), limits, calendars())
def test_when_a_limit_is_due_it_has_run_exactly(
    history: tuple[Ledger, list[datetime]], limit: Limit, calendar: Calendar
) -> None:
    """Nothing is left at the due instant, and something just before it."""
    ledger, turns = history
    if ledger.is_suspended:
        ledger = resume(ledger, turns[-1])
    found = due(limit, ledger, calendar)
    assert time_left(limit, ledger, calendar, found.at) == timedelta(0)
    if limit.amount:
        just_before = found.at - timedelta(microseconds=1)
        assert time_left(limit, ledger, calendar, just_before) > timedelta(0)
    if limit.basis is Basis.NATURAL:
        assert not found.provisional


@given(
    histories(),
    limits,
    calendars(),
    st.lists(st.fractions(0, 1, max_denominator=100), min_size=2, max_size=4),
)
def test_reminders_come_in_order_and_not_after_the_limit(
    history: tuple[Ledger, list[datetime]], limit: Limit, calendar: Calendar, fractions: list[Fraction]
) -> None:
    """A larger part of a limit is never reached earlier."""
    ledger, _ = history
    reached = [instant_at(limit, ledger, calendar, part) for part in sorted([*fractions, Fraction(1)])]
    assert all(earlier <= later for earlier, later in pairwise(reached))
    assert reached[-1] == due(limit, ledger, calendar).at


@given(instants, limits, calendars(), st.timedeltas(timedelta(minutes=1), timedelta(days=3)))
def test_a_last_call_leaves_exactly_its_time_in_the_limits_basis(
    start: datetime, limit: Limit, calendar: Calendar, before: timedelta
) -> None:
    """GLPI PR 22678 warned at midnight: with working time it must be a moment of work."""
    ledger = Ledger.started(start)
    at = instant_before(limit, ledger, calendar, Limit(amount=before))
    if at is None:
        assert before > limit.length(calendar)
        return
    ends = due(limit, ledger, calendar).at
    if limit.basis is Basis.WORKING:
        assert working_time_between(at, ends, calendar) == before
        assert in_working_time(at, calendar)
    else:
        assert ends - at == before


def test_reminders_of_a_working_limit_lie_in_working_time() -> None:
    """Seven working days from the eve of National Day, halfway, at four fifths and two hours before."""
    limit, ledger = parse_limit("7d", Basis.WORKING), Ledger.started(beijing("2025-09-30 10:00"))
    assert shown(instant_at(limit, ledger, CITY, 0.5)) == "Mon 2025-10-13 14:00"
    assert shown(instant_at(limit, ledger, CITY, Decimal("0.8"))) == "Wed 2025-10-15 14:48"
    assert instant_at(limit, ledger, CITY, 0.8) == beijing("2025-10-15 14:48")
    assert instant_at(parse_limit("2h"), ledger, CITY, 0.7) == beijing("2025-09-30 11:24")
    last_call = instant_before(limit, ledger, CITY, parse_limit("2h"))
    assert last_call is not None
    assert shown(last_call) == "Thu 2025-10-16 16:00"
    assert shown(instant_at(limit, ledger, CITY, 0)) == "Thu 2025-10-09 09:00"


def test_a_last_call_longer_than_the_limit_is_left_out() -> None:
    """Lengths are compared, not numbers: 24 hours against 2 working days of 8 hours are too long."""
    ledger = Ledger.started(beijing("2025-11-03 10:00"))
    two_days = parse_limit("2d", Basis.WORKING)
    assert instant_before(two_days, ledger, CITY, parse_limit("24h")) is None
    assert instant_before(parse_limit("90min"), ledger, CITY, parse_limit("2h")) is None
    one_day_before = instant_before(two_days, ledger, CITY, parse_limit("1d"))
    assert one_day_before is not None
    assert shown(one_day_before) == "Tue 2025-11-04 18:00"
    a_day_before = instant_before(parse_limit("2d"), ledger, CITY, parse_limit("24h"))
    assert a_day_before is not None
    assert shown(a_day_before) == "Tue 2025-11-04 10:00"


@pytest.mark.parametrize("fraction", [-0.1, 1.1])
def test_a_part_of_a_limit_lies_between_nothing_and_all(fraction: float) -> None:
    """A reminder after the limit is none."""
    with pytest.raises(ValueError, match="between 0 and 1"):
        instant_at(parse_limit("2h"), Ledger.started(beijing("2025-11-03 10:00")), CITY, fraction)


OFFICE = ServiceHours.parse("Mon-Fri 09:00-12:00 13:30-18:00")


@pytest.mark.parametrize(
    ("at", "not_after", "answer"),
    [
        ("2025-09-29 03:00", "2025-09-29 12:00", "Mon 2025-09-29 09:00"),  # at night: waits for the morning
        ("2025-09-29 12:10", "2025-09-29 18:00", "Mon 2025-09-29 13:30"),  # at lunch
        ("2025-09-29 10:00", "2025-09-29 12:00", "Mon 2025-09-29 10:00"),  # open
        ("2025-09-29 03:00", "2025-09-29 09:00", "Mon 2025-09-29 09:00"),  # opens just in time
        ("2025-09-29 03:00", "2025-09-29 08:59", "Mon 2025-09-29 03:00"),  # would be useless later
        ("2025-10-01 10:00", "2025-10-08 10:00", "Wed 2025-10-01 10:00"),  # a week of holidays: tell at once
    ],
)
def test_a_reminder_waits_for_opening_unless_that_is_too_late(at: str, not_after: str, answer: str) -> None:
    """Zammad #4432 reminded at midnight."""
    assert shown(defer_to_open(beijing(at), OFFICE, beijing(not_after), CITY)) == answer


@given(instants, instants, calendars())
def test_who_never_closes_is_notified_at_once(at: datetime, not_after: datetime, calendar: Calendar) -> None:
    """Utilities have no quiet hours."""
    assert defer_to_open(at, ALWAYS_OPEN, not_after, calendar) == in_utc(at)

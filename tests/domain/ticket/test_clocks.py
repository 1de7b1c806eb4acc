"""Clocks: when they warn, when they are missed, and which comes next."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.terms import Reminders
from domain.ticket.clocks import AFTER, Clock, course, earliest, next_due, next_event
from domain.time.calendar import ALWAYS_OPEN, Calendar, ServiceHours
from domain.time.limits import Basis, Ledger, Limit
from domain.time.working_time import working_time_between
from domain.vocabulary import ClockName, Level
from tests import sample
from tests.domain.calendar_strategies import CITY, beijing, calendars, instants, shown

HOUR = timedelta(hours=1)
OFFICE = ServiceHours.parse("Mon-Fri 09:00-12:00 13:00-18:00")
REMINDERS = Reminders(before=sample.hours(2))
MONDAY = beijing("2026-11-02 09:00")
limits = st.builds(
    Limit,
    amount=st.timedeltas(timedelta(minutes=1), timedelta(days=20)),
    basis=st.sampled_from(Basis),
) | st.integers(1, 20).map(lambda days: Limit(amount=timedelta(days=days), basis=Basis.WORKING, in_days=True))


def warned_at(
    limit: Limit, start: datetime = MONDAY, hours: ServiceHours | None = None, cap: datetime | None = None
) -> dict[str, str]:
    """Return when each reminder of a clock comes, in Beijing."""
    counted = course(limit, Ledger.started(start), CITY, REMINDERS, hours, cap)
    return {rung: shown(at) for rung, at in counted.reminders}


def clock(key: str = "sign_by.1", /, **changes: object) -> Clock:
    """Return a clock of two hours that was started on Monday at nine."""
    plain = Clock(
        key=key,
        name=ClockName.SIGN_BY,
        turn=1,
        holder=sample.TOWN,
        limit=sample.hours(2),
        ledger=Ledger.started(MONDAY),
        due_at=MONDAY + 2 * HOUR,
        provisional=False,
        reminders=(("50%", MONDAY + HOUR),),
    )
    return plain.model_copy(update=changes)


# ---------------------------------------------------------------- reminders


def test_a_day_from_monday_nine_warns_at_half_at_four_fifths_and_two_hours_before() -> None:
    """24 hours from Monday 09:00: Monday 21:00, Tuesday 04:12, Tuesday 07:00."""
    assert warned_at(sample.hours(24)) == {
        "50%": "Mon 2026-11-02 21:00",
        "80%": "Tue 2026-11-03 04:12",
        "last_call": "Tue 2026-11-03 07:00",
    }


def test_seven_days_from_monday_warn_on_thursday_saturday_and_the_next_monday() -> None:
    """Seven days: half is Thursday 21:00, four fifths Saturday 23:24, the last call Monday 07:00."""
    assert list(warned_at(sample.hours(7 * 24)).values()) == [
        "Thu 2026-11-05 21:00",
        "Sat 2026-11-07 23:24",
        "Mon 2026-11-09 07:00",
    ]


def test_reminders_of_a_short_limit_come_in_the_order_of_time() -> None:
    """Of three hours the last call comes after one hour, before half has run (peers' bug 4)."""
    assert list(warned_at(sample.hours(3)).items()) == [
        ("last_call", "Mon 2026-11-02 10:00"),
        ("50%", "Mon 2026-11-02 10:30"),
        ("80%", "Mon 2026-11-02 11:24"),
    ]


@pytest.mark.parametrize("amount", [0.25, 1.0, 2.0])
def test_a_limit_no_longer_than_the_last_calls_lead_has_no_last_call(amount: float) -> None:
    """Two hours before the end of two hours is the beginning: no final reminder when the clock starts."""
    assert list(warned_at(sample.hours(amount))) == ["50%", "80%"]


def test_a_limit_of_two_working_hours_on_a_sunday_has_no_last_call_on_monday_morning() -> None:
    """Working time begins on Monday 09:00; a last call there would be the beginning again."""
    working = Limit(amount=2 * HOUR, basis=Basis.WORKING)
    assert warned_at(working, beijing("2026-11-01 12:00")) == {
        "50%": "Mon 2026-11-02 10:00",
        "80%": "Mon 2026-11-02 10:36",
    }


def test_the_last_call_before_a_working_limit_lies_in_the_morning_segment() -> None:
    """Two working hours before Tuesday 14:00 is 11:00, the lunch hour skipped (peers' bug 4)."""
    working = Limit(amount=12 * HOUR, basis=Basis.WORKING)
    assert warned_at(working)["last_call"] == "Tue 2026-11-03 11:00"


def test_night_reminders_wait_until_the_office_opens() -> None:
    """Reminders due on Tuesday at 00:00 and 07:12 are sent on Tuesday at nine (peers' bug 6)."""
    assert warned_at(sample.hours(24), beijing("2026-11-02 12:00"), OFFICE) == {
        "50%": "Tue 2026-11-03 09:00",
        "80%": "Tue 2026-11-03 09:00",
        "last_call": "Tue 2026-11-03 10:00",
    }


def test_a_reminder_stays_in_the_night_where_the_office_opens_too_late_for_it() -> None:
    """Due on Tuesday at 09:00, when the office opens: telling it then would be of no use."""
    assert warned_at(sample.hours(24), MONDAY, OFFICE) == warned_at(sample.hours(24))


def test_a_reminder_of_friday_evening_waits_for_monday() -> None:
    """Half of 84 hours from Friday noon is Sunday 06:00: told on Monday 09:00; due on Tuesday 00:00."""
    assert warned_at(sample.hours(84), beijing("2026-10-30 12:00"), OFFICE)["50%"] == "Mon 2026-11-02 09:00"


def test_reminders_past_the_cap_are_left_out() -> None:
    """A day capped at Monday 22:00 warns at half alone; capped at half itself it does not warn at all."""
    cap = beijing("2026-11-02 22:00")
    assert warned_at(sample.hours(24), cap=cap) == {"50%": "Mon 2026-11-02 21:00"}
    assert warned_at(sample.hours(24), cap=cap - HOUR) == {}


def test_without_reminders_in_the_edition_none_is_sent() -> None:
    """Escalations carry no reminders of their own."""
    assert course(sample.hours(4), Ledger.started(MONDAY), CITY, None, None).reminders == ()


@given(limits, instants, calendars(), st.sampled_from([None, ALWAYS_OPEN, OFFICE]))
def test_every_reminder_lies_between_start_and_due_in_order(
    limit: Limit, start: datetime, calendar: Calendar, hours: ServiceHours | None
) -> None:
    """Whatever the limit, the calendar and the hours, and wherever a clock starts (peers' bug 11)."""
    counted = course(limit, Ledger.started(start), calendar, REMINDERS, hours)
    times = [at for _, at in counted.reminders]
    assert times == sorted(times)
    assert all(start <= at < counted.due_at for at in times)
    assert len({rung for rung, _ in counted.reminders}) == len(times)


@given(limits, instants, calendars())
def test_the_last_call_comes_exactly_its_lead_before_the_due_instant(
    limit: Limit, start: datetime, calendar: Calendar
) -> None:
    """Compared as lengths of time in the limit's basis, whatever their units (peers' bugs 4 and 15)."""
    counted = course(limit, Ledger.started(start), calendar, REMINDERS, None)
    at = dict(counted.reminders).get("last_call")
    if limit.length(calendar) <= 2 * HOUR:
        assert at is None
    elif limit.basis is Basis.NATURAL:
        assert at == counted.due_at - 2 * HOUR
    else:
        assert at is not None
        assert working_time_between(at, counted.due_at, calendar) == 2 * HOUR


def test_a_day_before_two_days_is_the_middle_and_before_an_hour_is_nothing() -> None:
    """`1d` and `48h` are compared as time, not as the numbers 1 and 48 (peers' bug 15)."""
    reminders = Reminders(fractions=(), before=Limit(amount=timedelta(days=1), in_days=True))
    two_days = course(sample.hours(48), Ledger.started(MONDAY), CITY, reminders, None)
    assert [shown(at) for _, at in two_days.reminders] == ["Tue 2026-11-03 09:00"]
    assert course(sample.hours(1), Ledger.started(MONDAY), CITY, reminders, None).reminders == ()


def test_a_working_limit_beyond_the_known_calendar_is_flagged_provisional() -> None:
    """Seven working days from Wednesday, 30 December 2026, end in a year whose holidays are not published."""
    start = Ledger.started(beijing("2026-12-30 10:00"))
    week = timedelta(days=7)
    assert course(Limit(amount=week, basis=Basis.WORKING, in_days=True), start, CITY, None, None).provisional
    assert not course(Limit(amount=week), start, CITY, None, None).provisional


# ---------------------------------------------------------------- the next event


def test_a_clock_is_not_missed_at_its_due_instant_but_right_after_it() -> None:
    """Warned at half, the next event is `missed`, a thousandth of a second after eleven."""
    assert next_event(clock(), {}) == (MONDAY + HOUR, "50%")
    assert next_event(clock(warned=("50%",)), {}) == (MONDAY + 2 * HOUR + AFTER, "missed")


@pytest.mark.parametrize(
    ("changes", "standing"),
    [
        ({}, "running"),
        ({"missed_at": MONDAY}, "overdue"),
        ({"done_at": MONDAY}, "met"),
        ({"done_at": MONDAY, "missed_at": MONDAY}, "late"),
        ({"waived_at": MONDAY}, "waived"),
        ({"waived_at": MONDAY, "missed_at": MONDAY}, "missed"),
    ],
)
def test_a_clock_stands_in_one_word(changes: dict[str, datetime], standing: str) -> None:
    """What was missed stays missed, whether it is fulfilled afterwards or lapses."""
    changed = clock(**changes)
    assert changed.standing == standing
    assert changed.is_open == (standing in ("running", "overdue"))
    assert changed.is_overdue == (standing == "overdue")


@pytest.mark.parametrize("change", ["missed_at", "done_at", "waived_at"])
def test_nothing_more_comes_of_a_clock_that_is_over(change: str) -> None:
    """A clock missed, met or waived rings no more by itself (peers' bug 9)."""
    assert next_event(clock(**{change: MONDAY}), {}) is None


def test_each_clock_rings_by_its_own_time_whatever_the_others_do() -> None:
    """The earliest event of all is found, whichever clock was started first (peers' bug 7)."""
    early = clock("a", reminders=(), due_at=MONDAY + HOUR)
    late = clock("b", reminders=())
    for clocks in ({"a": early, "b": late}, {"b": late, "a": early}):
        assert earliest(clocks) == (MONDAY + HOUR + AFTER, "missed", early)
        assert next_due(clocks) == early
    met = early.model_copy(update={"done_at": MONDAY})
    assert earliest({"a": met, "b": late}) == (late.due_at + AFTER, "missed", late)
    assert next_due({"a": met, "b": late}) == late


def test_where_no_clock_runs_nothing_is_due() -> None:
    """Before dispatch of praise, and after closing."""
    assert earliest({}) is None
    assert next_due({}) is None


def test_an_answered_escalation_climbs_on_when_its_time_ends_and_the_matter_lies_there_still() -> None:
    """The desk's word is not the unit's deed."""
    base = clock(missed_at=MONDAY, climbed=(Level.DISTRICT,))
    answered = clock("sign_by.1/district", of=base.key, level=Level.DISTRICT, done_at=MONDAY, reminders=())
    clocks = {base.key: base, answered.key: answered}
    assert next_event(answered, clocks) == (answered.due_at + AFTER, "climb")
    for change in ({"exhausted": True}, {"done_at": MONDAY}, {"climbed": (Level.DISTRICT, Level.CITY)}):
        changed = {**clocks, base.key: base.model_copy(update=change)}
        assert next_event(answered, changed) is None
    assert next_event(answered.model_copy(update={"waived_at": MONDAY}), clocks) is None


def test_a_calendar_without_a_known_start_still_counts() -> None:
    """A day before the calendar's first known day follows the plain week, and says so."""
    sliced = CITY.slice(date(2026, 11, 3), date(2026, 12, 1))
    working = Limit(amount=HOUR, basis=Basis.WORKING)
    counted = course(working, Ledger.started(MONDAY), sliced, None, None)
    assert (shown(counted.due_at), counted.provisional) == ("Mon 2026-11-02 10:00", True)

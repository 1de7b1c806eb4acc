"""How obligations begin and end: what each tier promises, what is in time, what a new count may change."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.facts import main_line as f
from domain.facts.fact import AnyFact
from domain.supervise.obligations import (
    fulfil,
    fulfil_clock,
    recount,
    start,
    start_dispatch,
    waive,
    waive_clock,
)
from domain.supervise.supervising import recalculate
from domain.terms import Norm
from domain.ticket.evolving import evolve
from domain.ticket.ticket import Ticket
from domain.time.calendar import Calendar
from domain.time.limits import Basis, Ledger, due
from domain.vocabulary import ClockName, Tier
from tests import sample
from tests.domain.calendar_strategies import beijing, shown
from tests.domain.journey import Journey, story

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


def dues(ticket: Ticket) -> dict[str, str]:
    """Return when each open clock is due, in Beijing."""
    return {clock.name.value: shown(clock.due_at) for clock in ticket.open_clocks()}


# ---------------------------------------------------------------- what each tier promises


@pytest.mark.parametrize(
    ("tier", "feedback"),
    [
        (Tier.TIER_1, "Mon 2026-11-02 11:00"),
        (Tier.TIER_2, "Tue 2026-11-03 09:00"),
        (Tier.TIER_3, "Mon 2026-11-09 09:00"),
        (Tier.TIER_4, "Tue 2026-11-17 09:00"),
    ],
)
def test_a_ticket_of_monday_nine_is_due_by_its_tier(tier: Tier, feedback: str) -> None:
    """2 hours, 24 hours, 7 days, 15 days from dispatch, and that is what the requester is promised."""
    ticket = Journey(sample.intake(with_terms=sample.terms(tier))).ticket
    assert dues(ticket)["feedback_by"] == feedback
    assert ticket.promised_at is not None
    assert shown(ticket.promised_at) == feedback


@pytest.mark.parametrize(
    ("tier", "basis", "feedback"),
    [
        (Tier.TIER_1, Basis.NATURAL, "Wed 2026-09-30 19:00"),
        (Tier.TIER_2, Basis.NATURAL, "Thu 2026-10-01 17:00"),
        (Tier.TIER_3, Basis.NATURAL, "Wed 2026-10-07 17:00"),
        (Tier.TIER_4, Basis.NATURAL, "Thu 2026-10-15 17:00"),
        (Tier.TIER_1, Basis.WORKING, "Thu 2026-10-08 10:00"),
        (Tier.TIER_3, Basis.WORKING, "Thu 2026-10-15 18:00"),
        (Tier.TIER_4, Basis.WORKING, "Tue 2026-10-27 18:00"),
    ],
)
def test_over_the_national_day_week_natural_time_runs_and_working_time_waits(
    tier: Tier, basis: Basis, feedback: str
) -> None:
    """From Wednesday 17:00 before the holiday; Saturday, 10 October, is a make-up workday (peers' bug 14)."""
    filed = beijing("2026-09-30 17:00")
    intake = sample.intake(with_terms=sample.terms(tier, basis=basis), filed_at=filed)
    assert dues(Journey(intake).ticket)["feedback_by"] == feedback


def test_a_heating_ticket_wants_somebody_at_the_door_before_the_repair() -> None:
    """Contact in 15 minutes, at the door in two hours, repaired in four: Monday 09:15, 11:00, 13:00."""
    plain = sample.terms(Tier.TIER_2, door=True)
    norms = {
        **plain.norms,
        ClockName.CONTACT_BY: Norm(limit=sample.hours(0.25), source="norm"),
        ClockName.FEEDBACK_BY: Norm(limit=sample.hours(4), source="norm"),
    }
    heating = plain.model_copy(update={"norms": norms})
    assert dues(Journey(sample.intake(with_terms=heating, unit=sample.HEATING)).ticket) == {
        "sign_by": "Mon 2026-11-02 11:00",
        "contact_by": "Mon 2026-11-02 09:15",
        "door_by": "Mon 2026-11-02 11:00",
        "feedback_by": "Mon 2026-11-02 13:00",
    }


def test_a_matter_without_a_visit_norm_has_no_door_clock() -> None:
    """Noise needs nobody at the door."""
    assert "door_by" not in dues(Journey().ticket)


def test_no_clock_of_the_unit_runs_longer_than_the_requesters() -> None:
    """In the two-hour tier contact, a day by itself, is due with the feedback on Monday at eleven."""
    ticket = Journey(sample.intake(with_terms=sample.terms(Tier.TIER_1, door=True))).ticket
    assert set(dues(ticket).values()) == {"Mon 2026-11-02 11:00"}


# ---------------------------------------------------------------- the dispatcher's clock


@pytest.mark.parametrize(
    ("filed", "now", "due"),
    [
        ("2026-11-02 09:00", "2026-11-02 09:00", "Tue 2026-11-03 00:00"),
        ("2026-11-02 23:20", "2026-11-02 23:20", "Tue 2026-11-03 00:00"),
        ("2026-11-02 23:30", "2026-11-02 23:30", "Tue 2026-11-03 00:00"),
        ("2026-11-02 23:50", "2026-11-02 23:50", "Tue 2026-11-03 00:20"),
        ("2026-11-02 09:00", "2026-11-03 08:00", "Tue 2026-11-03 08:30"),
    ],
)
def test_the_dispatch_alarm_rings_at_midnight_but_leaves_half_an_hour(filed: str, now: str, due: str) -> None:
    """Same-day transfer; filed at 23:50, or reaching the desk a day late, half an hour is left."""
    started = start_dispatch(sample.terms(), beijing(filed), beijing(now))
    assert shown(started.due_at) == due


def test_an_edition_without_same_day_transfer_leaves_the_least_time_alone() -> None:
    """Half an hour from filing, with its reminders."""
    terms = sample.terms().model_copy(update={"same_day": False})
    started = start_dispatch(terms, sample.MONDAY, sample.MONDAY)
    assert shown(started.due_at) == "Mon 2026-11-02 09:30"
    assert [rung for rung, _ in started.reminders] == ["50%", "80%"]


# ---------------------------------------------------------------- in time, late, lapsed


@pytest.mark.parametrize(
    ("when", "facts", "standing"),
    [
        (-1 * SECOND, ["clock_met sign_by.1"], "met"),
        (0 * SECOND, ["clock_met sign_by.1"], "met"),
        (timedelta(microseconds=1), ["clock_missed sign_by.1", "clock_met sign_by.1 late"], "late"),
        (1 * HOUR, ["clock_missed sign_by.1", "clock_met sign_by.1 late"], "late"),
    ],
)
def test_at_or_before_due_is_met_and_anything_after_is_late(
    when: timedelta, facts: list[str], standing: str
) -> None:
    """The instant of the act counts, even where no timer has fired yet (peers' bug 18)."""
    ticket = Journey().ticket
    now = ticket.clocks["sign_by.1"].due_at + when
    answer = fulfil(ticket, (ClockName.SIGN_BY,), now, sample.HANDLER)
    assert story(answer) == facts
    for fact in answer:
        ticket = evolve(ticket, fact)
    assert ticket.clocks["sign_by.1"].standing == standing


def test_what_is_met_or_waived_once_is_not_met_or_waived_again() -> None:
    """A second call finds nothing open."""
    journey = Journey()
    journey.apply(fulfil(journey.ticket, (ClockName.SIGN_BY,), journey.now, sample.HANDLER))
    assert fulfil(journey.ticket, (ClockName.SIGN_BY,), journey.now, sample.HANDLER) == []
    assert waive(journey.ticket, (ClockName.SIGN_BY,), journey.now, "reassigned") == []


def test_with_the_obligation_its_open_escalations_lapse() -> None:
    """Signed at noon, an hour late: the district's time to answer for it is over, the other clocks run on."""
    journey = Journey()
    journey.until("2026-11-02 12:00")
    assert story(journey.sign()) == [
        "signed",
        "clock_met sign_by.1 late",
        "clock_waived sign_by.1/district fulfilled",
    ]
    assert list(dues(journey.ticket)) == ["contact_by", "feedback_by"]


def test_an_answered_escalation_does_not_lapse_a_second_time() -> None:
    """The district has answered by a remark; signing waives nothing more."""
    journey = Journey()
    journey.until("2026-11-02 12:00")
    journey.note(sample.DISTRICT_SUPERVISOR)
    assert story(journey.sign()) == ["signed", "clock_met sign_by.1 late"]


# ---------------------------------------------------------------- counting again


def later(known_until: date = date(2027, 12, 31), *holidays: date) -> Calendar:
    """Return the sample's calendar with the next year's plan."""
    plain = sample.calendar()
    return plain.model_copy(update={"holidays": (*plain.holidays, *holidays), "known_until": known_until})


def test_a_new_calendar_moves_a_provisional_limit_and_takes_its_flag_away() -> None:
    """Seven working days from Wednesday, 30 December, run past New Year's holiday once that is published."""
    terms = sample.terms(basis=Basis.WORKING)
    journey = Journey(sample.intake(with_terms=terms, filed_at=beijing("2026-12-30 10:00")))
    clock = journey.ticket.clocks["feedback_by.1"]
    assert (shown(clock.due_at), clock.provisional) == ("Fri 2027-01-08 18:00", True)
    journey.act(recalculate(journey.ticket, later(date(2027, 12, 31), date(2027, 1, 1)), journey.now + HOUR))
    clock = journey.ticket.clocks["feedback_by.1"]
    assert (shown(clock.due_at), clock.provisional) == ("Mon 2027-01-11 18:00", False)
    assert journey.ticket.promised_at == clock.due_at
    assert journey.ticket.terms.calendar.known_until == date(2027, 12, 31)


@pytest.mark.parametrize("tier", Tier)
def test_a_new_calendar_that_changes_nothing_says_nothing_of_the_clocks(tier: Tier) -> None:
    """Natural limits know no holidays, and what was capped stays so; the ticket remembers the newer plan."""
    journey = Journey(sample.intake(with_terms=sample.terms(tier)))
    assert story(recalculate(journey.ticket, later(), journey.now)) == ["calendar_changed"]


def test_the_same_calendar_again_is_no_fact_at_all() -> None:
    """Operations may send it as often as they like."""
    journey = Journey()
    assert recalculate(journey.ticket, sample.calendar(), journey.now) == []


def test_an_undispatched_ticket_has_no_unit_clocks_to_count_again() -> None:
    """The dispatcher's clock is the day's; a holiday plan does not move it."""
    journey = Journey(sample.intake(certain=False))
    assert story(recalculate(journey.ticket, later(), journey.now)) == ["calendar_changed"]
    assert recount(journey.ticket, sample.terms(Tier.TIER_1), journey.now, later()) == []


def test_only_the_clocks_that_are_named_are_counted_again() -> None:
    """A shorter contact norm leaves the contact clock alone when only the requester's clock is asked for."""
    journey = Journey()
    terms = sample.terms(Tier.TIER_2)
    terms.norms[ClockName.CONTACT_BY] = Norm(limit=sample.hours(1), source="norm")
    now, calendar = journey.now, terms.calendar
    assert story(recount(journey.ticket, terms, now, calendar, (ClockName.FEEDBACK_BY,))) == [
        "clock_rescheduled feedback_by.1"
    ]
    assert len(recount(journey.ticket, terms, now, calendar)) == 2


@given(
    st.sampled_from(Tier),
    st.sampled_from(Basis),
    st.lists(st.tuples(st.sampled_from(Tier), st.sampled_from(Basis), st.integers(0, 60)), max_size=5),
)
def test_elapsed_time_survives_every_change_of_tier_basis_and_unit(
    tier: Tier, basis: Basis, changes: list[tuple[Tier, Basis, int]]
) -> None:
    """What the requester has waited is never given back to the office (peers' bug 3)."""
    journey = Journey(sample.intake(with_terms=sample.terms(tier, basis=basis)))
    ledger = journey.ticket.clocks["feedback_by.1"].ledger
    for number, (new_tier, new_basis, waited) in enumerate(changes):
        journey.now += timedelta(minutes=waited)
        terms = sample.terms(new_tier, basis=new_basis)
        journey.apply(recount(journey.ticket, terms, journey.now, terms.calendar))
        unit = (sample.OTHER_TOWN, sample.TOWN)[number % 2]
        journey.apply(_given_to(journey, unit.code))
    clock = journey.ticket.clocks["feedback_by.1"]
    assert clock.ledger == ledger
    assert clock.due_at == due(clock.limit, Ledger.started(journey.intake.filed_at), sample.calendar()).at


def _given_to(journey: Journey, unit: str) -> list[AnyFact]:
    named = sample.TOWN.model_copy(update={"code": unit})
    return [
        f.Reassigned(
            at=journey.now,
            actor=sample.DISPATCHER,
            turn=journey.ticket.turn + 1,
            assignment=sample.assignment(named),
            reason=sample.TEXT,
        )
    ]


@given(st.timedeltas(timedelta(days=-300), timedelta(days=30)), st.sampled_from(Tier), st.sampled_from(Basis))
def test_a_clock_may_begin_at_any_hour_of_the_year(away: timedelta, tier: Tier, basis: Basis) -> None:
    """At night, on a holiday, on a make-up day: due later, and never on a day off (peers' bugs 11, 14)."""
    now = sample.MONDAY + away
    terms = sample.terms(tier, basis=basis)
    started = start(terms, ClockName.FEEDBACK_BY, 1, sample.assignment(), now)
    assert started.due_at > now
    if basis is Basis.WORKING:
        local = started.due_at.astimezone(beijing("2026-01-01").tzinfo)
        assert terms.calendar.is_workday(local.date())


def test_what_is_fulfilled_or_has_lapsed_is_neither_fulfilled_nor_waived_again() -> None:
    """Whoever asks for it a second time brings about nothing."""
    journey = Journey()
    journey.sign()
    journey.contact()
    journey.act(waive(journey.ticket, [ClockName.FEEDBACK_BY], journey.now, "test"))
    for key in ("sign_by.1", "feedback_by.1"):
        clock = journey.ticket.clocks[key]
        assert not clock.is_open
        assert fulfil_clock(journey.ticket, clock, journey.now, sample.HANDLER) == []
        assert waive_clock(journey.ticket, clock, journey.now, "test") == []

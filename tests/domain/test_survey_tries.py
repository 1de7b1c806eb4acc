"""Evaluate: when the requester is called, and how often."""

from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import WrongStage
from domain.evaluate import evaluating
from domain.terms import SurveyPlan, Terms
from domain.ticket.evolving import evolve
from domain.vocabulary import Ending, Status, Tier
from tests import sample
from tests.domain.calendar_strategies import beijing, shown
from tests.domain.journey import Journey, story
from tests.domain.lives import asked


def surveyed(**plan: object) -> Terms:
    """Return the sample's terms with changes of the survey plan."""
    terms = sample.terms()
    return terms.model_copy(update={"survey": terms.survey.model_copy(update=plan)})


def opened(journey: Journey) -> list[str]:
    """Return when each callback try was opened."""
    return [shown(fact.at) for fact in journey.log if fact.kind == "survey_opened"]


# ---------------------------------------------------------------- when it starts


def test_the_survey_starts_at_the_limit_when_feedback_came_before() -> None:
    """Feedback on Monday, asked on the second Monday at nine: the result has to last (art. 23)."""
    journey = Journey().handled()
    journey.until("2026-11-09 08:59")
    assert journey.ticket.status is Status.FEEDBACK_GIVEN
    journey.until("2026-11-09 09:00")
    assert journey.ticket.status is Status.SURVEYING


def test_the_survey_starts_at_feedback_where_that_is_later() -> None:
    """Feedback on the second Monday at 15:00, six hours late: asked at once."""
    journey = Journey()
    journey.sign()
    journey.contact()
    journey.until("2026-11-09 15:00")
    journey.feedback()
    assert opened(journey) == ["Mon 2026-11-09 15:00"]


def test_an_edition_may_ask_at_feedback() -> None:
    """Feedback on Monday at nine: asked on Monday at nine."""
    journey = Journey(sample.intake(with_terms=sample.terms(at_feedback=True))).handled()
    assert opened(journey) == ["Mon 2026-11-02 09:00"]


def test_a_limit_that_ends_at_night_is_followed_by_a_call_at_nine() -> None:
    """Two hours from Monday 20:00 end at 22:00: the call is Tuesday's."""
    terms = sample.terms(Tier.TIER_1)
    journey = Journey(sample.intake(with_terms=terms, filed_at=beijing("2026-11-02 20:00"))).handled()
    journey.until("2026-11-03 12:00")
    assert opened(journey) == ["Tue 2026-11-03 09:00"]


def test_before_feedback_or_the_ladders_end_no_survey_is_in_sight() -> None:
    """Undispatched, or in the unit's hands."""
    assert evaluating.survey_starts_at(Journey(sample.intake(certain=False)).ticket) is None
    assert evaluating.survey_starts_at(Journey().ticket) is None


def test_feedback_that_comes_after_the_ladder_but_before_the_call_still_counts() -> None:
    """Exhausted on Monday at 21:00, feedback at 22:00, called on Tuesday: resolved, not unanswered."""
    journey = Journey(sample.intake(filed_at=beijing("2026-11-02 13:00")))
    journey.sign()
    journey.contact()
    journey.until("2026-11-09 22:00")
    assert journey.ticket.is_unanswered
    assert evaluating.survey_starts_at(journey.ticket) == journey.ticket.promised_at
    journey.feedback()
    journey.until("2026-11-10 09:30")
    journey.says()
    assert journey.ticket.ending is Ending.RESOLVED


# ---------------------------------------------------------------- the tries


def test_three_tries_in_vain_fall_on_three_days_and_end_unreachable() -> None:
    """Monday, Tuesday, Wednesday, from nine; nobody answers: that is an outcome."""
    journey = asked()
    for _ in range(3):
        journey.no_answer()
        journey.wait(days=1)
    assert opened(journey) == ["Mon 2026-11-09 09:00", "Tue 2026-11-10 09:00", "Wed 2026-11-11 09:00"]
    assert journey.ticket.ending is Ending.UNREACHABLE


def test_tries_over_the_holiday_fall_on_holidays_too() -> None:
    """The limit ends on Wednesday, 30 September, at 19:30: calls that evening and on National Day."""
    journey = Journey(sample.intake(filed_at=beijing("2026-09-23 19:30"))).handled()
    journey.until("2026-09-30 19:45")
    journey.no_answer()
    journey.until("2026-10-01 12:00")
    journey.no_answer()
    journey.until("2026-10-02 12:00")
    assert opened(journey) == ["Wed 2026-09-30 19:30", "Thu 2026-10-01 09:00", "Fri 2026-10-02 09:00"]


def test_a_try_nobody_makes_counts_as_one_of_the_three() -> None:
    """The desk is silent: each try lapses at 20:00 of its day, and the ticket still ends."""
    journey = Journey().handled()
    journey.left_alone()
    assert [line for line in story(journey.log) if "survey_by" in line and "waived" in line] == [
        f"clock_waived survey_by.1.{attempt} not_made" for attempt in (1, 2, 3)
    ]
    assert journey.ticket.ending is Ending.UNREACHABLE


def test_a_try_missed_while_the_process_was_away_costs_no_further_day() -> None:
    """Monday's try is found missing on Wednesday at ten: the next one is Wednesday's, not Thursday's."""
    journey = asked()
    journey.now = beijing("2026-11-11 10:00")
    journey.process()
    assert opened(journey) == ["Mon 2026-11-09 09:00", "Wed 2026-11-11 10:00"]


def test_one_try_a_day() -> None:
    """The second call of the same day is refused with a sentence that says when the next one is."""
    journey = asked()
    journey.no_answer()
    with pytest.raises(WrongStage, match="次须另日进行"):
        journey.no_answer()


def test_a_call_that_is_answered_between_two_tries_counts() -> None:
    """The requester rings back on Monday evening and says that all is well."""
    journey = asked()
    journey.no_answer()
    journey.until("2026-11-09 21:00")
    journey.says()
    assert journey.ticket.ending is Ending.RESOLVED


def test_a_late_call_is_late_and_counts() -> None:
    """Made at 20:30 before the process noticed: the callback clock was missed, the answer stands."""
    journey = asked()
    journey.now = beijing("2026-11-09 20:30")
    assert story(journey.says()) == [
        "surveyed",
        "clock_missed survey_by.1.1",
        "clock_met survey_by.1.1 late",
    ]


@pytest.mark.parametrize(
    ("window", "now", "until"),
    [
        ((time(9), time(20)), "2026-11-09 10:00", "Mon 2026-11-09 20:00"),
        ((time(9), time(20, 30)), "2026-11-09 10:00", "Mon 2026-11-09 20:30"),
        ((time(9), time(0)), "2026-11-09 10:00", "Tue 2026-11-10 00:00"),
        ((time(0), time(0)), "2026-11-09 10:00", "Tue 2026-11-10 00:00"),
        ((time(20), time(2)), "2026-11-09 21:00", "Tue 2026-11-10 02:00"),
        ((time(20), time(2)), "2026-11-10 01:00", "Tue 2026-11-10 02:00"),
    ],
)
def test_a_try_is_open_until_the_hours_for_calls_end(window: tuple[time, time], now: str, until: str) -> None:
    """An end of 00:00 is midnight; equal times mean the whole day; hours may run over midnight."""
    journey = Journey(
        sample.intake(with_terms=surveyed(window_opens=window[0], window_closes=window[1]))
    ).handled()
    facts = evaluating.open_try(journey.ticket, beijing(now))
    assert [shown(getattr(fact, "due_at", sample.MONDAY)) for fact in facts][-1] == until


def test_where_the_hours_never_close_silent_tries_still_fall_on_consecutive_days() -> None:
    """Each try lasts until midnight; found missing right after it, the next one is that new day's."""
    journey = Journey(
        sample.intake(with_terms=surveyed(window_opens=time(0), window_closes=time(0)))
    ).handled()
    journey.left_alone()
    assert opened(journey) == ["Mon 2026-11-09 09:00", "Tue 2026-11-10 00:00", "Wed 2026-11-11 00:00"]


def test_an_edition_may_space_the_tries_by_hours_instead_of_days() -> None:
    """Three hours between tries, made or not."""
    journey = Journey(sample.intake(with_terms=surveyed(spacing=sample.hours(3)))).handled()
    journey.until("2026-11-09 10:00")
    journey.no_answer()
    journey.until("2026-11-09 18:00")
    assert opened(journey) == ["Mon 2026-11-09 09:00", "Mon 2026-11-09 13:00", "Mon 2026-11-09 16:00"]


@given(
    st.datetimes(datetime(2026, 9, 1), datetime(2026, 12, 1)),  # noqa: DTZ001 - hypothesis adds the zone
    st.lists(st.booleans(), min_size=3, max_size=3),
    st.integers(0, 600),
)
def test_every_try_lies_on_a_day_of_its_own_inside_the_hours(
    filed: datetime, made: list[bool], after: int
) -> None:
    """Whenever the limit ends and whoever makes the calls or not: 09:00 to 20:00, three different days."""
    at = filed.replace(tzinfo=sample.MONDAY.tzinfo)
    journey = Journey(sample.intake(with_terms=sample.terms(Tier.TIER_2), filed_at=at)).handled()
    for call in made:
        while not journey.ticket.survey_try_open:
            wakes = journey.wakes_at()
            assert wakes is not None
            journey.until(wakes)
        due = journey.ticket.open_clocks()[0].due_at
        journey.until(min(journey.now + timedelta(minutes=after), due))
        if call:
            journey.no_answer()
    journey.left_alone()
    tries = [
        fact.at.astimezone(beijing("2026-01-01").tzinfo)
        for fact in journey.log
        if fact.kind == "survey_opened"
    ]
    assert len({local.date() for local in tries}) == len(tries) == 3
    assert all(time(9) <= local.time() < time(20) for local in tries)
    assert journey.ticket.ending is Ending.UNREACHABLE


def test_after_a_clock_is_missed_the_try_is_and_not_before() -> None:
    """At 20:00 sharp it may still be made."""
    journey = asked()
    journey.until("2026-11-09 20:00")
    assert not evaluating.try_is_missed(journey.ticket)
    journey.no_answer()
    assert not evaluating.try_is_missed(journey.ticket)


def test_a_plan_that_never_calls_is_no_plan() -> None:
    """At least one try, so that every ticket is asked about."""
    with pytest.raises(ValueError, match="greater than or equal to 1"):
        SurveyPlan.model_validate(sample.terms().survey.model_dump() | {"tries": 0})


def test_a_last_try_without_a_callback_clock_counts_from_the_moment_it_was_logged() -> None:
    """A log that tells of no clock still gives the day of the try."""
    journey = asked()
    bare = journey.ticket.model_copy(update={"clocks": {}})
    lapsed = evaluating.try_lapsed(journey.ticket, journey.now)[0]
    assert evolve(bare, lapsed).last_try_at == journey.now
    assert not evaluating.try_is_missed(bare)

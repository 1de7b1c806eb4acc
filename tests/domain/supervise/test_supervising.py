"""Supervise: silence climbs rung by rung, each once; urging and remarks; whose word answers an escalation."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import messages as m
from domain.errors import WrongActor, WrongStage
from domain.supervise import supervising
from domain.supervise.supervising import due_facts, next_instant
from domain.terms import Assignment, Rung
from domain.ticket.clocks import AFTER
from domain.vocabulary import ClockName, Ending, Level, RequestType, Role, Tier
from tests import sample
from tests.domain.calendar_strategies import shown
from tests.domain.journey import Journey, story

CITY_SUPERVISOR = m.Actor(unit=sample.CITY_DESK.code, role=Role.SUPERVISOR, person="V2")


def about(journey: Journey, clock: str) -> list[str]:
    """Return when and what happened to `clock` and its escalations so far."""
    return [
        f"{shown(fact.at)} {line}"
        for fact, line in zip(journey.log, story(journey.log), strict=True)
        if getattr(fact, "clock", "").startswith(clock) and fact.kind != "clock_started"
    ]


# ---------------------------------------------------------------- the ladder


def test_a_ticket_left_alone_climbs_every_rung_in_order_and_ends_unanswered() -> None:
    """The requester's clock: three reminders, district, city, exhausted, survey (peers' bug 2)."""
    journey = Journey()
    journey.left_alone()
    assert about(journey, "feedback_by.1") == [
        "Thu 2026-11-05 21:00 clock_warned feedback_by.1 50%",
        "Sat 2026-11-07 23:24 clock_warned feedback_by.1 80%",
        "Mon 2026-11-09 07:00 clock_warned feedback_by.1 last_call",
        "Mon 2026-11-09 09:00 clock_missed feedback_by.1",
        "Mon 2026-11-09 09:00 escalated feedback_by.1 district",
        "Mon 2026-11-09 13:00 clock_missed feedback_by.1/district",
        "Mon 2026-11-09 13:00 escalated feedback_by.1 city",
        "Mon 2026-11-09 17:00 clock_missed feedback_by.1/city",
        "Mon 2026-11-09 17:00 ladder_exhausted feedback_by.1",
        "Mon 2026-11-09 17:00 clock_waived feedback_by.1 unanswered",
        "Mon 2026-11-09 17:00 clock_waived feedback_by.1/district unanswered",
        "Mon 2026-11-09 17:00 clock_waived feedback_by.1/city unanswered",
    ]
    assert journey.ticket.ending is Ending.UNANSWERED


def test_each_rung_names_its_desk_and_gives_it_four_hours() -> None:
    """District desk until 13:00, city desk until 17:00."""
    journey = Journey()
    journey.left_alone()
    answers = [journey.ticket.clocks[f"feedback_by.1/{level}"] for level in (Level.DISTRICT, Level.CITY)]
    assert [(answer.holder, answer.level) for answer in answers] == [
        (sample.DISTRICT_DESK, Level.DISTRICT),
        (sample.CITY_DESK, Level.CITY),
    ]
    assert [shown(answer.due_at) for answer in answers] == ["Mon 2026-11-09 13:00", "Mon 2026-11-09 17:00"]


def test_a_city_unit_goes_straight_to_the_city() -> None:
    """The heating company has no district above it."""
    journey = Journey(sample.intake(unit=sample.HEATING))
    journey.until("2026-11-02 12:00")
    assert about(journey, "sign_by.1")[-1] == "Mon 2026-11-02 11:00 escalated sign_by.1 city"
    journey.left_alone()
    assert "district" not in " ".join(story(journey.log))


def test_a_dispatchers_silence_is_the_citys_affair_and_ends_nothing() -> None:
    """Missed at midnight, told to the city, exhausted at four; the ticket goes on waiting, overdue."""
    journey = Journey(sample.intake(certain=False))
    journey.left_alone()
    assert about(journey, "dispatch_by.0") == [
        "Tue 2026-11-03 00:00 clock_missed dispatch_by.0",
        "Tue 2026-11-03 00:00 escalated dispatch_by.0 city",
        "Tue 2026-11-03 04:00 clock_missed dispatch_by.0/city",
        "Tue 2026-11-03 04:00 ladder_exhausted dispatch_by.0",
    ]
    assert journey.ticket.is_open
    assert journey.ticket.is_overdue
    journey.dispatch()
    assert not journey.ticket.is_overdue


def test_an_edition_without_a_ladder_for_the_limit_still_brings_the_ticket_to_its_end() -> None:
    """Missed and nobody above to be told: asked all the same, closed as unanswered."""
    terms = sample.terms().model_copy(update={"ladders": {}})
    journey = Journey(sample.intake(with_terms=terms))
    journey.left_alone()
    assert "escalated" not in {fact.kind for fact in journey.log}
    assert journey.ticket.ending is Ending.UNANSWERED


def test_a_rung_whose_level_has_no_desk_above_the_unit_is_skipped() -> None:
    """An assignment that knows a district desk alone stops there."""
    lone = sample.assignment().model_copy(update={"desks": {Level.DISTRICT: sample.DISTRICT_DESK}})
    journey = Journey(sample.intake(certain=False))
    journey.dispatch(lone)
    journey.left_alone()
    assert {getattr(fact, "level", None) for fact in journey.log if fact.kind == "escalated"} == {"district"}


def test_a_survey_that_nobody_makes_is_reported_to_the_city_where_the_edition_says_so() -> None:
    """The callback desk is the city's own: its ladder has the city's rung alone, and lapses with the try."""
    ladder = (Rung(level=Level.DISTRICT, answer_within=sample.hours(1)),)
    ladder += (Rung(level=Level.CITY, answer_within=sample.hours(1)),)
    terms = sample.terms()
    terms.ladders[ClockName.SURVEY_BY] = ladder
    journey = Journey(sample.intake(with_terms=terms)).handled()
    journey.until("2026-11-09 20:01")
    assert about(journey, "survey_by.1.1") == [
        "Mon 2026-11-09 20:00 clock_missed survey_by.1.1",
        "Mon 2026-11-09 20:00 escalated survey_by.1.1 city",
        "Mon 2026-11-09 20:00 clock_waived survey_by.1.1 not_made",
        "Mon 2026-11-09 20:00 clock_waived survey_by.1.1/city not_made",
    ]


# ---------------------------------------------------------------- desks that answer


@pytest.mark.parametrize("act", ["urge", "note", "reassign"])
def test_a_desk_that_acts_has_answered_and_the_ladder_climbs_all_the_same_when_its_time_is_over(
    act: str,
) -> None:
    """Answered on Monday at noon; at 13:00 the limit is still open, so the city is notified."""
    journey = Journey()
    journey.until("2026-11-09 12:00")
    arguments = (sample.assignment(sample.OTHER_TOWN),) if act == "reassign" else ()
    getattr(journey, act)(*arguments, sample.DISTRICT_SUPERVISOR)
    assert journey.ticket.clocks["feedback_by.1/district"].standing == "met"
    journey.until("2026-11-09 13:01")
    assert about(journey, "feedback_by.1")[-1] == "Mon 2026-11-09 13:00 escalated feedback_by.1 city"
    journey.left_alone()
    assert journey.ticket.ending is Ending.UNANSWERED


def test_an_answer_at_the_very_end_of_its_time_is_in_time_and_the_city_is_notified_once() -> None:
    """Whether the desk or the clock is first (peers' bug 18)."""
    journey = Journey()
    journey.until("2026-11-09 13:00")
    journey.note(sample.DISTRICT_SUPERVISOR)
    journey.until("2026-11-09 14:00")
    assert journey.ticket.clocks["feedback_by.1/district"].standing == "met"
    assert story(journey.log).count("escalated feedback_by.1 city") == 1


def test_an_answer_that_comes_before_the_late_alarm_is_late_and_the_ladder_climbs_on() -> None:
    """The process was away at 13:00; at 13:30 the desk acts first: missed, late, and the city hears of it."""
    journey = Journey()
    journey.until("2026-11-09 12:00")
    journey.now += timedelta(hours=1, minutes=30)
    command = m.Note(actor=sample.DISTRICT_SUPERVISOR, text=sample.TEXT)
    facts = journey.take("note", command)
    # Its sign and contact escalations were missed days ago; the answer is late for those as well.
    assert story(facts)[-2:] == [
        "clock_missed feedback_by.1/district",
        "clock_met feedback_by.1/district late",
    ]
    assert story(journey.log).count("escalated feedback_by.1 city") == 1
    journey.left_alone()
    assert journey.ticket.ending is Ending.UNANSWERED


def test_the_citys_word_answers_for_the_city_alone() -> None:
    """A remark of the city's desk while the district is asked leaves the district's answer open."""
    journey = Journey()
    journey.until("2026-11-09 12:00")
    journey.note(CITY_SUPERVISOR)
    assert journey.ticket.clocks["feedback_by.1/district"].is_open


def test_a_requesters_urging_answers_nothing() -> None:
    """He belongs to no desk."""
    journey = Journey()
    journey.until("2026-11-09 12:00")
    assert story(journey.urge()) == ["urged"]


def test_urging_is_counted_and_gives_its_reason() -> None:
    """Twice by the requester, once by the district, each with its text in the timeline (peers' bug 20)."""
    journey = Journey()
    facts = [*journey.urge(), *journey.urge(), *journey.urge(sample.DISTRICT_SUPERVISOR)]
    assert [getattr(fact, "times", None) for fact in facts] == [1, 2, 3]
    assert [getattr(fact, "reason", None) for fact in facts] == [sample.TEXT] * 3
    assert journey.ticket.urged == 3


@pytest.mark.parametrize("act", ["urge", "note"])
def test_a_closed_ticket_is_neither_urged_nor_noted(act: str) -> None:
    """The sentence says that it is closed."""
    praise = Journey(sample.intake(RequestType.PRAISE))
    with pytest.raises(WrongStage, match="已办结"):
        getattr(praise, act)(CITY_SUPERVISOR)


def test_a_message_that_cannot_be_read_leaves_a_remark_of_the_system() -> None:
    """Its text is nowhere; that it came is on record."""
    journey = Journey()
    assert story(journey.act(supervising.unreadable("complete", journey.now))) == ["noted complete:Malformed"]


def test_a_remark_by_a_stranger_is_refused() -> None:
    """A unit that has nothing to do with the ticket leaves no trace on it."""
    stranger = m.Actor(unit=sample.HEATING.code, role=Role.SUPERVISOR)
    with pytest.raises(WrongActor):
        Journey().note(stranger)


# ---------------------------------------------------------------- late, once, in order


def test_after_a_week_without_the_process_each_rung_still_comes_once_and_each_desk_has_its_time() -> None:
    """Asked again only on the tenth day: what is due comes in order, but no desk is passed over."""
    journey = Journey()
    facts = list(due_facts(journey.ticket, sample.MONDAY + timedelta(days=10)))
    lines = story(facts)
    assert len(lines) == len(set(lines))
    assert [line for line in lines if line.startswith("escalated")] == [
        f"escalated {clock}.1 district" for clock in ("sign_by", "contact_by", "feedback_by")
    ]
    assert {fact.at for fact in facts} == {sample.MONDAY + timedelta(days=10)}


def test_once_everything_due_has_happened_nothing_more_is_due() -> None:
    """Asked twice at one instant, the second answer is empty."""
    journey = Journey()
    now = sample.MONDAY + timedelta(days=10)
    journey.apply(due_facts(journey.ticket, now))
    assert list(due_facts(journey.ticket, now)) == []


@given(st.lists(st.integers(1, 60 * 24 * 3), min_size=1, max_size=12))
def test_however_often_the_clocks_are_asked_the_same_things_happen(gaps: list[int]) -> None:
    """Asked at random minutes or at each due instant: every reminder and rung comes exactly once."""
    asked, exact = Journey(), Journey()
    for gap in gaps:
        asked.now += timedelta(minutes=gap)
        asked.process()
    exact.until(asked.now)
    lines = [line for line in story(asked.log) if line.startswith(("clock_warned", "escalated"))]
    assert len(lines) == len(set(lines))
    on_time = [line for line in story(exact.log) if line.startswith("clock_warned")]
    assert sorted(line for line in lines if line.startswith("clock_warned")) == sorted(on_time)


def test_nothing_is_due_at_the_due_instant_itself() -> None:
    """Monday eleven is still in time; a thousandth of a second later the district is notified."""
    journey = Journey()
    journey.until("2026-11-02 11:00")
    due = journey.ticket.clocks["sign_by.1"].due_at
    assert next_instant(journey.ticket) == due + AFTER
    assert list(due_facts(journey.ticket, due)) == []
    assert story(due_facts(journey.ticket, due + AFTER)) == [
        "clock_missed sign_by.1",
        "escalated sign_by.1 district",
        "clock_started sign_by.1/district district 1",
    ]


def test_nothing_rings_after_the_end() -> None:
    """A closed ticket has no next instant and nothing is ever due for it (peers' bug 9)."""
    journey = Journey().handled()
    journey.until("2026-11-09 10:00")
    journey.says()
    assert next_instant(journey.ticket) is None
    assert list(due_facts(journey.ticket, sample.MONDAY + timedelta(days=999))) == []


@given(st.sampled_from(Tier), st.sampled_from([sample.assignment(), sample.assignment(sample.HEATING)]))
def test_every_dispatched_ticket_that_nobody_touches_ends_unanswered_within_its_limit_and_a_week(
    tier: Tier, assignment: Assignment
) -> None:
    """Limit, two rungs of four hours, three survey tries: a promise about silence."""
    journey = Journey(sample.intake(certain=False, with_terms=sample.terms(tier)))
    journey.dispatch(assignment)
    limit = journey.ticket.promised_at
    journey.left_alone()
    assert journey.ticket.ending is Ending.UNANSWERED
    assert limit is not None
    assert journey.ticket.closed_at is not None
    assert journey.ticket.closed_at - limit < timedelta(days=7)
    assert journey.ticket.open_clocks() == ()

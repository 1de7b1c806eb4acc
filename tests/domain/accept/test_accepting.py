"""Accept: what needs no unit, what is answered at once, and what a new classification changes."""

from datetime import datetime, timedelta

import pytest

from domain import messages as m
from domain.accept import accepting
from domain.command.given import NOTHING_GIVEN
from domain.commands import COMMANDS
from domain.errors import Incomplete, Refused, WrongActor, WrongStage
from domain.terms import Norm, Resolution, Terms
from domain.time.limits import Basis
from domain.vocabulary import ClockName, Ending, RequestType, Status, Tier
from tests import sample
from tests.domain.calendar_strategies import beijing, shown
from tests.domain.journey import Journey, story

NEEDS_HANDLING = (RequestType.HELP, RequestType.COMPLAINT, RequestType.REPORT, RequestType.SUGGESTION)


def resolved(terms: Terms, *, certain: bool = True) -> Resolution:
    """Return what an edition answers for a matter with `terms`."""
    return Resolution(terms=terms, routing=sample.routing(certain=certain))


def waiting(type_: RequestType = RequestType.COMPLAINT) -> Journey:
    """Return a ticket on the dispatcher's list: the directory names no one row."""
    return Journey(sample.intake(type_, certain=False))


# ---------------------------------------------------------------- praise and inquiries


def test_praise_is_recorded_and_closes_without_a_unit() -> None:
    """No clock ever runs for it."""
    journey = Journey(sample.intake(RequestType.PRAISE))
    assert story(journey.log) == ["filed", "closed praise_recorded"]
    assert journey.ticket.clocks == {}


@pytest.mark.parametrize("type_", NEEDS_HANDLING)
def test_what_needs_handling_goes_to_dispatch_at_once(type_: RequestType) -> None:
    """Help, complaint, report, suggestion: nobody may refuse them."""
    assert story(waiting(type_).log) == ["filed", "accepted", "clock_started dispatch_by.0 0"]


def test_an_inquiry_waits_a_quarter_of_an_hour_for_an_answer_before_it_is_dispatched() -> None:
    """Filed on Monday at nine: at 09:14 it still waits, at 09:15 it leaves for the unit."""
    journey = Journey(sample.intake(RequestType.INQUIRY))
    journey.until("2026-11-02 09:14")
    assert journey.ticket.status is Status.AWAITING_DISPATCH
    journey.until("2026-11-02 09:15")
    assert journey.ticket.status is Status.AWAITING_SIGN


def test_an_inquiry_answered_at_once_closes_with_its_dispatch_clock_met() -> None:
    """Answered on Monday at 09:05: nobody is dispatched."""
    journey = Journey(sample.intake(RequestType.INQUIRY))
    journey.until("2026-11-02 09:05")
    assert story(journey.answer()) == ["answered", "clock_met dispatch_by.0", "closed answered"]
    assert journey.left_alone() == []


def test_an_inquiry_is_answered_before_the_process_has_accepted_it() -> None:
    """The answer may be quicker than the first step; no clock runs yet."""
    journey = Journey(sample.intake(RequestType.INQUIRY, certain=False))
    fresh = journey.ticket.model_copy(update={"status": Status.ACCEPTED, "clocks": {}})
    facts = accepting.answer(
        fresh, m.Answer(actor=sample.DISPATCHER, reply=sample.TEXT), NOTHING_GIVEN, journey.now
    )
    assert story(facts) == ["answered", "closed answered"]


def test_an_inquiry_answered_after_the_alarm_was_late_and_its_escalation_lapses() -> None:
    """Nobody dispatched it on Monday; the city was notified at midnight; answered on Tuesday at eight."""
    journey = waiting(RequestType.INQUIRY)
    journey.until("2026-11-03 08:00")
    journey.log.clear()
    journey.answer()
    assert story(journey.log) == [
        "answered",
        "clock_met dispatch_by.0 late",
        "clock_waived dispatch_by.0/city fulfilled",
        "closed answered",
    ]


def test_a_dispatched_inquiry_is_answered_by_its_unit_and_not_at_once() -> None:
    """After dispatch the way is sign, contact, feedback."""
    journey = Journey(sample.intake(RequestType.INQUIRY))
    journey.until("2026-11-02 10:00")
    with pytest.raises(WrongStage, match="待签收"):
        journey.answer()


def test_a_complaint_is_not_answered_at_once() -> None:
    """Only inquiries are."""
    with pytest.raises(WrongStage, match="只有咨询可以即时答复"):
        waiting().answer()


@pytest.mark.parametrize("type_", RequestType)
def test_only_an_inquiry_waits_for_an_answer(type_: RequestType) -> None:
    """Every other type goes on at once."""
    ticket = Journey(sample.intake(RequestType.INQUIRY)).ticket.model_copy(update={"type": type_})
    expected = sample.MONDAY + timedelta(minutes=15) if type_ is RequestType.INQUIRY else None
    assert accepting.waits_for_an_answer_until(ticket) == expected


# ---------------------------------------------------------------- classification


def test_a_shorter_tier_counts_from_dispatch_and_not_from_the_change() -> None:
    """Seven days from Monday nine become 24 hours from Monday nine, though it is noon (peers' bug 3)."""
    journey = Journey()
    journey.until("2026-11-02 12:00")
    facts = journey.classify(resolved(sample.terms(Tier.TIER_2)))
    assert story(facts) == ["classified", "clock_rescheduled feedback_by.1"]
    assert _promised(journey) == "Tue 2026-11-03 09:00"


def test_a_tier_that_is_over_already_makes_the_clock_overdue_at_once() -> None:
    """Two hours from Monday nine, set at noon: missed in the same moment, and the district hears of it."""
    journey = Journey()
    journey.sign()
    journey.until("2026-11-02 12:00")
    journey.log.clear()
    journey.classify(resolved(sample.terms(Tier.TIER_1)))
    assert "clock_missed feedback_by.1" in story(journey.log)
    assert "escalated feedback_by.1 district" in story(journey.log)


def test_a_reminder_sent_before_the_change_is_not_sent_again() -> None:
    """The reminder at half of 24 hours came on Monday evening; that of seven days is still to come."""
    journey = Journey(sample.intake(with_terms=sample.terms(Tier.TIER_2)))
    journey.until("2026-11-02 22:00")
    journey.classify(resolved(sample.terms(Tier.TIER_3)))
    later = [entry for entry in story(journey.left_alone()) if entry.startswith("clock_warned feedback_by.1")]
    assert later == ["clock_warned feedback_by.1 80%", "clock_warned feedback_by.1 last_call"]


def test_the_same_tier_again_moves_no_clock() -> None:
    """Only the category is new."""
    assert story(Journey().classify(resolved(sample.terms()))) == ["classified"]


def test_a_matter_that_turns_out_to_need_no_visit_loses_its_door_clock() -> None:
    """From heating to noise on Monday at 12:00: the door clock, overdue and escalated, lapses with it all."""
    journey = Journey(sample.intake(with_terms=sample.terms(door=True)))
    journey.sign()
    journey.until("2026-11-02 12:00")
    assert story(journey.classify(resolved(sample.terms()))) == [
        "classified",
        "clock_waived door_by.1 reclassified",
        "clock_waived door_by.1/district reclassified",
    ]
    journey.contact()
    assert "door_by.1" not in " ".join(story(journey.feedback()))


def test_a_matter_that_turns_out_to_need_a_visit_gets_a_door_clock_once() -> None:
    """The visit is promised from the change on, not for the time before anybody knew."""
    journey = Journey()
    journey.until("2026-11-02 10:30")
    facts = journey.classify(resolved(sample.terms(door=True)))
    assert [fact.clock for fact in facts if fact.kind == "clock_started"] == ["door_by.1"]
    assert shown(journey.ticket.clocks["door_by.1"].due_at) == "Mon 2026-11-02 12:30"
    again = journey.classify(resolved(sample.terms(door=True)))
    assert not [fact for fact in again if fact.kind == "clock_started"]


def test_the_edition_answers_again_for_the_unit_as_well() -> None:
    """Before dispatch a new category brings a new proposal."""
    journey = waiting()
    new = Resolution(terms=sample.terms(Tier.TIER_2), routing=sample.routing(sample.HEATING, certain=False))
    journey.classify(new)
    assert journey.ticket.routing.assignment.unit == sample.HEATING
    assert journey.ticket.terms.tier is Tier.TIER_2
    assert journey.ticket.category_given


def test_what_turns_out_to_be_praise_while_it_waits_closes_with_nothing_open() -> None:
    """Praise is not dispatched, so it must not wait for a dispatcher for ever."""
    journey = waiting()
    facts = journey.classify(resolved(sample.terms(), certain=False), RequestType.PRAISE)
    assert story(facts) == ["classified", "clock_waived dispatch_by.0 praise", "closed praise_recorded"]
    assert journey.ticket.ending is Ending.PRAISE_RECORDED
    assert journey.wakes_at() is None


def test_what_a_unit_works_on_goes_its_way_even_if_it_is_called_praise() -> None:
    """After dispatch the unit's promise stands."""
    journey = Journey()
    journey.classify(resolved(sample.terms()), RequestType.PRAISE)
    assert journey.ticket.status is Status.AWAITING_SIGN


def test_a_norm_of_the_new_category_replaces_the_tiers_limit() -> None:
    """Heating found out on Monday at ten: four hours from nine."""
    journey = Journey()
    journey.until("2026-11-02 10:00")
    terms = sample.terms(Tier.TIER_2)
    terms.norms[ClockName.FEEDBACK_BY] = Norm(limit=sample.hours(4), source="norm")
    journey.classify(resolved(terms))
    assert _promised(journey) == "Mon 2026-11-02 13:00"


@pytest.mark.parametrize(
    ("fields", "refusal", "says"),
    [
        ({}, Incomplete, "Give at least one"),
        ({"category": "noise"}, Incomplete, "After dispatch"),
        ({"category": "noise", "actor": sample.HANDLER}, WrongActor, "may not classify"),
    ],
)
def test_a_classification_after_dispatch_needs_something_new_a_reason_and_the_right_person(
    fields: dict[str, object], refusal: type[Refused], says: str
) -> None:
    """The unit cannot give its own ticket an easier tier."""
    command = m.Classify.model_validate({"actor": sample.DISPATCHER} | fields)
    with pytest.raises(refusal, match=says):
        COMMANDS["classify"].check(Journey().ticket, command)


def test_a_tier_set_by_hand_needs_a_reason_even_before_dispatch() -> None:
    """A tier that is not the rule's is somebody's decision; a category alone is the rule's."""
    ticket = waiting().ticket
    with pytest.raises(Incomplete, match="by hand needs a reason"):
        accepting.check_classify(ticket, m.Classify(actor=sample.DISPATCHER, tier=Tier.TIER_1))
    accepting.check_classify(ticket, m.Classify(actor=sample.DISPATCHER, category="noise"))
    reasoned = m.Classify(actor=sample.DISPATCHER, tier=Tier.TIER_1, reason=sample.TEXT)
    accepting.check_classify(ticket, reasoned)


@pytest.mark.parametrize("at", ["2026-11-02 12:00", "2026-11-10 12:00", "2026-11-20 12:00"])
def test_after_feedback_it_is_too_late_to_classify(at: str) -> None:
    """Feedback given, being surveyed, closed: the limit by which the unit is measured stands."""
    journey = Journey().handled()
    journey.until(at)
    with pytest.raises(WrongStage, match="too late to classify"):
        journey.classify(resolved(sample.terms()))


def _promised(journey: Journey) -> str:
    assert isinstance(journey.ticket.promised_at, datetime)
    return shown(journey.ticket.promised_at)


def test_a_year_whose_holidays_are_unknown_flags_the_promise() -> None:
    """Reclassified across the end of the known calendar: provisional, with an alarm (see the notices)."""
    journey = Journey(sample.intake(filed_at=beijing("2026-12-30 10:00")))
    assert not journey.ticket.clocks["feedback_by.1"].provisional
    journey.classify(resolved(sample.terms(basis=Basis.WORKING)))
    assert journey.ticket.clocks["feedback_by.1"].provisional
    assert [notice.to for notice in journey.notices if notice.kind == "provisional_deadline"] == [
        "operations"
    ]

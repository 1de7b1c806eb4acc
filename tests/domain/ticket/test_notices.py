"""Notices: who is notified of what, each event once."""

from collections import Counter

import pytest

from domain.terms import Norm, Resolution
from domain.ticket.draft import REQUESTER
from domain.ticket.notices import Notice
from domain.time.limits import Basis
from domain.vocabulary import ClockName, RequestType, Satisfaction, Tier
from tests import sample
from tests.domain.calendar_strategies import beijing
from tests.domain.journey import Journey

TOWN, DISTRICT_DESK, CITY_DESK = sample.TOWN.code, sample.DISTRICT_DESK.code, sample.CITY_DESK.code


def notified(journey: Journey, *kinds: str) -> list[tuple[str, str]]:
    """Return kind and recipient of the notices so far, of the given kinds only."""
    return [(notice.kind, notice.to) for notice in journey.notices if notice.kind in kinds or not kinds]


def test_dispatch_notifies_the_unit_its_district_and_the_requester() -> None:
    """A town's district gets a copy (art. 12)."""
    assert notified(Journey()) == [("dispatched", TOWN), ("copied", DISTRICT_DESK), ("dispatched", REQUESTER)]


def test_reassignment_notifies_the_new_unit_and_everybody_else_once() -> None:
    """A watcher that is the unit itself gets one notice; the old unit hears that it is rid of it."""
    journey = Journey()
    journey.notices.clear()
    town = sample.OTHER_TOWN
    journey.reassign(sample.assignment(town).model_copy(update={"watchers": (sample.DISTRICT_DESK, town)}))
    assert notified(journey) == [
        ("reassigned", town.code),
        ("reassigned", DISTRICT_DESK),
        ("reassigned", REQUESTER),
        ("taken_away", TOWN),
    ]


def test_silence_notifies_unit_district_and_city_each_rung_once() -> None:
    """Every clock: half, four fifths, last call, overdue; then the desks, and their own lateness."""
    journey = Journey()
    journey.left_alone()
    counted = Counter(
        (notice.kind, notice.to)
        for notice in journey.notices
        if notice.about.get("clock") in ("feedback_by", "answer_by") and "feedback_by" in notice.key
    )
    assert counted == {
        ("reminder", TOWN): 3,
        ("overdue", TOWN): 1,
        ("escalated", DISTRICT_DESK): 1,
        ("overdue", DISTRICT_DESK): 1,
        ("escalated", CITY_DESK): 1,
        ("overdue", CITY_DESK): 1,
    }


def test_a_whole_life_notifies_the_requester_of_dispatch_feedback_and_end() -> None:
    """He hears of nothing else."""
    journey = Journey().handled()
    journey.until("2026-11-09 10:00")
    journey.says()
    assert [kind for kind, to in notified(journey) if to == REQUESTER] == ["dispatched", "feedback", "closed"]
    assert ("closed", TOWN) in notified(journey)


def test_a_redo_notifies_the_unit_and_its_feedback_notifies_once_more() -> None:
    """Feedback of round two has a key of its own."""
    journey = Journey().handled()
    journey.until("2026-11-09 10:00")
    journey.says(resolved=False, satisfied=Satisfaction.DISSATISFIED)
    journey.handled()
    assert notified(journey, "redo", "feedback") == [
        ("feedback", REQUESTER),
        ("redo", TOWN),
        ("redo", REQUESTER),
        ("feedback", REQUESTER),
    ]
    assert len({notice.key for notice in journey.notices}) == len(journey.notices)


def test_each_callback_try_is_put_before_the_citys_desk() -> None:
    """Three tries, three notices."""
    journey = Journey().handled()
    journey.left_alone()
    assert notified(journey, "callback_due") == [("callback_due", CITY_DESK)] * 3


def test_urging_notifies_the_unit_every_time_and_before_dispatch_the_citys_desk() -> None:
    """Twice urged, twice told; a ticket on the dispatcher's list has no unit yet, but a desk."""
    journey = Journey()
    journey.urge()
    journey.urge()
    assert notified(journey, "urged") == [("urged", TOWN)] * 2
    waiting = Journey(sample.intake(certain=False))
    waiting.urge()
    assert notified(waiting) == [("urged", CITY_DESK)]


def test_praise_notifies_the_unit_it_is_for() -> None:
    """And the requester is thanked."""
    journey = Journey(sample.intake(RequestType.PRAISE))
    assert notified(journey) == [("closed", REQUESTER), ("closed", TOWN)]


def test_an_answer_at_once_notifies_the_requester_alone() -> None:
    """No unit was ever concerned."""
    journey = Journey(sample.intake(RequestType.INQUIRY))
    journey.answer()
    assert notified(journey) == [("closed", REQUESTER)]


def test_a_provisional_limit_alarms_operations_when_it_starts_and_whenever_it_is_counted_again() -> None:
    """The holidays of 2027 are unknown: an alarm, never a silent guess (in place of peers' bug 17)."""
    terms = sample.terms(basis=Basis.WORKING)
    journey = Journey(sample.intake(with_terms=terms, filed_at=beijing("2026-12-30 10:00")))
    assert notified(journey, "provisional_deadline") == [("provisional_deadline", "operations")]
    longer = sample.terms(Tier.TIER_4, basis=Basis.WORKING)
    journey.classify(Resolution(terms=longer, routing=sample.routing()))
    alarms = [notice for notice in journey.notices if notice.kind == "provisional_deadline"]
    assert [alarm.about["clock"] for alarm in alarms] == ["feedback_by", "feedback_by"]
    assert len({alarm.key for alarm in alarms}) == 2


def test_a_limit_counted_again_for_certain_alarms_nobody() -> None:
    """From seven days to 24 hours in November."""
    journey = Journey()
    journey.classify(Resolution(terms=sample.terms(Tier.TIER_2), routing=sample.routing()))
    assert notified(journey, "provisional_deadline") == []


def test_a_provisional_time_to_answer_alarms_nobody() -> None:
    """The base clock's alarm has been told; its escalations would repeat it."""
    terms = sample.terms()
    working = sample.hours(4).model_copy(update={"basis": Basis.WORKING})
    terms.ladders[ClockName.SIGN_BY] = tuple(
        rung.model_copy(update={"answer_within": working}) for rung in terms.ladders[ClockName.SIGN_BY]
    )
    terms.norms[ClockName.SIGN_BY] = Norm(limit=sample.hours(2), source="test")
    journey = Journey(sample.intake(with_terms=terms, filed_at=beijing("2026-12-31 20:00")))
    journey.wait(hours=3)
    assert journey.ticket.clocks["sign_by.1/district"].provisional
    assert notified(journey, "provisional_deadline") == []


@pytest.mark.parametrize("facts", range(1, 4))
def test_every_notice_names_its_ticket_its_recipient_and_nothing_personal(facts: int) -> None:
    """The key starts with the number and ends with the recipient; codes and instants are all it carries."""
    journey = Journey().handled()
    journey.wait(days=facts * 4)
    for notice in journey.notices:
        assert isinstance(notice, Notice)
        assert notice.key.startswith(f"{sample.NUMBER}/{notice.kind}/")
        assert notice.key.endswith(notice.to)
        assert journey.log[notice.seq - 1].at == notice.at
        assert all(value.isascii() for value in notice.about.values())

"""Handle and give feedback: sign, contact, visit, outcome, and the plain signal."""

import pytest

from domain import messages as m
from domain.errors import Incomplete, Refused, WrongActor, WrongStage
from domain.handle.handling import is_handled
from domain.vocabulary import ContactResult, Ending, Outcome, Role, Satisfaction, Status
from tests import sample
from tests.domain.journey import Journey, story

PHOTO = m.ProofRef(kind="photo", ref=sample.TEXT)
NO_ANSWER, WRONG_NUMBER = ContactResult.NO_ANSWER, ContactResult.WRONG_NUMBER


def test_a_unit_signs_once_and_its_sign_clock_is_met() -> None:
    """The second time is refused with the status in the sentence."""
    journey = Journey()
    assert story(journey.sign()) == ["signed", "clock_met sign_by.1"]
    with pytest.raises(WrongStage, match="办理中"):
        journey.sign()


def test_reaching_the_requester_meets_the_contact_clock_at_the_first_attempt() -> None:
    """Reached counts at once."""
    journey = Journey()
    journey.sign()
    assert story(journey.contact()) == ["contact_attempted 1", "clock_met contact_by.1"]


def test_three_attempts_in_vain_meet_the_contact_clock() -> None:
    """The edition's number: twice does not count, the third time does, whatever came of it."""
    journey = Journey()
    journey.sign()
    assert story(journey.contact(NO_ANSWER)) == ["contact_attempted 1"]
    assert story(journey.contact(WRONG_NUMBER)) == ["contact_attempted 2"]
    assert not journey.ticket.contacted
    assert story(journey.contact(NO_ANSWER)) == ["contact_attempted 3", "clock_met contact_by.1"]
    journey.feedback(Outcome.EXPLAINED)
    assert journey.ticket.status is Status.FEEDBACK_GIVEN


def test_contact_once_made_stays_made() -> None:
    """A later call that nobody answers takes nothing away."""
    journey = Journey()
    journey.sign()
    journey.contact()
    assert story(journey.contact(NO_ANSWER)) == ["contact_attempted 2"]
    assert journey.ticket.contacted


@pytest.mark.parametrize("act", ["contact", "visit", "feedback"])
def test_before_the_unit_signs_it_does_nothing_else(act: str) -> None:
    """No contact, visit or feedback from a unit that has not taken the ticket on."""
    with pytest.raises(WrongStage, match="待签收"):
        getattr(Journey(), act)()


@pytest.mark.parametrize("act", ["sign", "contact", "visit", "feedback"])
def test_after_feedback_the_units_part_is_over(act: str) -> None:
    """While the survey is waited for, nothing is added to the handling."""
    with pytest.raises(WrongStage, match="已反馈"):
        getattr(Journey().handled(), act)()


def test_a_visit_meets_the_door_clock() -> None:
    """Somebody stood at the door on Monday at ten."""
    journey = Journey(sample.intake(with_terms=sample.terms(door=True)))
    journey.sign()
    journey.until("2026-11-02 10:00")
    assert story(journey.visit()) == ["visited", "clock_met door_by.1"]


def test_a_visit_nobody_asked_for_is_on_record_all_the_same() -> None:
    """No clock is concerned."""
    journey = Journey()
    journey.sign()
    assert story(journey.visit()) == ["visited"]


def test_feedback_meets_the_requesters_clock_and_ends_the_units_part() -> None:
    """Given on Monday at nine: nothing of the unit is open any more."""
    journey = Journey()
    journey.sign()
    journey.contact()
    assert not is_handled(journey.ticket)
    assert story(journey.feedback(Outcome.PARTLY)) == [
        "feedback_given partly",
        "clock_met feedback_by.1",
    ]
    assert is_handled(journey.ticket)
    assert journey.ticket.open_clocks() == ()


def test_feedback_after_the_limit_counts_and_is_late() -> None:
    """Overdue on the second Monday, escalated to the district, answered at ten: late, and the ladder ends."""
    journey = Journey()
    journey.sign()
    journey.contact()
    journey.until("2026-11-09 10:00")
    assert story(journey.feedback()) == [
        "feedback_given resolved",
        "clock_met feedback_by.1 late",
        "clock_waived feedback_by.1/district fulfilled",
    ]
    assert journey.ticket.clocks["feedback_by.1"].standing == "late"


def command(**changes: object) -> m.Feedback:
    """Return feedback that lacks nothing, with `changes`."""
    whole = m.Feedback(actor=sample.HANDLER, outcome=Outcome.RESOLVED, reply=sample.TEXT, proof=(PHOTO,))
    return whole.model_copy(update=changes)


@pytest.mark.parametrize(
    ("steps", "changes", "says"),
    [
        (("contact", "visit"), {"reply": None}, "needs a reply"),
        (("visit",), {}, "Contact the requester first: reached once, or 3 attempts"),
        (("contact",), {}, "needs a visit before feedback"),
        (("contact", "visit"), {"proof": ()}, "needs proof with its feedback: photo"),
        (("contact", "visit"), {"proof": (m.ProofRef(kind="note", ref=sample.TEXT),)}, "needs proof"),
    ],
)
def test_feedback_that_lacks_what_the_matter_asks_for_is_refused(
    steps: tuple[str, ...], changes: dict[str, object], says: str
) -> None:
    """Reply, contact, visit, proof: one sentence names what is missing (peers' bug 24)."""
    journey = Journey(sample.intake(with_terms=sample.terms(door=True, proof="photo")))
    for step in ("sign", *steps):
        getattr(journey, step)()
    with pytest.raises(Incomplete, match=says) as refused:
        journey.take("feedback", command(**changes))
    assert refused.value.zh


def test_feedback_with_everything_the_matter_asks_for_counts() -> None:
    """Contact, visit, reply and a photo."""
    journey = Journey(sample.intake(with_terms=sample.terms(door=True, proof="photo")))
    for step in ("sign", "contact", "visit"):
        getattr(journey, step)()
    journey.feedback(Outcome.RESOLVED, PHOTO)
    assert journey.ticket.outcome is Outcome.RESOLVED


# ---------------------------------------------------------------- the plain signal


def test_the_plain_signal_gives_feedback_by_the_same_rule() -> None:
    """It says of itself that it came as a signal."""
    journey = Journey()
    journey.sign()
    journey.contact()
    facts = journey.complete()
    assert story(facts) == ["feedback_given partly", "clock_met feedback_by.1"]
    assert getattr(facts[0], "by_signal", None) is True


@pytest.mark.parametrize(
    ("steps", "actor", "about"),
    [
        ((), None, "complete:WrongStage"),
        (("sign",), None, "complete:Incomplete"),
        (("sign", "contact"), m.Actor(unit="ENT-GAS", role=Role.HANDLER), "complete:WrongActor"),
        (("sign", "contact"), m.Actor(unit=sample.TOWN.code, role=Role.AGENT), "complete:WrongActor"),
        (("handled",), None, "complete:WrongStage"),
    ],
)
def test_a_signal_that_cannot_count_becomes_a_remark(
    steps: tuple[str, ...], actor: m.Actor | None, about: str
) -> None:
    """Too early, incomplete, from a stranger, or twice: never lost, no illegal move (peers' bug 13)."""
    journey = Journey()
    for step in steps:
        getattr(journey, step)()
    before = journey.ticket
    facts = journey.complete(actor)
    assert story(facts) == [f"noted {about}"]
    assert getattr(facts[0], "text", None) == sample.TEXT
    changed = {"version": before.version + 1}
    assert journey.ticket == before.model_copy(update=changed)


def test_a_signal_to_a_closed_ticket_becomes_a_remark_and_opens_nothing() -> None:
    """The unit's system was slow; the end stands (peers' bugs 9 and 13)."""
    journey = Journey().handled()
    journey.until("2026-11-09 10:00")
    journey.says()
    assert story(journey.complete()) == ["noted complete:WrongStage"]
    assert journey.ticket.ending is Ending.RESOLVED
    assert journey.wakes_at() is None


def test_completion_and_the_end_of_the_limit_in_one_instant_have_one_outcome() -> None:
    """At the due instant: in time, whichever comes first; no escalation follows (peers' bug 18)."""
    for unit_first in (True, False):
        journey = Journey()
        journey.sign()
        journey.contact()
        due = journey.ticket.clocks["feedback_by.1"].due_at
        if unit_first:
            journey.now = due
        else:
            journey.until(due)
        journey.complete()
        assert journey.ticket.clocks["feedback_by.1"].standing == "met"
        assert "escalated" not in {fact.kind for fact in journey.log}


def test_a_discontent_requester_restarts_the_units_duties() -> None:
    """In the redo round contact and visit are owed again."""
    journey = Journey(sample.intake(with_terms=sample.terms(door=True)))
    for step in ("sign", "contact", "visit", "feedback"):
        getattr(journey, step)()
    journey.until("2026-11-09 10:00")
    journey.says(resolved=False, satisfied=Satisfaction.DISSATISFIED)
    journey.sign()
    with pytest.raises(Incomplete, match="Contact the requester"):
        journey.feedback()
    journey.contact()
    with pytest.raises(Refused, match="visit"):
        journey.feedback()


def test_another_unit_cannot_act_on_the_ticket() -> None:
    """The sentence says with whom it lies."""
    stranger = m.Actor(unit=sample.OTHER_TOWN.code, role=Role.HANDLER)
    journey = Journey()
    journey.sign()
    journey.contact()
    with pytest.raises(WrongActor, match=sample.TOWN.zh):
        journey.take("feedback", command(actor=stranger))


def test_what_cannot_be_solved_now_is_explained_on_proof() -> None:
    """Without a proof of that kind the feedback is refused. Source: Ordinance art. 15 (2)."""
    journey = Journey()
    journey.sign()
    journey.contact()
    with pytest.raises(Incomplete, match="explanation"):
        journey.feedback(Outcome.CANNOT_NOW, m.ProofRef(kind="photo", ref=sample.TEXT))
    journey.feedback(Outcome.CANNOT_NOW, m.ProofRef(kind="explanation", ref=sample.TEXT))
    assert journey.ticket.outcome is Outcome.CANNOT_NOW

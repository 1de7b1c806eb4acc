"""Merge: one cause, one fix, and every caller keeps an answer and a survey of their own (B5; peers 26)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import messages as m
from domain.errors import Incomplete, UnknownCode, WrongActor, WrongStage
from domain.facts import main_line as f
from domain.facts.incident import ResultTaken
from domain.incident.incident import (
    CloseIncident,
    all_notified,
    begin_incident,
    check_close,
    close_incident,
    give_result,
)
from domain.incident.membership import LeaveIncident, take_result
from domain.show.views import status_view
from domain.terms import Named
from domain.vocabulary import Ending, RequestType, Role, Status
from tests import sample
from tests.domain import outage
from tests.domain.journey import Journey
from tests.domain.outage import INCIDENT, brief, join, opening, result, result_signal

LEAVE = LeaveIncident(actor=sample.DISPATCHER, reason=sample.TEXT)
WATER = m.Actor(unit=sample.WATER.code, role=Role.HANDLER)


def merged(journey: Journey | None = None) -> Journey:
    """Return a ticket that has joined the outage."""
    journey = journey or Journey()
    journey.take("join_incident", join(), brief())
    return journey


def notified(journey: Journey, number: int = 1) -> Journey:
    """Let the ticket hear of a result."""
    journey.act(take_result(journey.ticket, result_signal(number), journey.now))
    return journey


def notices(journey: Journey, kind: str) -> list[str]:
    """Return who was sent a notice of `kind`."""
    return [notice.to for notice in journey.notices if notice.kind == kind]


def test_a_repeat_joins_the_incident_and_is_not_dispatched_once_more() -> None:
    """B5: a ticket that waits for a dispatcher goes straight to the unit that deals with the cause."""
    journey = merged(Journey(sample.intake(certain=False)))
    ticket = journey.ticket
    assert ticket.assignment == sample.assignment(sample.TOWN)
    assert ticket.status is Status.HANDLING
    assert [clock.name for clock in ticket.open_clocks()] == ["feedback_by"]
    assert ticket.clocks["dispatch_by.0"].standing == "met"
    assert notices(journey, "joined_incident") == ["requester"]


def test_what_a_unit_owes_singly_lapses_and_the_requesters_limit_stays() -> None:
    """Sign and contact are the incident's matter now; the promise to the caller is not moved."""
    journey = Journey()
    limit = journey.ticket.feedback_clock
    merged(journey)
    assert journey.ticket.feedback_clock == limit
    assert [clock.name for clock in journey.ticket.open_clocks()] == ["feedback_by"]
    assert {fact.because for fact in journey.log if isinstance(fact, f.ClockWaived)} == {"joined"}
    view = status_view(journey.ticket)
    assert view.holder == sample.TOWN
    assert INCIDENT in view.sentence_zh
    assert INCIDENT in view.sentence_en


def test_one_fix_is_the_feedback_of_every_member_and_the_caller_is_asked_as_ever() -> None:
    """One result notice, one feedback fact, and a survey of the caller's own (peers 26)."""
    journey = notified(merged())
    assert journey.ticket.status is Status.FEEDBACK_GIVEN
    given_ = [fact for fact in journey.log if isinstance(fact, f.FeedbackGiven)]
    assert [(fact.by_incident, fact.reply) for fact in given_] == [(INCIDENT, outage.REPLY)]
    assert notices(journey, "feedback") == ["requester"]
    journey.left_alone()
    assert [fact.attempt for fact in journey.log if isinstance(fact, f.SurveyOpened)] == [1, 2, 3]
    assert journey.ticket.ending is Ending.UNREACHABLE


def test_a_result_that_comes_twice_is_heard_once() -> None:
    """The sender may die between sending and noting."""
    journey = notified(merged())
    version = journey.ticket.version
    notified(journey)
    assert journey.ticket.version == version


def test_who_joins_after_the_result_hears_of_it_at_once() -> None:
    """Whether the ticket had waited for dispatch or lay with the unit."""
    for certain in (True, False):
        journey = Journey(sample.intake(certain=certain))
        journey.take("join_incident", join(), brief(result=result()))
        assert journey.ticket.status is Status.FEEDBACK_GIVEN
        assert [clock.name for clock in journey.ticket.open_clocks()] == []
        assert notices(journey, "feedback") == ["requester"]
        assert journey.ticket.incident is not None
        assert journey.ticket.incident.told == 1


def test_a_caller_who_is_not_content_gets_a_redo_of_his_own() -> None:
    """Others' answers do not count for him; a later result of the incident is a remark on his ticket."""
    journey = notified(merged())
    journey.until("2026-11-10 10:00")
    journey.says(resolved=False)
    assert journey.ticket.status is Status.AWAITING_SIGN
    notified(journey, 2)
    last = journey.log[-1]
    assert isinstance(last, ResultTaken)
    assert not last.counted
    assert journey.ticket.status is Status.AWAITING_SIGN


def test_taken_apart_again_the_unit_signs_and_contacts_under_the_old_limit() -> None:
    """Un-merge: a turn of its own, the promise where it was; a result then is a remark."""
    journey = merged()
    limit = journey.ticket.feedback_clock
    journey.take("leave_incident", LEAVE)
    ticket = journey.ticket
    assert (ticket.status, ticket.incident, ticket.feedback_clock) == (Status.AWAITING_SIGN, None, limit)
    assert [clock.key for clock in ticket.open_clocks()] == ["feedback_by.1", "sign_by.2", "contact_by.2"]
    notified(journey)
    assert journey.log[-1].kind == "noted"
    assert getattr(journey.log[-1], "about", "") == "incident_result:left"
    journey.handled()
    assert notices(journey, "feedback") == ["requester"]


def test_a_ticket_may_join_again_after_it_left() -> None:
    """The second decision corrects the first."""
    journey = merged()
    journey.take("leave_incident", LEAVE)
    notified(merged(journey))
    assert journey.ticket.status is Status.FEEDBACK_GIVEN


def test_given_to_another_unit_the_ticket_is_out_of_the_incident() -> None:
    """An incident has one lead unit."""
    journey = merged()
    journey.reassign(sample.assignment(sample.OTHER_TOWN))
    assert journey.ticket.incident is None
    with pytest.raises(WrongStage):
        journey.take("leave_incident", LEAVE)


def test_feedback_of_its_own_stands_and_the_result_becomes_a_remark() -> None:
    """The caller hears one answer, not two."""
    journey = merged()
    journey.contact()
    journey.feedback()
    notified(journey)
    assert notices(journey, "feedback") == ["requester"]
    assert journey.ticket.incident is not None
    assert journey.ticket.incident.told == 1


def test_a_result_after_the_end_is_a_remark() -> None:
    """Late messages are never errors and never lost."""
    journey = merged()
    journey.left_alone()
    assert journey.ticket.status is Status.CLOSED
    notified(journey)
    assert journey.ticket.status is Status.CLOSED
    assert journey.log[-1].kind == "result_taken"


def test_what_other_units_owed_the_ticket_lapses_with_the_result() -> None:
    """Nothing holds the answer to the caller up, and nothing stays open."""
    from domain.handle.assisting import Assist  # noqa: PLC0415 - used here alone

    journey = merged()
    journey.take("assist", Assist(actor=sample.HANDLER, unit=sample.WATER.code, text=sample.TEXT))
    notified(journey)
    assert journey.ticket.status is Status.FEEDBACK_GIVEN
    assert not [task for task in journey.ticket.tasks.values() if task.is_open]


@pytest.mark.parametrize("lead", [sample.OTHER_TOWN, sample.HEATING])
def test_a_ticket_of_another_unit_is_reassigned_first(lead: Named) -> None:
    """A merge is no way around the rules of reassignment."""
    with pytest.raises(WrongStage, match=r"须先改派再并单.*reassign it first"):
        Journey().take("join_incident", join(), brief(lead))


def test_a_person_decides_and_not_any_person() -> None:
    """The city's desk or a desk above the unit; never the unit, whose clocks would lapse by it."""
    for actor in (sample.REQUESTER, sample.SURVEYOR, WATER, sample.HANDLER, m.SYSTEM):
        with pytest.raises(WrongActor):
            Journey().take("join_incident", join(actor), brief())
    journey = Journey()
    journey.take("join_incident", join(sample.DISTRICT_SUPERVISOR), brief())
    assert journey.log[-1].kind == "clock_waived"


@pytest.mark.parametrize(
    ("incident", "refused"),
    [(None, UnknownCode), (brief(closed=True), WrongStage)],
)
def test_nobody_joins_what_is_not_there(incident: object, refused: type[Exception]) -> None:
    """Unknown, or closed."""
    with pytest.raises(refused):
        Journey().take("join_incident", join(), incident)  # pyright: ignore[reportArgumentType]


def test_praise_a_member_and_an_answered_ticket_do_not_join() -> None:
    """One incident at a time, and only while the caller has no answer."""
    with pytest.raises(WrongStage):
        merged(merged())
    with pytest.raises(WrongStage):
        merged(Journey(sample.intake(RequestType.PRAISE)))
    with pytest.raises(WrongStage):
        merged(Journey().handled())
    waiting = Journey(sample.intake(certain=False))
    waiting.ticket = waiting.ticket.model_copy(update={"type": RequestType.PRAISE})
    with pytest.raises(WrongStage, match="表扬件不并单"):
        merged(waiting)


def test_after_the_result_nobody_is_taken_apart() -> None:
    """The feedback stands; discontent goes its way by the survey."""
    journey = notified(merged())
    with pytest.raises(WrongStage):
        journey.take("leave_incident", LEAVE)
    journey.until("2026-11-10 10:00")
    journey.says(resolved=False)
    with pytest.raises(WrongStage, match="不能再拆单"):
        journey.take("leave_incident", LEAVE)


def test_a_promised_visit_is_owed_again_when_the_ticket_leaves() -> None:
    """With sign and contact, unless somebody has been there."""
    journey = merged(Journey(sample.intake(with_terms=sample.terms(door=True))))
    journey.take("leave_incident", LEAVE)
    assert {clock.name for clock in journey.ticket.open_clocks()} == {
        "feedback_by",
        "sign_by",
        "contact_by",
        "door_by",
    }


ACTS = ("join", "leave", "result", "sign", "contact", "feedback", "wait")


@given(st.lists(st.sampled_from(ACTS), max_size=12))
def test_whatever_order_people_choose_the_caller_has_one_answer_and_the_limit_never_moves(
    acts: list[str],
) -> None:
    """Joins, un-merges and results in any order: one result notice a round, no clock forgotten."""
    journey = Journey()
    limit = journey.ticket.promised_at
    moves = {
        "join": lambda: journey.take("join_incident", join(), brief()),
        "leave": lambda: journey.take("leave_incident", LEAVE),
        "result": lambda: notified(journey),
        "sign": journey.sign,
        "contact": journey.contact,
        "feedback": journey.feedback,
        "wait": lambda: journey.wait(hours=5),
    }
    for act in acts:
        try:
            moves[act]()
        except (WrongStage, Incomplete, WrongActor):
            continue
        assert journey.ticket.promised_at == limit
    assert len(notices(journey, "feedback")) <= 1
    journey.left_alone()
    assert journey.ticket.status is Status.CLOSED
    assert not journey.ticket.open_clocks()


# ---------------------------------------------------------------- the incident itself


def test_the_lead_unit_gives_the_result_and_nobody_else() -> None:
    """Not even the desk: who fixes the cause answers for it."""
    incident = begin_incident(opening())
    for actor in (sample.DISPATCHER, WATER, sample.REQUESTER):
        with pytest.raises(WrongActor):
            give_result(incident, outage.give_result(actor), sample.MONDAY)
    after = give_result(incident, outage.give_result(), sample.MONDAY)
    assert [one.number for one in after.results] == [1]
    assert after.is_spreading
    assert (after.version, after.receipt().results) == (2, 1)


def test_a_result_carries_the_proof_that_the_matter_wants() -> None:
    """As a single ticket's feedback would have to."""
    wanted = opening().model_copy(update={"proof": "photo"})
    with pytest.raises(Incomplete, match="photo"):
        give_result(begin_incident(wanted), outage.give_result(), sample.MONDAY)
    shown = outage.give_result().model_copy(update={"proof": (m.ProofRef(kind="photo", ref=sample.TEXT),)})
    assert give_result(begin_incident(wanted), shown, sample.MONDAY).results


@pytest.mark.parametrize("actor", [sample.REQUESTER, WATER, sample.SURVEYOR, sample.DISTRICT_SUPERVISOR])
def test_only_desk_and_lead_unit_open_and_close(actor: m.Actor) -> None:
    """An incident binds a unit: it takes one that may."""
    with pytest.raises(WrongActor):
        begin_incident(opening(actor=actor))
    with pytest.raises(WrongActor):
        check_close(begin_incident(opening()), CloseIncident(actor=actor))


def test_an_incident_closes_when_everybody_has_heard() -> None:
    """Not while members wait, not while a result is on its way; afterwards nothing more happens to it."""
    close = CloseIncident(actor=sample.DISPATCHER, reason=sample.TEXT)
    incident = begin_incident(opening(actor=sample.HANDLER))
    with pytest.raises(WrongStage, match="尚有3件"):
        close_incident(incident, close, 3, sample.MONDAY)
    resolved = give_result(incident, outage.give_result(), sample.MONDAY)
    with pytest.raises(WrongStage, match="正在送达"):
        close_incident(resolved, close, 0, sample.MONDAY)
    closed = close_incident(all_notified(resolved, 1), close, 0, sample.MONDAY)
    assert not closed.is_open
    for again in (
        lambda: give_result(closed, outage.give_result(), sample.MONDAY),
        lambda: close_incident(closed, close, 0, sample.MONDAY),
    ):
        with pytest.raises(WrongStage, match="已结束"):
            again()

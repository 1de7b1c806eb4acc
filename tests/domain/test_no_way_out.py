"""What would let a unit or a desk off its duty, were it allowed: it is not, and nothing is forgotten."""

from datetime import timedelta

import pytest

from domain import messages as m
from domain.errors import Incomplete, WrongActor, WrongStage
from domain.facts import main_line as f
from domain.handle.assisting import Assist
from domain.handle.extending import DecideExtension, Extend
from domain.handle.hanging import ApproveHanging, ClearHanging
from domain.handle.subassigning import WithdrawTask
from domain.incident.incident import GiveResult, begin_incident, check_result
from domain.incident.membership import take_result
from domain.supervise.escalating import Escalate
from domain.vocabulary import (
    Ending,
    EscalateTo,
    Outcome,
    Satisfaction,
    Status,
)
from tests import sample
from tests.domain.journey import Journey
from tests.domain.outage import brief, join, opening, result, result_signal
from tests.domain.states import (
    PROPOSE,
    REOPEN,
    member,
    surveyed,
)


def test_a_redo_is_not_answered_with_the_result_the_requester_has_rejected() -> None:
    """The unit that gave it cannot join the ticket again and have it count once more."""
    journey = member()
    journey.act(take_result(journey.ticket, result_signal(), journey.now))
    surveyed(journey).says(resolved=False, satisfied=Satisfaction.DISSATISFIED)
    with pytest.raises(WrongStage, match="单独办理"):
        journey.take("join_incident", join(), brief(result=result()))
    newer = result(2).model_copy(update={"at": journey.now + timedelta(hours=1)})
    journey.take("join_incident", join(), brief(result=newer))
    assert journey.ticket.status is Status.FEEDBACK_GIVEN


def test_a_desk_that_handles_a_matter_itself_decides_nothing_for_itself() -> None:
    """Nobody stands above the city's desk: it asks for no more time and hangs nothing."""
    journey = Journey(sample.intake(unit=sample.CITY_DESK))
    journey.sign()
    proof = m.ProofRef(kind="call", ref=sample.TEXT)
    extend = Extend(actor=journey.handler, basis=sample.TEXT, reason=sample.TEXT, proof=(proof,), days=3)
    for name, command in (("extend", extend), ("propose_hanging", PROPOSE)):
        with pytest.raises(WrongStage, match="没有审批单位"):
            journey.take(name, command.model_copy(update={"actor": journey.handler}))


def test_a_unit_does_not_end_what_its_supervisor_has_escalated() -> None:
    """Who asked may withdraw it; when the lead ends a part for another, the one that asked is notified."""
    journey = Journey()
    supervisor = sample.DISTRICT_SUPERVISOR
    lift = Escalate(actor=supervisor, to=EscalateTo.CITY, opinion=sample.TEXT, measures=sample.TEXT)
    journey.take("escalate", lift)
    end = WithdrawTask(actor=sample.HANDLER, task="escalation.1", reason=sample.TEXT)
    with pytest.raises(WrongActor):
        journey.take("withdraw_task", end)
    journey.take("withdraw_task", end.model_copy(update={"actor": supervisor}))
    journey.sign()
    journey.take("assist", Assist(actor=sample.HANDLER, unit=sample.HEATING.code, text=sample.TEXT))
    journey.reassign(sample.assignment(sample.WATER))
    water = m.Actor(unit=sample.WATER.code, role=sample.HANDLER.role, person="W1")
    journey.take("withdraw_task", WithdrawTask(actor=water, task="assist.1", reason=sample.TEXT))
    notified = [notice.to for notice in journey.notices if notice.kind == "assist_waived"]
    assert sorted(notified) == sorted([sample.HEATING.code, sample.TOWN.code])


def test_silence_spares_a_unit_no_redo_where_the_edition_says_so() -> None:
    """A unit that never answers is worse off than one that answers badly, not better."""
    for after_silence, status in ((True, Status.AWAITING_SIGN), (False, Status.CLOSED)):
        terms = sample.terms().model_copy(update={"redo_after_silence": after_silence})
        journey = surveyed(Journey(sample.intake(with_terms=terms)))
        journey.says(resolved=False, satisfied=Satisfaction.DISSATISFIED)
        assert journey.ticket.status is status


def test_the_order_after_the_last_round_goes_to_a_unit_of_the_city_s_itself() -> None:
    """The city's desk does not order itself and review its own answer."""
    terms = sample.terms(redo_rounds=0).model_copy(update={"order_after_redo": sample.hours(48)})
    journey = surveyed(Journey(sample.intake(unit=sample.WATER, with_terms=terms)).handled())
    journey.says(resolved=False, satisfied=Satisfaction.DISSATISFIED)
    assert journey.ticket.tasks["order.1"].holder == sample.WATER


def test_a_reopening_takes_back_that_the_matter_was_resolved() -> None:
    """Resolved, opened again, resolved: at the second attempt; what nobody answered, nobody resolved."""
    journey = surveyed(Journey().handled())
    journey.says()
    assert journey.ticket.resolved_at_attempt == 1
    journey.wait(hours=1)
    journey.take("reopen", REOPEN)
    surveyed(journey.handled()).says()
    assert journey.ticket.resolved_at_attempt == 2

    silent = surveyed(Journey())
    silent.says()
    assert (silent.ticket.ending, silent.ticket.resolved_at_attempt) == (Ending.UNANSWERED, None)


def test_a_matter_does_not_hang_again_and_again() -> None:
    """Off the ledger the whole limit runs: the edition says how often."""
    journey = Journey()
    journey.sign()
    clear = ClearHanging(actor=sample.HANDLER, reason=sample.TEXT, proof=PROPOSE.proof)
    for _ in range(sample.NUMBERS["hangings"]):
        journey.take("propose_hanging", PROPOSE)
        journey.take("approve_hanging", ApproveHanging(actor=sample.DISTRICT_SUPERVISOR))
        journey.take("clear_hanging", clear)
    with pytest.raises(WrongStage, match="最多2次"):
        journey.take("propose_hanging", PROPOSE)


def test_more_time_brings_new_reminders() -> None:
    """The old end's reminders have gone out; the new end's come under names of their own, each once."""
    journey = Journey()
    journey.sign()
    journey.until("2026-11-08 09:00")
    proof = m.ProofRef(kind="call", ref=sample.TEXT)
    extend = Extend(actor=sample.HANDLER, basis=sample.TEXT, reason=sample.TEXT, proof=(proof,), days=7)
    journey.take("extend", extend)
    decide = DecideExtension(
        actor=sample.DISTRICT_SUPERVISOR, task="extension.1", granted=True, reason=sample.TEXT
    )
    journey.take("decide_extension", decide)
    limit = journey.ticket.feedback_clock
    assert limit is not None
    happened = journey.until(limit.due_at)
    rung = [fact.rung for fact in happened if isinstance(fact, f.ClockWarned) and fact.clock == limit.key]
    assert rung == ["extension.1/50%", "extension.1/80%", "last_call"]


def test_no_incident_explains_away_what_cannot_be_solved() -> None:
    """Its result needs the proof that a single ticket's feedback needs."""
    command = GiveResult(actor=sample.HANDLER, outcome=Outcome.CANNOT_NOW, reply=sample.TEXT)
    with pytest.raises(Incomplete, match="explanation"):
        check_result(begin_incident(opening()), command)


def test_a_join_drops_no_mandatory_part() -> None:
    """Who owes an answer owes it: it is given, or waived with a reason, before the ticket joins."""
    journey = Journey()
    journey.sign()
    journey.take("assist", Assist(actor=sample.HANDLER, unit=sample.WATER.code, text=sample.TEXT))
    with pytest.raises(Incomplete, match=r"assist\.1"):
        journey.take("join_incident", join(), brief())

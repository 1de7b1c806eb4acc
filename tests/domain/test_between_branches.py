"""What lies between the branches: one that begins where another has left its traces."""

from collections.abc import Callable
from datetime import date

import pytest

from domain import messages as m
from domain.accept.disposing import Dispose
from domain.accept.emergency import Alert
from domain.commands import COMMANDS
from domain.dispatch.consulting import Consult
from domain.errors import WrongStage
from domain.facts import main_line as f
from domain.handle.assisting import Assist
from domain.handle.extending import Extend
from domain.incident.membership import take_result
from domain.show.standing import holder_of
from domain.show.views import status_view
from domain.supervise.supervising import recalculate
from domain.supervise.supervision_orders import Supervise
from domain.terms import Resolution
from domain.ticket.transitions import TRANSITIONS
from domain.time.limits import Basis
from domain.vocabulary import (
    ClockName,
    DispatchMode,
    Disposal,
    Ending,
    RiskLevel,
    Satisfaction,
    Status,
    TaskKind,
    TaskStanding,
    Tier,
)
from tests import sample
from tests.domain.calendar_strategies import beijing
from tests.domain.journey import Journey
from tests.domain.outage import brief, join, result_signal
from tests.domain.states import (
    ACKNOWLEDGE,
    HAND_OVER,
    OBJECT,
    PROPOSE,
    REOPEN,
    WITHDRAW,
    hung,
    member,
    objected,
    review_the_order,
    surveyed,
)


def test_what_is_reopened_belongs_to_no_incident_any_more() -> None:
    """It can join one again, and the result of the old one is none of its own."""
    journey = member()
    journey.take("withdraw", WITHDRAW)
    journey.take("reopen", REOPEN)
    assert journey.ticket.incident is None
    journey.take("join_incident", join(), brief())
    assert journey.ticket.incident is not None


def test_a_result_of_an_incident_ends_no_supervision() -> None:
    """An order and an alert are answered by those who owe the answer."""
    journey = Journey()
    journey.take("supervise", Supervise(actor=sample.DISTRICT_SUPERVISOR, text=sample.TEXT))
    journey.take("alert", Alert(actor=sample.HANDLER, level=RiskLevel.RED, text=sample.TEXT))
    journey.take("join_incident", join(), brief())
    journey.act(take_result(journey.ticket, result_signal(), journey.now))
    assert journey.ticket.status is Status.FEEDBACK_GIVEN
    assert {key for key, task in journey.ticket.tasks.items() if task.is_open} == {"order.1", "risk.1"}


def test_what_is_reopened_may_be_conferred_on_again() -> None:
    """The consultation before the end is over with it."""
    journey = Journey(sample.intake(certain=False))
    consult = Consult(actor=sample.DISPATCHER, units=(sample.WATER.code,), text=sample.TEXT)
    journey.take("consult", consult)
    journey.take("withdraw", WITHDRAW)
    journey.take("reopen", REOPEN)
    journey.take("consult", consult)
    assert journey.ticket.consultation is not None


def test_an_incident_can_be_left_wherever_it_is_allowed() -> None:
    """A command that counts where no arrow leads would stop the ticket for ever."""
    for status in COMMANDS["leave_incident"].when:
        assert (status, "left_incident") in TRANSITIONS


@pytest.mark.parametrize("state", [objected, hung])
def test_a_request_is_taken_back_while_it_is_under_review_or_hangs(state: Callable[[], Journey]) -> None:
    """Whatever the units are at, the request is the requester's; nothing of the quarrel is left behind."""
    journey = state()
    journey.take("withdraw", WITHDRAW)
    assert journey.ticket.ending is Ending.WITHDRAWN
    assert journey.ticket.objections.under_review is None
    assert journey.ticket.hanging is None
    assert not journey.ticket.open_clocks()


def test_an_objection_that_nobody_reviewed_may_be_raised_again_after_a_reopening() -> None:
    """It was overtaken, not decided."""
    journey = objected()
    journey.take("withdraw", WITHDRAW)
    journey.take("reopen", REOPEN)
    journey.take("object", OBJECT)
    assert journey.ticket.status is Status.OBJECTED
    reviews = [clock for clock in journey.ticket.clocks.values() if clock.name is ClockName.REVIEW_BY]
    assert [clock.standing for clock in reviews] == ["waived", "running"]


@pytest.mark.parametrize("state", [objected, hung])
def test_an_emergency_goes_to_its_service_while_it_is_under_review_or_hangs(
    state: Callable[[], Journey],
) -> None:
    """A life in danger waits for no verdict; the acknowledgement ends the ticket."""
    journey = state()
    journey.take("hand_over", HAND_OVER)
    journey.take("acknowledge", ACKNOWLEDGE)
    assert journey.ticket.ending is Ending.TRANSFERRED_EMERGENCY


def test_nobody_talks_a_requester_into_ending_what_is_supervised() -> None:
    """Under an open order the wish waits, and all parties know; the review of the order ends it."""
    journey = Journey()
    journey.take("supervise", Supervise(actor=sample.DISTRICT_SUPERVISOR, text=sample.TEXT))
    journey.take("withdraw", WITHDRAW)
    assert journey.ticket.is_open
    notified = [notice.to for notice in journey.notices if notice.kind == "withdrawal_asked"]
    assert sorted(notified) == sorted([sample.TOWN.code, sample.CITY_DESK.code])
    journey.take("withdraw", WITHDRAW)
    assert [fact.about for fact in journey.log if isinstance(fact, f.Noted)] == ["withdraw:WrongStage"]
    review_the_order(journey)
    assert journey.ticket.ending is Ending.WITHDRAWN


def test_the_centre_ends_nothing_by_hand_that_an_emergency_service_has_not_acknowledged() -> None:
    """Nor what is under an order: `dispose` says what has to be answered first."""
    journey = Journey(sample.intake(certain=False))
    journey.take("hand_over", HAND_OVER.model_copy(update={"also_handle": True}))
    dispose = Dispose(actor=sample.DISPATCHER, reason=Disposal.DISSUADED, reply=sample.TEXT)
    with pytest.raises(WrongStage, match=r"ack\.1"):
        journey.take("dispose", dispose)
    journey.take("acknowledge", ACKNOWLEDGE)
    journey.take("dispose", dispose)
    assert journey.ticket.ending is Ending.DISSUADED


def test_an_acknowledged_emergency_goes_on_under_an_order_that_is_not_answered() -> None:
    """The order is not forgotten over the hand-off; once it is answered and reviewed, that was all."""
    journey = Journey()
    journey.take("hand_over", HAND_OVER)
    journey.take("supervise", Supervise(actor=sample.DISTRICT_SUPERVISOR, text=sample.TEXT))
    journey.take("acknowledge", ACKNOWLEDGE)
    assert journey.ticket.status is Status.AWAITING_SIGN
    assert journey.ticket.tasks["order.1"].is_open
    review_the_order(journey)
    assert journey.ticket.ending is Ending.TRANSFERRED_EMERGENCY


def test_an_alert_that_nobody_answers_does_not_hold_a_withdrawal_for_ever() -> None:
    """When its ladder has ended the wish counts."""
    journey = Journey()
    journey.take("alert", Alert(actor=sample.HANDLER, level=RiskLevel.BLUE, text=sample.TEXT))
    journey.take("withdraw", WITHDRAW)
    assert journey.ticket.is_open
    journey.wait(days=6)
    assert journey.ticket.ending is Ending.WITHDRAWN


def test_what_is_handled_with_an_incident_is_not_hung_by_itself() -> None:
    """Else it would miss the incident's result; a proposal made before it joined lapses."""
    journey = Journey()
    journey.sign()
    journey.take("propose_hanging", PROPOSE)
    journey.take("join_incident", join(), brief())
    assert journey.ticket.tasks["hanging.1"].standing is TaskStanding.WAIVED
    with pytest.raises(WrongStage, match="拆单"):
        journey.take("propose_hanging", PROPOSE)


def test_a_join_of_what_waits_for_dispatch_is_a_dispatch_like_any_other() -> None:
    """The consultation ends, the directory's second unit gets its part, the edition is named."""
    intake = sample.intake(certain=False)
    routing = intake.routing.model_copy(update={"mode": DispatchMode.DUAL, "parallel": sample.WATER})
    journey = Journey(intake.model_copy(update={"routing": routing}))
    consult = Consult(actor=sample.DISPATCHER, units=(sample.WATER.code,), text=sample.TEXT)
    journey.take("consult", consult)
    journey.take("join_incident", join(), brief())
    (dispatched,) = [fact for fact in journey.log if isinstance(fact, f.Dispatched)]
    assert (dispatched.edition, dispatched.mode) == ("test@000000000000", DispatchMode.DUAL)
    running = {clock.name for clock in journey.ticket.open_clocks()}
    assert running == {ClockName.FEEDBACK_BY, ClockName.PARALLEL_BY}


def test_a_department_s_duty_is_not_passed_to_a_town_by_a_join() -> None:
    """The guard of the grassroots holds for every way to a unit."""
    terms = sample.terms()
    intake = sample.intake(unit=sample.WATER, with_terms=terms).model_copy(update={"category_given": False})
    with pytest.raises(WrongStage, match="不得分派"):
        Journey(intake).take("join_incident", join(), brief())


def test_a_reopening_is_no_redo() -> None:
    """The rounds of redo are still there for a requester who is not content; silence is silence."""
    journey = Journey()
    journey.take("withdraw", WITHDRAW)
    journey.take("reopen", REOPEN)
    journey.handled()
    surveyed(journey).says(resolved=False, satisfied=Satisfaction.DISSATISFIED)
    assert (journey.ticket.status, journey.ticket.redos) == (Status.AWAITING_SIGN, 1)

    silent = Journey()
    silent.take("withdraw", WITHDRAW)
    silent.take("reopen", REOPEN)
    silent.left_alone()
    assert silent.ticket.ending is Ending.UNANSWERED


def test_a_reopened_dual_dispatch_gives_both_units_their_part_again() -> None:
    """What is not over is over for neither."""
    intake = sample.intake()
    routing = intake.routing.model_copy(update={"mode": DispatchMode.DUAL, "parallel": sample.WATER})
    journey = Journey(intake.model_copy(update={"routing": routing}))
    journey.take("withdraw", WITHDRAW)
    journey.take("reopen", REOPEN)
    assert journey.ticket.tasks["parallel.2"].is_open
    assert journey.ticket.tasks["parallel.1"].standing is TaskStanding.WAIVED


def test_the_second_unit_of_a_dual_dispatch_has_as_long_as_the_requester_waits() -> None:
    """A new tier moves both limits."""
    intake = sample.intake()
    routing = intake.routing.model_copy(update={"mode": DispatchMode.DUAL, "parallel": sample.WATER})
    journey = Journey(intake.model_copy(update={"routing": routing}))
    journey.classify(Resolution(terms=sample.terms(Tier.TIER_2), routing=routing))
    parallel, limit = journey.ticket.newest(ClockName.PARALLEL_BY), journey.ticket.feedback_clock
    assert parallel is not None
    assert limit is not None
    assert parallel.due_at == limit.due_at == beijing("2026-11-03 09:00")


def test_a_new_calendar_moves_the_clocks_of_branches_as_well() -> None:
    """The second unit's part ends with the requester's limit, before and after New Year is published."""
    intake = sample.intake(with_terms=sample.terms(basis=Basis.WORKING), filed_at=beijing("2026-12-30 10:00"))
    routing = intake.routing.model_copy(update={"mode": DispatchMode.DUAL, "parallel": sample.WATER})
    journey = Journey(intake.model_copy(update={"routing": routing}))
    before = journey.ticket.clocks["parallel_by.parallel.1"]
    plan = sample.calendar()
    known = plan.model_copy(
        update={"holidays": (*plan.holidays, date(2027, 1, 1)), "known_until": date(2027, 12, 31)}
    )
    journey.act(recalculate(journey.ticket, known, journey.now))
    after = journey.ticket.clocks["parallel_by.parallel.1"]
    assert before.provisional
    assert not after.provisional
    assert before.due_at < after.due_at == journey.ticket.promised_at


def test_a_unit_that_leads_owes_itself_no_part_of_it() -> None:
    """Water was to assist; now the matter is water's."""
    journey = Journey()
    journey.sign()
    journey.take("assist", Assist(actor=sample.HANDLER, unit=sample.WATER.code, text=sample.TEXT))
    journey.reassign(sample.assignment(sample.WATER))
    assert journey.ticket.tasks["assist.1"].standing is TaskStanding.WAIVED


def test_who_says_the_matter_is_not_its_own_asks_for_no_more_time_for_it() -> None:
    """What it had asked of its desk lapses with the objection."""
    journey = Journey()
    journey.sign()
    proof = m.ProofRef(kind="call", ref=sample.TEXT)
    extend = Extend(actor=sample.HANDLER, basis=sample.TEXT, reason=sample.TEXT, proof=(proof,), days=3)
    journey.take("extend", extend)
    journey.take("propose_hanging", PROPOSE)
    given = sample.given(sample.WATER)
    numbers = {**given.terms.numbers, "object_after_sign_hours": 24}
    allowed = given.model_copy(update={"terms": given.terms.model_copy(update={"numbers": numbers})})
    journey.act(COMMANDS["object"].rule(journey.ticket, OBJECT, allowed, journey.now))
    assert [task.kind for task in journey.ticket.tasks.values() if task.is_open] == []
    assert {task.kind for task in journey.ticket.tasks.values()} == {TaskKind.EXTENSION, TaskKind.HANGING}


@pytest.mark.parametrize("state", [Journey, objected, hung, member, lambda: Journey().handled()])
def test_the_sentence_names_whose_act_is_awaited(state: Callable[[], Journey]) -> None:
    """What a page says in words and what it says in a field is the same."""
    ticket = state().ticket
    assert holder_of(ticket).zh in status_view(ticket).sentence_zh

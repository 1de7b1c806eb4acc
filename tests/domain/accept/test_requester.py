"""The requester's acts: add facts, press, take back, open again; what comes too late becomes a remark."""

from collections.abc import Callable

import pytest

from domain import messages as m
from domain.accept.requester import Supplement, Withdraw
from domain.errors import WrongActor, WrongStage
from domain.evaluate.reopening import Reopen
from domain.vocabulary import Ending, RequestType, Role, Status
from tests import sample
from tests.domain.journey import Journey, story
from tests.domain.lives import signed, surveyed

AGENT = m.Actor(unit=sample.CITY_DESK.code, role=Role.AGENT, person="A1")
SUPPLEMENT = Supplement(actor=sample.REQUESTER, text=sample.TEXT)
WITHDRAW = Withdraw(actor=sample.REQUESTER, reason=sample.TEXT)
REOPEN = Reopen(actor=sample.REQUESTER, reason=sample.TEXT)


def waiting(type_: RequestType = RequestType.COMPLAINT) -> Journey:
    """Return a ticket that waits for a dispatcher."""
    return Journey(sample.intake(type_, certain=False))


def closed() -> Journey:
    """Return a ticket that a unit handled and the requester was content with."""
    journey = surveyed()
    journey.says()
    assert journey.ticket.ending is Ending.RESOLVED
    return journey


EARLY: list[Callable[[], Journey]] = [waiting, Journey, signed]
LATE: list[Callable[[], Journey]] = [lambda: Journey().handled(), surveyed]


# ---------------------------------------------------------------- supplement, withdraw


@pytest.mark.parametrize("state", [*EARLY, *LATE])
@pytest.mark.parametrize("actor", [sample.REQUESTER, AGENT])
def test_facts_are_added_at_any_open_stage_and_the_holder_is_notified(
    state: Callable[[], Journey], actor: m.Actor
) -> None:
    """R105: once for each time; the text lies in the vault, the log names it."""
    journey = state()
    status = journey.ticket.status
    for _ in range(2):
        journey.take("supplement", SUPPLEMENT.model_copy(update={"actor": actor}))
    assert (journey.ticket.supplements, journey.ticket.status) == (2, status)
    to = journey.ticket.assignment.unit if journey.ticket.assignment else sample.CITY_DESK
    assert [notice.to for notice in journey.notices if notice.kind == "supplemented"] == [to.code] * 2


@pytest.mark.parametrize("state", EARLY)
def test_before_feedback_the_requester_takes_the_request_back(state: Callable[[], Journey]) -> None:
    """R105: it ends as withdrawn; what was owed lapses and nothing is forgotten."""
    journey = state()
    journey.take("withdraw", WITHDRAW)
    assert journey.ticket.ending is Ending.WITHDRAWN
    assert {clock.standing for clock in journey.ticket.clocks.values()} <= {"met", "waived"}
    assert journey.left_alone() == []
    if journey.ticket.assignment:
        assert (sample.TOWN.code, "closed") in {(notice.to, notice.kind) for notice in journey.notices}


@pytest.mark.parametrize("state", LATE)
def test_after_feedback_taking_it_back_is_a_remark_and_the_survey_goes_on(
    state: Callable[[], Journey],
) -> None:
    """R105: neither an error nor lost."""
    journey = state()
    status = journey.ticket.status
    journey.take("withdraw", WITHDRAW)
    assert journey.ticket.status is status
    assert story(journey.log)[-1] == "noted withdraw:WrongStage"
    assert getattr(journey.log[-1], "text", None) == sample.TEXT


def test_facts_that_come_while_the_ticket_is_laid_to_rest_become_a_remark() -> None:
    """The run is still there: the words are kept."""
    journey = closed()
    journey.take("supplement", SUPPLEMENT)
    assert story(journey.log)[-1] == "noted supplement:WrongStage"
    assert journey.ticket.status is Status.CLOSED


def test_nobody_takes_back_what_another_one_asked_for() -> None:
    """Neither the unit nor the desk."""
    for actor in (sample.HANDLER, sample.DISPATCHER, AGENT):
        with pytest.raises(WrongActor):
            Journey().take("withdraw", WITHDRAW.model_copy(update={"actor": actor}))


# ---------------------------------------------------------------- reopen


def test_an_ended_request_goes_back_to_the_same_unit_with_limits_of_its_own() -> None:
    """R105: another turn, another round; the first answers stand for the rates."""
    journey = closed()
    journey.wait(days=3)
    journey.take("reopen", REOPEN)
    ticket = journey.ticket
    assert (ticket.status, ticket.turn, ticket.round) == (Status.AWAITING_SIGN, 2, 2)
    assert ticket.assignment == sample.assignment()
    assert (ticket.ending, ticket.closed_at, ticket.outcome, ticket.feedback_at) == (None, None, None, None)
    limit = ticket.feedback_clock
    assert limit is not None
    assert limit.ledger.started_at == journey.now
    assert ticket.promised_at == limit.due_at
    assert len(ticket.surveys) == 1
    journey.handled()
    journey.left_alone()
    assert not journey.ticket.is_open


def test_both_ends_of_a_reopened_ticket_are_notified() -> None:
    """Each notice has a key of its own."""
    journey = closed()
    journey.take("reopen", REOPEN)
    journey.left_alone()
    notified = [notice for notice in journey.notices if (notice.to, notice.kind) == ("requester", "closed")]
    assert len(notified) == 2
    keys = [notice.key for notice in journey.notices]
    assert len(set(keys)) == len(keys)


def test_what_no_unit_ever_had_goes_back_to_the_dispatcher() -> None:
    """Taken back before dispatch, opened again: the same-day alarm rings again."""
    journey = waiting()
    journey.take("withdraw", WITHDRAW)
    journey.wait(hours=2)
    journey.take("reopen", REOPEN)
    assert journey.ticket.status is Status.AWAITING_DISPATCH
    assert [clock.standing for clock in journey.ticket.clocks.values()] == ["waived", "running"]
    journey.dispatch()
    assert journey.ticket.status is Status.AWAITING_SIGN


def test_an_answered_inquiry_that_is_opened_again_goes_to_a_unit() -> None:
    """The window for an instant answer is long over."""
    journey = Journey(sample.intake(RequestType.INQUIRY))
    journey.answer()
    journey.wait(days=1)
    journey.take("reopen", REOPEN)
    assert journey.ticket.status is Status.AWAITING_SIGN


@pytest.mark.parametrize(("days", "is_late"), [(15, False), (15.01, True)])
def test_it_is_opened_again_up_to_the_editions_days_and_not_after(days: float, is_late: bool) -> None:
    """The last instant counts; after it the sentence says what to do."""
    journey = closed()
    journey.wait(days=days)
    if not is_late:
        journey.take("reopen", REOPEN)
        assert journey.ticket.is_open
        return
    with pytest.raises(WrongStage, match="重新登记"):
        journey.take("reopen", REOPEN)


def test_it_is_opened_again_no_more_often_than_the_edition_says() -> None:
    """Bounded: no ticket goes in circles for ever."""
    journey = closed()
    journey.take("reopen", REOPEN)
    journey.left_alone()
    with pytest.raises(WrongStage, match="重新登记"):
        journey.take("reopen", REOPEN)


@pytest.mark.parametrize("state", [*EARLY, *LATE])
def test_what_is_still_open_is_not_opened_again(state: Callable[[], Journey]) -> None:
    """Adding facts or pressing is the way then."""
    with pytest.raises(WrongStage):
        state().take("reopen", REOPEN)


def test_praise_is_not_opened_again() -> None:
    """There is nothing to go on with."""
    with pytest.raises(WrongStage, match="表扬"):
        Journey(sample.intake(RequestType.PRAISE)).take("reopen", REOPEN)


def test_units_do_not_open_tickets_again() -> None:
    """The requester does, or an agent at the requester's word."""
    with pytest.raises(WrongActor):
        closed().take("reopen", REOPEN.model_copy(update={"actor": sample.HANDLER}))
    closed().take("reopen", REOPEN.model_copy(update={"actor": AGENT}))

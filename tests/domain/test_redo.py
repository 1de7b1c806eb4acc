"""Redo: the same unit or one level up, bounded, then supervision; which go resolved it stands on record."""

import pytest

from domain import messages as m
from domain.facts import main_line as f
from domain.handle.assisting import AnswerTask
from domain.show.views import status_view
from domain.supervise.supervision_orders import ReviewOrder
from domain.terms import Named
from domain.vocabulary import Ending, Outcome, RedoTo, Role, Satisfaction, Status
from tests import sample
from tests.domain.journey import Journey

CITY_SUPERVISOR = m.Actor(unit=sample.CITY_DESK.code, role=Role.SUPERVISOR)
EXPLAINED = m.ProofRef(kind="explanation", ref=sample.TEXT)


def started(
    to: RedoTo = RedoTo.ONE_LEVEL_UP, rounds: int = 2, unit: Named = sample.TOWN, *, order: bool = True
) -> Journey:
    """Return a ticket of an edition with `rounds` redo rounds; surveyed at feedback."""
    terms = sample.terms(at_feedback=True, always_open=True, redo_rounds=rounds).model_copy(
        update={"redo_to": to, "order_after_redo": sample.hours(48) if order else None}
    )
    return Journey(sample.intake(with_terms=terms, unit=unit))


def discontent(journey: Journey, rounds: int = 1) -> Journey:
    """Let the unit handle it and the requester say that it is not resolved, `rounds` times."""
    for _ in range(rounds):
        journey.handled()
        journey.says(resolved=False, satisfied=Satisfaction.DISSATISFIED)
    return journey


def test_discontent_sends_the_matter_one_level_up_and_the_old_unit_hears_it() -> None:
    """B39: from the town to its district, with a full limit; then it stays with the district."""
    journey = discontent(started())
    assert journey.ticket.assignment is not None
    assert journey.ticket.assignment.unit == sample.DISTRICT
    assert (journey.ticket.round, journey.ticket.status) == (2, Status.AWAITING_SIGN)
    assert journey.ticket.clocks["feedback_by.2"].holder == sample.DISTRICT
    notified = {(notice.kind, notice.to) for notice in journey.notices}
    assert {("redo", sample.DISTRICT.code), ("taken_away", sample.TOWN.code)} <= notified
    discontent(journey)
    assert journey.ticket.assignment.unit == sample.DISTRICT
    assert journey.ticket.round == 3


@pytest.mark.parametrize(
    ("to", "unit"), [(RedoTo.SAME_UNIT, sample.TOWN), (RedoTo.ONE_LEVEL_UP, sample.HEATING)]
)
def test_the_same_unit_does_it_again_where_the_edition_says_so_or_only_the_city_is_above(
    to: RedoTo, unit: Named
) -> None:
    """The city's desk handles nothing itself."""
    journey = discontent(started(to, unit=unit))
    assert journey.ticket.assignment is not None
    assert journey.ticket.assignment.unit == unit
    assert not [notice for notice in journey.notices if notice.kind == "taken_away"]


def test_after_the_last_round_a_supervision_order_opens_in_place_of_closing_silently() -> None:
    """The ticket closes unresolved only when that order is answered and reviewed."""
    journey = discontent(started(RedoTo.SAME_UNIT, rounds=1), 2)
    assert journey.ticket.status is Status.SURVEYING
    task = journey.ticket.tasks["order.1"]
    assert (task.holder, task.asked_by.role) == (sample.DISTRICT_DESK, Role.SYSTEM)
    desk = m.Actor(unit=sample.DISTRICT_DESK.code, role=Role.HANDLER)
    journey.take("answer_task", AnswerTask(actor=desk, task="order.1", reply=sample.TEXT))
    assert journey.ticket.is_open
    review = ReviewOrder(actor=CITY_SUPERVISOR, task="order.1", satisfied=True, text=sample.TEXT)
    journey.take("review_order", review)
    assert journey.ticket.ending is Ending.CLOSED_UNRESOLVED


def test_an_order_after_the_last_round_that_nobody_answers_lapses_on_its_ladder() -> None:
    """Then the ticket closes unresolved, the order stands as missed, and there is no second one."""
    journey = discontent(started(RedoTo.SAME_UNIT, rounds=0))
    journey.left_alone()
    assert journey.ticket.ending is Ending.CLOSED_UNRESOLVED
    assert journey.ticket.clocks["order_by.order.1"].standing == "missed"
    assert list(journey.ticket.orders) == ["order.1"]


def test_an_edition_without_such_orders_closes_after_the_last_round() -> None:
    """As tickets that are on their way carry it."""
    journey = discontent(started(RedoTo.SAME_UNIT, rounds=1, order=False), 2)
    assert journey.ticket.ending is Ending.CLOSED_UNRESOLVED


@pytest.mark.parametrize("attempt", [1, 2, 3])
def test_it_stands_on_record_which_go_resolved_the_matter(attempt: int) -> None:
    """Resolved at the first, second or third attempt."""
    journey = discontent(started(), attempt - 1)
    journey.handled()
    journey.says()
    assert journey.ticket.ending is Ending.RESOLVED
    assert status_view(journey.ticket).resolved_at_attempt == attempt


def test_what_is_never_resolved_has_no_attempt_and_what_stays_resolved_the_first() -> None:
    """Resolved and yet not content: the redo does not make it the second attempt."""
    assert status_view(discontent(started(), 3).ticket).resolved_at_attempt is None
    journey = started()
    journey.handled()
    journey.says(satisfied=Satisfaction.DISSATISFIED)
    journey.handled()
    journey.says()
    assert status_view(journey.ticket).resolved_at_attempt == 1


def test_no_number_of_rounds_is_endless() -> None:
    """At most the edition's redo rounds, then the order, then the end."""
    journey = discontent(started(), 3)
    assert len([fact for fact in journey.log if isinstance(fact, f.RedoOrdered)]) == 2
    journey.left_alone()
    assert not journey.ticket.is_open


def test_what_cannot_be_solved_now_needs_proof_of_an_explanation_and_never_ends_as_resolved() -> None:
    """B29: the requester is notified why; content, out of reach or not, it closes unresolved."""
    for content in (True, False):
        journey = started(rounds=0, order=False)
        journey.sign()
        journey.contact()
        journey.feedback(Outcome.CANNOT_NOW, EXPLAINED)
        if content:
            journey.says()
        journey.left_alone()
        assert journey.ticket.ending is Ending.CLOSED_UNRESOLVED


def test_that_it_cannot_be_solved_now_is_no_way_out_of_a_redo() -> None:
    """Not content with the explanation: once more, one level up."""
    journey = started()
    journey.sign()
    journey.contact()
    journey.feedback(Outcome.CANNOT_NOW, EXPLAINED)
    journey.says(resolved=False)
    assert journey.ticket.status is Status.AWAITING_SIGN
    assert journey.ticket.outcome is None

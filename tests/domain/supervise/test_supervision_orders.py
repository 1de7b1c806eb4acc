"""Supervision orders: owner, clock, answer, closing review; nothing closes over one. Ordinance art. 5, 20."""

import pytest

from domain import messages as m
from domain.errors import Refused, UnknownCode, WrongActor, WrongStage
from domain.handle.assisting import AnswerTask, ReportTask
from domain.supervise.supervision_orders import ReviewOrder, Supervise, WaiveOrder
from domain.terms import Named
from domain.vocabulary import Ending, Level, RequestType, Role, Satisfaction, Status, TaskStanding
from tests import sample
from tests.domain.journey import Journey

CITY_SUPERVISOR = m.Actor(unit=sample.CITY_DESK.code, role=Role.SUPERVISOR)
WATER = m.Actor(unit=sample.WATER.code, role=Role.HANDLER)


def order(actor: m.Actor = sample.DISTRICT_SUPERVISOR, unit: Named | None = None) -> Supervise:
    """Return an order to `unit`, or to the responsible one."""
    return Supervise(actor=actor, text=sample.TEXT, unit=unit.code if unit else None)


def answer(actor: m.Actor = sample.HANDLER, task: str = "order.1") -> AnswerTask:
    """Return the owner's answer."""
    return AnswerTask(actor=actor, task=task, reply=sample.TEXT)


def review(
    *, satisfied: bool = True, actor: m.Actor = sample.DISTRICT_SUPERVISOR, task: str = "order.1"
) -> ReviewOrder:
    """Return the issuer's closing review."""
    return ReviewOrder(actor=actor, task=task, satisfied=satisfied, text=sample.TEXT)


def ordered(actor: m.Actor = sample.DISTRICT_SUPERVISOR, unit: Named | None = None) -> Journey:
    """Return a ticket being handled, with one order."""
    journey = Journey()
    journey.sign()
    journey.take("supervise", order(actor, unit))
    return journey


def test_a_desk_orders_the_owner_answers_and_the_issuer_reviews() -> None:
    """B32: each step under a clock, the citizen's limit untouched, and the order over with the review."""
    journey = Journey()
    journey.sign()
    limit = journey.ticket.promised_at
    journey.take("supervise", order())
    assert journey.ticket.tasks["order.1"].holder == sample.TOWN
    journey.take("answer_task", answer())
    assert journey.ticket.clocks["order_by.order.1"].standing == "met"
    assert journey.ticket.tasks["order_review.1"].holder == sample.DISTRICT_DESK
    journey.take("review_order", review())
    assert not [task for task in journey.ticket.tasks.values() if task.is_open]
    assert journey.ticket.clocks["order_review_by.order_review.1"].standing == "met"
    assert journey.ticket.promised_at == limit
    notified = [(notice.kind, notice.to) for notice in journey.notices if "order" in notice.kind]
    assert notified == [
        ("order_asked", sample.TOWN.code),
        ("order_done", sample.DISTRICT_DESK.code),
        ("order_review_asked", sample.DISTRICT_DESK.code),
        ("order_closed", sample.TOWN.code),
    ]


def test_an_answer_that_is_not_enough_goes_back_with_a_new_clock_and_is_counted() -> None:
    """Twice, each time under a clock of its own."""
    journey = ordered()
    for number in (1, 2):
        journey.take("answer_task", answer(task=f"order.{number}"))
        journey.take("review_order", review(satisfied=False, task=f"order.{number}"))
    assert journey.ticket.tasks["order.3"].is_open
    assert journey.ticket.clocks["order_by.order.3"].standing == "running"
    assert [known.returns for known in journey.ticket.orders.values()] == [0, 1, 2]
    assert [fact.returns for fact in journey.log if fact.kind == "order_reviewed"] == [0, 1]


def test_the_ticket_is_surveyed_but_does_not_close_while_an_order_is_open() -> None:
    """The requester is content; the order outlives the survey and its review closes the ticket."""
    journey = ordered()
    journey.contact()
    journey.feedback()
    journey.until("2026-11-09 10:00")
    journey.take("supervise", order())
    journey.says()
    assert journey.ticket.status is Status.SURVEYING
    for task in ("order.1", "order.2"):
        if journey.ticket.tasks[task].is_open and not journey.ticket.clocks[f"order_by.{task}"].exhausted:
            journey.take("answer_task", answer(task=task))
            journey.take("review_order", review(task=task))
    assert journey.ticket.ending is Ending.RESOLVED


def test_an_order_nobody_answers_climbs_to_the_city_and_lapses_on_its_last_rung() -> None:
    """It stands as missed; the ticket ends all the same."""
    journey = ordered()
    journey.contact()
    journey.feedback()
    journey.wait(hours=49)
    clock = journey.ticket.clocks["order_by.order.1"]
    assert (clock.is_overdue, clock.climbed) == (True, (Level.CITY,))
    journey.left_alone()
    assert journey.ticket.status is Status.CLOSED
    assert journey.ticket.clocks["order_by.order.1"].standing == "missed"
    (waived,) = [fact for fact in journey.log if fact.kind == "task_waived"]
    assert waived.because == "ladder_exhausted"


def test_the_issuer_or_the_city_takes_an_order_back_for_a_reason() -> None:
    """Nobody else does."""
    journey = ordered(CITY_SUPERVISOR, sample.WATER)
    for actor in (sample.DISTRICT_SUPERVISOR, m.Actor(unit=sample.WATER.code, role=Role.SUPERVISOR)):
        with pytest.raises(WrongActor):
            journey.take("waive_order", WaiveOrder(actor=actor, task="order.1", reason=sample.TEXT))
    journey.take("waive_order", WaiveOrder(actor=CITY_SUPERVISOR, task="order.1", reason=sample.TEXT))
    assert journey.ticket.tasks["order.1"].standing is TaskStanding.WAIVED
    assert journey.ticket.clocks["order_by.order.1"].standing == "waived"
    with pytest.raises(WrongStage):
        journey.take("waive_order", WaiveOrder(actor=CITY_SUPERVISOR, task="order.1", reason=sample.TEXT))


def test_an_answered_order_is_taken_back_with_its_review() -> None:
    """Nothing stays open."""
    journey = ordered()
    journey.take("answer_task", answer())
    waive = WaiveOrder(actor=sample.DISTRICT_SUPERVISOR, task="order.1", reason=sample.TEXT)
    journey.take("waive_order", waive)
    assert journey.ticket.tasks["order_review.1"].standing is TaskStanding.WAIVED


def test_an_order_to_another_unit_notifies_the_responsible_one_which_goes_on() -> None:
    """It does not hold feedback up."""
    journey = ordered(CITY_SUPERVISOR, sample.WATER)
    assert ("order_issued", sample.TOWN.code) in {(notice.kind, notice.to) for notice in journey.notices}
    journey.contact()
    journey.feedback()
    journey.take("answer_task", answer(WATER))
    with pytest.raises(WrongActor):
        journey.take("review_order", review())
    journey.take("review_order", review(actor=CITY_SUPERVISOR))


@pytest.mark.parametrize("actor", [sample.HANDLER, sample.DISPATCHER, sample.REQUESTER, WATER])
def test_only_a_supervisor_above_the_unit_issues_an_order(actor: m.Actor) -> None:
    """Not the unit, not the dispatcher, not the requester, not a stranger."""
    journey = Journey()
    with pytest.raises(WrongActor):
        journey.take("supervise", order(actor))


def test_an_order_is_answered_before_it_is_reviewed_and_known_before_either() -> None:
    """Each refusal says what is the matter."""
    journey = ordered()
    with pytest.raises(WrongActor):
        journey.take("review_order", review())
    own = ordered(CITY_SUPERVISOR)
    own.take("supervise", order(CITY_SUPERVISOR, sample.CITY_DESK))
    with pytest.raises(WrongStage, match="尚未答复"):
        own.take("review_order", review(actor=CITY_SUPERVISOR))
    with pytest.raises(UnknownCode, match=r"order\.1"):
        own.take("review_order", review(actor=CITY_SUPERVISOR, task="order.9"))


def test_reasons_do_not_put_the_end_of_an_order_off() -> None:
    """An interim report is for tasks that have the requester's limit above them."""
    with pytest.raises(WrongStage, match="直接答复"):
        ordered().take("report_task", ReportTask(actor=sample.HANDLER, task="order.1", text=sample.TEXT))


def test_before_dispatch_an_order_goes_to_the_citys_desk_and_no_answer_at_once_ends_it() -> None:
    """The inquiry waits for the order's review; then it is answered, and nothing stays open."""
    journey = Journey(sample.intake(RequestType.INQUIRY))
    journey.take("supervise", order(CITY_SUPERVISOR))
    assert journey.ticket.tasks["order.1"].holder == sample.CITY_DESK
    with pytest.raises(WrongStage, match=r"order\.1"):
        journey.answer()
    journey.take("answer_task", AnswerTask(actor=sample.DISPATCHER, task="order.1", reply=sample.TEXT))
    journey.take("review_order", review(actor=CITY_SUPERVISOR))
    journey.answer()
    assert not journey.ticket.open_clocks()


def test_issuing_an_order_answers_the_escalation_to_the_desk() -> None:
    """The district was asked because nobody signed."""
    journey = Journey()
    journey.until("2026-11-02 12:00")
    journey.take("supervise", order())
    assert journey.ticket.clocks["sign_by.1/district"].standing == "met"


def test_the_requesters_urging_before_dispatch_reaches_the_citys_desk() -> None:
    """B31: by citizen, district and centre, each on record, whoever has it at that moment."""
    journey = Journey(sample.intake(certain=False))
    journey.urge()
    journey.dispatch()
    journey.urge(sample.DISTRICT_SUPERVISOR)
    journey.urge(CITY_SUPERVISOR)
    notified = [notice.to for notice in journey.notices if notice.kind == "urged"]
    assert notified == [sample.CITY_DESK.code, sample.TOWN.code, sample.TOWN.code]
    assert journey.ticket.urged == 3


def test_the_old_unit_hears_that_a_ticket_was_taken_from_it() -> None:
    """With the new unit's code."""
    journey = Journey()
    journey.reassign(sample.assignment(sample.OTHER_TOWN))
    (gone,) = [notice for notice in journey.notices if notice.kind == "taken_away"]
    assert (gone.to, gone.about) == (sample.TOWN.code, {"unit": sample.OTHER_TOWN.code})


@pytest.mark.parametrize("satisfied", [True, False])
def test_a_redo_does_not_wait_for_an_order(satisfied: bool) -> None:
    """The redo is the requester's; the order goes on beside it."""
    journey = Journey().handled()
    journey.until("2026-11-09 10:00")
    journey.take("supervise", order())
    journey.says(resolved=satisfied, satisfied=Satisfaction.DISSATISFIED)
    assert journey.ticket.status is Status.AWAITING_SIGN
    assert journey.ticket.tasks["order.1"].is_open


def test_every_refusal_of_a_stranger_leaves_no_trace() -> None:
    """No fact, no clock."""
    journey = ordered()
    known = len(journey.log)
    for name, command in (("answer_task", answer(WATER)), ("review_order", review(actor=CITY_SUPERVISOR))):
        with pytest.raises(Refused):
            journey.take(name, command)
    assert len(journey.log) == known

"""Tickets at points where one branch meets another, and the commands that such tests give again and again."""

from domain import messages as m
from domain.accept.emergency import Acknowledge, HandOver
from domain.accept.requester import Withdraw
from domain.dispatch.objecting import Object
from domain.evaluate.reopening import Reopen
from domain.handle.assisting import AnswerTask
from domain.handle.hanging import ApproveHanging, ProposeHanging
from domain.supervise.supervision_orders import ReviewOrder
from domain.terms import Named
from domain.vocabulary import EmergencyService, RedoTo, Satisfaction, Status
from tests import sample
from tests.domain.journey import Journey
from tests.domain.outage import brief, join

WITHDRAW = Withdraw(actor=sample.REQUESTER, reason=sample.TEXT)
REOPEN = Reopen(actor=sample.REQUESTER, reason=sample.TEXT)
OTHER = sample.assignment(sample.OTHER_TOWN)
HAND_OVER = HandOver(actor=sample.DISPATCHER, service=EmergencyService.FIRE, text=sample.TEXT)
ACKNOWLEDGE = Acknowledge(actor=sample.DISPATCHER, task="ack.1", reference="F-1")
OBJECT = Object(actor=sample.HANDLER, reason=sample.TEXT, basis=sample.TEXT, proposed=sample.WATER.code)
PROPOSE = ProposeHanging(
    actor=sample.HANDLER, plan=sample.TEXT, proof=(m.ProofRef(kind="survey", ref=sample.TEXT),)
)


def objected() -> Journey:
    """Return a ticket whose unit says that it is not its matter."""
    journey = Journey()
    journey.take("object", OBJECT)
    return journey


def hung() -> Journey:
    """Return a ticket on the hold ledger."""
    journey = Journey()
    journey.sign()
    journey.take("propose_hanging", PROPOSE)
    journey.take("approve_hanging", ApproveHanging(actor=sample.DISTRICT_SUPERVISOR))
    return journey


def review_the_order(journey: Journey) -> None:
    """Let the unit answer the district's order, and the district be content."""
    journey.take("answer_task", AnswerTask(actor=sample.HANDLER, task="order.1", reply=sample.TEXT))
    done = ReviewOrder(actor=sample.DISTRICT_SUPERVISOR, task="order.1", satisfied=True, text=sample.TEXT)
    journey.take("review_order", done)


def surveyed(journey: Journey) -> Journey:
    """Let time pass until the requester is called."""
    while journey.ticket.status is not Status.SURVEYING:
        journey.until(journey.wakes_at() or journey.now)
    return journey


def member() -> Journey:
    """Return a ticket that is handled with an incident."""
    journey = Journey()
    journey.take("join_incident", join(), brief())
    return journey


def unit_of(journey: Journey) -> Named | None:
    """Return the responsible unit."""
    return journey.ticket.assignment.unit if journey.ticket.assignment else None


def redone(to: RedoTo = RedoTo.ONE_LEVEL_UP) -> Journey:
    """Return a ticket whose town has handled it, to the requester's discontent."""
    terms = sample.terms(at_feedback=True, always_open=True, redo_rounds=2)
    journey = Journey(sample.intake(with_terms=terms.model_copy(update={"redo_to": to})))
    journey.handled()
    journey.says(resolved=False, satisfied=Satisfaction.DISSATISFIED)
    return journey

"""What lies between the branches: one that begins where another has left its traces."""

from domain.alerting import Alert
from domain.branches import BRANCHES
from domain.citizen import Withdraw
from domain.consulting import Consult
from domain.incidents import take_result
from domain.reopening import Reopen
from domain.supervision_orders import Supervise
from domain.transitions import TRANSITIONS
from domain.vocabulary import RiskLevel, Status
from tests import sample
from tests.domain.journey import Journey
from tests.domain.outage import brief, join, result_signal

WITHDRAW = Withdraw(actor=sample.REQUESTER, reason=sample.TEXT)
REOPEN = Reopen(actor=sample.REQUESTER, reason=sample.TEXT)


def member() -> Journey:
    """Return a ticket that is handled with an incident."""
    journey = Journey()
    journey.take("join_incident", join(), incident=brief())
    return journey


def test_what_is_reopened_belongs_to_no_incident_any_more() -> None:
    """It can join one again, and the result of the old one is none of its own."""
    journey = member()
    journey.take("withdraw", WITHDRAW)
    journey.take("reopen", REOPEN)
    assert journey.ticket.incident is None
    journey.take("join_incident", join(), incident=brief())
    assert journey.ticket.incident is not None


def test_a_result_of_an_incident_ends_no_supervision() -> None:
    """An order and an alert are answered by those who owe the answer."""
    journey = Journey()
    journey.take("supervise", Supervise(actor=sample.DISTRICT_SUPERVISOR, text=sample.TEXT))
    journey.take("alert", Alert(actor=sample.HANDLER, level=RiskLevel.RED, text=sample.TEXT))
    journey.take("join_incident", join(), incident=brief())
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
    for status in BRANCHES["leave_incident"].when:
        assert (status, "left_incident") in TRANSITIONS

"""Emergency hand-off: at once, acknowledged, and an alarm where nobody acknowledges. Source: art. 11 (1)."""

import pytest

from api.track import tracked
from domain import messages as m
from domain.accept.emergency import Acknowledge, HandOver
from domain.errors import UnknownCode, WrongActor, WrongStage
from domain.show.views import status_view
from domain.vocabulary import EmergencyService, Ending, Level, Status, TaskStanding
from tests import sample
from tests.domain.journey import Journey


def handed(
    journey: Journey, service: EmergencyService = EmergencyService.FIRE, *, also: bool = False
) -> Journey:
    """Hand the matter of `journey` to `service` and return it."""
    command = HandOver(actor=sample.DISPATCHER, service=service, also_handle=also, text=sample.TEXT)
    journey.take("hand_over", command)
    return journey


def waiting() -> Journey:
    """Return a ticket that waits for a dispatcher."""
    return Journey(sample.intake(certain=False))


def acknowledged(journey: Journey, task: str = "ack.1") -> Journey:
    """Record the acknowledgement of `task` and return the journey."""
    journey.take("acknowledge", Acknowledge(actor=sample.DISPATCHER, task=task, reference="F-119-77"))
    return journey


@pytest.mark.parametrize("service", EmergencyService)
def test_an_emergency_goes_to_its_service_and_the_citizen_is_notified(service: EmergencyService) -> None:
    """B3: 110, 119, 120 or 122, each under a clock in which it must acknowledge."""
    journey = handed(waiting(), service)
    task = journey.ticket.tasks["ack.1"]
    assert task.holder.code == service
    assert journey.ticket.clocks[task.clock].standing == "running"
    notified = {(notice.to, notice.kind) for notice in journey.notices}
    assert {("requester", "handed_over"), (service.value, "ack_asked")} <= notified


def test_the_acknowledgement_ends_the_ticket_with_the_services_own_number() -> None:
    """Row c: transferred, with receipt; nothing stays open."""
    journey = acknowledged(handed(waiting()))
    assert journey.ticket.ending is Ending.TRANSFERRED_EMERGENCY
    assert not journey.ticket.open_clocks()
    fact = next(fact for fact in journey.log if fact.kind == "acknowledged")
    assert fact.reference == "F-119-77"
    assert "专线" in tracked(status_view(journey.ticket), journey.now).next_zh


def test_a_matter_that_a_unit_also_handles_goes_on_beside_the_service() -> None:
    """The fire brigade puts it out; the street still has to see to the stairs."""
    journey = acknowledged(handed(Journey(), also=True))
    assert journey.ticket.status is Status.AWAITING_SIGN
    assert journey.ticket.tasks["ack.1"].standing is TaskStanding.DONE
    journey.handled()
    assert journey.ticket.status is Status.FEEDBACK_GIVEN


def test_no_acknowledgement_in_time_is_missed_and_alarms_the_citys_desk() -> None:
    """R015: it climbs; the ticket stays open for as long as nobody has it."""
    journey = handed(waiting())
    journey.wait(hours=49)
    clock = journey.ticket.clocks["ack_by.ack.1"]
    assert clock.is_overdue
    assert clock.climbed == (Level.CITY,)
    alarms = [notice.to for notice in journey.notices if notice.about.get("clock") == "ack_by"]
    assert sample.CITY_DESK.code in alarms
    assert journey.ticket.is_open


def test_with_two_services_the_last_acknowledgement_ends_it() -> None:
    """One that has not acknowledged is not let off by the other."""
    journey = handed(handed(waiting()), EmergencyService.AMBULANCE)
    acknowledged(journey, "ack.1")
    assert journey.ticket.is_open
    acknowledged(journey, "ack.2")
    assert not journey.ticket.is_open


def test_the_same_service_is_asked_once() -> None:
    """Press it instead."""
    with pytest.raises(WrongStage, match="119"):
        handed(handed(waiting()))


@pytest.mark.parametrize("stage", ["dispatch", "sign", "handling"])
def test_a_matter_is_handed_over_at_any_stage_before_feedback(stage: str) -> None:
    """Also when a unit has it already; the unit is notified of the end."""
    journey = waiting() if stage == "dispatch" else Journey()
    if stage == "handling":
        journey.sign()
    acknowledged(handed(journey))
    assert journey.ticket.ending is Ending.TRANSFERRED_EMERGENCY


def test_an_acknowledgement_after_feedback_is_recorded_and_the_survey_goes_on() -> None:
    """It came late; the requester is asked all the same."""
    journey = handed(Journey())
    journey.handled()
    acknowledged(journey)
    assert journey.ticket.status is Status.FEEDBACK_GIVEN
    assert journey.ticket.tasks["ack.1"].standing is TaskStanding.DONE


def test_after_feedback_there_is_nothing_to_hand_over() -> None:
    """A risk can still be reported."""
    journey = Journey().handled()
    with pytest.raises(WrongStage):
        handed(journey)


def test_a_unit_cannot_get_rid_of_its_ticket_by_it() -> None:
    """Only the city's desk hands over, and only it records the receipt."""
    command = HandOver(actor=sample.HANDLER, service=EmergencyService.POLICE)
    with pytest.raises(WrongActor):
        Journey().take("hand_over", command)
    with pytest.raises(WrongActor):
        handed(Journey()).take("acknowledge", Acknowledge(actor=sample.HANDLER, task="ack.1", reference="1"))


def test_only_an_open_hand_over_is_acknowledged() -> None:
    """Not one that does not exist, not one twice."""
    journey = handed(Journey(), also=True)
    with pytest.raises(UnknownCode):
        acknowledged(journey, "ack.9")
    acknowledged(journey)
    with pytest.raises(WrongStage):
        acknowledged(journey)


def test_the_service_is_notified_when_the_citizen_takes_the_request_back() -> None:
    """A false alarm: the acknowledgement is not waited for any more."""
    from domain.accept.requester import Withdraw  # noqa: PLC0415

    journey = handed(waiting())
    journey.take("withdraw", Withdraw(actor=m.Actor(role=sample.REQUESTER.role)))
    assert ("119", "ack_waived") in {(notice.to, notice.kind) for notice in journey.notices}

"""Risk alerts: at once, by anybody involved, whatever the ticket's state. Source: Ordinance art. 29."""

from collections.abc import Callable

import pytest

from domain import messages as m
from domain.accept.emergency import Alert
from domain.errors import WrongActor, WrongStage
from domain.handle.assisting import AnswerTask, Assist
from domain.terms import Resolution
from domain.vocabulary import Level, RequestType, RiskLevel, Role, Status
from tests import sample
from tests.domain.journey import Journey
from tests.domain.lives import signed, surveyed

STATES: list[Callable[[], Journey]] = [
    lambda: Journey(sample.intake(certain=False)),
    Journey,
    signed,
    lambda: Journey().handled(),
    surveyed,
]


def alert(actor: m.Actor = sample.DISPATCHER, level: RiskLevel = RiskLevel.RED) -> Alert:
    """Return a risk alert."""
    return Alert(actor=actor, level=level, text=sample.TEXT)


@pytest.mark.parametrize("state", STATES)
def test_a_risk_is_reported_at_once_in_every_open_state_and_moves_nothing_else(
    state: Callable[[], Journey],
) -> None:
    """B48: both desks learn it at that instant; status, unit and the requester's limit stay."""
    journey = state()
    before = journey.ticket
    journey.take("alert", alert())
    after = journey.ticket
    assert (after.status, after.assignment, after.promised_at) == (
        before.status,
        before.assignment,
        before.promised_at,
    )
    notified = {notice.to: notice for notice in journey.notices if notice.kind == "risk_alert"}
    assert set(notified) == {sample.CITY_DESK.code, sample.DISTRICT_DESK.code}
    assert {notice.about["level"] for notice in notified.values()} == {"red"}
    assert {notice.at for notice in notified.values()} == {journey.now}


def test_the_citys_desk_answers_under_a_clock_of_its_own() -> None:
    """R085: owner, time, feedback."""
    journey = signed()
    journey.take("alert", alert(sample.HANDLER))
    assert journey.ticket.tasks["risk.1"].holder == sample.CITY_DESK
    with pytest.raises(WrongActor):
        journey.take("answer_task", AnswerTask(actor=sample.HANDLER, task="risk.1", reply=sample.TEXT))
    journey.take("answer_task", AnswerTask(actor=sample.DISPATCHER, task="risk.1", reply=sample.TEXT))
    assert journey.ticket.clocks["risk_by.risk.1"].standing == "met"
    assert (sample.TOWN.code, "risk_done") in {(notice.to, notice.kind) for notice in journey.notices}


def test_a_risk_nobody_answers_stands_as_overdue_and_is_escalated() -> None:
    """Visible until somebody answers or the ticket ends."""
    journey = signed()
    journey.take("alert", alert())
    journey.wait(hours=49)
    clock = journey.ticket.clocks["risk_by.risk.1"]
    assert clock.is_overdue
    assert clock.climbed == (Level.CITY,)


def test_a_risk_does_not_hold_feedback_up() -> None:
    """The two go side by side."""
    journey = signed()
    journey.take("alert", alert(level=RiskLevel.BLUE))
    journey.contact()
    journey.feedback()
    assert journey.ticket.status is Status.FEEDBACK_GIVEN


def test_every_alert_counts_for_itself() -> None:
    """Two people see two things."""
    journey = signed()
    journey.take("alert", alert())
    journey.take("alert", alert(sample.DISTRICT_SUPERVISOR))
    assert set(journey.ticket.tasks) == {"risk.1", "risk.2"}


def test_everybody_involved_may_ring_and_nobody_else() -> None:
    """The unit, those above it, who was asked to assist; no stranger, and the citizen calls the hotline."""
    journey = signed()
    water = m.Actor(unit=sample.WATER.code, role=Role.HANDLER)
    for stranger in (water, sample.REQUESTER):
        with pytest.raises(WrongActor):
            journey.take("alert", alert(stranger))
    journey.take("assist", Assist(actor=sample.HANDLER, unit=sample.WATER.code, text=sample.TEXT))
    for actor in (sample.HANDLER, sample.DISTRICT_SUPERVISOR, sample.SURVEYOR, water):
        journey.take("alert", alert(actor))


def test_after_the_end_there_is_nothing_to_interrupt() -> None:
    """A new request, or 110."""
    journey = Journey()
    journey.left_alone()
    with pytest.raises(WrongStage):
        journey.take("alert", alert())


def test_no_answer_at_once_ends_a_ticket_with_an_alert_unanswered() -> None:
    """Whoever would close it has to answer the alert first; then nothing stays open."""
    journey = Journey(sample.intake(RequestType.INQUIRY))
    journey.take("alert", alert())
    with pytest.raises(WrongStage, match=r"risk\.1"):
        journey.answer()
    journey.take("answer_task", AnswerTask(actor=sample.DISPATCHER, task="risk.1", reply=sample.TEXT))
    journey.answer()
    assert not journey.ticket.open_clocks()


def test_calling_it_praise_ends_no_ticket_with_an_alert_unanswered() -> None:
    """The same where a classification would end it."""
    journey = Journey(sample.intake(certain=False))
    journey.take("alert", alert())
    praise = Resolution(terms=sample.terms(), routing=sample.routing())
    with pytest.raises(WrongStage, match=r"risk\.1"):
        journey.classify(praise, RequestType.PRAISE)
    journey.take("answer_task", AnswerTask(actor=sample.DISPATCHER, task="risk.1", reply=sample.TEXT))
    journey.classify(praise, RequestType.PRAISE)
    assert not journey.ticket.is_open

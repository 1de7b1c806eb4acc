"""Risk alerts: at any step, to everybody at once, owned by a desk. Source: Ordinance art. 29."""

import pytest

from domain import messages as m
from domain.alerting import Alert
from domain.assisting import AnswerTask, ReportTask
from domain.errors import WrongActor, WrongStage
from domain.views import status_view
from domain.vocabulary import AlertLevel, Ending, Level, Role, Status
from tests import sample
from tests.domain.journey import Journey

CITY = m.Actor(unit=sample.CITY_DESK.code, role=Role.HANDLER)


def danger(level: AlertLevel = AlertLevel.RED, actor: m.Actor = sample.HANDLER) -> Alert:
    """Return an alert of the unit."""
    return Alert(actor=actor, level=level, text=sample.TEXT)


def test_an_alert_reaches_unit_district_and_city_in_the_same_instant() -> None:
    """The city's desk owns a red one, under a clock that climbs."""
    journey = Journey()
    journey.take("alert", danger())
    told = [notice for notice in journey.notices if notice.kind == "risk_alerted"]
    assert [notice.to for notice in told] == [
        sample.CITY_DESK.code,
        sample.TOWN.code,
        sample.DISTRICT_DESK.code,
    ]
    assert {notice.at for notice in told} == {journey.now}
    assert journey.ticket.tasks["alert.1"].holder == sample.CITY_DESK
    assert status_view(journey.ticket).alert is AlertLevel.RED
    journey.wait(hours=49)
    assert journey.ticket.clocks["alert_by.alert.1"].climbed == (Level.CITY,)


@pytest.mark.parametrize("level", [AlertLevel.YELLOW, AlertLevel.BLUE])
def test_a_lesser_alert_is_the_districts_and_the_gravest_open_one_is_shown(level: AlertLevel) -> None:
    """Until it is answered."""
    journey = Journey()
    for one in (level, AlertLevel.ORANGE):
        journey.take("alert", danger(one))
    assert journey.ticket.tasks["alert.1"].holder == sample.DISTRICT_DESK
    assert status_view(journey.ticket).alert is AlertLevel.ORANGE
    journey.take("answer_task", AnswerTask(actor=CITY, task="alert.2", reply=sample.TEXT))
    assert status_view(journey.ticket).alert is level


def test_an_alert_may_come_at_any_step_and_the_ticket_does_not_close_over_it() -> None:
    """Before dispatch by the city's desk; in the survey; not after the end."""
    waiting = Journey(sample.intake(certain=False))
    waiting.take("alert", danger(actor=sample.DISPATCHER))
    journey = Journey().handled()
    journey.until("2026-11-09 10:00")
    journey.take("alert", danger(actor=sample.SURVEYOR))
    journey.says()
    assert journey.ticket.status is Status.SURVEYING
    with pytest.raises(WrongStage):
        journey.take("report_task", ReportTask(actor=CITY, task="alert.1", text=sample.TEXT))
    journey.take("answer_task", AnswerTask(actor=CITY, task="alert.1", reply=sample.TEXT))
    assert journey.ticket.ending is Ending.RESOLVED
    with pytest.raises(WrongStage):
        journey.take("alert", danger())


def test_a_stranger_raises_no_alert() -> None:
    """Nor does the requester: what he says of a danger an agent passes on."""
    for actor in (sample.REQUESTER, m.Actor(unit="ENT-GAS", role=Role.SUPERVISOR)):
        with pytest.raises(WrongActor):
            Journey().take("alert", danger(actor=actor))

"""Escalation by hand: district, city or industry, with opinion and measures wanted (B27, R053, R054)."""

import pytest

from domain import messages as m
from domain.errors import Incomplete, Refused, WrongActor, WrongStage
from domain.handle.assisting import AnswerTask
from domain.show.views import search_attributes, status_view
from domain.supervise.escalating import Escalate
from domain.terms import Named
from domain.vocabulary import EscalateTo, Level, Role, Status
from tests import sample
from tests.domain.journey import Journey

TEXT = sample.TEXT
DISTRICT = sample.DISTRICT_SUPERVISOR
CITY = m.Actor(unit=sample.CITY_DESK.code, role=Role.SUPERVISOR, person="C1")


def up(to: EscalateTo, actor: m.Actor = sample.HANDLER, unit: str | None = None) -> Escalate:
    """Return the command."""
    return Escalate(actor=actor, to=to, unit=unit, opinion=TEXT, measures=TEXT)


def signed(unit: Named = sample.TOWN) -> Journey:
    """Return a ticket that `unit` has signed."""
    journey = Journey(sample.intake(unit=unit))
    journey.sign()
    return journey


@pytest.mark.parametrize(
    ("to", "unit", "desk", "level"),
    [
        (EscalateTo.DISTRICT, None, sample.DISTRICT_DESK, Level.DISTRICT),
        (EscalateTo.CITY, None, sample.CITY_DESK, Level.CITY),
        (EscalateTo.INDUSTRY, sample.WATER.code, sample.WATER, Level.CITY),
    ],
)
def test_a_desk_above_is_asked_and_the_ticket_shows_its_level(
    to: EscalateTo, unit: str | None, desk: Named, level: Level
) -> None:
    """The desk has a task with a clock, the search attribute follows, the unit stays responsible (B27)."""
    journey = signed()
    journey.take("escalate", up(to, unit=unit))
    task = journey.ticket.tasks["escalation.1"]
    assert (task.holder, journey.ticket.level) == (desk, level)
    assert journey.ticket.clocks[task.clock].name == "escalation_by"
    assert search_attributes(journey.ticket)["EscalationLevel"] == level.value
    assert journey.ticket.assignment == sample.assignment()
    assert [notice.to for notice in journey.notices if notice.kind == "escalation_asked"] == [desk.code]


def test_the_requesters_limit_does_not_move() -> None:
    """Nor does any other clock: asking above wins no time."""
    journey = signed()
    before = journey.ticket.clocks
    journey.take("escalate", up(EscalateTo.CITY))
    assert {key: journey.ticket.clocks[key] for key in before} == before


def test_the_desk_answers_with_its_opinion_and_the_level_falls_back() -> None:
    """The unit that asked is notified."""
    journey = signed()
    journey.take("escalate", up(EscalateTo.DISTRICT))
    journey.take("answer_task", AnswerTask(actor=DISTRICT, task="escalation.1", reply=TEXT))
    assert journey.ticket.level is Level.UNIT
    assert [notice.to for notice in journey.notices if notice.kind == "escalation_done"] == [sample.TOWN.code]


def test_a_desk_that_does_not_answer_is_shown_to_the_city() -> None:
    """It must answer, like everybody else."""
    journey = signed()
    journey.take("escalate", up(EscalateTo.DISTRICT))
    journey.wait(hours=49)
    assert journey.ticket.clocks["escalation_by.escalation.1"].climbed == (Level.CITY,)
    assert journey.ticket.level is Level.CITY


@pytest.mark.parametrize(
    ("command", "refused"),
    [
        (up(EscalateTo.INDUSTRY), Incomplete),
        (up(EscalateTo.CITY, unit=sample.WATER.code), Incomplete),
        (up(EscalateTo.INDUSTRY, unit=sample.HEATING.code), WrongStage),
        (up(EscalateTo.DISTRICT, DISTRICT), WrongStage),
        (up(EscalateTo.CITY, CITY), WrongStage),
        (up(EscalateTo.CITY, m.Actor(unit=sample.OTHER_TOWN.code, role=Role.HANDLER)), WrongActor),
    ],
)
def test_an_escalation_that_makes_no_sense_is_refused(command: Escalate, refused: type[Refused]) -> None:
    """No department, one too many, a company for one, oneself, a stranger."""
    with pytest.raises(refused):
        signed().take("escalate", command)


def test_a_unit_of_the_city_has_no_district_above_it() -> None:
    """It asks the city, or its industry."""
    journey = signed(sample.HEATING)
    with pytest.raises(WrongStage):
        journey.take("escalate", up(EscalateTo.DISTRICT, journey.handler))
    journey.take("escalate", up(EscalateTo.CITY, journey.handler))


def test_a_desk_is_asked_once_at_a_time() -> None:
    """Again when it has answered."""
    journey = signed()
    journey.take("escalate", up(EscalateTo.CITY))
    with pytest.raises(WrongStage):
        journey.take("escalate", up(EscalateTo.CITY))
    journey.take("answer_task", AnswerTask(actor=CITY, task="escalation.1", reply=TEXT))
    journey.take("escalate", up(EscalateTo.CITY))
    assert journey.ticket.tasks["escalation.2"].is_open


def test_the_district_and_the_city_escalate_as_well_and_have_answered_by_it() -> None:
    """A district that was escalated to and takes it on to the city has acted."""
    journey = signed()
    journey.wait(hours=25)
    assert [clock.holder for clock in journey.ticket.open_clocks() if clock.of] == [sample.DISTRICT_DESK]
    journey.take("escalate", up(EscalateTo.CITY, DISTRICT))
    assert not [clock for clock in journey.ticket.open_clocks() if clock.of]


def test_feedback_does_not_wait_for_a_desk_above_and_the_question_lapses_with_the_ticket() -> None:
    """Nothing is forgotten."""
    journey = signed()
    journey.contact()
    journey.take("escalate", up(EscalateTo.CITY))
    journey.feedback()
    journey.left_alone()
    assert journey.ticket.status is Status.CLOSED
    assert not journey.ticket.open_clocks()


def test_one_view_shows_unit_district_city_and_what_each_owes() -> None:
    """Town, district and city on one ticket, with the community below in its tasks (R054)."""
    journey = signed()
    journey.take("escalate", up(EscalateTo.DISTRICT))
    view = status_view(journey.ticket)
    assert (view.unit, view.level) == (sample.TOWN, Level.DISTRICT)
    assert view.desks == {Level.DISTRICT: sample.DISTRICT_DESK, Level.CITY: sample.CITY_DESK}
    assert [(task.holder, task.level) for task in view.tasks] == [(sample.DISTRICT_DESK, Level.DISTRICT)]

"""Assist: who receives first leads, the others answer in time or say why not. Source: Ordinance art. 14."""

import pytest

from domain import messages as m
from domain.assisting import AnswerTask, Assist, ReportTask, WaiveTask
from domain.errors import Incomplete, UnknownCode, WrongActor, WrongStage
from domain.terms import Named
from domain.vocabulary import Level, Role, Status, TaskStanding
from tests import sample
from tests.domain.journey import Journey

WATER = m.Actor(unit=sample.WATER.code, role=Role.HANDLER, person="W1")


def asked(unit: Named = sample.WATER, *, mandatory: bool = True) -> Journey:
    """Return a signed ticket whose lead has asked `unit` to assist."""
    journey = Journey()
    journey.sign()
    command = Assist(actor=sample.HANDLER, unit=unit.code, text=sample.TEXT, mandatory=mandatory)
    journey.take("assist", command)
    return journey


def test_the_lead_asks_and_the_ticket_stays_with_it() -> None:
    """The task has a clock of its own, due before the requester's limit."""
    journey = asked()
    task = journey.ticket.tasks["assist.1"]
    clock, limit = journey.ticket.clocks[task.clock], journey.ticket.feedback_clock
    assert journey.ticket.assignment == sample.assignment(sample.TOWN)
    assert limit is not None
    assert clock.holder == sample.WATER
    assert clock.due_at <= limit.due_at
    assert [notice.to for notice in journey.notices if notice.kind == "assist_asked"] == [sample.WATER.code]


def test_only_the_lead_may_ask() -> None:
    """A unit that assists cannot hand its part on, and the desk cannot relieve the lead."""
    journey = asked()
    for actor in (WATER, sample.DISPATCHER):
        with pytest.raises(WrongActor):
            journey.take("assist", Assist(actor=actor, unit=sample.HEATING.code, text=sample.TEXT))


def test_the_lead_cannot_ask_itself_nor_the_same_unit_twice() -> None:
    """One open question to a unit is enough."""
    journey = asked()
    for unit in (sample.TOWN, sample.WATER):
        with pytest.raises(WrongStage):
            journey.take("assist", Assist(actor=sample.HANDLER, unit=unit.code, text=sample.TEXT))


def test_no_feedback_while_a_mandatory_task_is_open() -> None:
    """The refusal names who has not answered; a result opens the way."""
    journey = asked()
    journey.contact()
    with pytest.raises(Incomplete, match="市水务局"):
        journey.feedback()
    journey.take("answer_task", AnswerTask(actor=WATER, task="assist.1", reply=sample.TEXT))
    journey.feedback()
    assert journey.ticket.status is Status.FEEDBACK_GIVEN


def test_the_lead_may_go_on_without_a_result_for_a_reason() -> None:
    """The waiver stands on record, and the clock lapses."""
    journey = asked()
    journey.contact()
    journey.take("waive_task", WaiveTask(actor=sample.HANDLER, task="assist.1", reason=sample.TEXT))
    journey.feedback()
    assert journey.ticket.tasks["assist.1"].standing is TaskStanding.WAIVED
    assert journey.ticket.clocks["assist_by.assist.1"].standing == "waived"


def test_what_is_not_mandatory_does_not_hold_feedback_up_and_lapses_with_the_end() -> None:
    """Nothing stays open on a closed ticket."""
    journey = asked(mandatory=False)
    journey.contact()
    journey.feedback()
    journey.left_alone()
    assert journey.ticket.status is Status.CLOSED
    assert not journey.ticket.open_clocks()
    assert not [task for task in journey.ticket.tasks.values() if task.is_open]


def test_reasons_and_an_interim_report_meet_the_clock_and_another_one_starts() -> None:
    """Under the same cap: reports do not move the requester's limit."""
    journey = asked()
    journey.wait(hours=40)
    journey.take("report_task", ReportTask(actor=WATER, task="assist.1", text=sample.TEXT))
    first, second = (journey.ticket.clocks[key] for key in ("assist_by.assist.1", "assist_by.assist.1.2"))
    assert (first.standing, second.standing) == ("met", "running")
    assert second.cap == first.cap


def test_silence_climbs_to_the_city_and_the_task_stands_as_overdue() -> None:
    """Visible to everybody: the unit, the lead, the desk."""
    journey = asked()
    journey.wait(hours=49)
    clock = journey.ticket.clocks["assist_by.assist.1"]
    assert clock.is_overdue
    assert clock.climbed == (Level.CITY,)
    told = [notice.to for notice in journey.notices if notice.kind == "escalated"]
    assert told[-1] == sample.CITY_DESK.code


@pytest.mark.parametrize(
    ("actor", "task", "refused"),
    [
        (sample.HANDLER, "assist.1", WrongActor),
        (WATER, "assist.9", UnknownCode),
        (m.Actor(unit=sample.HEATING.code, role=Role.HANDLER), "assist.1", WrongActor),
    ],
)
def test_only_the_unit_that_was_asked_answers(actor: m.Actor, task: str, refused: type[Exception]) -> None:
    """Neither the lead for it, nor a third one, nor a task that does not exist."""
    with pytest.raises(refused):
        asked().take("answer_task", AnswerTask(actor=actor, task=task, reply=sample.TEXT))


def test_an_answered_task_cannot_be_answered_again() -> None:
    """The first result stands."""
    journey = asked()
    other = Assist(actor=sample.HANDLER, unit=sample.HEATING.code, text=sample.TEXT)
    journey.take("assist", other)
    answer = AnswerTask(actor=WATER, task="assist.1", reply=sample.TEXT)
    journey.take("answer_task", answer)
    with pytest.raises(WrongActor):
        journey.take("answer_task", answer)

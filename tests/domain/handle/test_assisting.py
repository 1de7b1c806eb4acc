"""Assist: who receives first leads, the others answer in time or say why not. Source: Ordinance art. 14."""

from contextlib import suppress
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import messages as m
from domain.commands import COMMANDS
from domain.errors import Incomplete, Refused, UnknownCode, WrongActor, WrongStage
from domain.handle.assisting import AnswerTask, Assist, ReportTask, WaiveTask
from domain.handle.subassigning import WithdrawTask
from domain.show.views import status_view
from domain.terms import Named
from domain.vocabulary import Level, Role, Status, TaskStanding
from tests import sample
from tests.domain.journey import Journey
from tests.domain.making_up import Author, give

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


def test_a_lead_that_was_replaced_takes_back_nothing_the_new_one_waits_for() -> None:
    """What it asked for belongs to the ticket; the unit responsible now may withdraw it."""
    journey = asked()
    journey.reassign(sample.assignment(sample.OTHER_TOWN))
    back = WithdrawTask(actor=sample.HANDLER, task="assist.1", reason=sample.TEXT)
    with pytest.raises(WrongActor, match="不再由"):
        journey.take("withdraw_task", back)
    assert journey.ticket.tasks["assist.1"].is_open
    journey.take("withdraw_task", back.model_copy(update={"actor": journey.handler}))
    assert journey.ticket.tasks["assist.1"].standing is TaskStanding.WAIVED


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


def test_a_task_is_reported_on_once_and_then_answered() -> None:
    """Reports in one second are not acts in time by the dozen; the edition may allow more, or say nothing."""
    journey = asked()
    again = ReportTask(actor=WATER, task="assist.1", text=sample.TEXT)
    journey.take("report_task", again)
    known = len(journey.log)
    with pytest.raises(WrongStage, match="须答复"):
        journey.take("report_task", again)
    assert len(journey.log) == known
    edition = sample.given(sample.WATER)
    for numbers, may in ({"task_reports": 2}, True), ({}, False):
        terms = edition.terms.model_copy(update={"numbers": numbers})
        given = edition.model_copy(update={"terms": terms})
        if may:
            assert COMMANDS["report_task"].rule(journey.ticket, again, given, journey.now)
        else:
            with pytest.raises(WrongStage):
                COMMANDS["report_task"].rule(journey.ticket, again, given, journey.now)
    journey.take("answer_task", AnswerTask(actor=WATER, task="assist.1", reply=sample.TEXT))
    assert journey.ticket.tasks["assist.1"].standing is TaskStanding.DONE


def test_no_report_puts_a_part_off_when_the_time_of_its_whole_is_over() -> None:
    """It is answered, or late; a fresh clock beyond the requester's limit would be bought by words."""
    journey = asked()
    limit = journey.ticket.feedback_clock
    assert limit is not None
    journey.until(limit.due_at)
    with pytest.raises(WrongStage, match="时限已到"):
        journey.take("report_task", ReportTask(actor=WATER, task="assist.1", text=sample.TEXT))
    journey.take("answer_task", AnswerTask(actor=WATER, task="assist.1", reply=sample.TEXT))
    assert journey.ticket.clocks["assist_by.assist.1"].standing == "late"


def test_an_overdue_assist_shows_at_the_leads_district_and_at_the_city() -> None:
    """Both desks are notified at once and have to answer; the task stands as overdue for everybody."""
    journey = asked()
    journey.wait(hours=49)
    clock = journey.ticket.clocks["assist_by.assist.1"]
    assert clock.is_overdue
    assert clock.climbed == (Level.DISTRICT, Level.CITY)
    notified = [notice.to for notice in journey.notices if notice.kind == "escalated"]
    assert notified[-2:] == [sample.DISTRICT_DESK.code, sample.CITY_DESK.code]
    view = status_view(journey.ticket)
    assert view.desk is not None
    shown = {view.desk.code, *(desk.holder.code for desk in view.asked)}
    assert shown == {sample.DISTRICT_DESK.code, sample.CITY_DESK.code}
    answers = [clock.holder for clock in journey.ticket.open_clocks() if clock.of == "assist_by.assist.1"]
    assert answers == [sample.DISTRICT_DESK, sample.CITY_DESK]
    journey.wait(hours=49)
    exhausted = [fact for fact in journey.log if fact.kind == "ladder_exhausted"]
    assert [fact.clock for fact in exhausted].count("assist_by.assist.1") == 1


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


@pytest.mark.parametrize("ended_by", ["answer_task", "waive_task", "withdraw_task"])
def test_an_answer_that_comes_after_the_end_of_its_task_is_kept_as_a_remark(ended_by: str) -> None:
    """The first result stands, nothing is lost, and the lead is notified (R040)."""
    journey = asked()
    answer = AnswerTask(actor=WATER, task="assist.1", reply=sample.TEXT)
    ends: dict[str, m.Command] = {
        "answer_task": answer,
        "waive_task": WaiveTask(actor=sample.HANDLER, task="assist.1", reason=sample.TEXT),
        "withdraw_task": WithdrawTask(actor=sample.HANDLER, task="assist.1", reason=sample.TEXT),
    }
    journey.take(ended_by, ends[ended_by])
    standing = journey.ticket.tasks["assist.1"].standing
    for _ in range(2):
        journey.take("answer_task", answer)
        assert journey.log[-1].kind == "task_noted"
    assert journey.ticket.tasks["assist.1"].standing is standing
    late = [notice for notice in journey.notices if notice.kind == "assist_late_answer"]
    assert [notice.to for notice in late] == [sample.TOWN.code] * 2


MAIN_LINE: dict[str, type[m.Command]] = {
    "sign": m.Sign,
    "contact": m.Contact,
    "visit": m.Visit,
    "feedback": m.Feedback,
    "note": m.Note,
}
"""What the lead may say on the main line."""
OTHERS = sorted(name for name, spec in COMMANDS.items() if spec.message.__module__ != m.__name__)
"""The commands of the branches, whose messages stand in their own files."""


def test_the_lead_has_no_command_of_the_main_line_that_names_a_unit() -> None:
    """Dispatch and reassignment are the desks' (R039, B20)."""
    said = {name for name in COMMANDS if name not in OTHERS and Role.HANDLER in COMMANDS[name].may}
    assert said == set(MAIN_LINE)
    assert not any("unit" in message.model_fields for message in MAIN_LINE.values())


@given(st.integers(0, 2**32))
@settings(max_examples=60)
def test_after_signing_nothing_the_lead_says_makes_another_unit_responsible(seed: int) -> None:
    """Whatever branch command it gives, with whatever in it: the ticket stays with it (R039, B20)."""
    random, journey = Random(seed), Journey()
    journey.sign()
    for _ in range(8):
        name = random.choice(OTHERS)
        made_up = Author(random, journey.ticket, journey.now).command(name)
        with suppress(Refused):
            give(journey, name, made_up.model_copy(update={"actor": sample.HANDLER}))
        assert journey.ticket.assignment == sample.assignment()
        journey.wait(hours=random.choice([0, 1, 30]))

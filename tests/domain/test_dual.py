"""Dual dispatch (双派): one leads, one does its own part; two obligations, neither waits for the other."""

import pytest

from domain import messages as m
from domain.dispatch.objecting import DecideObjection, Object
from domain.errors import UnknownCode, WrongActor, WrongStage
from domain.handle.assisting import AnswerTask, ReportTask, WaiveTask
from domain.rebuild.taking_in import first_account
from domain.vocabulary import ClockName, DispatchMode, Role, Status, TaskStanding, Verdict
from tests import sample
from tests.domain.journey import Journey

WATER = m.Actor(unit=sample.WATER.code, role=Role.HANDLER, person="W1")


def dual_intake(*, certain: bool = True) -> m.Intake:
    """Return an intake for which the directory names the town, with the water authority beside it."""
    intake = sample.intake(certain=certain)
    routing = intake.routing.model_copy(update={"mode": DispatchMode.DUAL, "parallel": sample.WATER})
    return intake.model_copy(update={"routing": routing})


def test_a_dual_dispatch_gives_the_parallel_unit_an_obligation_of_its_own() -> None:
    """B12: by itself at filing, as long as the requester waits, told to it at once."""
    ticket = Journey(dual_intake()).ticket
    task, limit = ticket.tasks["parallel.1"], ticket.feedback_clock
    assert limit is not None
    assert (task.holder, task.mandatory) == (sample.WATER, False)
    assert ticket.clocks[task.clock].due_at == limit.due_at == ticket.promised_at
    account = first_account(dual_intake())
    assert [view.task for view in account.view.tasks] == ["parallel.1"]
    assert [notice.to for notice in account.notices if notice.kind == "parallel_asked"] == [sample.WATER.code]


def test_a_dispatcher_s_own_choice_has_no_parallel_unit_and_the_directory_s_has() -> None:
    """The directory's pair belongs together; another lead stands alone."""
    own, named = Journey(dual_intake(certain=False)), Journey(dual_intake(certain=False))
    own.dispatch(sample.assignment(sample.OTHER_TOWN))
    named.dispatch()
    assert not own.ticket.tasks
    assert list(named.ticket.tasks) == ["parallel.1"]


def test_lead_and_parallel_unit_answer_each_for_its_own() -> None:
    """The lead's feedback does not wait; the parallel unit reports, answers, and the lead is notified."""
    journey = Journey(dual_intake()).handled()
    assert journey.ticket.status is Status.FEEDBACK_GIVEN
    journey.take("report_task", ReportTask(actor=WATER, task="parallel.1", text=sample.TEXT))
    journey.take("answer_task", AnswerTask(actor=WATER, task="parallel.1", reply=sample.TEXT))
    assert journey.ticket.tasks["parallel.1"].standing is TaskStanding.DONE
    notified = [notice.to for notice in journey.notices if notice.kind == "parallel_done"]
    assert notified == [sample.TOWN.code]


def test_a_parallel_part_is_reported_and_answered_once_and_what_comes_later_is_a_remark() -> None:
    """In one instant with two keys as well: one act in time, one result, the rest is noted as late."""
    journey = Journey(dual_intake())
    report = ReportTask(actor=WATER, task="parallel.1", text=sample.TEXT)
    answer = AnswerTask(actor=WATER, task="parallel.1", reply=sample.TEXT)
    journey.take("report_task", report)
    with pytest.raises(WrongStage):
        journey.take("report_task", report)
    for _ in range(2):
        journey.take("answer_task", answer)
    with pytest.raises(WrongStage):
        journey.take("report_task", report)
    kinds = [fact.kind for fact in journey.log]
    assert [kinds.count(kind) for kind in ("task_reported", "task_done", "task_noted")] == [1, 1, 1]
    own = [clock for clock in journey.ticket.clocks.values() if clock.name is ClockName.PARALLEL_BY]
    assert [clock.standing for clock in own] == ["met", "met"]
    late = [notice.to for notice in journey.notices if notice.kind == "parallel_late_answer"]
    assert late == [sample.TOWN.code]


def test_a_parallel_unit_buys_no_time_with_a_report_when_its_own_is_over() -> None:
    """The requester's limit is its own as well."""
    journey = Journey(dual_intake()).handled()
    journey.until(journey.ticket.clocks["parallel_by.parallel.1"].due_at)
    with pytest.raises(WrongStage, match="时限已到"):
        journey.take("report_task", ReportTask(actor=WATER, task="parallel.1", text=sample.TEXT))


def test_an_answer_to_a_parallel_part_that_lapsed_is_a_remark_the_lead_is_notified_of() -> None:
    """The part lapsed when its unit became the lead; its answer changes nothing and is not lost."""
    journey = Journey(dual_intake())
    journey.reassign(sample.assignment(sample.WATER))
    journey.take("answer_task", AnswerTask(actor=WATER, task="parallel.1", reply=sample.TEXT))
    assert journey.log[-1].kind == "task_noted"
    assert journey.ticket.tasks["parallel.1"].standing is TaskStanding.WAIVED


def test_neither_may_do_the_other_s_part_nor_drop_it() -> None:
    """Separate obligations, separate scores."""
    journey = Journey(dual_intake())
    journey.sign()
    with pytest.raises(WrongActor):
        journey.take("answer_task", AnswerTask(actor=sample.HANDLER, task="parallel.1", reply=sample.TEXT))
    with pytest.raises(UnknownCode):
        journey.take("waive_task", WaiveTask(actor=sample.HANDLER, task="parallel.1", reason=sample.TEXT))


def test_a_parallel_unit_that_is_silent_misses_its_own_clock_only() -> None:
    """The lead's record stays clean; the end leaves nothing open."""
    journey = Journey(dual_intake()).handled()
    journey.left_alone()
    clocks = journey.ticket.clocks
    assert clocks["parallel_by.parallel.1"].standing == "missed"
    assert clocks["feedback_by.1"].standing == "met"
    assert not journey.ticket.open_clocks()


def test_a_parallel_unit_that_becomes_the_lead_owes_one_thing_only() -> None:
    """By reassignment as by an upheld objection."""
    reassigned, upheld = Journey(dual_intake()), Journey(dual_intake())
    reassigned.reassign(sample.assignment(sample.WATER))
    upheld.take("object", Object(actor=sample.HANDLER, reason=sample.TEXT, basis_code="ORD-12"))
    reviewer = m.Actor(unit=sample.CITY_DESK.code, role=Role.REVIEWER, person="R1")
    verdict = DecideObjection(
        actor=reviewer, verdict=Verdict.UPHELD, unit=sample.WATER.code, reason=sample.TEXT
    )
    upheld.take("decide_objection", verdict)
    for journey in (reassigned, upheld):
        assert journey.ticket.tasks["parallel.1"].standing is TaskStanding.WAIVED
        running = [clock.name for clock in journey.ticket.open_clocks()]
        assert ClockName.PARALLEL_BY not in running

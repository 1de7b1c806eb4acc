"""Assist (协办): the responsible unit stays responsible and asks others to do their part.

Source: Ordinance art. 14: who receives first leads; the others answer in the set time, or give reasons and an
interim report.
"""

from datetime import datetime

from pydantic import Field

from domain.command.asking import the_edition
from domain.command.authority import assigned_unit, holder_once
from domain.command.given import Given
from domain.command.spec import CommandSpec
from domain.errors import WrongStage
from domain.facts.fact import AnyFact
from domain.facts.tasks import TaskNoted
from domain.messages import Command, ProofRef, TaskKey, TextRef, UnitCode
from domain.supervise.ending import end_if_over
from domain.supervise.ordering import ask_for_review, require_reportable
from domain.supervise.tasks import (
    Ask,
    due_of_the_whole,
    finish,
    open_task,
    open_tasks,
    parts,
    report,
    require_answerable,
    require_holder,
    require_parts_done,
    task_called,
    waive_tasks,
)
from domain.ticket.ticket import Ticket
from domain.vocabulary import Role, Status, TaskKind
from phrases import Phrase


class Assist(Command):
    """协办: ask another unit to do its part; the ticket stays with the unit that leads."""

    unit: UnitCode
    text: TextRef = Field(description="what is asked for")
    mandatory: bool = Field(default=True, description="the lead cannot give feedback while it is open")


class AnswerTask(Command):
    """协办答复: give the result of a task."""

    task: TaskKey
    reply: TextRef
    proof: tuple[ProofRef, ...] = ()


class ReportTask(Command):
    """阶段性情况: give reasons and an interim report in place of a result; the clock restarts."""

    task: TaskKey
    text: TextRef


class WaiveTask(Command):
    """免办: the lead goes on without the result of a task, for a reason."""

    task: TaskKey
    reason: TextRef


def assist(ticket: Ticket, command: Assist, given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts that ask a unit to assist, due before the requester's limit while that lies ahead.

    Raises `WrongStage` for the unit that leads and for one that is already asked.
    """
    assignment = given.units[command.unit]
    if ticket.assignment is not None and assignment.unit == ticket.assignment.unit:
        raise WrongStage(Phrase("The unit that leads cannot assist itself."))
    if any(task.holder == assignment.unit for task in open_tasks(ticket, TaskKind.ASSIST)):
        raise WrongStage(
            Phrase("{unit} has not answered yet; ask it once.", unit=assignment.unit),
        )
    cap = due_of_the_whole(ticket, None, now)
    ask = Ask(TaskKind.ASSIST, assignment, command.actor, command.text, command.mandatory, cap=cap)
    return open_task(ticket, ask, given.terms, now)


def answer_task(ticket: Ticket, command: AnswerTask, _given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts of a result; one that comes after the task has ended is kept as a remark.

    Raises `Incomplete` while a part of it that has to be done is open, `WrongStage` for a whistle, which only
    the town that blew it ends; `UnknownCode`, `WrongActor`.
    """
    if (ended := ticket.tasks.get(command.task)) is not None and not ended.is_open:
        require_holder(ended, command.actor)
        return [
            TaskNoted(
                at=now,
                actor=command.actor,
                task=ended.key,
                text=command.reply,
                proof=command.proof,
                number=ended.late_answers + 1,
            )
        ]
    task = task_called(ticket, command.task)
    require_holder(task, command.actor)
    require_answerable(task)
    if task.kind is TaskKind.DELIBERATION:
        raise WrongStage(Phrase("Record what the residents came to, and how many there were."))
    if task.kind is TaskKind.WHISTLE:
        raise WrongStage(
            Phrase("Nobody leaves until it is done: the town that blew the whistle ends it."),
        )
    require_parts_done(ticket, task.key)
    answered = finish(ticket, task, command.reply, command.proof, now, command.actor)
    return end_if_over(ticket, [*answered, *ask_for_review(ticket, task, now)], now, command.actor)


def report_task(ticket: Ticket, command: ReportTask, given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts of an interim report, in time and not too often.

    Raises `UnknownCode`, `WrongStage`, `WrongActor`.
    """
    task = task_called(ticket, command.task)
    require_holder(task, command.actor)
    require_answerable(task)
    require_reportable(task)
    if task.kind is TaskKind.WHISTLE:
        raise WrongStage(Phrase("A whistle asks for presence; a written report is none."))
    return report(ticket, task, command.text, given, now, command.actor)


def waive_task(ticket: Ticket, command: WaiveTask, _given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts by which the lead goes on without a task's result; the reason stands on record."""
    task = task_called(ticket, command.task, TaskKind.ASSIST)
    tasks = [task, *parts(ticket, task)]
    return waive_tasks(ticket, tasks, now, "waived_by_lead", command.actor, command.reason)


COMMANDS = {
    "assist": CommandSpec(
        message=Assist,
        rule=assist,
        does=Phrase("ask another unit to assist"),
        may={Role.HANDLER: assigned_unit},
        when=frozenset({Status.HANDLING}),
        asks=the_edition,
    ),
    "answer_task": CommandSpec(
        message=AnswerTask,
        rule=answer_task,
        does=Phrase("answer a task"),
        may={
            Role.HANDLER: holder_once,
            Role.SUPERVISOR: holder_once,
            Role.DISPATCHER: holder_once,
        },
    ),
    "report_task": CommandSpec(
        message=ReportTask,
        rule=report_task,
        does=Phrase("report on a task"),
        may={
            Role.HANDLER: holder_once,
            Role.SUPERVISOR: holder_once,
            Role.DISPATCHER: holder_once,
        },
        asks=the_edition,
    ),
    "waive_task": CommandSpec(
        message=WaiveTask,
        rule=waive_task,
        does=Phrase("go on without a task"),
        may={Role.HANDLER: assigned_unit},
    ),
}
"""The commands of this branch by name."""

"""Internal re-dispatch (二级派单): the unit that has the matter, or a part of it, gives a part further down.

To a second-level unit, a community or a company, as deep as it takes; each part has a clock of its own inside
that of its whole, and the whole cannot be finished before its parts. Source: Ordinance art. 14: the unit that
receives first organises; it stays responsible.
"""

import re
from datetime import datetime

from pydantic import Field

from domain.command.asking import the_edition
from domain.command.authority import above_the_unit, asker_of_a_task, assigned_unit, lead_or_holder
from domain.command.given import Given
from domain.command.placing import require_not_pushed_down
from domain.command.spec import CommandSpec
from domain.errors import Incomplete, Malformed, WrongActor, WrongStage
from domain.facts.fact import AnyFact
from domain.facts.tasks import Task
from domain.masking import is_personal
from domain.messages import Actor, Command, OwnCode, TaskKey, TextRef, UnitCode
from domain.supervise.tasks import (
    Ask,
    due_of_the_whole,
    open_task,
    parts,
    require_holder,
    task_called,
    waive_tasks,
)
from domain.terms import Assignment, Named
from domain.ticket.ticket import Ticket
from domain.vocabulary import Role, Status, TaskKind, UnitKind
from phrases import Phrase

_OWN = re.compile(r"(/[A-Za-z0-9._-]+)+")
"""What follows the code of a unit in the codes of its own units: `/north`, `/north/team-4`."""
ABOVE = (UnitKind.CITY, UnitKind.DESK, UnitKind.DISTRICT, UnitKind.DEPARTMENT)
"""The kinds of units that are nobody's second-level unit; they are asked to assist."""

WITHDRAWN = (TaskKind.ASSIST, TaskKind.SUBASSIGNMENT, TaskKind.ESCALATION, TaskKind.DELIBERATION)
"""The kinds of tasks that may be withdrawn; a whistle is ended, with what was done together."""


class SubAssign(Command):
    """二级派单: give a part of the matter to a unit further down; its giver stays responsible."""

    task: TaskKey | None = Field(default=None, description="the task this is a part of; null: the ticket")
    unit: UnitCode | None = Field(default=None, description="a unit of the city's table")
    sub_unit: OwnCode | None = Field(
        default=None,
        description="or one's own unit, by a code under one's own: `110114015/north-community`",
        examples=["110114015/north-community"],
    )
    name: TextRef | None = Field(default=None, description="what one's own unit is called")
    text: TextRef = Field(description="what is to be done")
    mandatory: bool = Field(default=True, description="its whole cannot be finished while it is open")


class WithdrawTask(Command):
    """撤回任务: who asked for it, and still has a say, goes on without it; so does the responsible unit."""

    task: TaskKey
    reason: TextRef


def sub_assign(ticket: Ticket, command: SubAssign, given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts that give a part of the ticket, or of a task, to a unit further down.

    It is due when its whole is due at the latest. Raises `WrongActor` for somebody who does not have the
    whole, `WrongStage` for a unit that has it already or stands beside or above and for a town where the
    directory names a department or company, `Incomplete` for no unit or two, `Malformed` for a code that is
    not one's own.
    """
    whole = task_called(ticket, command.task) if command.task is not None else None
    mine = _mine(ticket, whole, command.actor, given)
    to = _further_down(command, mine, given)
    if command.unit is not None:
        require_not_pushed_down(ticket, to)
    _require_new(ticket, whole, to.unit)
    ask = Ask(
        TaskKind.SUBASSIGNMENT,
        to,
        command.actor,
        command.text,
        command.mandatory,
        of=whole.key if whole else None,
        cap=due_of_the_whole(ticket, command.task, now),
        name=command.name,
    )
    return open_task(ticket, ask, given.terms, now)


def withdraw_task(ticket: Ticket, command: WithdrawTask, _given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts by which a task and its parts need not be done any more; the reason is on record.

    Raises `WrongActor` for somebody who did not ask for it, or has no say in the matter any more.
    """
    task, unit = task_called(ticket, command.task, *WITHDRAWN), command.actor.unit
    may_be_the_leads = task.kind is not TaskKind.ESCALATION  # what lifts the matter is not the unit's to end
    is_the_leads = may_be_the_leads and assigned_unit(ticket, unit)
    if unit != task.asked_by.unit and not is_the_leads:
        raise WrongActor(
            Phrase(
                "Task '{key}' was asked for by {unit}, who may withdraw it.",
                key=task.key,
                unit=task.asked_by.unit,
            ),
        )
    if not _still_speaks(ticket, task, unit):
        raise WrongActor(
            Phrase(
                "Others are responsible by now: task '{key}' is no longer {unit}'s to withdraw.",
                key=task.key,
                unit=unit,
            ),
        )
    tasks = [task, *parts(ticket, task)]
    return waive_tasks(ticket, tasks, now, "withdrawn", command.actor, command.reason)


def _still_speaks(ticket: Ticket, task: Task, unit: str | None) -> bool:
    """Return whether `unit`, which asked for `task`, has a say still: over the ticket, or over its whole."""
    of_the_whole = task.of is not None and ticket.tasks[task.of].is_held_by(unit)
    return of_the_whole or assigned_unit(ticket, unit) or above_the_unit(ticket, unit)


def _mine(ticket: Ticket, whole: Task | None, actor: Actor, given: Given) -> Assignment:
    """Return the unit that has the whole. Raises `WrongActor`, `WrongStage`."""
    if whole is not None:
        require_holder(whole, actor)
        return given.of(whole.holder)
    if ticket.assignment is None or not assigned_unit(ticket, actor.unit):
        raise WrongActor(
            Phrase(
                "Name the task you hold (task); the ticket itself is the responsible unit's to hand down."
            ),
        )
    if ticket.status is not Status.HANDLING:
        raise WrongStage(Phrase("Hand down between signing and feedback."))
    return ticket.assignment


def _further_down(command: SubAssign, mine: Assignment, given: Given) -> Assignment:
    if (command.unit is None) == (command.sub_unit is None):
        raise Incomplete(
            Phrase("Name one unit: `unit` for one of the city's table, or `sub_unit` for one of your own."),
        )
    if command.sub_unit is not None:
        return mine.model_copy(update={"unit": _own_unit(mine.unit, command.sub_unit), "watchers": ()})
    to = given.units[command.unit or ""]
    is_of_another = to.kind is UnitKind.TOWN and (to.district is None or to.district.code != mine.unit.code)
    if to.kind in ABOVE or is_of_another:
        raise WrongStage(
            Phrase(
                "{unit} does not stand under {mine_unit}; ask it to assist instead.",
                unit=to.unit,
                mine_unit=mine.unit,
            ),
        )
    return to


def _own_unit(mine: Named, code: str) -> Named:
    """Return the unit of `mine` with the code `code`, named by codes alone: its name lies in the vault."""
    tail = code.removeprefix(mine.code)
    if tail == code or _OWN.fullmatch(tail) is None or is_personal(code):
        raise Malformed(
            Phrase(
                "The code of a unit of one's own begins with '{code}/', as in {code}/north, "
                "and holds nothing personal.",
                code=mine.code,
            ),
        )
    return Named(code=code, zh=f"{mine.zh}{tail}", en=f"{mine.en}{tail}")


def _require_new(ticket: Ticket, whole: Task | None, unit: Named) -> None:
    """Raise `WrongStage` if `unit` has the whole, or something above it: nothing goes round in circles."""
    above = {ticket.assignment.unit.code} if ticket.assignment else set[str]()
    step = whole
    while step is not None:
        above.add(step.holder.code)
        step = ticket.tasks[step.of] if step.of is not None else None
    if unit.code in above:
        raise WrongStage(
            Phrase("{unit} has the whole already: it cannot get a part of it.", unit=unit),
        )


COMMANDS = {
    "sub_assign": CommandSpec(
        message=SubAssign,
        rule=sub_assign,
        does=Phrase("hand down a part"),
        may={Role.HANDLER: lead_or_holder},
        asks=the_edition,
    ),
    "withdraw_task": CommandSpec(
        message=WithdrawTask,
        rule=withdraw_task,
        does=Phrase("withdraw a task"),
        may={
            Role.HANDLER: lambda ticket, unit: asker_of_a_task(ticket, unit) or assigned_unit(ticket, unit),
            Role.SUPERVISOR: asker_of_a_task,
            Role.DISPATCHER: asker_of_a_task,
        },
    ),
}
"""The commands of this branch by name."""

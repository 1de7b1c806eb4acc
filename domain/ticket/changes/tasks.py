"""What facts with tasks change."""

from domain.facts.tasks import Task, TaskDone, TaskNoted, TaskOpened, TaskReported, TaskWaived
from domain.ticket.change import Change, change, with_task
from domain.ticket.ticket import Ticket
from domain.vocabulary import TaskStanding


@change.register
def _(fact: TaskOpened, ticket: Ticket) -> Change:
    """Return the ticket's tasks with the new one."""
    task = Task(
        key=fact.task,
        kind=fact.what,
        holder=fact.holder,
        asked_by=fact.actor,
        opened_at=fact.at,
        mandatory=fact.mandatory,
        about=fact.about,
        of=fact.of,
        name=fact.name,
        level=fact.level,
        clock=fact.clock,
        turn=fact.turn,
    )
    return {"tasks": {**ticket.tasks, fact.task: task}}


@change.register
def _(fact: TaskReported, ticket: Ticket) -> Change:
    """Return the task with one report more."""
    return with_task(ticket, fact.task, reports=ticket.tasks[fact.task].reports + 1, clock=fact.clock)


@change.register
def _(fact: TaskDone, ticket: Ticket) -> Change:
    """Return the task as done."""
    return with_task(ticket, fact.task, standing=TaskStanding.DONE, closed_at=fact.at)


@change.register
def _(fact: TaskWaived, ticket: Ticket) -> Change:
    """Return the task as waived."""
    return with_task(ticket, fact.task, standing=TaskStanding.WAIVED, closed_at=fact.at)


@change.register
def _(fact: TaskNoted, ticket: Ticket) -> Change:
    """Return the task with one late answer more."""
    return with_task(ticket, fact.task, late_answers=fact.number)

"""Who is notified of facts with tasks."""

from domain.facts.tasks import (
    FOR_THE_LEAD,
    TaskDone,
    TaskHappening,
    TaskNoted,
    TaskOpened,
    TaskReported,
    TaskWaived,
)
from domain.ticket.draft import NoticeDraft, drafts
from domain.ticket.ticket import Ticket
from domain.vocabulary import Role, TaskKind


@drafts.register
def _(fact: TaskOpened, _ticket: Ticket) -> list[NoticeDraft]:
    """Notify the unit that was asked."""
    return [NoticeDraft(fact.holder.code, f"{fact.what}_asked", fact.task, {"task": fact.task})]


@drafts.register
def _(fact: TaskDone, ticket: Ticket) -> list[NoticeDraft]:
    """Notify the unit that asked for it, and the one that leads by now."""
    kind, about = ticket.tasks[fact.task].kind, {"task": fact.task}
    return [NoticeDraft(to, f"{kind}_done", fact.task, about) for to in _who_waits(ticket, fact)]


@drafts.register
def _(fact: TaskWaived, ticket: Ticket) -> list[NoticeDraft]:
    """Notify the unit that was to do it, and the one that asked where another person ended it."""
    task = ticket.tasks[fact.task]
    asker = task.asked_by.unit if fact.actor.role is not Role.SYSTEM else None
    to = {task.holder.code, *([asker] if asker not in (None, fact.actor.unit) else [])}
    return [NoticeDraft(unit, f"{task.kind}_waived", fact.task, {"task": fact.task}) for unit in sorted(to)]


@drafts.register
def _(fact: TaskNoted, ticket: Ticket) -> list[NoticeDraft]:
    """Notify the unit that asked for it, and the one that leads by now."""
    kind, part = ticket.tasks[fact.task].kind, f"{fact.task}/{fact.number}"
    return [
        NoticeDraft(to, f"{kind}_late_answer", part, {"task": fact.task}) for to in _who_waits(ticket, fact)
    ]


@drafts.register
def _(_fact: TaskReported, _ticket: Ticket) -> list[NoticeDraft]:
    """Notify no recipient."""
    return []


def _who_waits(ticket: Ticket, fact: TaskHappening) -> list[str]:
    """Return who waits for a result, each once: the asker, and the lead where the result concerns it."""
    task = ticket.tasks[fact.task]
    lead = ticket.assignment.unit.code if ticket.assignment else None
    is_beside = task.kind is TaskKind.PARALLEL and lead is not None
    asker = None if is_beside else task.asked_by.unit
    is_the_leads = task.of is None and task.kind in FOR_THE_LEAD
    to = (asker, lead if is_the_leads else None)
    return [one for one in dict.fromkeys(to) if one is not None and one != fact.actor.unit]

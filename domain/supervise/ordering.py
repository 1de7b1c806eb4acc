"""What an open supervision order (督办单) means for the ticket: it is answered, reviewed, or runs out.

A ticket does not close over an open order; a redo, which is the requester's, never waits for one.
Source: Ordinance art. 5, 20.
"""

from datetime import datetime
from functools import reduce

from domain.command.given import NOTHING_GIVEN, BranchTerms
from domain.errors import WrongStage
from domain.facts.fact import AnyFact
from domain.facts.supervise import OrderIssued
from domain.facts.tasks import Task
from domain.messages import SYSTEM, Actor
from domain.supervise.tasks import (
    Ask,
    as_holder,
    close,
    desk_for,
    next_key,
    open_task,
    open_tasks,
    waive_tasks,
)
from domain.terms import Assignment, Named
from domain.ticket.evolving import evolve
from domain.ticket.ticket import Ticket
from domain.time.limits import Limit
from domain.vocabulary import Ending, Role, TaskKind
from phrases import Listed, Phrase

ORDERS = (TaskKind.ORDER, TaskKind.ORDER_REVIEW, TaskKind.RISK)
"""The kinds of tasks that a ticket waits for before it closes, whoever would have it closed."""


def issue(
    ticket: Ticket,
    issuer: Named,
    ask: Ask,
    now: datetime,
    terms: BranchTerms = NOTHING_GIVEN.terms,
    of: str | None = None,
) -> list[AnyFact]:
    """Return the facts of an order: on record with who issued it, then the task and its clock."""
    issued = OrderIssued(
        at=now,
        actor=ask.actor,
        task=next_key(ticket, TaskKind.ORDER),
        issuer=issuer,
        owner=ask.assignment.unit,
        of=of,
    )
    return [issued, *open_task(ticket, ask, terms, now)]


def ask_for_review(ticket: Ticket, task: Task, now: datetime) -> list[AnyFact]:
    """Return the facts that put an answered order before its issuer, who has as long as the owner had."""
    if task.kind is not TaskKind.ORDER:
        return []
    ask = Ask(
        TaskKind.ORDER_REVIEW,
        as_holder(ticket.orders[task.key].issuer),
        SYSTEM,
        task.about,
        mandatory=False,
        of=task.key,
        limit=ticket.clocks[task.clock].limit,
    )
    return open_task(ticket, ask, NOTHING_GIVEN.terms, now)


def review_of(ticket: Ticket, order: str) -> Task | None:
    """Return the open closing review of `order`, null when none is open."""
    reviews = open_tasks(ticket, TaskKind.ORDER_REVIEW)
    return next((review for review in reviews if review.of == order), None)


def require_reportable(task: Task) -> None:
    """Raise `WrongStage` for orders and alerts: reasons in place of an answer would put their end off."""
    if task.kind in (TaskKind.ORDER, TaskKind.RISK):
        raise WrongStage(
            Phrase(
                "A {kind} has to be answered; an interim report does not extend its time.", kind=task.kind
            ),
        )


def waits_for_orders(ticket: Ticket) -> bool:
    """Return whether an order, its review or an alert is open and has not run out on its ladder."""
    return any(not ticket.clocks[task.clock].exhausted for task in open_tasks(ticket, *ORDERS))


def require_no_orders(ticket: Ticket) -> None:
    """Raise `WrongStage` while an order, an alert or a hand-off is not answered; no end by hand."""
    awaited = open_tasks(ticket, *ORDERS, TaskKind.ACK)
    open_ones = [task for task in awaited if not ticket.clocks[task.clock].exhausted]
    if open_ones:
        raise WrongStage(
            Phrase(
                "Still to be answered first: {open_ones}.",
                open_ones=Listed(
                    Phrase("{kind} ({key})", kind=task.kind, key=task.key) for task in open_ones
                ),
            ),
        )


def order_is_due(ticket: Ticket) -> bool:
    """Return whether the edition wants a supervision order before the ticket closes unresolved."""
    since = ticket.reopened_at or ticket.filed_at
    was_issued = any(
        task.kind is TaskKind.ORDER and task.asked_by.role is Role.SYSTEM and task.opened_at >= since
        for task in ticket.tasks.values()
    )
    return ticket.terms.order_after_redo is not None and not was_issued


def order_after_redo(ticket: Ticket, limit: Limit, now: datetime) -> list[AnyFact]:
    """Return the facts of the order that takes the place of closing silently after the last round.

    It goes to the desk above the unit, to a unit of the city's itself; the city's desk reviews it.
    """
    desk, city = desk_for(ticket), ticket.terms.city_desk
    owner = ticket.assignment if desk.unit == city and ticket.assignment else desk
    return issue(ticket, city, Ask(TaskKind.ORDER, owner, SYSTEM, None, mandatory=False, limit=limit), now)


def close_over_orders(ticket: Ticket, ending: Ending, now: datetime, actor: Actor = SYSTEM) -> list[AnyFact]:
    """Return the facts that end the ticket; orders nobody answered up to the last rung lapse as such."""
    out = waive_tasks(ticket, open_tasks(ticket, *ORDERS), now, "ladder_exhausted")
    return [*out, *close(reduce(evolve, out, ticket), ending, now, actor)]


def owner_of(ticket: Ticket, named: Assignment | None) -> Assignment:
    """Return whom an order goes to: the unit that was named, else the responsible one or the city's desk."""
    return named or ticket.assignment or as_holder(ticket.terms.city_desk)


def issuer_called(ticket: Ticket, unit: str | None) -> Named:
    """Return the desk above the ticket with the code `unit`."""
    given = ticket.assignment
    desks = [*given.desks.values(), *([given.district] if given.district else [])] if given else []
    return next((desk for desk in desks if desk.code == unit), ticket.terms.city_desk)

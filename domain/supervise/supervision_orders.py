"""Supervision orders (督办单): a desk orders, the owner answers in time, the issuer reviews and closes it.

Source: Ordinance art. 5 (supervision and its follow-up), art. 20.
"""

from datetime import datetime
from functools import reduce

from domain.command.asking import the_edition
from domain.command.authority import anybody, desk_above, holder_of_a_task
from domain.command.given import Given
from domain.command.spec import CommandSpec
from domain.errors import UnknownCode, WrongActor, WrongStage
from domain.facts.fact import AnyFact
from domain.facts.supervise import OrderReviewed
from domain.facts.tasks import Task
from domain.messages import Command, TaskKey, TextRef, UnitCode
from domain.supervise.ending import end_if_over
from domain.supervise.ordering import issue, issuer_called, owner_of, review_of
from domain.supervise.supervising import desk_answers
from domain.supervise.tasks import Ask, finish, require_holder, waive_tasks
from domain.ticket.evolving import evolve
from domain.ticket.ticket import Ticket
from domain.vocabulary import Role, TaskKind
from phrases import Listed, Phrase


class Supervise(Command):
    """督办: order a unit to act and answer in time; no unit: the responsible one."""

    text: TextRef
    unit: UnitCode | None = None


class ReviewOrder(Command):
    """督办审结: close an answered order, or send it back to its owner."""

    task: TaskKey
    satisfied: bool
    text: TextRef


class WaiveOrder(Command):
    """督办撤销: the issuer takes an order back, for a reason."""

    task: TaskKey
    reason: TextRef


def supervise(ticket: Ticket, command: Supervise, given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts of an order; a desk that was escalated to has answered by it."""
    owner = owner_of(ticket, given.units[command.unit] if command.unit else None)
    out = desk_answers(ticket, command.actor, now)
    ask = Ask(TaskKind.ORDER, owner, command.actor, command.text, mandatory=False)
    issuer = issuer_called(ticket, command.actor.unit)
    return [*out, *issue(reduce(evolve, out, ticket), issuer, ask, now, given.terms)]


def review_order(ticket: Ticket, command: ReviewOrder, given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts of the closing review; an answer that is not enough goes back with a new clock.

    Raises `WrongStage` while the order is not answered or once it was reviewed.
    """
    order = _order_called(ticket, command.task)
    review = review_of(ticket, order.key)
    if review is None:
        raise WrongStage(
            Phrase("Order '{key}' is not answered yet, or has been reviewed.", key=order.key),
        )
    require_holder(review, command.actor)
    known = ticket.orders[order.key]
    reviewed = OrderReviewed(
        at=now,
        actor=command.actor,
        task=order.key,
        owner=order.holder,
        satisfied=command.satisfied,
        text=command.text,
        returns=known.returns,
    )
    out = desk_answers(ticket, command.actor, now)
    out += finish(reduce(evolve, out, ticket), review, command.text, (), now, command.actor)
    out.append(reviewed)
    if command.satisfied:
        return end_if_over(ticket, out, now, command.actor)
    owner = given.units[order.holder.code]
    ask = Ask(TaskKind.ORDER, owner, command.actor, command.text, mandatory=False)
    after = reduce(evolve, out, ticket)
    return [*out, *issue(after, known.issuer, ask, now, given.terms, of=order.key)]


def waive_order(ticket: Ticket, command: WaiveOrder, _given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts by which an order, or its review, need not be done any more; the reason stands."""
    order = _order_called(ticket, command.task)
    issuer, city = ticket.orders[order.key].issuer, ticket.terms.city_desk
    if command.actor.unit not in (issuer.code, city.code):
        raise WrongActor(
            Phrase(
                "Order '{key}' was issued by {issuer}: only it or {city} may take it back.",
                key=order.key,
                issuer=issuer,
                city=city,
            ),
        )
    review = review_of(ticket, order.key)
    if not order.is_open and review is None:
        raise WrongStage(Phrase("Order '{key}' is over already.", key=order.key))
    over = [order, *([review] if review else [])]
    out = waive_tasks(ticket, over, now, "waived_by_issuer", command.actor, command.reason)
    return end_if_over(ticket, out, now, command.actor)


def _order_called(ticket: Ticket, key: str) -> Task:
    order = ticket.tasks.get(key)
    if order is None or order.kind is not TaskKind.ORDER:
        known = Listed(ticket.orders, none=Phrase("(none)"))
        raise UnknownCode(
            Phrase("The ticket has no order '{key}'; it has: {known}.", key=key, known=known),
        )
    return order


COMMANDS = {
    "supervise": CommandSpec(
        message=Supervise,
        rule=supervise,
        does=Phrase("issue a supervision order"),
        may={Role.SUPERVISOR: desk_above},
        asks=the_edition,
    ),
    "review_order": CommandSpec(
        message=ReviewOrder,
        rule=review_order,
        does=Phrase("review a supervision order"),
        may={Role.SUPERVISOR: holder_of_a_task},
        asks=the_edition,
    ),
    "waive_order": CommandSpec(
        message=WaiveOrder,
        rule=waive_order,
        does=Phrase("take a supervision order back"),
        may={Role.SUPERVISOR: anybody},
    ),
}
"""The commands of this branch by name; the owner answers with `answer_task`."""

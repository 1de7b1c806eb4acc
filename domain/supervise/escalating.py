"""Escalation by hand (提级): the matter needs a desk above, or the department of the industry.

The desk asked must look into it, give its opinion and say what is done. The requester's limit does not move.
Source: Ordinance art. 20.
"""

from datetime import datetime

from pydantic import Field

from domain.command.asking import the_edition
from domain.command.authority import above_the_unit, assigned_unit, city_desk
from domain.command.given import Given
from domain.command.spec import CommandSpec
from domain.errors import Incomplete, WrongStage
from domain.facts.fact import AnyFact
from domain.facts.supervise import EscalatedByHand
from domain.messages import Command, TextRef, UnitCode
from domain.supervise.supervising import desk_answers
from domain.supervise.tasks import Ask, as_holder, next_key, open_task, open_tasks
from domain.terms import Assignment
from domain.ticket.ticket import Ticket
from domain.vocabulary import EscalateTo, Level, Role, Status, TaskKind, UnitKind
from phrases import Phrase

LEVELS = {
    EscalateTo.DISTRICT: Level.DISTRICT,
    EscalateTo.CITY: Level.CITY,
    EscalateTo.INDUSTRY: Level.CITY,
}
"""How high each lifts the ticket: the departments of the industries are the city's."""


class Escalate(Command):
    """提级: ask a desk above, or the department of the industry, for its opinion and for measures."""

    to: EscalateTo
    unit: UnitCode | None = Field(default=None, description="the department; for `industry` alone")
    opinion: TextRef = Field(description="why it cannot be settled here, and what is proposed")
    measures: TextRef = Field(description="what the desk is asked to do")


def escalate(ticket: Ticket, command: Escalate, given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts that ask a desk for its opinion under a clock of its own; no other clock changes.

    Raises `Incomplete` for an industry without its department or a department without need, `WrongStage` for
    a level that the unit does not have above it, that asks itself or the unit that handles it, or that has
    not answered yet.
    """
    desk = _desk(ticket, command, given)
    if desk.unit.code == command.actor.unit:
        raise WrongStage(Phrase("A unit does not escalate to itself."))
    if ticket.assignment is not None and desk.unit == ticket.assignment.unit:
        raise WrongStage(
            Phrase("{unit} handles the matter itself: it is not escalated to.", unit=desk.unit),
        )
    if any(task.holder == desk.unit for task in open_tasks(ticket, TaskKind.ESCALATION)):
        raise WrongStage(Phrase("{unit} has not answered the last escalation yet.", unit=desk.unit))
    level = LEVELS[command.to]
    ask = Ask(TaskKind.ESCALATION, desk, command.actor, command.opinion, mandatory=False, level=level)
    lifted = EscalatedByHand(
        at=now,
        actor=command.actor,
        task=next_key(ticket, TaskKind.ESCALATION),
        to=command.to,
        desk=desk.unit,
        opinion=command.opinion,
        measures=command.measures,
    )
    return [
        *desk_answers(ticket, command.actor, now),
        lifted,
        *open_task(ticket, ask, given.terms, now),
    ]


def _desk(ticket: Ticket, command: Escalate, given: Given) -> Assignment:
    """Return the desk of the level or the department that is asked for."""
    if (command.to is EscalateTo.INDUSTRY) != (command.unit is not None):
        raise Incomplete(
            Phrase("Name the department (unit) for an industry, and only then."),
        )
    if command.unit is not None:
        found = given.units[command.unit]
        if found.kind is not UnitKind.DEPARTMENT:
            raise WrongStage(Phrase("{unit} is no department of an industry.", unit=found.unit))
        return found
    desks = ticket.assignment.desks if ticket.assignment else {}
    desk = desks.get(LEVELS[command.to])
    if desk is None:
        raise WrongStage(Phrase("A unit of the city has no district above it."))
    return as_holder(desk)


COMMANDS = {
    "escalate": CommandSpec(
        message=Escalate,
        rule=escalate,
        does=Phrase("escalate"),
        may={
            Role.HANDLER: assigned_unit,
            Role.SUPERVISOR: above_the_unit,
            Role.DISPATCHER: city_desk,
        },
        when=frozenset({Status.AWAITING_SIGN, Status.HANDLING}),
        asks=the_edition,
    ),
}
"""The commands of this branch by name."""

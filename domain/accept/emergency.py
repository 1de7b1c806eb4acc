"""Emergency hand-off (即时转): a matter for 110, 119, 120 or 122 goes there at once, and is acknowledged.

Source: Ordinance art. 11 (1). No acknowledgement in time alarms the city's desk.
"""

from datetime import datetime

from pydantic import Field

from domain.command.asking import the_edition
from domain.command.authority import anybody_involved, city_desk
from domain.command.given import Given
from domain.command.spec import CommandSpec
from domain.errors import WrongStage
from domain.facts.accept import Acknowledged, HandedOver, RiskAlerted
from domain.facts.fact import AnyFact
from domain.messages import Code, Command, TaskKey, TextRef
from domain.supervise.ending import end_if_over
from domain.supervise.obligations import fulfil_clock
from domain.supervise.tasks import Ask, as_holder, next_key, open_task, open_tasks, task_called
from domain.terms import Named
from domain.ticket.ticket import Ticket
from domain.ticket.transitions import BEFORE_FEEDBACK
from domain.vocabulary import EmergencyService, RiskLevel, Role, TaskKind
from phrases import Phrase


class HandOver(Command):
    """即时转紧急专线: hand the matter to an emergency service, which has to acknowledge it."""

    service: EmergencyService
    also_handle: bool = Field(default=False, description="the ticket goes on beside the emergency service")
    text: TextRef | None = Field(default=None, description="the message to the service")


class Acknowledge(Command):
    """专线回执: record that the emergency service has the matter, with its own number for it."""

    task: TaskKey
    reference: Code = Field(
        description="the service's own number for the matter; nothing like a phone number"
    )


def hand_over(ticket: Ticket, command: HandOver, given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts that hand the matter over, under the clock in which it must be acknowledged.

    Raises `WrongStage` where the same service has not yet acknowledged.
    """
    service = command.service
    if any(task.holder.code == str(service) for task in open_tasks(ticket, TaskKind.ACK)):
        raise WrongStage(
            Phrase(
                "It is already with {service}, which has not acknowledged: press them instead.",
                service=service,
            ),
        )
    unit = Named.of(str(service), service)
    ask = Ask(TaskKind.ACK, as_holder(unit), command.actor, command.text, mandatory=False)
    handed = HandedOver(
        at=now,
        actor=command.actor,
        task=next_key(ticket, TaskKind.ACK),
        service=service,
        also_handle=command.also_handle,
        text=command.text,
    )
    return [*open_task(ticket, ask, given.terms, now), handed]


def acknowledge(ticket: Ticket, command: Acknowledge, _given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts of an acknowledgement; the last one ends what no unit is to handle as well.

    Raises `UnknownCode`, `WrongStage`.
    """
    task = task_called(ticket, command.task, TaskKind.ACK)
    out: list[AnyFact] = [
        Acknowledged(at=now, actor=command.actor, task=task.key, reference=command.reference),
        *fulfil_clock(ticket, ticket.clocks[task.clock], now, command.actor),
    ]
    return end_if_over(ticket, out, now, command.actor)


class Alert(Command):
    """风险报告: report a risk to the desks of city and district at once."""

    level: RiskLevel
    text: TextRef


def alert(ticket: Ticket, command: Alert, given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts of an alert; the city's desk has to answer it under a clock of its own."""
    desk = as_holder(ticket.terms.city_desk)
    ask = Ask(TaskKind.RISK, desk, command.actor, command.text, mandatory=False)
    key = next_key(ticket, TaskKind.RISK)
    alerted = RiskAlerted(at=now, actor=command.actor, task=key, level=command.level, text=command.text)
    return [*open_task(ticket, ask, given.terms, now), alerted]


COMMANDS = {
    "hand_over": CommandSpec(
        message=HandOver,
        rule=hand_over,
        does=Phrase("hand it to an emergency service"),
        may={Role.AGENT: city_desk, Role.DISPATCHER: city_desk},
        when=BEFORE_FEEDBACK,
        asks=the_edition,
    ),
    "acknowledge": CommandSpec(
        message=Acknowledge,
        rule=acknowledge,
        does=Phrase("record an acknowledgement"),
        may={Role.AGENT: city_desk, Role.DISPATCHER: city_desk},
    ),
    "alert": CommandSpec(
        message=Alert,
        rule=alert,
        does=Phrase("report a risk"),
        may={
            Role.AGENT: city_desk,
            Role.DISPATCHER: city_desk,
            Role.SURVEYOR: city_desk,
            Role.HANDLER: anybody_involved,
            Role.SUPERVISOR: anybody_involved,
        },
        asks=the_edition,
    ),
}
"""The commands of this branch by name."""

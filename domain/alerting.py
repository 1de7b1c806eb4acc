"""Risk alerts (风险预警): a danger interrupts whatever goes on; a desk owns it and answers in minutes.

Source: Ordinance art. 29 (risks are reported at once); the four levels are those of the law on emergencies.
"""

from datetime import datetime

from domain import facts as f
from domain.alert_facts import RiskAlerted
from domain.authority import anybody_involved, assigned_unit, city_desk
from domain.branch import Branch
from domain.branch_terms import Given
from domain.messages import Command, TextRef
from domain.tasks import Ask, as_holder, desk_for, open_task
from domain.ticket import Ticket
from domain.vocabulary import AlertLevel, Role, TaskKind

OF_THE_CITY = (AlertLevel.RED, AlertLevel.ORANGE)
"""The levels that the city's own desk answers for."""


class Alert(Command):
    """风险预警: report a danger; unit, district and city hear of it at once."""

    level: AlertLevel
    text: TextRef


def alert(ticket: Ticket, command: Alert, given: Given, now: datetime) -> list[f.AnyFact]:
    """Return the facts of an alert: told at once, owned by the desk its level calls for, answered in time."""
    is_the_citys = command.level in OF_THE_CITY
    owner = as_holder(ticket.terms.city_desk) if is_the_citys else desk_for(ticket)
    ask = Ask(TaskKind.ALERT, owner, command.actor, command.text, mandatory=False)
    alerted = RiskAlerted(
        at=now,
        actor=command.actor,
        task=f"{TaskKind.ALERT}.{len(ticket.alerts) + 1}",
        level=command.level,
        text=command.text,
        owner=owner.unit,
    )
    return [alerted, *open_task(ticket, ask, given.terms, now)]


COMMANDS = {
    "alert": Branch(
        message=Alert,
        rule=alert,
        zh="风险预警",
        en="raise a risk alert",
        may={
            Role.AGENT: city_desk,
            Role.DISPATCHER: city_desk,
            Role.SURVEYOR: city_desk,
            Role.HANDLER: assigned_unit,
            Role.SUPERVISOR: anybody_involved,
        },
        asks=True,
    ),
}
"""The commands of this branch by name; the desk answers with `answer_task`."""

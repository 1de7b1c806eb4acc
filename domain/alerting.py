"""Risk alert (突发风险即时报告): signs of an emergency are reported at once, whatever the ticket's state.

Source: Ordinance art. 29. The alert is a task of the city's desk, answered with `answer_task`.
"""

from datetime import datetime

from domain import facts as f
from domain.authority import anybody_involved, city_desk
from domain.branch import Branch
from domain.branch_terms import Given
from domain.messages import Command, TextRef
from domain.risk_facts import RiskAlerted
from domain.tasks import Ask, as_holder, next_key, open_task
from domain.ticket import Ticket
from domain.vocabulary import RiskLevel, Role, TaskKind


class Alert(Command):
    """风险报告: report a risk to the desks of city and district at once."""

    level: RiskLevel
    text: TextRef


def alert(ticket: Ticket, command: Alert, given: Given, now: datetime) -> list[f.AnyFact]:
    """Return the facts of an alert; the city's desk has to answer it under a clock of its own."""
    desk = as_holder(ticket.terms.city_desk)
    ask = Ask(TaskKind.RISK, desk, command.actor, command.text, mandatory=False)
    key = next_key(ticket, TaskKind.RISK)
    alerted = RiskAlerted(at=now, actor=command.actor, task=key, level=command.level, text=command.text)
    return [*open_task(ticket, ask, given.terms, now), alerted]


COMMANDS = {
    "alert": Branch(
        message=Alert,
        rule=alert,
        zh="报告风险",
        en="report a risk",
        may={
            Role.AGENT: city_desk,
            Role.DISPATCHER: city_desk,
            Role.SURVEYOR: city_desk,
            Role.HANDLER: anybody_involved,
            Role.SUPERVISOR: anybody_involved,
        },
        asks=True,
    ),
}
"""The commands of this branch by name."""

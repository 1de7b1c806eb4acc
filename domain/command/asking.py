"""What commands have looked up before they are decided."""

from datetime import datetime

from domain.command.fields import incident_named, tasks_named, units_named
from domain.command.given import BranchQuery, IncidentQuery, in_the_table
from domain.messages import Command
from domain.ticket.ticket import Ticket


def the_edition(ticket: Ticket, command: Command, at: datetime) -> BranchQuery:
    """Return the question for the edition's branch terms and for the units that `command` concerns."""
    tasks = [ticket.tasks[key] for key in tasks_named(command) if key in ticket.tasks]
    holders = [in_the_table(task.holder.code) for task in tasks]
    return BranchQuery(
        edition=ticket.terms.edition,
        units=tuple(dict.fromkeys([*units_named(command), *holders])),
        place=ticket.place,
        at=at,
        matter=ticket.terms.category.code,
    )


def the_incident(_ticket: Ticket, command: Command, _at: datetime) -> IncidentQuery | None:
    """Return the question for the incident that `command` names, null where it names none."""
    number = incident_named(command)
    return None if number is None else IncidentQuery(number=number)

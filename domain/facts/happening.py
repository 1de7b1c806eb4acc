"""What every fact is: something that happened, at an instant, by somebody."""

from datetime import datetime
from typing import TYPE_CHECKING

from domain.messages import Actor
from domain.model import Value

if TYPE_CHECKING:
    from domain.ticket.ticket import Ticket


REQUESTER = "requester"
"""The recipient who filed the ticket; how to reach him only the vault knows."""


Told = list[tuple[str, str, str, dict[str, str]]]
"""Who is told of a fact: recipient, kind of notice, what makes it the only one, and its codes."""


class Happening(Value):
    """What every fact carries: the engine's time, and who did it."""

    at: datetime
    actor: Actor

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the fields of the ticket that change by it; none, unless a fact says otherwise."""
        del ticket
        return {}

    def told(self, ticket: "Ticket") -> Told:
        """Return who is told of it; `ticket` is the state after it. Nobody, unless a fact says otherwise."""
        del ticket
        return []


def unit_of(ticket: "Ticket") -> list[str]:
    """Return the code of the responsible unit, as one of those who are told; empty while there is none."""
    return [ticket.assignment.unit.code] if ticket.assignment else []

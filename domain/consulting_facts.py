"""Consultation before dispatch: who was called together about a difficult matter, and what came of it."""

from typing import TYPE_CHECKING, Literal

from domain.happening import Happening, Told
from domain.messages import TextRef
from domain.model import Value
from domain.terms import Named

if TYPE_CHECKING:
    from domain.ticket import Ticket


class Consultation(Value):
    """The last consultation of a ticket; `lead` is the unit it named, null while it goes on."""

    number: int
    units: tuple[Named, ...]
    clock: str
    lead: Named | None = None


class ConsultationOpened(Happening):
    """Units were called together before anybody is made responsible."""

    kind: Literal["consultation_opened"] = "consultation_opened"
    consultation: int
    units: tuple[Named, ...]
    about: TextRef
    clock: str

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the ticket with its consultation."""
        del ticket
        opened = Consultation(number=self.consultation, units=self.units, clock=self.clock)
        return {"consultation": opened}

    def told(self, ticket: "Ticket") -> Told:
        """Tell everybody who is called."""
        about = {"category": ticket.terms.category.code}
        return [(unit.code, "consultation_called", f"{self.consultation}", about) for unit in self.units]


class ConsultationConcluded(Happening):
    """The minutes, and the unit that the consultation names; a dispatcher sends the ticket there."""

    kind: Literal["consultation_concluded"] = "consultation_concluded"
    consultation: int
    lead: Named
    minutes: TextRef

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the ticket with the unit that was named."""
        if ticket.consultation is None:
            return {}
        return {"consultation": ticket.consultation.model_copy(update={"lead": self.lead})}

    def told(self, ticket: "Ticket") -> Told:
        """Tell the city's desk, which dispatches."""
        about = {"lead": self.lead.code}
        return [(ticket.terms.city_desk.code, "dispatch_offered", f"{self.consultation}", about)]


ConsultationFact = ConsultationOpened | ConsultationConcluded
"""Everything that can happen to a consultation."""

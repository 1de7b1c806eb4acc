"""What happens when somebody sees a risk (突发风险即时报告)."""

from typing import TYPE_CHECKING, Literal

from domain.happening import Happening, Told
from domain.messages import TextRef
from domain.vocabulary import Level, RiskLevel

if TYPE_CHECKING:
    from domain.ticket import Ticket


class RiskAlerted(Happening):
    """Somebody involved sees a risk; the city's desk has to answer the task. Source: Ordinance art. 29."""

    kind: Literal["risk_alerted"] = "risk_alerted"
    task: str
    level: RiskLevel
    text: TextRef

    def told(self, ticket: "Ticket") -> Told:
        """Tell the city's desk and the district's, at once."""
        above = (ticket.assignment or ticket.routing.assignment).desks.get(Level.DISTRICT)
        desks = {ticket.terms.city_desk.code, *([above.code] if above else [])}
        about = {"level": str(self.level), "task": self.task}
        return [(desk, "risk_alert", self.task, about) for desk in sorted(desks)]


RiskFact = RiskAlerted
"""Everything that happens about risks."""

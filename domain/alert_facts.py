"""Risk alerts (风险预警): somebody saw a danger; unit, district and city hear of it at once."""

from typing import TYPE_CHECKING, Literal

from domain.happening import Happening
from domain.messages import TextRef
from domain.terms import Named
from domain.vocabulary import AlertLevel, Level

if TYPE_CHECKING:
    from domain.ticket import Ticket


class RiskAlerted(Happening):
    """A risk was reported, whatever step the ticket is in; the desk's task with its clock follows."""

    kind: Literal["risk_alerted"] = "risk_alerted"
    task: str
    level: AlertLevel
    text: TextRef
    owner: Named

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the alerts with the new one."""
        return {"alerts": {**ticket.alerts, self.task: self.level}}

    def told(self, ticket: "Ticket") -> list[tuple[str, str, str, dict[str, str]]]:
        """Tell the city's desk, the district's and the unit, each once, in the same instant."""
        given = ticket.assignment
        desks = [given.unit, given.desks.get(Level.DISTRICT)] if given else []
        codes = dict.fromkeys(one.code for one in [ticket.terms.city_desk, *desks] if one is not None)
        return [(to, "risk_alerted", self.task, {"level": self.level}) for to in codes]

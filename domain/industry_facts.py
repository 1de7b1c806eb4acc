"""What the department in charge of an industry says of a ticket, whoever handles it (行业诉求)."""

from typing import TYPE_CHECKING, Literal

from domain.happening import Happening, Told
from domain.messages import TextRef
from domain.model import Value
from domain.terms import Named

if TYPE_CHECKING:
    from domain.ticket import Ticket


class IndustrySaid(Value):
    """What the department said last: whose industry, which matter, and whether it is its own."""

    unit: Named
    category: str
    confirmed: bool


class IndustryConfirmed(Happening):
    """The matter is of the department's industry."""

    kind: Literal["industry_confirmed"] = "industry_confirmed"
    unit: Named
    category: str

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the ticket as confirmed."""
        del ticket
        return {"industry": IndustrySaid(unit=self.unit, category=self.category, confirmed=True)}


class IndustryDisowned(Happening):
    """The department asks to leave the ticket out of its industry, for a reason."""

    kind: Literal["industry_disowned"] = "industry_disowned"
    unit: Named
    category: str
    reason: TextRef

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the ticket as disowned."""
        del ticket
        return {"industry": IndustrySaid(unit=self.unit, category=self.category, confirmed=False)}

    def told(self, ticket: "Ticket") -> Told:
        """Tell the city's desk: the category may be wrong."""
        about = {"unit": self.unit.code, "category": self.category}
        return [(ticket.terms.city_desk.code, "industry_disowned", f"{ticket.version}", about)]


IndustryFact = IndustryConfirmed | IndustryDisowned
"""Everything an industry's department says of a ticket."""

"""What can happen around dispatch: objections, consultations, industry claims."""

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from domain.facts.happening import Happening, Told
from domain.messages import Actor, Code, TextRef
from domain.model import Value
from domain.terms import Assignment, Named, Place
from domain.vocabulary import Verdict

if TYPE_CHECKING:
    from domain.ticket.ticket import Ticket


class Objection(Value):
    """One objection under review; `clock` is the key of the review's own clock."""

    number: int
    unit: Named
    by: Actor
    proposed: Named | None
    clock: str
    rounds: int = Field(description="how many reviews a ticket may have, by the edition at that time")
    assigned_by: Actor | None = Field(description="who had sent the ticket: never the one to review it")


class Objections(Value):
    """The objections of a ticket: the open one, how many each unit raised, and whether they are over."""

    under_review: Objection | None = None
    raised: dict[str, int] = Field(default_factory=dict)
    decided: int = 0
    bound: tuple[str, ...] = Field(default=(), description="units to which the ticket was given for good")
    over: bool = Field(default=False, description="the assignment is final, whoever holds it")
    upheld: tuple[str, ...] = Field(default=(), description="units whose objection the review agreed with")

    def without_review(self) -> "Objections":
        """Return these without the open one, which the unit may then raise again: nobody has decided it."""
        if self.under_review is None:
            return self
        unit = self.under_review.unit.code
        raised = {**self.raised, unit: self.raised[unit] - 1}
        return self.model_copy(update={"under_review": None, "raised": raised})


class Objected(Happening):
    """The unit objects to being responsible; the requester's limit runs on."""

    kind: Literal["objected"] = "objected"
    objection: int
    unit: Named
    reason: TextRef
    basis: TextRef | None
    basis_code: Code | None
    proposed: Named | None
    clock: str = Field(description="the clock of the review; it starts with the next fact")
    rounds: int

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the ticket's objections with this one under review."""
        now = ticket.objections
        opened = Objection(
            number=self.objection,
            unit=self.unit,
            by=self.actor,
            proposed=self.proposed,
            clock=self.clock,
            rounds=self.rounds,
            assigned_by=ticket.assigned_by,
        )
        raised = {**now.raised, self.unit.code: now.raised.get(self.unit.code, 0) + 1}
        return {"objections": now.model_copy(update={"under_review": opened, "raised": raised})}

    def told(self, ticket: "Ticket") -> Told:
        """Tell the city's desk, where the review is made."""
        about = {"unit": self.unit.code}
        return [(ticket.terms.city_desk.code, "objection_to_review", f"{self.objection}", about)]


class DutyConsulted(Happening):
    """Those whose duties are in question conferred; the minutes belong to the open objection."""

    kind: Literal["duty_consulted"] = "duty_consulted"
    objection: int
    units: tuple[Named, ...]
    minutes: TextRef


class ObjectionDecided(Happening):
    """The review came to its end. What was in question stands in it, for the directory to learn from."""

    kind: Literal["objection_decided"] = "objection_decided"
    objection: int
    verdict: Verdict
    unit: Named = Field(description="the unit that objected")
    to: Named = Field(description="the unit that is responsible from now on")
    final: bool = Field(description="no unit may object any more")
    category: Named
    place: Place
    edition: str
    row: str = Field(description="the row of the directory that is in question")
    legal_basis: str = Field(description="what that row is founded on")
    basis_code: Code | None = None
    reason: TextRef | None = None

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the ticket's objections with none under review."""
        now = ticket.objections
        stays = self.verdict is not Verdict.UPHELD
        bound = (*now.bound, self.unit.code) if stays else now.bound
        upheld = now.upheld if stays else (*now.upheld, self.unit.code)
        new: dict[str, object] = {
            "under_review": None,
            "decided": now.decided + 1,
            "bound": bound,
            "over": self.final,
            "upheld": upheld,
        }
        return {"objections": now.model_copy(update=new)}

    def told(self, ticket: "Ticket") -> Told:
        """Tell the unit that objected."""
        del ticket
        about = {"verdict": self.verdict.value, "to": self.to.code}
        return [(self.unit.code, "objection_decided", f"{self.objection}", about)]


class FinallyAssigned(Happening):
    """The unit stays responsible, for good: it has to sign anew and cannot object again."""

    kind: Literal["finally_assigned"] = "finally_assigned"
    turn: int
    assignment: Assignment

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the ticket in a new turn of the same unit."""
        del ticket
        return {"turn": self.turn, "contacts": 0, "contacted": False, "incident": None}

    def told(self, ticket: "Ticket") -> Told:
        """Tell the unit."""
        del ticket
        return [(self.assignment.unit.code, "finally_assigned", f"{self.turn}", {})]


class DirectoryProposal(Value):
    """A change offered to the responsibility directory: who leads a matter at a place, by a verdict."""

    matter: Named
    place: Place
    lead: Named
    instead_of: Named
    row: str
    edition: str
    basis_code: Code | None
    legal_basis: str
    number: str
    decided_at: datetime


def proposal_of(number: str, fact: ObjectionDecided) -> DirectoryProposal | None:
    """Return what the verdict on ticket `number` offers the directory; null unless it was upheld."""
    if fact.verdict is not Verdict.UPHELD:
        return None
    return DirectoryProposal(
        matter=fact.category,
        place=fact.place,
        lead=fact.to,
        instead_of=fact.unit,
        row=fact.row,
        edition=fact.edition,
        basis_code=fact.basis_code,
        legal_basis=fact.legal_basis,
        number=number,
        decided_at=fact.at,
    )


ObjectionFact = Objected | DutyConsulted | ObjectionDecided | FinallyAssigned
"""Everything that can happen to an objection."""


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

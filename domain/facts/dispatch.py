"""What can happen around dispatch: objections, consultations, industry claims."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from domain.facts.happening import Happening
from domain.messages import Actor, Code, TextRef
from domain.model import Value
from domain.terms import Assignment, Named, Place
from domain.vocabulary import Verdict


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
    over: bool = Field(default=False, description="the assignment is final, whichever unit holds it")
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


class FinallyAssigned(Happening):
    """The unit stays responsible, for good: it has to sign again and cannot object again."""

    kind: Literal["finally_assigned"] = "finally_assigned"
    turn: int
    assignment: Assignment


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
    """Units were called together before any is made responsible."""

    kind: Literal["consultation_opened"] = "consultation_opened"
    consultation: int
    units: tuple[Named, ...]
    about: TextRef
    clock: str


class ConsultationConcluded(Happening):
    """The minutes, and the unit that the consultation names; a dispatcher sends the ticket there."""

    kind: Literal["consultation_concluded"] = "consultation_concluded"
    consultation: int
    lead: Named
    minutes: TextRef


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


class IndustryDisowned(Happening):
    """The department asks to leave the ticket out of its industry, for a reason."""

    kind: Literal["industry_disowned"] = "industry_disowned"
    unit: Named
    category: str
    reason: TextRef


IndustryFact = IndustryConfirmed | IndustryDisowned
"""Everything an industry's department says of a ticket."""

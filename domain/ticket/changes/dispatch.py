"""What facts around dispatch change."""

from domain.facts.dispatch import (
    Consultation,
    ConsultationConcluded,
    ConsultationOpened,
    DutyConsulted,
    FinallyAssigned,
    IndustryConfirmed,
    IndustryDisowned,
    IndustrySaid,
    Objected,
    Objection,
    ObjectionDecided,
)
from domain.ticket.change import Change, change
from domain.ticket.ticket import Ticket
from domain.vocabulary import Verdict


@change.register
def _(fact: Objected, ticket: Ticket) -> Change:
    """Return the ticket's objections with this one under review."""
    now = ticket.objections
    opened = Objection(
        number=fact.objection,
        unit=fact.unit,
        by=fact.actor,
        proposed=fact.proposed,
        clock=fact.clock,
        rounds=fact.rounds,
        assigned_by=ticket.assigned_by,
    )
    raised = {**now.raised, fact.unit.code: now.raised.get(fact.unit.code, 0) + 1}
    return {"objections": now.model_copy(update={"under_review": opened, "raised": raised})}


@change.register
def _(fact: ObjectionDecided, ticket: Ticket) -> Change:
    """Return the ticket's objections with none under review."""
    now = ticket.objections
    stays = fact.verdict is not Verdict.UPHELD
    bound = (*now.bound, fact.unit.code) if stays else now.bound
    upheld = now.upheld if stays else (*now.upheld, fact.unit.code)
    new: dict[str, object] = {
        "under_review": None,
        "decided": now.decided + 1,
        "bound": bound,
        "over": fact.final,
        "upheld": upheld,
    }
    return {"objections": now.model_copy(update=new)}


@change.register
def _(fact: FinallyAssigned, _ticket: Ticket) -> Change:
    """Return the ticket in a new turn of the same unit."""
    return {"turn": fact.turn, "contacts": 0, "contacted": False, "incident": None}


@change.register
def _(fact: ConsultationOpened, _ticket: Ticket) -> Change:
    """Return the ticket with its consultation."""
    opened = Consultation(number=fact.consultation, units=fact.units, clock=fact.clock)
    return {"consultation": opened}


@change.register
def _(fact: ConsultationConcluded, ticket: Ticket) -> Change:
    """Return the ticket with the unit that was named."""
    if ticket.consultation is None:
        return {}
    return {"consultation": ticket.consultation.model_copy(update={"lead": fact.lead})}


@change.register
def _(fact: IndustryConfirmed, _ticket: Ticket) -> Change:
    """Return the ticket as confirmed."""
    return {"industry": IndustrySaid(unit=fact.unit, category=fact.category, confirmed=True)}


@change.register
def _(fact: IndustryDisowned, _ticket: Ticket) -> Change:
    """Return the ticket as disowned."""
    return {"industry": IndustrySaid(unit=fact.unit, category=fact.category, confirmed=False)}


@change.register
def _(_fact: DutyConsulted, _ticket: Ticket) -> Change:
    """Change nothing but status and version."""
    return {}

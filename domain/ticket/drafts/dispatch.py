"""Who is notified of facts around dispatch."""

from domain.facts.dispatch import (
    ConsultationConcluded,
    ConsultationOpened,
    DutyConsulted,
    FinallyAssigned,
    IndustryConfirmed,
    IndustryDisowned,
    Objected,
    ObjectionDecided,
)
from domain.ticket.draft import NoticeDraft, drafts
from domain.ticket.ticket import Ticket


@drafts.register
def _(fact: Objected, ticket: Ticket) -> list[NoticeDraft]:
    """Notify the city's desk, where the review is made."""
    about = {"unit": fact.unit.code}
    return [NoticeDraft(ticket.terms.city_desk.code, "objection_to_review", f"{fact.objection}", about)]


@drafts.register
def _(fact: ObjectionDecided, _ticket: Ticket) -> list[NoticeDraft]:
    """Notify the unit that objected."""
    about = {"verdict": fact.verdict.value, "to": fact.to.code}
    return [NoticeDraft(fact.unit.code, "objection_decided", f"{fact.objection}", about)]


@drafts.register
def _(fact: FinallyAssigned, _ticket: Ticket) -> list[NoticeDraft]:
    """Notify the unit."""
    return [NoticeDraft(fact.assignment.unit.code, "finally_assigned", f"{fact.turn}", {})]


@drafts.register
def _(fact: ConsultationOpened, ticket: Ticket) -> list[NoticeDraft]:
    """Notify every unit that is called."""
    about = {"category": ticket.terms.category.code}
    return [
        NoticeDraft(unit.code, "consultation_called", f"{fact.consultation}", about) for unit in fact.units
    ]


@drafts.register
def _(fact: ConsultationConcluded, ticket: Ticket) -> list[NoticeDraft]:
    """Notify the city's desk, which dispatches."""
    about = {"lead": fact.lead.code}
    return [NoticeDraft(ticket.terms.city_desk.code, "dispatch_offered", f"{fact.consultation}", about)]


@drafts.register
def _(fact: IndustryDisowned, ticket: Ticket) -> list[NoticeDraft]:
    """Notify the city's desk: the category may be wrong."""
    about = {"unit": fact.unit.code, "category": fact.category}
    return [NoticeDraft(ticket.terms.city_desk.code, "industry_disowned", f"{ticket.version}", about)]


@drafts.register
def _(_fact: DutyConsulted | IndustryConfirmed, _ticket: Ticket) -> list[NoticeDraft]:
    """Notify no recipient."""
    return []

"""Who is notified of facts while a request is taken on."""

from domain.facts.accept import (
    Acknowledged,
    Disposed,
    HandedOver,
    NuisanceProposed,
    NuisanceRejected,
    Reopened,
    RiskAlerted,
    Supplemented,
    WithdrawalAsked,
    Withdrawn,
)
from domain.ticket.draft import REQUESTER, NoticeDraft, drafts
from domain.ticket.ticket import Ticket
from domain.vocabulary import Level


@drafts.register
def _(fact: Supplemented, ticket: Ticket) -> list[NoticeDraft]:
    """Notify the responsible unit; the city's desk while there is none, or while it reviews whose it is."""
    return [NoticeDraft(ticket.recipient.code, "supplemented", f"{fact.times}", {})]


@drafts.register
def _(_fact: WithdrawalAsked, ticket: Ticket) -> list[NoticeDraft]:
    """Notify the unit and the city's desk."""
    unit = [ticket.assignment.unit.code] if ticket.assignment else []
    to = sorted({*unit, ticket.terms.city_desk.code})
    return [NoticeDraft(one, "withdrawal_asked", f"{ticket.version}", {}) for one in to]


@drafts.register
def _(fact: Reopened, ticket: Ticket) -> list[NoticeDraft]:
    """Notify the requester and the city's desk."""
    to = (REQUESTER, ticket.terms.city_desk.code)
    return [NoticeDraft(one, "reopened", f"{fact.times}", {}) for one in to]


@drafts.register
def _(fact: Disposed, ticket: Ticket) -> list[NoticeDraft]:
    """Notify the requester why, and the unit that is to keep an eye on the matter."""
    codes = {"route": fact.route, "master": fact.master, "region": fact.region}
    about = {"disposal": str(fact.disposal)} | {
        name: str(code) for name, code in codes.items() if code is not None
    }
    part = f"{ticket.reopened}"
    copy = (
        [NoticeDraft(fact.copied_to.code, "supervisory_copy", part, dict[str, str]())]
        if fact.copied_to
        else []
    )
    return [NoticeDraft(REQUESTER, "disposed", part, about), *copy]


@drafts.register
def _(_fact: NuisanceProposed, ticket: Ticket) -> list[NoticeDraft]:
    """Notify the city's desk that it has to look at it."""
    return [NoticeDraft(ticket.terms.city_desk.code, "nuisance_to_confirm", f"{ticket.version}", {})]


@drafts.register
def _(fact: HandedOver, _ticket: Ticket) -> list[NoticeDraft]:
    """Notify the requester who comes; the service itself is notified by its task."""
    return [NoticeDraft(REQUESTER, "handed_over", fact.task, {"service": str(fact.service)})]


@drafts.register
def _(fact: RiskAlerted, ticket: Ticket) -> list[NoticeDraft]:
    """Notify the city's desk and the district's, at once."""
    above = (ticket.assignment or ticket.routing.assignment).desks.get(Level.DISTRICT)
    desks = {ticket.terms.city_desk.code, *([above.code] if above else [])}
    about = {"level": str(fact.level), "task": fact.task}
    return [NoticeDraft(desk, "risk_alert", fact.task, about) for desk in sorted(desks)]


@drafts.register
def _(_fact: Withdrawn | NuisanceRejected | Acknowledged, _ticket: Ticket) -> list[NoticeDraft]:
    """Notify no recipient."""
    return []

"""Who is notified of facts with incidents."""

from domain.facts.incident import JoinedIncident, LeftIncident, ResultTaken
from domain.ticket.draft import REQUESTER, NoticeDraft, drafts, unit_of
from domain.ticket.ticket import Ticket


@drafts.register
def _(fact: JoinedIncident, ticket: Ticket) -> list[NoticeDraft]:
    """Notify the requester with what the matter is handled; what he asked for stays his own."""
    about = {"incident": fact.incident, "unit": fact.lead.code}
    return [NoticeDraft(REQUESTER, "joined_incident", f"{ticket.turn}", about)]


@drafts.register
def _(fact: LeftIncident, ticket: Ticket) -> list[NoticeDraft]:
    """Notify the requester, and the unit that has to sign."""
    about = {"incident": fact.incident}
    to = [REQUESTER, *unit_of(ticket)]
    return [NoticeDraft(whom, "left_incident", f"{fact.turn}", about) for whom in to]


@drafts.register
def _(_fact: ResultTaken, _ticket: Ticket) -> list[NoticeDraft]:
    """Notify no recipient."""
    return []

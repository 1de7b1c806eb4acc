"""Who is notified of facts when an edition is adopted."""

from domain.facts.adopt import EditionAdopted
from domain.ticket.draft import NoticeDraft, drafts
from domain.ticket.ticket import Ticket


@drafts.register
def _(_fact: EditionAdopted, _ticket: Ticket) -> list[NoticeDraft]:
    """Notify no recipient."""
    return []

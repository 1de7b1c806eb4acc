"""What facts when an edition is adopted change."""

from domain.facts.adopt import Adoption, EditionAdopted
from domain.ticket.change import Change, change
from domain.ticket.ticket import Ticket


@change.register
def _(fact: EditionAdopted, ticket: Ticket) -> Change:
    """Return the ticket's terms, where they are new, and the adoption it was asked for."""
    adopted = Adoption(edition=fact.to_edition, mode=fact.mode)
    return {"adopted": adopted, "terms": fact.terms or ticket.terms}

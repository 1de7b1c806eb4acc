"""What facts with incidents change."""

from domain.facts.incident import JoinedIncident, LeftIncident, Membership, ResultTaken
from domain.ticket.change import Change, change
from domain.ticket.ticket import Ticket


@change.register
def _(fact: JoinedIncident, _ticket: Ticket) -> Change:
    """Return the ticket as a member."""
    return {"incident": Membership(number=fact.incident, lead=fact.lead, joined_at=fact.at)}


@change.register
def _(fact: LeftIncident, _ticket: Ticket) -> Change:
    """Return the ticket without incident; the unit begins a turn of its own."""
    return {"incident": None, "turn": fact.turn, "contacts": 0, "contacted": False}


@change.register
def _(fact: ResultTaken, ticket: Ticket) -> Change:
    """Return the membership that has heard of it; a ticket that left meanwhile stays as it is."""
    member = ticket.incident
    if member is None or member.number != fact.incident:
        return {}
    taken = {"told": max(member.told, fact.result), "told_at": fact.at}
    return {"incident": member.model_copy(update=taken)}

"""Who is notified of what: one notice for one thing, however often it is written.

A notice carries codes only; the wording is made where it is read or sent.
"""

from datetime import datetime

from pydantic import Field

from domain.facts.fact import AnyFact
from domain.model import Value
from domain.ticket.draft import drafts
from domain.ticket.drafts import accept, adopt, dispatch, handle, incident, main_line, supervise, tasks
from domain.ticket.ticket import Ticket

REGISTERED = (main_line, accept, dispatch, handle, supervise, tasks, incident, adopt)
"""Where the notices of each kind of fact are registered; importing them is what registers."""


class Notice(Value):
    """One message to one recipient. `key` is unique in the city: ticket, what, clock, rung and turn."""

    key: str
    number: str
    seq: int = Field(description="the fact that called for it")
    to: str = Field(description="unit code, or `requester`")
    kind: str
    at: datetime
    about: dict[str, str] = Field(description="codes and instants the wording needs")


def notices_of(ticket: Ticket, fact: AnyFact) -> list[Notice]:
    """Return the notices that `fact` calls for; `ticket` is its state after the fact.

    A unit that the ticket complains of gets none.
    """
    return [
        Notice(
            key="/".join(part for part in (ticket.number, kind, dedup_key, recipient) if part),
            number=ticket.number,
            seq=ticket.version,
            to=recipient,
            kind=kind,
            at=fact.at,
            about=params,
        )
        for recipient, kind, dedup_key, params in drafts(fact, ticket)
        if not ticket.is_barred(recipient)
    ]

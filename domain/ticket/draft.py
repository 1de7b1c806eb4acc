"""Notices as they follow from a fact, before they get key, number and time; dispatched on the kind of fact.

`domain/ticket/drafts/` registers every kind, those that notify no recipient as well.
"""

from functools import singledispatch
from typing import NamedTuple

from domain.facts.happening import Happening
from domain.ticket.ticket import Ticket

REQUESTER = "requester"
"""The recipient who filed the ticket; only the vault knows how to reach them."""
OPERATIONS = "operations"
"""The recipient who runs the installation."""


class NoticeDraft(NamedTuple):
    """One notice to be written: `dedup_key` sets it apart from others of its kind to the same recipient."""

    recipient: str
    kind: str
    dedup_key: str
    params: dict[str, str]


@singledispatch
def drafts(fact: Happening, _ticket: Ticket) -> list[NoticeDraft]:
    """Return the notices `fact` calls for; `ticket` is the state after it.

    Raises `TypeError` for an unregistered kind.
    """
    message = f"no notices are registered for {type(fact).__name__}"
    raise TypeError(message)


def unit_of(ticket: Ticket) -> list[str]:
    """Return the responsible unit as a list of recipients; empty while there is none."""
    return [ticket.assignment.unit.code] if ticket.assignment else []

"""The fields of a ticket that a fact changes, dispatched on the kind of fact.

`domain/ticket/changes/` registers every kind, those that change nothing as well.
"""

from functools import singledispatch

from domain.facts.happening import Happening
from domain.ticket.clocks import Clock
from domain.ticket.ticket import Ticket

Change = dict[str, object]
"""Field of the ticket → its new value."""


@singledispatch
def change(fact: Happening, _ticket: Ticket) -> Change:
    """Return the fields of the ticket that `fact` changes. Raises `TypeError` for an unregistered kind."""
    message = f"no change is registered for {type(fact).__name__}"
    raise TypeError(message)


def with_clock(ticket: Ticket, clock: Clock) -> Change:
    """Return the ticket's clocks with `clock` in the place of the one of its key."""
    return {"clocks": {**ticket.clocks, clock.key: clock}}


def with_task(ticket: Ticket, key: str, **changes: object) -> Change:
    """Return the ticket's tasks with `changes` made to the one called `key`."""
    return {"tasks": {**ticket.tasks, key: ticket.tasks[key].model_copy(update=changes)}}

"""Taking in (受理): what follows from a filing by itself, at its instant. Source: Ordinance art. 10, 11.

The requester learns at once where the request went and until when it will be answered. The intake writes
these facts together with the request, and the workflow comes to the same ones: they follow from the intake
alone, with no look at a clock.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import reduce
from typing import NamedTuple

from domain.accept import accepting
from domain.dispatch import dispatching
from domain.facts.fact import AnyFact
from domain.messages import Intake
from domain.show.views import Batch, RecordedFact, status_view
from domain.ticket.evolving import begin, evolve, filed
from domain.ticket.notices import Notice, notices_of
from domain.ticket.ticket import Ticket

BEFORE_ALL_OTHERS = datetime(1970, 1, 1, tzinfo=UTC)
"""The time of the intake's account: any that the workflow writes is later, and holds."""


class TakenIn(NamedTuple):
    """The ticket after its first facts, and these facts in order, the filing first."""

    ticket: Ticket
    facts: list[AnyFact]


def take_in(intake: Intake) -> TakenIn:
    """Return the ticket of `intake` after all that happens automatically, each fact at the instant of filing.

    Praise is recorded and closes. Everything else is accepted, and dispatches itself where the directory
    names one unit; only an inquiry first waits whether it is answered at once.
    """
    ticket, at = begin(intake), intake.filed_at
    facts: list[AnyFact] = [filed(intake)]
    if accepting.needs_no_unit(ticket):
        return _after(TakenIn(ticket, facts), accepting.record_praise(ticket, at))
    so_far = _after(TakenIn(ticket, facts), accepting.accept(ticket, at))
    if accepting.waits_for_an_answer_until(ticket) is not None:
        return so_far
    if not dispatching.dispatches_itself(ticket):
        return so_far
    return _after(so_far, dispatching.dispatch_by_directory(so_far.ticket, at))


def first_account(intake: Intake) -> Batch:
    """Return what the intake writes: the facts of `take_in`, the notices they call for, the state after."""
    taken_in = take_in(intake)
    log, notices = log_and_notices(intake, taken_in.facts)
    return Batch(
        number=intake.number,
        written_at=BEFORE_ALL_OTHERS,
        facts=log,
        notices=notices,
        view=status_view(taken_in.ticket),
    )


def log_and_notices(
    intake: Intake, facts: Sequence[AnyFact]
) -> tuple[tuple[RecordedFact, ...], tuple[Notice, ...]]:
    """Return `facts`, the filing first, each with its place in the log, and the notices they call for."""
    ticket, notices = begin(intake), list[Notice]()
    log = [RecordedFact(seq=1, fact=facts[0])]
    for fact in facts[1:]:
        ticket = evolve(ticket, fact)
        log.append(RecordedFact(seq=ticket.version, fact=fact))
        notices += notices_of(ticket, fact)
    return tuple(log), tuple(notices)


def _after(so_far: TakenIn, facts: list[AnyFact]) -> TakenIn:
    return TakenIn(reduce(evolve, facts, so_far.ticket), [*so_far.facts, *facts])

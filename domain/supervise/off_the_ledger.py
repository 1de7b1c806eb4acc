"""How a matter leaves the hold ledger (销账): what is owed to the ledger lapses, the unit's clocks begin."""

from datetime import datetime

from domain.facts.fact import AnyFact
from domain.facts.handle import TakenOff
from domain.messages import SYSTEM, Actor, ProofRef, TextRef
from domain.supervise.obligations import start
from domain.supervise.tasks import open_tasks, waive_tasks
from domain.ticket.clocks import Clock
from domain.ticket.ticket import Ticket
from domain.vocabulary import ClockName, Status, TaskKind

LEDGER = (TaskKind.HUNG_REVIEW, TaskKind.HUNG_UPDATE, TaskKind.MILESTONE)
"""What is owed while a matter hangs, and only then."""


def take_off(
    ticket: Ticket,
    now: datetime,
    because: str,
    actor: Actor = SYSTEM,
    reason: TextRef | None = None,
    proof: tuple[ProofRef, ...] = (),
) -> list[AnyFact]:
    """Return the facts by which the unit handles a matter on hold again, with the whole limit from now on.

    What it had not yet done, contact and a promised visit, is owed again as well.
    """
    out = waive_tasks(ticket, open_tasks(ticket, *LEDGER), now, "taken_off")
    turn = ticket.turn + 1
    out.append(TakenOff(at=now, actor=actor, turn=turn, because=because, reason=reason, proof=proof))
    unit = ticket.responsible
    limit = start(ticket.terms, ClockName.FEEDBACK_BY, turn, unit, now)
    owed = [
        *([] if ticket.contacted else [ClockName.CONTACT_BY]),
        *([ClockName.DOOR_BY] if ticket.terms.promises_visit and not ticket.visited else []),
    ]
    begun = [start(ticket.terms, name, turn, unit, now, limit.due_at) for name in owed]
    return [*out, *begun, limit]


def nobody_reviewed(ticket: Ticket, clock: Clock, now: datetime) -> list[AnyFact]:
    """Return the facts that follow when the ladder of a review has ended: nothing hangs unwatched."""
    if clock.name is not ClockName.HUNG_REVIEW_BY or ticket.status is not Status.HUNG:
        return []
    return take_off(ticket, now, "not_reviewed")

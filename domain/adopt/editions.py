"""Another edition of the rules over a running ticket: kept out, from the next clock on, or at once.

An edition never changes what has happened: clocks keep the time that has run, rungs that fired stay fired,
the responsible unit stays responsible.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import reduce

from domain.errors import Refused
from domain.facts import main_line as f
from domain.facts.adopt import Adoption, EditionAdopted
from domain.facts.fact import AnyFact
from domain.messages import AdoptEdition, ResolutionQuery
from domain.supervise.obligations import recount, start_dispatch, waive
from domain.supervise.tasks import keep_within
from domain.terms import Terms
from domain.ticket.evolving import evolve
from domain.ticket.ticket import Ticket
from domain.vocabulary import AdoptionMode, ClockName


def wants(ticket: Ticket, command: AdoptEdition) -> bool:
    """Return whether `command` brings the open ticket anything that its last adoption did not.

    The same order again is new only where the ticket has another edition's terms: then it was lost before.
    """
    is_repeated = ticket.adopted == Adoption(edition=command.edition, mode=command.mode)
    if not ticket.is_open or (is_repeated and command.mode is AdoptionMode.PINNED):
        return False
    has_it = ticket.terms.edition == command.edition
    return not has_it or (command.mode is AdoptionMode.NOW and not is_repeated)


def query(ticket: Ticket, edition: str, now: datetime) -> ResolutionQuery:
    """Return what has to be asked of `edition` for the ticket: its matter and place, a tier set by hand."""
    terms = ticket.terms
    return ResolutionQuery(
        edition=edition,
        category=terms.category.code if ticket.category_given else None,
        tier=terms.tier if terms.tier_by_hand else None,
        place=ticket.place,
        at=now,
    )


def adopt(ticket: Ticket, command: AdoptEdition, terms: Terms | None, now: datetime) -> list[AnyFact]:
    """Return the facts by which the ticket adopts the edition of `command`, whose terms for it are `terms`.

    Pinned: it is on record, nothing else. From the next step: the terms hold for every clock that starts from
    now on; those that run keep their limits. Now: they are counted again from their own ledgers as well, and
    what the edition no longer asks for lapses; an obligation it newly asks for begins with the next turn.
    Adopted before: nothing. Source: Ordinance art. 13; which mode is right the city decides.
    """
    if not wants(ticket, command):
        return []
    if command.mode is AdoptionMode.PINNED or terms is None:
        return [_adopted(ticket, command, None, now)]
    new = _for_this_ticket(ticket, terms)
    counted = _recalculated(ticket, new, now) if command.mode is AdoptionMode.NOW else []
    if not counted and new == ticket.terms:
        return []
    return [_adopted(ticket, command, new, now), *counted]


def not_adopted(
    facts: Sequence[AnyFact], order: AdoptEdition, refused: Refused, now: datetime
) -> list[AnyFact]:
    """Return the remark that the edition has no answer for this ticket, which keeps the one it has; once."""
    about = f"adopt:{order.edition}:{refused.code}"
    if any(isinstance(fact, f.Noted) and fact.about == about for fact in facts):
        return []
    return [f.Noted(at=now, actor=order.actor, text=None, about=about)]


def _adopted(ticket: Ticket, command: AdoptEdition, terms: Terms | None, now: datetime) -> EditionAdopted:
    return EditionAdopted(
        at=now,
        actor=command.actor,
        from_edition=ticket.terms.edition,
        to_edition=command.edition,
        mode=command.mode,
        terms=terms,
    )


def _for_this_ticket(ticket: Ticket, terms: Terms) -> Terms:
    """Return `terms` with what is not the edition's to change: the days that count, and the desk it is at."""
    kept = {"calendar": ticket.terms.calendar, "city_desk": ticket.terms.city_desk}
    return terms.model_copy(update=kept)


def _recalculated(ticket: Ticket, terms: Terms, now: datetime) -> list[AnyFact]:
    no_longer = [name for name in ticket.terms.norms if name not in terms.norms]
    counted = [*recount(ticket, terms, now, terms.calendar), *_new_dispatch_clock(ticket, terms, now)]
    ahead = (_ahead(ticket, fact, now) for fact in counted if isinstance(fact, f.ClockRescheduled))
    out: list[AnyFact] = [
        *(fact for fact in ahead if fact is not None),
        *waive(ticket, no_longer, now, "edition_adopted"),
    ]
    return [*out, *keep_within(reduce(evolve, out, ticket), now)]


def _ahead(ticket: Ticket, fact: f.ClockRescheduled, now: datetime) -> f.ClockRescheduled | None:
    """Return `fact` with the reminders still to come; null where then nothing is new.

    A limit cut short would otherwise ring half-time, last call and overdue at one instant, on many tickets.
    """
    clock = ticket.clocks[fact.clock]
    to_come = tuple(reminder for reminder in fact.reminders if reminder[1] > now)
    before = tuple(reminder for reminder in clock.reminders if reminder[1] > now)
    same = (clock.limit, clock.due_at, clock.provisional, before)
    if (fact.limit, fact.due_at, fact.provisional, to_come) == same:
        return None
    return fact.model_copy(update={"reminders": to_come})


def _new_dispatch_clock(ticket: Ticket, terms: Terms, now: datetime) -> list[AnyFact]:
    """Return the fact that counts a dispatcher's open clock again, if it comes out otherwise."""
    clock = ticket.newest(ClockName.DISPATCH_BY)
    if clock is None or not clock.is_open:
        return []
    new = start_dispatch(terms, ticket.filed_at, clock.ledger.started_at)
    if (new.limit, new.due_at) == (clock.limit, clock.due_at):
        return []
    return [
        f.ClockRescheduled(
            at=now,
            actor=new.actor,
            clock=clock.key,
            limit=new.limit,
            due_at=new.due_at,
            provisional=new.provisional,
            reminders=clock.reminders if clock.is_overdue else new.reminders,
        )
    ]

"""Who is told what, as it follows from the facts: one notice for one thing, however often it is written.

A notice carries codes only; the words are made where it is read or sent.
"""

from datetime import datetime

from pydantic import Field

from domain.facts import main_line as f
from domain.facts.fact import AnyFact
from domain.facts.happening import REQUESTER
from domain.model import Value
from domain.terms import Named
from domain.ticket.ticket import Ticket
from domain.vocabulary import ClockName, Ending, Level


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

    None goes to a unit that the ticket complains of.
    """
    return [notice for notice in _called_for(ticket, fact) if not ticket.bars(notice.to)]


def _called_for(ticket: Ticket, fact: AnyFact) -> list[Notice]:  # noqa: C901, PLR0911, PLR0912 - a table
    match fact:
        case f.Dispatched():
            about = {"unit": fact.assignment.unit.code, "turn": str(fact.turn)}
            copies = [
                _notice(ticket, fact, watcher.code, "copied", f"{fact.turn}", about)
                for watcher in fact.assignment.watchers
            ]
            to_unit = _notice(ticket, fact, fact.assignment.unit.code, "dispatched", f"{fact.turn}", about)
            told = _notice(ticket, fact, REQUESTER, "dispatched", f"{fact.turn}", about)
            return [to_unit, *copies, told, *_settled(ticket, fact)]
        case f.Reassigned():
            about = {"unit": fact.assignment.unit.code}
            return [
                *(
                    _notice(ticket, fact, to, "reassigned", f"{fact.turn}", about)
                    for to in (*_each_once(fact.assignment.unit, *fact.assignment.watchers), REQUESTER)
                ),
                *_taken_away(ticket, fact, fact.left, f"{fact.turn}", about),
            ]
        case f.RedoOrdered() if ticket.assignment is not None:
            unit = ticket.assignment.unit.code
            to_unit = _notice(ticket, fact, unit, "redo", f"{fact.round}", {})
            moved = {"level": Level.DISTRICT.value} if fact.left is not None else {}  # it goes one level up
            told = _notice(ticket, fact, REQUESTER, "redo", f"{fact.round}", {"unit": unit, **moved})
            return [to_unit, told, *_taken_away(ticket, fact, fact.left, f"{fact.turn}", {"unit": unit})]
        case f.ClockWarned():
            clock = ticket.clocks[fact.clock]
            about = {"clock": clock.name, "rung": fact.rung, "due_at": clock.due_at.isoformat()}
            return [_notice(ticket, fact, clock.holder.code, "reminder", f"{clock.key}/{fact.rung}", about)]
        case f.ClockMissed():
            clock = ticket.clocks[fact.clock]
            about = {"clock": clock.name, "due_at": clock.due_at.isoformat()}
            return [_notice(ticket, fact, clock.holder.code, "overdue", clock.key, about)]
        case f.Escalated():
            clock = ticket.clocks[fact.clock]
            about = {"clock": clock.name, "level": fact.level, "holder": clock.holder.code}
            key = f"{clock.key}/{fact.level}"
            return [_notice(ticket, fact, fact.desk.code, "escalated", key, about)]
        case f.ClockStarted() if fact.provisional and fact.name is not ClockName.ANSWER_BY:
            about = {"clock": fact.name, "due_at": fact.due_at.isoformat()}
            return [_notice(ticket, fact, "operations", "provisional_deadline", fact.clock, about)]
        case f.ClockRescheduled():
            return _rescheduled(ticket, fact)
        case f.Urged():
            return [_notice(ticket, fact, ticket.hears.code, "urged", f"{fact.times}", {})]
        case f.FeedbackGiven():
            key = f"{ticket.round}"
            return [_notice(ticket, fact, REQUESTER, "feedback", key, {"outcome": fact.outcome})]
        case f.SurveyOpened():
            desk = ticket.terms.city_desk.code
            key = f"{ticket.round}/{fact.attempt}"
            return [_notice(ticket, fact, desk, "callback_due", key, {"attempt": str(fact.attempt)})]
        case f.Closed():
            about: dict[str, str] = {"ending": fact.ending}
            praised = fact.ending is Ending.PRAISE_RECORDED
            to_unit = [ticket.routing.assignment.unit] if praised else []
            to_unit = [ticket.assignment.unit] if ticket.assignment else to_unit
            part = f"{ticket.reopened}" if ticket.reopened else ""
            return [
                _notice(ticket, fact, to, "closed", part, about)
                for to in (REQUESTER, *(unit.code for unit in to_unit))
            ]
        case _:
            return [
                _notice(ticket, fact, to, kind, part, about) for to, kind, part, about in fact.told(ticket)
            ]


def _settled(ticket: Ticket, fact: f.Dispatched) -> list[Notice]:
    """Return the notice to whoever had proposed that it is a nuisance: the dispatch says that it is none."""
    by = fact.settles
    if by is None or by.unit is None or by == fact.actor:
        return []
    about = {"person": by.person} if by.person else {}
    return [_notice(ticket, fact, by.unit, "nuisance_settled", f"{fact.turn}", about)]


def _rescheduled(ticket: Ticket, fact: f.ClockRescheduled) -> list[Notice]:
    """Return the notices of a clock counted anew: to operations, and to the requester when a promise moves.

    More time that a desk has granted is told by its own fact, with the reason.
    """
    clock, key = ticket.clocks[fact.clock], f"{fact.clock}/{ticket.version}"
    due_at, told = fact.due_at.isoformat(), list[Notice]()
    if fact.provisional:
        about = {"clock": clock.name, "due_at": due_at}
        told.append(_notice(ticket, fact, "operations", "provisional_deadline", key, about))
    if clock.name is ClockName.FEEDBACK_BY and fact.was_due_at is not None:
        about = {"was_due_at": fact.was_due_at.isoformat(), "due_at": due_at}
        told.append(_notice(ticket, fact, REQUESTER, "promise_moved", key, about))
    return told


def _taken_away(
    ticket: Ticket, fact: AnyFact, unit: Named | None, part: str, about: dict[str, str]
) -> list[Notice]:
    """Return the notice to the unit that the ticket was taken from."""
    return [] if unit is None else [_notice(ticket, fact, unit.code, "taken_away", part, about)]


def _each_once(*units: Named) -> tuple[str, ...]:
    return tuple(dict.fromkeys(unit.code for unit in units))


def _notice(ticket: Ticket, fact: AnyFact, to: str, kind: str, part: str, about: dict[str, str]) -> Notice:
    key = "/".join(piece for piece in (ticket.number, kind, part, to) if piece)
    return Notice(
        key=key, number=ticket.number, seq=ticket.version, to=to, kind=kind, at=fact.at, about=about
    )

"""Who is notified of facts of the main line."""

from domain.facts import main_line as f
from domain.terms import Named
from domain.ticket.draft import OPERATIONS, REQUESTER, NoticeDraft, drafts
from domain.ticket.ticket import Ticket
from domain.vocabulary import ClockName, Ending, Level


@drafts.register
def _(fact: f.Dispatched, _ticket: Ticket) -> list[NoticeDraft]:
    """Notify the unit, the desks that get a copy, the requester, and the one whose proposal it settles."""
    turn = f"{fact.turn}"
    unit = fact.assignment.unit.code
    params = {"unit": unit, "turn": turn}
    return [
        NoticeDraft(unit, "dispatched", turn, params),
        *(NoticeDraft(watcher.code, "copied", turn, params) for watcher in fact.assignment.watchers),
        NoticeDraft(REQUESTER, "dispatched", turn, params),
        *_settled(fact),
    ]


@drafts.register
def _(fact: f.Reassigned, _ticket: Ticket) -> list[NoticeDraft]:
    """Notify the new unit and its desks, the requester, and the unit that loses the ticket."""
    turn = f"{fact.turn}"
    params = {"unit": fact.assignment.unit.code}
    recipients = dict.fromkeys(unit.code for unit in (fact.assignment.unit, *fact.assignment.watchers))
    return [
        *(NoticeDraft(recipient, "reassigned", turn, params) for recipient in (*recipients, REQUESTER)),
        *_taken_away(fact.left, turn, params),
    ]


@drafts.register
def _(fact: f.RedoOrdered, ticket: Ticket) -> list[NoticeDraft]:
    """Notify the unit that has to do it again, the requester, and the unit it was taken from."""
    unit = ticket.responsible.unit.code
    moved = {"level": Level.DISTRICT.value} if fact.left is not None else {}  # it goes one level up
    return [
        NoticeDraft(unit, "redo", f"{fact.round}", {}),
        NoticeDraft(REQUESTER, "redo", f"{fact.round}", {"unit": unit, **moved}),
        *_taken_away(fact.left, f"{fact.turn}", {"unit": unit}),
    ]


@drafts.register
def _(fact: f.ClockWarned, ticket: Ticket) -> list[NoticeDraft]:
    """Remind the holder of the clock."""
    clock = ticket.clocks[fact.clock]
    params = {"clock": clock.name, "rung": fact.rung, "due_at": clock.due_at.isoformat()}
    return [NoticeDraft(clock.holder.code, "reminder", f"{clock.key}/{fact.rung}", params)]


@drafts.register
def _(fact: f.ClockMissed, ticket: Ticket) -> list[NoticeDraft]:
    """Notify the holder that the clock ran out."""
    clock = ticket.clocks[fact.clock]
    params = {"clock": clock.name, "due_at": clock.due_at.isoformat()}
    return [NoticeDraft(clock.holder.code, "overdue", clock.key, params)]


@drafts.register
def _(fact: f.Escalated, ticket: Ticket) -> list[NoticeDraft]:
    """Notify the desk the overdue clock was escalated to."""
    clock = ticket.clocks[fact.clock]
    params = {"clock": clock.name, "level": fact.level, "holder": clock.holder.code}
    return [NoticeDraft(fact.desk.code, "escalated", f"{clock.key}/{fact.level}", params)]


@drafts.register
def _(fact: f.ClockStarted, _ticket: Ticket) -> list[NoticeDraft]:
    """Notify operations of a deadline that no published calendar covers yet."""
    if not fact.provisional or fact.name is ClockName.ANSWER_BY:
        return []
    params = {"clock": fact.name, "due_at": fact.due_at.isoformat()}
    return [NoticeDraft(OPERATIONS, "provisional_deadline", fact.clock, params)]


@drafts.register
def _(fact: f.ClockRescheduled, ticket: Ticket) -> list[NoticeDraft]:
    """Notify operations of a provisional deadline, and the requester when a promise moves.

    An extension that a desk granted is notified by its own fact, with the reason.
    """
    clock, key = ticket.clocks[fact.clock], f"{fact.clock}/{ticket.version}"
    due_at, found = fact.due_at.isoformat(), list[NoticeDraft]()
    if fact.provisional:
        params = {"clock": clock.name, "due_at": due_at}
        found.append(NoticeDraft(OPERATIONS, "provisional_deadline", key, params))
    if clock.name is ClockName.FEEDBACK_BY and fact.was_due_at is not None:
        params = {"was_due_at": fact.was_due_at.isoformat(), "due_at": due_at}
        found.append(NoticeDraft(REQUESTER, "promise_moved", key, params))
    return found


@drafts.register
def _(fact: f.Urged, ticket: Ticket) -> list[NoticeDraft]:
    """Notify the unit or desk that holds the ticket."""
    return [NoticeDraft(ticket.recipient.code, "urged", f"{fact.times}", {})]


@drafts.register
def _(fact: f.FeedbackGiven, ticket: Ticket) -> list[NoticeDraft]:
    """Notify the requester of the outcome."""
    return [NoticeDraft(REQUESTER, "feedback", f"{ticket.round}", {"outcome": fact.outcome})]


@drafts.register
def _(fact: f.SurveyOpened, ticket: Ticket) -> list[NoticeDraft]:
    """Notify the city's desk that a callback is due."""
    key = f"{ticket.round}/{fact.attempt}"
    return [
        NoticeDraft(ticket.terms.city_desk.code, "callback_due", key, {"attempt": str(fact.attempt)}),
    ]


@drafts.register
def _(fact: f.Closed, ticket: Ticket) -> list[NoticeDraft]:
    """Notify the requester, and the unit that handled the matter or was praised."""
    praised = fact.ending is Ending.PRAISE_RECORDED
    units = [ticket.routing.assignment.unit] if praised else []
    units = [ticket.assignment.unit] if ticket.assignment else units
    part = f"{ticket.reopened}" if ticket.reopened else ""
    recipients = (REQUESTER, *(unit.code for unit in units))
    return [NoticeDraft(recipient, "closed", part, {"ending": fact.ending}) for recipient in recipients]


@drafts.register
def _(
    _fact: f.Filed
    | f.Accepted
    | f.Classified
    | f.Answered
    | f.Signed
    | f.ContactAttempted
    | f.Visited
    | f.ClockMet
    | f.ClockWaived
    | f.LadderExhausted
    | f.SurveyTried
    | f.Surveyed
    | f.Noted
    | f.CalendarChanged,
    _ticket: Ticket,
) -> list[NoticeDraft]:
    """Notify no recipient."""
    return []


def _settled(fact: f.Dispatched) -> list[NoticeDraft]:
    """Return the notice to the proposer of a nuisance: the dispatch says that it is none."""
    by = fact.settles
    if by is None or by.unit is None or by == fact.actor:
        return []
    params = {"person": by.person} if by.person else {}
    return [NoticeDraft(by.unit, "nuisance_settled", f"{fact.turn}", params)]


def _taken_away(unit: Named | None, part: str, params: dict[str, str]) -> list[NoticeDraft]:
    """Return the notice to the unit that the ticket was taken from."""
    return [] if unit is None else [NoticeDraft(unit.code, "taken_away", part, params)]

"""Merge (并单): tickets of one cause are handled with their incident; every caller keeps answer and survey.

A person decides who joins; the requester's own limit runs on untouched. Source: 并单处理, requirement R018.
"""

from datetime import datetime
from functools import reduce

from domain.command.asking import the_incident
from domain.command.authority import city_desk, desk_above, require_not_accused
from domain.command.given import Given
from domain.command.placing import require_not_pushed_down
from domain.command.spec import CommandSpec
from domain.dispatch.dispatching import send
from domain.errors import UnknownCode, WrongStage
from domain.facts import main_line as f
from domain.facts.fact import AnyFact
from domain.facts.incident import IncidentBrief, JoinedIncident, LeftIncident, Result, ResultTaken
from domain.incident.incident import ResultOfIncident
from domain.messages import Actor, Command, IncidentNumber, TextRef
from domain.supervise.obligations import fulfil, start, waive
from domain.supervise.tasks import PARTS, open_tasks, require_parts_done, waive_tasks
from domain.ticket.evolving import evolve
from domain.ticket.ticket import Ticket
from domain.ticket.transitions import BEFORE_FEEDBACK
from domain.vocabulary import ClockName, RequestType, Role, Status, TaskKind
from phrases import Phrase

SINGLY = (ClockName.SIGN_BY, ClockName.CONTACT_BY, ClockName.DOOR_BY)
"""What a unit owes a ticket by itself; with an incident none of it is owed."""
JOINABLE = BEFORE_FEEDBACK - {Status.OBJECTED, Status.HUNG}
"""The points at which nobody has answered the requester, and nobody else is deciding about the ticket."""


class JoinIncident(Command):
    """并单: handle the ticket with an incident of the same cause."""

    incident: IncidentNumber
    reason: TextRef | None = None


class LeaveIncident(Command):
    """拆单: take the ticket apart from its incident; its unit handles it by itself."""

    reason: TextRef


def join_incident(ticket: Ticket, command: JoinIncident, given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts by which the ticket joins; after a result it hears of it at once.

    A ticket that waits for dispatch goes to the incident's lead unit; one that is dispatched must lie with it
    already. What the unit owes singly lapses; the requester's limit stays as it is.
    Raises `UnknownCode`, `WrongStage`, `Incomplete` while a mandatory part is open.
    """
    incident = given.incident
    if incident is None:
        raise UnknownCode(Phrase("There is no incident '{incident}'.", incident=command.incident))
    _require_may_join(ticket, incident)
    require_parts_done(ticket)
    out = [] if ticket.assignment else _sent(ticket, incident, command.actor, now)
    out.append(
        JoinedIncident(
            at=now,
            actor=command.actor,
            incident=incident.number,
            lead=incident.lead.unit,
            reason=command.reason,
        )
    )
    out += waive(ticket, SINGLY, now, "joined")
    out += waive_tasks(ticket, open_tasks(ticket, TaskKind.HANGING), now, "joined")
    if incident.result is not None:
        out += _counted(reduce(evolve, out, ticket), incident.number, incident.result, now)
    return out


def leave_incident(ticket: Ticket, command: LeaveIncident, _given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts that take the ticket apart again: sign and contact restart, under the old limit.

    Raises `WrongStage` for a ticket of no incident, and once the incident's result is its feedback.
    """
    member = ticket.incident
    if member is None:
        raise WrongStage(Phrase("The ticket belongs to no incident."))
    if member.told or ticket.assignment is None:
        raise WrongStage(
            Phrase(
                "The incident's result is this ticket's feedback already; a requester who is "
                "not content gets a redo after the survey."
            ),
        )
    turn, limit = ticket.turn + 1, ticket.feedback_clock
    cap = limit.due_at if limit is not None and limit.due_at > now else None
    door = [ClockName.DOOR_BY] if ticket.terms.promises_visit and not ticket.visited else []
    names = [ClockName.SIGN_BY, ClockName.CONTACT_BY, *door]
    return [
        LeftIncident(at=now, actor=command.actor, incident=member.number, turn=turn, reason=command.reason),
        *(start(ticket.terms, name, turn, ticket.assignment, now, cap) for name in names),
    ]


def take_result(ticket: Ticket, signal: ResultOfIncident, now: datetime) -> list[AnyFact]:
    """Return the facts by which a member takes a result: as its feedback, if it has none in this round.

    One it has heard already brings about nothing. What cannot count stands as a remark: the ticket left, got
    feedback of its own, went to another unit, or is closed.
    """
    member, result = ticket.incident, signal.result
    if member is None or member.number != signal.incident:
        return [f.Noted(at=now, actor=result.actor, text=result.reply, about="incident_result:left")]
    if member.told >= result.number:
        return []
    if not is_with_its_incident(ticket):
        return [_taken(signal.incident, result, now, counted=False)]
    return _counted(ticket, signal.incident, result, now)


def is_with_its_incident(ticket: Ticket) -> bool:
    """Return whether the ticket waits for its incident's result."""
    member = ticket.incident
    return (
        member is not None
        and not member.told
        and ticket.status is Status.HANDLING
        and ticket.assignment is not None
        and ticket.assignment.unit.code == member.lead.code
    )


def _require_may_join(ticket: Ticket, incident: IncidentBrief) -> None:
    if ticket.incident is not None and not ticket.incident.told:
        raise WrongStage(
            Phrase("The ticket belongs to {number} already.", number=ticket.incident.number),
        )
    if ticket.type is RequestType.PRAISE:
        raise WrongStage(Phrase("Praise is recorded, not merged."))
    if incident.closed:
        raise WrongStage(
            Phrase("Incident {number} is closed: no ticket can join it.", number=incident.number)
        )
    if incident.result is not None and _is_asked_anew_since(ticket, incident.result):
        raise WrongStage(
            Phrase(
                "The requester has asked for more since the result of {number}: it cannot answer that.",
                number=incident.number,
            ),
        )
    lead = incident.lead.unit
    require_not_accused(ticket, lead.code)
    if ticket.assignment is not None and ticket.assignment.unit.code != lead.code:
        raise WrongStage(
            Phrase(
                "The incident lies with {lead}, the ticket with {unit}: reassign it first.",
                lead=lead,
                unit=ticket.assignment.unit,
            ),
        )


def _is_asked_anew_since(ticket: Ticket, result: Result) -> bool:
    """Return whether a redo or a reopening began after `result`, which is no answer to it then."""
    limit = ticket.feedback_clock
    return ticket.round > 1 and limit is not None and result.at <= limit.ledger.started_at


def _sent(ticket: Ticket, incident: IncidentBrief, actor: Actor, now: datetime) -> list[AnyFact]:
    """Return the facts that send a waiting ticket to the lead unit: the requester's limit alone starts."""
    require_not_pushed_down(ticket, incident.lead)
    return send(ticket, now, actor, incident.lead, singly=False)


def _counted(ticket: Ticket, incident: str, result: Result, now: datetime) -> list[AnyFact]:
    """Return the facts of the result as the ticket's feedback; nobody owes a part of it any more.

    What supervises the ticket goes on: orders, alerts, and the other unit's own part of a dual dispatch.
    """
    done_with = (*PARTS, TaskKind.EXTENSION, TaskKind.HANGING)
    return [
        _taken(incident, result, now, counted=True),
        *waive_tasks(ticket, open_tasks(ticket, *done_with), now, "incident_result"),
        *waive(ticket, SINGLY, now, "incident_result"),
        f.FeedbackGiven(
            at=now,
            actor=result.actor,
            outcome=result.outcome,
            reply=result.reply,
            proof=result.proof,
            by_incident=incident,
        ),
        *fulfil(ticket, (ClockName.FEEDBACK_BY,), now, result.actor),
    ]


def _taken(incident: str, result: Result, now: datetime, *, counted: bool) -> ResultTaken:
    return ResultTaken(
        at=now,
        actor=result.actor,
        incident=incident,
        result=result.number,
        reply=result.reply,
        counted=counted,
    )


DECIDES = {Role.AGENT: city_desk, Role.DISPATCHER: city_desk, Role.SUPERVISOR: desk_above}
"""Who says that a ticket has an incident's cause: never the unit, whose clocks would lapse by it."""

COMMANDS = {
    "join_incident": CommandSpec(
        message=JoinIncident,
        rule=join_incident,
        does=Phrase("join it to an incident"),
        may=DECIDES,
        when=JOINABLE,
        asks=the_incident,
    ),
    "leave_incident": CommandSpec(
        message=LeaveIncident,
        rule=leave_incident,
        does=Phrase("detach it from its incident"),
        may=DECIDES,
        when=frozenset({Status.AWAITING_SIGN, Status.HANDLING}),
    ),
}
"""The commands of this branch by name."""

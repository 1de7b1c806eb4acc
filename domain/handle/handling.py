"""Handle and give feedback (办理、反馈): sign, contact, visit, outcome. Source: Ordinance art. 14, 15."""

from datetime import datetime

from domain.command.authority import assigned_unit, require_one_of
from domain.command.given import Given
from domain.command.spec import CommandSpec, cannot
from domain.command.stricter import stricter_since
from domain.errors import Fault, Incomplete, Refused
from domain.facts import main_line as f
from domain.facts.fact import AnyFact
from domain.handle.head_reading import require_read
from domain.handle.proof import require_explanation, require_proof
from domain.messages import Complete, Contact, Feedback, Sign, Visit
from domain.supervise.obligations import fulfil, waive
from domain.supervise.tasks import open_tasks, require_parts_done, waive_tasks
from domain.ticket.ticket import Ticket
from domain.ticket.transitions import before, require
from domain.vocabulary import ClockName, ContactResult, Role, Status, TaskKind
from phrases import Phrase

THE_UNIT = {Role.HANDLER: assigned_unit}
"""Who signs, calls, visits and reports: a handler of the responsible unit."""


def sign(ticket: Ticket, command: Sign, _given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts by which the unit takes the ticket on."""
    return [
        f.Signed(at=now, actor=command.actor),
        *fulfil(ticket, (ClockName.SIGN_BY,), now, command.actor),
    ]


def contact(ticket: Ticket, command: Contact, _given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts of one logged attempt to reach the requester.

    Reached, or the edition's number of attempts, meets the contact clock. Source: Ordinance art. 15 (1).
    """
    attempt = ticket.contacts + 1
    counts = command.result is ContactResult.REACHED or attempt >= ticket.terms.contact_attempts
    logged = f.ContactAttempted(
        at=now, actor=command.actor, result=command.result, attempt=attempt, counts=counts, note=command.note
    )
    return [logged, *(fulfil(ticket, (ClockName.CONTACT_BY,), now, command.actor) if counts else [])]


def visit(ticket: Ticket, command: Visit, _given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts of somebody being on the spot; meets the door clock where the matter has one."""
    return [
        f.Visited(at=now, actor=command.actor, note=command.note, proof=command.proof),
        *fulfil(ticket, (ClockName.DOOR_BY,), now, command.actor),
    ]


def feedback(ticket: Ticket, command: Feedback, _given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts of the unit's report of its outcome. Source: Ordinance art. 15 (3).

    Raises `Incomplete` without a reply, a contact that counts, a promised visit, or proof the matter wants.
    """
    return _feedback(ticket, command, now, by_signal=False)


def complete(ticket: Ticket, signal: Complete, now: datetime) -> list[AnyFact]:
    """Return the facts of a unit's own system reporting its outcome by the plain signal.

    A signal that cannot count becomes a remark with the reason it did not; it is never lost.
    """
    try:
        return completed(ticket, signal, now)
    except Refused as refused:
        return not_completed(signal, refused, now)


def completed(ticket: Ticket, signal: Complete, now: datetime) -> list[AnyFact]:
    """Return the facts of such a signal where it counts. Raises as `feedback`."""
    require_one_of(ticket, Phrase("give feedback"), THE_UNIT, signal.actor)
    return _feedback(ticket, signal, now, by_signal=True)


def not_completed(signal: Complete, error: Refused | Fault, now: datetime) -> list[AnyFact]:
    """Return the remark that a signal becomes which cannot count, with the reason."""
    about = f"complete:{type(error).__name__}"
    return [f.Noted(at=now, actor=signal.actor, text=signal.reply, about=about)]


def is_handled(ticket: Ticket) -> bool:
    """Return whether the unit's time is over: feedback given, closed, or silent up to the last rung."""
    with_a_unit = (Status.AWAITING_SIGN, Status.HANDLING, Status.OBJECTED, Status.HUNG)
    return ticket.status not in with_a_unit or ticket.is_unanswered


def _feedback(
    ticket: Ticket, report: Feedback | Complete, now: datetime, *, by_signal: bool
) -> list[AnyFact]:
    require(ticket.status, "feedback_given", Phrase("give feedback"))
    reply = report.reply
    if reply is None:
        raise Incomplete(Phrase("Feedback needs a reply to the requester."))
    if not ticket.contacted:
        raise Incomplete(
            Phrase(
                "Contact the requester first: reached once, or {contact_attempts} attempts logged.",
                contact_attempts=ticket.terms.contact_attempts,
            ),
        )
    if ticket.terms.promises_visit and not ticket.visited:
        raise Incomplete(Phrase("This kind of matter needs a visit before feedback."))
    require_proof(report.proof, ticket.terms.proof)
    _require_explanation(ticket, report)
    require_read(ticket)
    require_parts_done(ticket)
    given = f.FeedbackGiven(
        at=now,
        actor=report.actor,
        outcome=report.outcome,
        reply=reply,
        proof=report.proof,
        by_signal=by_signal,
    )
    asked_of_the_desk = open_tasks(ticket, TaskKind.EXTENSION, TaskKind.HANGING)
    return [
        given,
        *fulfil(ticket, (ClockName.FEEDBACK_BY,), now, report.actor),
        *waive_tasks(ticket, asked_of_the_desk, now, "feedback_given"),
    ]


@stricter_since("0.2.0")
def _require_explanation(_ticket: Ticket, report: Feedback | Complete) -> None:
    require_explanation(report.outcome, report.proof)


def end_without_feedback(ticket: Ticket, now: datetime) -> list[AnyFact]:
    """Return the facts that let the unit's other obligations lapse when its time is over."""
    names = (ClockName.SIGN_BY, ClockName.CONTACT_BY, ClockName.DOOR_BY, ClockName.FEEDBACK_BY)
    return waive(ticket, names, now, "unanswered")


COMMANDS = {
    "sign": CommandSpec(
        message=Sign,
        rule=sign,
        does=Phrase("sign for it"),
        may=THE_UNIT,
        when=before("signed"),
        wrong_stage=cannot(Phrase("sign it")),
    ),
    "contact": CommandSpec(
        message=Contact,
        rule=contact,
        does=Phrase("log an attempt to contact the requester"),
        may=THE_UNIT,
        when=before("feedback_given"),
        wrong_stage=cannot(Phrase("log a contact")),
    ),
    "visit": CommandSpec(
        message=Visit,
        rule=visit,
        does=Phrase.within("command", "log a visit"),
        may=THE_UNIT,
        when=before("feedback_given"),
        wrong_stage=cannot(Phrase("log a visit")),
    ),
    "feedback": CommandSpec(
        message=Feedback,
        rule=feedback,
        does=Phrase("give feedback"),
        may=THE_UNIT,
        when=before("feedback_given"),
        wrong_stage=cannot(Phrase("give feedback")),
    ),
}
"""The commands of this step by name."""

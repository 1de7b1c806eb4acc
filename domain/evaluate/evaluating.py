"""Evaluate (评价): the requester is asked, by somebody else than the handler, when the limit has expired.

Source: Ordinance art. 23; numbers of tries, hours and grades are the edition's.
"""

from datetime import datetime

from domain.command.authority import city_desk, the_requester
from domain.command.given import Given
from domain.command.spec import CommandSpec
from domain.dispatch.dispatching import clocks_of_a_round, without_own_parts
from domain.errors import Incomplete, WrongActor, WrongStage
from domain.facts import main_line as f
from domain.facts.fact import AnyFact
from domain.handle.handling import end_without_feedback
from domain.messages import SYSTEM, Survey
from domain.supervise.consequences import drop_objection
from domain.supervise.obligations import fulfil, start_survey, waive
from domain.supervise.ordering import close_over_orders, order_after_redo, order_is_due, waits_for_orders
from domain.supervise.tasks import open_tasks, waive_tasks
from domain.terms import Assignment
from domain.ticket.ticket import Ticket
from domain.time.calendar import ALWAYS_OPEN, end_of_day, next_day_in_window, next_in_window
from domain.time.day_times import DAY, opens_after
from domain.vocabulary import (
    ClockName,
    Ending,
    Level,
    Outcome,
    RedoTo,
    Role,
    Status,
    TaskKind,
    TryResult,
    UnitKind,
)
from phrases import Phrase


def survey_starts_at(ticket: Ticket) -> datetime | None:
    """Return when the survey starts: at the limit, or at feedback where that is later.

    An edition may say at feedback; a unit silent up to the last rung is not waited for. Null while neither
    is known. Source: Ordinance art. 23.
    """
    limit = ticket.feedback_clock
    if limit is None or (ticket.feedback_at is None and not limit.exhausted):
        return None
    if ticket.feedback_at is None:
        return limit.due_at
    return ticket.feedback_at if ticket.terms.survey.at_feedback else max(limit.due_at, ticket.feedback_at)


def next_try_at(ticket: Ticket, now: datetime) -> datetime:
    """Return the earliest instant from `now` on at which the next callback try may be made.

    Inside the edition's hours; further tries on another day, or after the edition's spacing.
    """
    plan, zone = ticket.terms.survey, ticket.terms.calendar.time_zone
    window = (plan.window_opens, plan.window_closes)
    if ticket.last_try_at is None:
        return next_in_window(now, window, zone)
    if plan.spacing is not None:
        return next_in_window(max(now, ticket.last_try_at + plan.spacing.amount), window, zone)
    return max(next_day_in_window(ticket.last_try_at, window, zone), next_in_window(now, window, zone))


def open_try(ticket: Ticket, now: datetime) -> list[AnyFact]:
    """Return the facts that put the next callback try on the desk's list until the day's hours end."""
    attempt = ticket.survey_tries + 1
    lapse: list[AnyFact] = []
    if ticket.is_unanswered and attempt == 1:
        asked_of_the_desk = open_tasks(ticket, TaskKind.EXTENSION, TaskKind.HANGING)
        lapse = [
            *end_without_feedback(ticket, now),
            *drop_objection(ticket, now),
            *waive_tasks(ticket, asked_of_the_desk, now, "unanswered"),
        ]
    until = _try_ends_at(ticket, now)
    return [
        f.SurveyOpened(at=now, actor=SYSTEM, attempt=attempt),
        *lapse,
        start_survey(ticket.terms, attempt, ticket.round, now, until),
    ]


def survey(ticket: Ticket, command: Survey, _given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts of one callback try, with the requester's answers where there are any.

    Raises `WrongStage` when no try is open or the round has its answers, `Incomplete` when an answer is
    missing, `WrongActor` where a requester says that nobody answered.
    """
    if this_rounds_answers(ticket) is not None:
        raise WrongStage(
            Phrase("The requester has answered already; the first answers stand."),
        )
    if command.result is TryResult.NO_ANSWER:
        if command.actor.role is Role.REQUESTER:
            raise WrongActor(Phrase("Only the callback agent logs a call that was not answered."))
        if not ticket.survey_try_open:
            raise WrongStage(
                Phrase("This try is already logged; the next one is another day's."),
            )
        tried = f.SurveyTried(
            at=now, actor=command.actor, attempt=ticket.survey_tries, made=True, comment=command.comment
        )
        return [
            tried,
            *fulfil(ticket, (ClockName.SURVEY_BY,), now, command.actor),
        ]
    if command.contacted is None or command.resolved is None or command.satisfied is None:
        raise Incomplete(
            Phrase("An answered survey needs contacted, resolved and satisfied."),
        )
    answers = f.Surveyed(
        at=now,
        actor=command.actor,
        contacted=command.contacted,
        resolved=command.resolved,
        satisfied=command.satisfied,
        round=ticket.round,
        comment=command.comment,
    )
    return [answers, *fulfil(ticket, (ClockName.SURVEY_BY,), now, command.actor)]


def try_is_missed(ticket: Ticket) -> bool:
    """Return whether the open try was made by nobody until its time was over."""
    clock = ticket.newest(ClockName.SURVEY_BY)
    return ticket.survey_try_open and clock is not None and clock.is_overdue


def try_lapsed(ticket: Ticket, now: datetime) -> list[AnyFact]:
    """Return the facts of a try that nobody made while it was open; it counts as one of the tries."""
    tried = f.SurveyTried(at=now, actor=SYSTEM, attempt=ticket.survey_tries, made=False)
    return [tried, *waive(ticket, (ClockName.SURVEY_BY,), now, "not_made")]


def this_rounds_answers(ticket: Ticket) -> f.Surveyed | None:
    """Return the requester's answers of this round, null while there are none."""
    return next((answers for answers in ticket.surveys if answers.round == ticket.round), None)


def is_over(ticket: Ticket) -> bool:
    """Return whether this round may be concluded: the survey has its result, and no order holds it open.

    A ticket does not close over an open supervision order; a redo does not wait for one.
    """
    return has_result(ticket) and (_calls_for_a_redo(ticket) or not waits_for_orders(ticket))


def has_result(ticket: Ticket) -> bool:
    """Return whether the survey of this round has its result: answers, or all tries in vain."""
    if this_rounds_answers(ticket) is not None:
        return True
    return not ticket.survey_try_open and ticket.survey_tries >= ticket.terms.survey.tries


def conclude(ticket: Ticket, now: datetime) -> list[AnyFact]:
    """Return the facts that end the round: closed, or a redo with a limit of its own.

    Not resolved, or one of the failing grades, calls for a redo while the edition has rounds left; the first
    result stands for the rates all the same. A unit's silence spares it none where the edition says so.
    Still not content after the last round: an edition may want a supervision order first, and the ticket
    closes when that has been reviewed or has run out.
    """
    if ticket.assignment is not None and _calls_for_a_redo(ticket):
        return _redo(ticket, ticket.assignment, now)
    limit = ticket.terms.order_after_redo
    if limit is not None and _is_discontent(ticket) and order_is_due(ticket):
        return order_after_redo(ticket, limit, now)
    return close_over_orders(ticket, _ending(ticket), now)


def _ending(ticket: Ticket) -> Ending:
    """Return how a ticket ends that is not done once more.

    Without any feedback as unanswered; a redo that nobody confirms, by its silence or the requester's, as
    unresolved, and so does what the unit says cannot be solved now.
    """
    answers, is_redo = this_rounds_answers(ticket), ticket.redos > 0
    cannot_now = ticket.outcome is Outcome.CANNOT_NOW
    if ticket.feedback_at is None and not is_redo:
        return Ending.UNANSWERED
    if answers is None:
        return Ending.CLOSED_UNRESOLVED if is_redo or cannot_now else Ending.UNREACHABLE
    is_resolved = _is_content(ticket, answers) and not cannot_now
    return Ending.RESOLVED if is_resolved else Ending.CLOSED_UNRESOLVED


def _is_content(ticket: Ticket, answers: f.Surveyed) -> bool:
    return answers.resolved and answers.satisfied not in ticket.terms.survey.failing


def _calls_for_a_redo(ticket: Ticket) -> bool:
    """Return whether the requester is not content with what the unit did, and there are rounds left."""
    are_left = ticket.assignment is not None and ticket.redos < ticket.terms.redo_rounds
    return are_left and _is_discontent(ticket)


def _is_discontent(ticket: Ticket) -> bool:
    """Return whether the requester says this round that it is not over; of silence, where that counts."""
    answers = this_rounds_answers(ticket)
    was_handled = ticket.feedback_at is not None or ticket.redos > 0
    if answers is None or not (was_handled or ticket.terms.redo_after_silence):
        return False
    return not _is_content(ticket, answers)


def _redo(ticket: Ticket, assignment: Assignment, now: datetime) -> list[AnyFact]:
    """Return the facts by which the same unit, or the one above it, begins again with a full limit."""
    turn, above = ticket.turn + 1, _one_level_up(assignment)
    moves = ticket.terms.redo_to is RedoTo.ONE_LEVEL_UP and above is not None
    unit = above if moves and above is not None else assignment
    return [
        *waive_tasks(ticket, open_tasks(ticket, TaskKind.DELIBERATION), now, "redo"),
        *without_own_parts(ticket, unit.unit, now),
        f.RedoOrdered(
            at=now,
            actor=SYSTEM,
            turn=turn,
            round=ticket.round + 1,
            assignment=unit if moves else None,
            left=assignment.unit if moves else None,
        ),
        *clocks_of_a_round(ticket, turn, unit, now),
    ]


def _one_level_up(assignment: Assignment) -> Assignment | None:
    """Return the district as the responsible unit; null where nothing but the city's desk lies above."""
    district = assignment.district
    if district is None or assignment.kind is UnitKind.DISTRICT:
        return None
    desks = {level: desk for level, desk in assignment.desks.items() if level is Level.CITY}
    return Assignment(
        unit=district, kind=UnitKind.DISTRICT, district=district, desks=desks, hours=ALWAYS_OPEN
    )


def _try_ends_at(ticket: Ticket, now: datetime) -> datetime:
    """Return until when a try opened at `now` may be made: closing of the day's hours, or the spacing."""
    plan, zone = ticket.terms.survey, ticket.terms.calendar.time_zone
    if plan.spacing is not None:
        return now + plan.spacing.amount
    midnight = end_of_day(now, zone)
    if plan.window_opens == plan.window_closes:
        return midnight
    closes = opens_after((plan.window_closes, plan.window_closes))
    until = midnight - DAY + closes
    return until if until > now else until + DAY


def _not_surveying(status: Status) -> WrongStage:
    return WrongStage(
        Phrase("The ticket is in status '{status}': it is not being surveyed.", status=status),
    )


COMMANDS = {
    "survey": CommandSpec(
        message=Survey,
        rule=survey,
        does=Phrase("record a callback try"),
        may={Role.SURVEYOR: city_desk, Role.REQUESTER: the_requester},
        when=frozenset({Status.SURVEYING}),
        wrong_stage=_not_surveying,
    )
}
"""The commands of this step by name; the survey is never the handler's (Ordinance art. 23)."""

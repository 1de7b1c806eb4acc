"""The steps of the process, in its order. Source: Ordinance art. 10–15, 23; each waits for people or time."""

from datetime import datetime

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.accept import accepting
    from domain.dispatch import dispatching
    from domain.evaluate import evaluating
    from domain.handle import handling
from workflows.case import Case


async def accept(case: Case) -> None:
    """受理: what happens automatically was done at filing; an inquiry may be answered at once."""
    while case.is_under_way and (until := _waits_for_an_answer_until(case)) is not None:
        await _news(case, until)


async def dispatch(case: Case) -> None:
    """派单: by itself as soon as the directory names one unit, else by a dispatcher, the same day.

    Whatever happens meanwhile may change that: a classification may name the unit, or make an inquiry of it.
    """
    while case.is_under_way and not dispatching.is_dispatched(case.ticket):
        if not _dispatch_by_directory(case):
            await _news(case, _waits_for_an_answer_until(case))


async def _news(case: Case, at: datetime | None) -> None:
    """Wait until anything happens to the ticket, or until the instant `at`."""
    seen = case.ticket.version
    await case.until(lambda: case.ticket.version > seen, at)


def _dispatch_by_directory(case: Case) -> bool:
    """Dispatch the ticket if it dispatches itself by now; return whether it did."""
    if not dispatching.dispatches_itself(case.ticket) or _waits_for_an_answer_until(case) is not None:
        return False
    case.apply(dispatching.dispatch_by_directory(case.ticket, workflow.now()))
    return True


def _waits_for_an_answer_until(case: Case) -> datetime | None:
    """Return until when the ticket may yet be answered at once, null when that time is over or never was."""
    if dispatching.is_dispatched(case.ticket):
        return None
    until = accepting.waits_for_an_answer_until(case.ticket)
    return until if until is not None and workflow.now() < until else None


async def handle(case: Case) -> None:
    """办理: the unit signs, contacts, visits where promised; its silence climbs to district and city."""
    if case.is_under_way:
        await case.until(lambda: handling.is_handled(case.ticket))


async def feedback(case: Case) -> None:
    """反馈: the outcome is with requester and centre; the survey waits for the limit."""
    starts_at = evaluating.survey_starts_at(case.ticket)
    if case.is_under_way and starts_at is not None and workflow.now() < starts_at:
        await case.until(lambda: not case.ticket.is_open, starts_at)


async def evaluate(case: Case) -> None:
    """评价: the requester is asked, up to the edition's number of tries; discontent orders a redo."""
    while case.is_under_way and not evaluating.is_over(case.ticket):
        await _one_try(case)
    if case.is_under_way:
        case.apply(evaluating.conclude(case.ticket, workflow.now()))


async def _one_try(case: Case) -> None:
    if evaluating.has_result(case.ticket):  # all that is missing is the end of a supervision order
        await case.until(lambda: evaluating.is_over(case.ticket))
        return
    if not case.ticket.survey_try_open:
        at = evaluating.next_try_at(case.ticket, workflow.now())
        if workflow.now() < at:
            await case.until(lambda: evaluating.this_rounds_answers(case.ticket) is not None, at)
            return
        case.apply(evaluating.open_try(case.ticket, workflow.now()))
    await case.until(lambda: not case.ticket.survey_try_open or evaluating.try_is_missed(case.ticket))
    if case.is_under_way and evaluating.try_is_missed(case.ticket):
        case.apply(evaluating.try_lapsed(case.ticket, workflow.now()))

"""A holiday plan that becomes known moves the clocks that run, once, and rings those that are over by now."""

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from temporalio import activity
from temporalio.client import WorkflowFailureError
from temporalio.worker import Worker

from domain import messages as m
from domain.facts import main_line as f
from domain.time.calendar import Calendar
from domain.time.limits import Basis
from domain.vocabulary import ClockName, Level, Status
from engine.starting import start_recalculation
from tests import sample
from tests.workflows.city import BEIJING, City
from workflows.recalculate import Recalculate
from workflows.sweep import PAUSES

FAR = timedelta(days=4000)


async def plans(city: City) -> tuple[Calendar, Calendar]:
    """Return this week's calendar before its plan is published, and after: Tuesday to Thursday are off."""
    today = (await city.now()).astimezone(BEIJING).date()
    unknown = Calendar(name="test", known_until=today - timedelta(days=1))
    days = tuple(today + timedelta(days=offset) for offset in (1, 2, 3))
    return unknown, Calendar(name="test", holidays=days, known_until=today + FAR)


async def provisional(city: City, calendar: Calendar) -> m.Intake:
    """Return a request of seven working days counted with `calendar`."""
    terms = sample.terms(basis=Basis.WORKING).model_copy(update={"calendar": calendar})
    return await city.intake(with_terms=terms)


def day(at: datetime) -> date:
    """Return the date in Beijing."""
    return at.astimezone(BEIJING).date()


async def test_a_deadline_in_an_unpublished_year_is_flagged_and_reported_to_operations(city: City) -> None:
    """Seven working days from Monday end on the Wednesday after, provisionally."""
    unknown, _ = await plans(city)
    ticket = await city.starts(await provisional(city, unknown))
    await ticket.comes_to(Status.AWAITING_SIGN)
    limit = await ticket.clock(ClockName.FEEDBACK_BY)
    assert limit.provisional
    assert day(limit.due_at) == unknown.known_until + timedelta(days=10)
    await ticket.agrees_with_database()
    kinds = {(notice.kind, notice.to) for notice in city.database.notices(ticket.number).values()}
    assert ("provisional_deadline", "operations") in kinds


async def test_a_published_plan_moves_the_limit_and_ends_the_provision(city: City) -> None:
    """Three holidays in the week: the promise moves from Wednesday to the Monday after it."""
    unknown, published = await plans(city)
    ticket = await city.starts(await provisional(city, unknown))
    before = await ticket.comes_to(Status.AWAITING_SIGN)
    await ticket.handle.signal("recalculate", m.Recalculate(calendar=published))
    after = await ticket.shows(lambda view: not view.provisional)
    assert before.promised_at is not None
    assert after.promised_at == before.promised_at + timedelta(days=5)
    await ticket.handle.signal("recalculate", m.Recalculate(calendar=published))
    assert (await ticket.status()).version == after.version
    (rescheduled,) = await ticket.facts_of(f.ClockRescheduled)
    assert rescheduled.clock == "feedback_by.1"
    await ticket.agrees_with_database()


async def test_a_plan_that_puts_the_limit_into_the_past_rings_at_once(city: City) -> None:
    """Counted with holidays that were none after all, the limit was yesterday: overdue now, not next week."""
    unknown, published = await plans(city)
    ticket = await city.starts(await provisional(city, published))
    await ticket.comes_to(Status.AWAITING_SIGN)
    await ticket.signs()
    await ticket.reaches_requester()
    await city.comes_to((await ticket.clock(ClockName.FEEDBACK_BY)).due_at - timedelta(days=4))
    worked = unknown.model_copy(update={"known_until": unknown.known_until + FAR})
    await ticket.handle.signal("recalculate", m.Recalculate(calendar=worked))
    view = await ticket.shows(lambda view: view.overdue, "nobody noticed that it is overdue")
    assert view.level is Level.DISTRICT


async def test_a_ticket_that_is_signalled_as_it_starts_recalculates(idle_city: City) -> None:
    """Filed while the engine was away: the calendar is there before the workflow's first task."""
    unknown, published = await plans(idle_city)
    intake = await provisional(idle_city, unknown)
    message = m.Recalculate(calendar=published)
    ticket = await idle_city.starts(intake, start_signal="recalculate", start_signal_args=[message])
    async with idle_city.worker():
        await ticket.comes_to(Status.AWAITING_SIGN)
        assert not (await ticket.clock(ClockName.FEEDBACK_BY)).provisional
        await ticket.agrees_with_database()


# ---------------------------------------------------------------- the workflow that tells them


class Pages:
    """Stands for the activity: two pages of ten tickets, the last ticket of each hard to tell."""

    def __init__(self, deaf_for: int) -> None:
        """Tell the two when they are tried again for the time `deaf_for`."""
        self.deaf_for = deaf_for
        self.asked: list[tuple[str | None, tuple[str, ...]]] = []

    @activity.defn(name="recalculate_page")
    async def recalculate_page(self, after: str | None, only: tuple[str, ...] = ()) -> m.RecalculatedPage:
        """Return the next page."""
        self.asked.append((after, only))
        if not only:
            last, untold = ("n-10", "deaf-1") if after is None else (None, "deaf-2")
            return m.RecalculatedPage(tickets=9, last=last, untold=(untold,))
        if len(self.asked) - 2 < self.deaf_for:
            return m.RecalculatedPage(tickets=0, last=None, untold=only)
        return m.RecalculatedPage(tickets=len(only), last=None)


async def test_who_could_not_be_reached_with_a_calendar_is_retried(idle_city: City) -> None:
    """After all the others; the count is that of the told."""
    pages, deaf = Pages(deaf_for=2), ("deaf-1", "deaf-2")
    async with _worker(idle_city, pages):
        handle = await start_recalculation(idle_city.client, uuid4().int, idle_city.queue)
        await idle_city.passes(sum(PAUSES, timedelta(minutes=1)))
        result = await handle.result()
    assert (result.tickets, result.untold) == (20, ())
    assert pages.asked == [(None, ()), ("n-10", ()), (None, deaf), (None, deaf)]


async def test_a_recalculation_that_left_somebody_out_fails_and_is_begun_again(idle_city: City) -> None:
    """Loudly, with the numbers; the next order of the same change starts it again."""
    pages, changed_at = Pages(deaf_for=len(PAUSES) + 1), uuid4().int
    async with _worker(idle_city, pages):
        handle = await start_recalculation(idle_city.client, changed_at, idle_city.queue)
        await idle_city.passes(sum(PAUSES, timedelta(minutes=1)))
        with pytest.raises(WorkflowFailureError) as failed:
            await handle.result()
        assert "deaf-1, deaf-2" in str(failed.value.cause)
        again = await start_recalculation(idle_city.client, changed_at, idle_city.queue)
        await idle_city.passes(sum(PAUSES, timedelta(minutes=1)))
        assert (await again.result()).tickets == 20


def _worker(city: City, pages: Pages) -> Worker:
    return Worker(
        city.client, task_queue=city.queue, workflows=[Recalculate], activities=[pages.recalculate_page]
    )

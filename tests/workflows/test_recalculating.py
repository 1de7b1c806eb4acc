"""A holiday plan that becomes known moves the clocks that run, once, and rings those that are over by now."""

from datetime import date, datetime, timedelta

from domain import facts as f
from domain import messages as m
from domain.calendar import Calendar
from domain.limits import Basis
from domain.vocabulary import ClockName, Level, Status
from tests import sample
from tests.workflows.city import BEIJING, City

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


async def test_a_deadline_in_an_unpublished_year_is_flagged_and_told_to_operations(city: City) -> None:
    """Seven working days from Monday end on the Wednesday after, provisionally."""
    unknown, _ = await plans(city)
    ticket = await city.starts(await provisional(city, unknown))
    await ticket.comes_to(Status.AWAITING_SIGN)
    limit = await ticket.clock(ClockName.FEEDBACK_BY)
    assert limit.provisional
    assert day(limit.due_at) == unknown.known_until + timedelta(days=10)
    await ticket.balances()
    kinds = {(notice.kind, notice.to) for notice in city.books.notices(ticket.number).values()}
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
    (rescheduled,) = await ticket.told(f.ClockRescheduled)
    assert rescheduled.clock == "feedback_by.1"
    await ticket.balances()


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

"""The way of a ticket when everybody does their part."""

from datetime import timedelta

from domain import facts as f
from domain.vocabulary import ClockName, Ending, Stage, Status
from tests import sample
from tests.workflows.city import City


async def test_a_request_goes_from_filing_to_closing(city: City) -> None:
    """Filed, dispatched by itself, signed, contacted, answered, surveyed at the limit, closed as resolved."""
    ticket = await city.files()
    assert (await ticket.comes_to(Status.AWAITING_SIGN)).unit == sample.TOWN
    assert (await ticket.signs()).status is Status.HANDLING
    await ticket.reaches_requester()
    given = await ticket.gets_feedback()
    assert given.stage is Stage.FEEDBACK
    promised = (await ticket.clock(ClockName.FEEDBACK_BY)).due_at
    assert given.promised_at == promised
    await city.comes_to(promised + timedelta(seconds=1))
    await ticket.comes_to(Status.SURVEYING)
    await ticket.gets_answers()
    ended = await ticket.ends()
    assert ended.ending is Ending.RESOLVED
    assert ended.version == len(await ticket.timeline())
    assert {clock.standing for clock in (await ticket.clocks()).values()} == {"met"}


async def test_a_happy_ticket_costs_at_most_sixty_events(real_city: City) -> None:
    """On the real server, from filing to the survey answered in the first try."""
    ticket = await real_city.files()
    await ticket.comes_to(Status.AWAITING_SIGN)
    await ticket.is_handled()
    await ticket.fast_forwards(timedelta(days=7, hours=15))
    if (await ticket.status()).status is not Status.SURVEYING:
        await ticket.fast_forwards(timedelta(hours=14))
    await ticket.comes_to(Status.SURVEYING)
    opened = await ticket.told(f.SurveyOpened)
    await ticket.gets_answers()
    assert (await ticket.ends()).ending is Ending.RESOLVED
    events = await ticket.events()
    from temporalio.api.enums.v1 import EventType
    print([EventType.Name(e.event_type)[11:] for e in (await ticket.history()).events])
    print(events, [fact.attempt for fact in opened])
    assert events <= 60

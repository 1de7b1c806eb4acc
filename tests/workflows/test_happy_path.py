"""The way of a ticket when everybody does their part."""

from datetime import timedelta

from domain.facts import main_line as f
from domain.vocabulary import ClockName, Ending, Stage, Status
from tests import sample
from tests.workflows.city import City

SKIPS = ("WORKFLOW_EXECUTION_OPTIONS_UPDATED", "WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED")
"""The events by which the test moves the clock; real time leaves none."""


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
    """On the real server, from filing to the survey answered in the first try; skipping time not counted."""
    ticket = await real_city.files()
    await ticket.is_recorded()
    await ticket.is_handled()
    await ticket.fast_forwards(timedelta(days=7, seconds=10))
    if (await ticket.status()).status is not Status.SURVEYING:
        await ticket.fast_forwards(timedelta(hours=13, seconds=10))
    await ticket.comes_to(Status.SURVEYING)
    assert [fact.attempt for fact in await ticket.facts_of(f.SurveyOpened)] == [1]
    await ticket.gets_answers()
    assert (await ticket.ends()).ending is Ending.RESOLVED
    events = [kind for kind in await ticket.event_kinds() if kind not in SKIPS]
    assert len(events) <= 60, events

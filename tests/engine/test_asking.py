"""What a ticket knows, asked from outside: of its worker, of its history, or not to be had."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from domain.rebuild.rebuilding import NoAnswer
from domain.rebuild.taking_in import first_account
from domain.vocabulary import RequestType
from engine import asking
from engine.asking import TicketQueries, from_history, goes_on, is_over
from tests.workflows.city import City, city_of

NOBODY = "20261102-000000-0"


@pytest.fixture
async def idle(dev_server: WorkflowEnvironment) -> AsyncIterator[City]:
    """A city on the real engine, whose workers the test starts itself."""
    async with city_of(dev_server) as city:
        yield city


async def test_a_ticket_is_asked_and_where_no_worker_answers_its_history_says_the_same(
    idle: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Facts, notices and view; whoever got no answer once does not wait for the next ticket's."""
    async with idle.worker():
        ticket, other = await idle.files(), await idle.files()
        for each in (ticket, other):
            await each.signs()
        everything = await TicketQueries(idle.client).everything(ticket.number)
        assert everything is not None
        assert everything.facts[-1].fact.kind == "clock_met"
        from_the_other = await TicketQueries(idle.client).everything(other.number)
    monkeypatch.setattr(asking, "_PATIENCE", timedelta(seconds=0.3))
    queries = TicketQueries(idle.client)
    assert await queries.everything(ticket.number) == everything
    monkeypatch.setattr(asking, "_PATIENCE", timedelta(seconds=60))
    assert await queries.everything(other.number) == from_the_other


async def test_a_number_without_a_workflow_has_no_account(
    idle: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a worker, and by histories alone."""
    queries = TicketQueries(idle.client)
    assert await queries.everything(NOBODY) is None
    monkeypatch.setattr(queries, "_has_worker", False)
    assert await queries.everything(NOBODY) is None


async def test_a_ticket_that_no_worker_has_seen_knows_what_follows_from_its_filing(idle: City) -> None:
    """The same facts that the intake has written."""
    waiting = await idle.files()
    everything = await from_history(await waiting.handle.fetch_history())
    assert everything.facts == first_account(idle.filed[-1]).facts


async def test_a_history_that_is_no_ticket_s_says_nothing(idle: City) -> None:
    """Whatever has come to bear a ticket's name."""
    foreign = await idle.client.start_workflow("Other", id=f"ticket/{NOBODY}", task_queue=idle.queue)
    try:
        with pytest.raises(NoAnswer):
            await from_history(await foreign.fetch_history())
        with pytest.raises(NoAnswer, match="first event cannot be read"):
            await TicketQueries(idle.client).filing(NOBODY)
    finally:
        await foreign.terminate()


async def test_how_a_ticket_was_filed_stands_in_its_first_event(idle: City) -> None:
    """Before any worker has seen it."""
    ticket = await idle.files()
    assert await TicketQueries(idle.client).filing(ticket.number) == idle.filed[-1]


async def test_a_workflow_goes_on_is_over_or_was_stopped(idle: City, client: Client) -> None:
    """Praise comes to its own end; what somebody terminated has neither ended nor goes on."""
    running = await idle.files()
    assert (await goes_on(client, running.number), await is_over(client, running.number)) == (True, False)
    await running.handle.terminate()
    assert (await goes_on(client, running.number), await is_over(client, running.number)) == (False, False)
    assert (await goes_on(client, NOBODY), await is_over(client, NOBODY)) == (False, False)
    async with idle.worker():
        praise = await idle.files(type_=RequestType.PRAISE)
        await praise.handle.result()
    assert (await goes_on(client, praise.number), await is_over(client, praise.number)) == (True, True)

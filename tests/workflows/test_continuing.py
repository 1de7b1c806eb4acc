"""A ticket whose history grows long goes on in a new run, and takes everything along."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.testing import WorkflowEnvironment

from domain import messages as m
from domain.facts import main_line as f
from domain.search_attributes import SEARCH_ATTRIBUTES
from domain.vocabulary import Ending, Outcome, Status
from embedded.temporal import program, search_attribute_keys
from tests import sample
from tests.workflows.city import City, Request, city_of

LONG = 40
"""How many events are a long history on the server of these tests; in operation it is some thousands."""


@pytest.fixture(scope="session")
async def forgetful_server() -> AsyncGenerator[WorkflowEnvironment]:
    """A real server that suggests a new run after few events."""
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=str(program()),
        dev_server_log_level="error",
        search_attributes=search_attribute_keys(SEARCH_ATTRIBUTES),
        dev_server_extra_args=["--dynamic-config-value", f"limit.historyCount.suggestContinueAsNew={LONG}"],
    ) as environment:
        yield environment


@pytest.fixture
async def forgetful_city(forgetful_server: WorkflowEnvironment) -> AsyncGenerator[City]:
    """A city whose histories are cut short."""
    async with city_of(forgetful_server) as city, city.worker():
        yield city


def remark(number: int) -> m.Note:
    """Return a remark that can be told from others."""
    text = m.TextRef(id=f"t-{number}", hash="h")
    return m.Note(actor=sample.HANDLER, text=text)


async def runs(ticket: Request) -> int:
    """Return how many runs the ticket has had."""
    count, run_id = 1, (await ticket.handle.describe()).run_id
    while True:
        handle = ticket.city.client.get_workflow_handle(ticket.handle.id, run_id=run_id)
        started = (await handle.fetch_history()).events[0].workflow_execution_started_event_attributes
        if not started.continued_execution_run_id:
            return count
        count, run_id = count + 1, started.continued_execution_run_id


async def grows(ticket: Request, numbers: range) -> dict[int, m.Receipt]:
    """Add the remarks `numbers`, each with its number as key; return the answers."""
    return {number: await ticket.receives("note", remark(number), f"k-{number}") for number in numbers}


async def test_nothing_is_lost_over_many_runs(forgetful_city: City) -> None:
    """Thirty remarks from six clients while the workflow continues as new under them: each is there once."""
    ticket = await forgetful_city.files(with_terms=sample.terms(at_feedback=True, always_open=True))
    await ticket.comes_to(Status.AWAITING_SIGN)
    await ticket.signs()
    clocks = await ticket.clocks()
    await asyncio.gather(*(grows(ticket, range(first, 30, 6)) for first in range(6)))
    assert await runs(ticket) >= 2
    remarks = [noted.text.id for noted in await ticket.facts_of(f.Noted) if noted.text is not None]
    assert sorted(remarks) == sorted(f"t-{number}" for number in range(30))
    assert await ticket.clocks() == clocks
    await ticket.reaches_requester()
    await ticket.gets_feedback()
    await ticket.comes_to(Status.SURVEYING)
    await ticket.gets_answers()
    assert (await ticket.ends()).ending is Ending.RESOLVED
    assert forgetful_city.database.written_twice(ticket.number) == []


async def test_a_key_of_an_earlier_run_still_gets_its_first_answer(forgetful_city: City) -> None:
    """The engine forgets its keys with each run; the ticket does not."""
    ticket = await forgetful_city.files()
    await ticket.comes_to(Status.AWAITING_SIGN)
    first = await ticket.receives("sign", m.Sign(actor=sample.HANDLER), "the-signature")
    before = await grows(ticket, range(12))
    assert await runs(ticket) >= 2
    assert await ticket.receives("sign", m.Sign(actor=sample.HANDLER), "the-signature") == first
    assert await grows(ticket, range(12)) == before
    kinds = await ticket.kinds()
    assert (kinds.count("signed"), kinds.count("noted")) == (1, 12)


async def test_a_ticket_that_waits_only_for_people_continues_as_new_as_well(
    forgetful_city: City,
) -> None:
    """No timer fires for a dispatcher whose alarm is far away; messages alone make a history long."""
    ticket = await forgetful_city.files(certain=False)
    await ticket.comes_to(Status.AWAITING_DISPATCH)
    for number in range(12):
        note = remark(number).model_copy(update={"actor": sample.DISPATCHER})
        await ticket.receives("note", note)
    assert await runs(ticket) >= 2
    assert (await ticket.status()).status is Status.AWAITING_DISPATCH
    await ticket.receives("dispatch", m.Dispatch(actor=sample.DISPATCHER))
    await ticket.signs()
    await ticket.agrees_with_database()


async def test_the_new_run_shows_itself_as_the_old_one_did(forgetful_city: City) -> None:
    """Search attributes and the sentence in the UI stand in the new run before anything happens in it."""
    ticket = await forgetful_city.files()
    await ticket.comes_to(Status.AWAITING_SIGN)
    await grows(ticket, range(12))
    assert await runs(ticket) >= 2
    metadata = await ticket.handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    assert (await ticket.status()).sentence_zh in metadata.current_details
    attributes = (await ticket.handle.describe()).typed_search_attributes
    shown = {pair.key.name: pair.value for pair in attributes}
    assert (shown["Stage"], shown["Unit"], shown["Overdue"]) == ("handle", sample.TOWN.code, False)


async def test_signals_that_race_a_new_run_all_arrive(forgetful_city: City) -> None:
    """Twenty plain signals at once while the run ends: every one counts or stands as a remark."""
    ticket = await forgetful_city.files()
    await ticket.comes_to(Status.AWAITING_SIGN)
    await ticket.signs()
    message = m.Complete(actor=sample.HANDLER, outcome=Outcome.EXPLAINED, reply=sample.TEXT)
    sent = [
        *(ticket.completes(message.model_copy(update={"key": f"s-{number}"})) for number in range(20)),
        *(ticket.receives("note", remark(number)) for number in range(20)),
    ]
    await asyncio.gather(*sent)
    await ticket.waits_for(f.Noted, 40)
    assert len(await ticket.facts_of(f.Noted)) == 40
    assert await runs(ticket) >= 2
    await ticket.agrees_with_database()

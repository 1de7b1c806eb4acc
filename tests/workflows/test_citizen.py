"""The requester's acts on a real engine: added facts, taken back, and an ended ticket that goes on."""

from datetime import timedelta
from uuid import uuid4

import pytest
from temporalio.client import WorkflowUpdateFailedError

from domain import messages as m
from domain.accept.requester import Supplement, Withdraw
from domain.evaluate.reopening import Reopen, as_it_stands
from domain.facts.accept import Reopened, Supplemented
from domain.facts.main_line import Noted
from domain.vocabulary import Ending, Status
from engine.starting import restart_ticket
from tests import sample
from tests.workflows.city import City, Request

WITHDRAW = Withdraw(actor=sample.REQUESTER, reason=sample.TEXT)
REOPEN = Reopen(actor=sample.REQUESTER, reason=sample.TEXT)


async def opened_again(ticket: Request, key: str | None = None) -> tuple[Request, m.Receipt]:
    """Open an ended ticket again as the API does; return it as it goes on, and its answer."""
    city = ticket.city
    everything = await ticket.everything()
    intake = next(intake for intake in city.filed if intake.number == ticket.number)
    beginning = as_it_stands(intake, [recorded.fact for recorded in everything.facts], everything.answers)
    receipt = await restart_ticket(
        city.client, beginning, city.queue, "reopen", REOPEN, key or uuid4().hex, timedelta(seconds=20)
    )
    handle = city.client.get_workflow_handle(ticket.handle.id, result_type=m.Receipt)
    return city.knows(handle, ticket.number), receipt


async def test_facts_are_added_and_the_request_is_taken_back(city: City) -> None:
    """Both stand in the books; the ticket ends by the requester's word."""
    ticket = await city.files()
    await ticket.receives("supplement", Supplement(actor=sample.REQUESTER, text=sample.TEXT))
    assert len(await ticket.facts_of(Supplemented)) == 1
    await ticket.signs()
    assert (await ticket.receives("withdraw", WITHDRAW)).ending is Ending.WITHDRAWN
    assert (await ticket.ends()).ending is Ending.WITHDRAWN


async def test_taken_back_after_feedback_it_is_a_remark(city: City) -> None:
    """Never an error, never lost."""
    ticket = await city.files()
    await ticket.is_handled()
    assert (await ticket.receives("withdraw", WITHDRAW)).status is Status.FEEDBACK_GIVEN
    assert [noted.about for noted in await ticket.facts_of(Noted)] == ["withdraw:WrongStage"]


async def test_an_ended_ticket_is_opened_again_and_goes_on_to_another_end(real_city: City) -> None:
    """In a new run that knows everything; the same key gives the same answer, old keys their old ones."""
    ticket = await real_city.files()
    await ticket.receives("supplement", Supplement(actor=sample.REQUESTER, text=sample.TEXT), "old")
    await ticket.receives("withdraw", WITHDRAW)
    ended = await ticket.ends()
    again, receipt = await opened_again(ticket, "again")
    assert (receipt.status, receipt.ending) == (Status.AWAITING_SIGN, None)
    assert receipt.version > ended.version
    assert await again.receives("reopen", REOPEN, "again") == receipt
    await again.receives("supplement", Supplement(actor=sample.REQUESTER, text=sample.TEXT), "old")
    assert len(await again.facts_of(Supplemented)) == 1
    assert len(await again.facts_of(Reopened)) == 1
    await again.is_handled()
    await again.agrees_with_database()
    assert real_city.database.written_twice(ticket.number) == []


async def test_a_ticket_that_may_not_be_opened_again_stays_as_it_stands(real_city: City) -> None:
    """Opened once, ended once more: the second time is refused, and the run is over at once."""
    ticket = await real_city.files()
    await ticket.receives("withdraw", WITHDRAW)
    await ticket.ends()
    again, _ = await opened_again(ticket)
    await again.receives("withdraw", WITHDRAW)
    ended = await again.ends()
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await opened_again(again)
    assert getattr(refused.value.cause, "type", None) == "WrongStage"
    last = real_city.client.get_workflow_handle(ticket.handle.id, result_type=m.Receipt)
    assert await last.result() == ended

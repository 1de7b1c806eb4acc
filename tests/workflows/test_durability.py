"""What a ticket lives through: workers that come and go, a database away, messages that come early."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.client import (
    WithStartWorkflowOperation,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy

from domain import messages as m
from domain.facts import main_line as f
from domain.terms import Norm, Terms
from domain.ticket.ticket import TicketInput
from domain.time.limits import Limit
from domain.vocabulary import ClockName, Ending, RequestType, Status
from engine import calls as engine
from engine.starting import workflow_id
from tests import sample
from tests.workflows.city import City, completion
from tests.workflows.mutants import BreaksBeside
from workflows.ticket import Ticket

DISPATCH = m.Dispatch(actor=sample.DISPATCHER)
SIGN = m.Sign(actor=sample.HANDLER)


def hasty_terms() -> Terms:
    """Return terms with a second to sign and two to contact; nobody above answers within the test."""
    terms = sample.terms()
    norms = {
        ClockName.SIGN_BY: Norm(limit=Limit(amount=timedelta(seconds=1)), source="test"),
        ClockName.CONTACT_BY: Norm(limit=Limit(amount=timedelta(seconds=2)), source="test"),
    }
    return terms.model_copy(update={"norms": {**terms.norms, **norms}})


async def test_twenty_restarts_across_a_rung_leave_one_notice(idle_real_city: City) -> None:
    """Workers come and go while the time to sign runs out: one miss, one rung, one notice of each."""
    city = idle_real_city
    ticket = await city.files(with_terms=hasty_terms())
    for _ in range(20):
        async with city.worker():
            await ticket.is_recorded()
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.05)
    async with city.worker():
        await ticket.waits_for(f.Escalated, 2)
        assert [fact.clock for fact in await ticket.facts_of(f.ClockMissed)] == ["sign_by.1", "contact_by.1"]
        await ticket.agrees_with_database()
        assert city.database.written_twice(ticket.number) == []
        kinds = [notice.kind for notice in city.database.notices(ticket.number).values()]
        assert kinds.count("overdue") == kinds.count("escalated") == 2


async def test_rungs_that_fall_into_an_outage_fire_once_when_a_worker_is_back(idle_real_city: City) -> None:
    """Nobody runs while sign and contact fall due: reminders, misses and rungs are made up for, once each."""
    city = idle_real_city
    ticket = await city.files(with_terms=hasty_terms())
    async with city.worker():
        await ticket.is_recorded()
        dispatched = await ticket.comes_to(Status.AWAITING_SIGN)
    assert not dispatched.overdue
    await asyncio.sleep(2.2)
    async with city.worker():
        await ticket.waits_for(f.Escalated, 2)
        assert [fact.clock for fact in await ticket.facts_of(f.ClockMissed)] == ["sign_by.1", "contact_by.1"]
        warned = [(fact.clock, fact.rung) for fact in await ticket.facts_of(f.ClockWarned)]
        assert len(set(warned)) == len(warned) == 4
        await ticket.agrees_with_database()


async def test_an_act_during_an_outage_counts_when_it_was_handled(idle_city: City) -> None:
    """The unit signs while no worker runs; the caller waits, and hears one answer when a worker is back."""
    city = idle_city
    ticket = await city.files()
    signing = asyncio.create_task(ticket.signs())
    await asyncio.sleep(0.2)
    assert not signing.done()
    async with city.worker():
        await signing
        assert (await ticket.kinds()).count("signed") == 1


async def test_a_caller_who_gave_up_may_ask_again_with_the_same_key(real_city: City) -> None:
    """Every worker is away, the call runs into its time limit; repeated later it gets the one true answer."""
    ticket = await real_city.files()
    await ticket.is_recorded()
    elsewhere = City(real_city.environment, real_city.database, real_city.edition)
    alone = await elsewhere.files()
    real_city.tickets.append(alone)
    with pytest.raises(WorkflowUpdateRPCTimeoutOrCancelledError):
        await alone.handle.execute_update("sign", SIGN, id="k-1", rpc_timeout=timedelta(milliseconds=300))
    async with elsewhere.worker():
        receipt = await alone.receives("sign", SIGN, "k-1")
        assert receipt.status is Status.HANDLING
        assert (await alone.kinds()).count("signed") == 1
        await alone.agrees_with_database()


async def test_a_command_may_come_before_the_process_has_begun(idle_city: City) -> None:
    """A dispatcher acts on a ticket whose first step has not run: one dispatch, no crash, and it goes on."""
    city = idle_city
    ticket = await city.files(certain=False)
    dispatching = asyncio.create_task(ticket.receives("dispatch", DISPATCH))
    await ticket.completes(completion())
    await asyncio.sleep(0.2)
    async with city.worker():
        assert (await dispatching).status is Status.AWAITING_SIGN
        assert len(await ticket.facts_of(f.Dispatched)) == 1
        (remark,) = await ticket.facts_of(f.Noted)
        assert remark.about.startswith("complete:Wrong")
        await ticket.signs()
        await ticket.agrees_with_database()


async def test_a_ticket_may_start_with_its_first_command(real_city: City) -> None:
    """Start and dispatch in one call, twice with one key: one ticket, one dispatch, one answer."""
    intake = await real_city.intake(certain=False)
    real_city.database.begin(intake)

    async def starts_with_dispatch() -> m.Receipt:
        start = WithStartWorkflowOperation(
            Ticket.run,
            TicketInput(intake=intake),
            id=workflow_id(intake.number),
            task_queue=real_city.queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )
        return await real_city.client.execute_update_with_start_workflow(
            "dispatch", DISPATCH, id="k-1", start_workflow_operation=start, result_type=m.Receipt
        )

    first = await starts_with_dispatch()
    assert first.status is Status.AWAITING_SIGN
    assert await starts_with_dispatch() == first
    handle = real_city.client.get_workflow_handle(workflow_id(intake.number), result_type=m.Receipt)
    ticket = real_city.knows(handle, intake.number)
    assert len(await ticket.facts_of(f.Dispatched)) == 1
    await ticket.agrees_with_database()


async def test_a_write_that_was_made_and_not_acknowledged_is_made_again(city: City) -> None:
    """The connection breaks right after the commit: the batch comes twice, the rows stay the same."""
    city.database.crash_after_write = 1
    ticket = await city.files()
    await ticket.comes_to(Status.AWAITING_SIGN)
    await ticket.signs()
    assert city.database.written_twice(ticket.number)
    await ticket.agrees_with_database()


async def test_a_database_that_is_away_delays_answers_and_loses_nothing(real_city: City) -> None:
    """The write is tried inside the task, then waits as an activity all can see; then the answers come."""
    ticket = await real_city.files()
    await ticket.is_recorded()
    real_city.database.is_away = True
    signing = asyncio.create_task(ticket.signs())
    pending: list[str] = []
    async with asyncio.timeout(15):
        while not pending:
            await asyncio.sleep(0.1)
            description = (await ticket.handle.describe()).raw_description
            pending = [activity.activity_type.name for activity in description.pending_activities]
    assert pending == ["record"]
    assert not signing.done()
    contact = asyncio.create_task(ticket.reaches_requester())
    await ticket.waits_for(f.ContactAttempted)
    assert real_city.database.attempts > len(real_city.database.batches)
    real_city.database.is_away = False
    assert ((await signing).status, (await contact).status) == (Status.HANDLING, Status.HANDLING)
    await ticket.agrees_with_database()
    assert real_city.database.written_twice(ticket.number) == []
    before = len(await ticket.event_kinds())
    await ticket.gets_feedback()
    added = (await ticket.event_kinds())[before:]
    assert "MARKER_RECORDED" in added
    assert "ACTIVITY_TASK_SCHEDULED" not in added


async def test_operations_may_cancel_a_ticket_although_the_database_is_away(real_city: City) -> None:
    """A cancelled workflow ends as cancelled; nothing in it holds on."""
    ticket = await real_city.files()
    await ticket.is_recorded()
    real_city.database.is_away = True
    await ticket.completes(completion())
    await ticket.waits_for(f.Noted)
    await ticket.handle.cancel()
    with pytest.raises(WorkflowFailureError):
        async with asyncio.timeout(10):
            await ticket.handle.result()
    assert (await ticket.handle.describe()).status is WorkflowExecutionStatus.CANCELED


async def test_a_city_full_of_silent_tickets_ends_every_one(city: City) -> None:
    """Six tickets at once that nobody ever touches all come to their end, each with books that balance."""
    tickets = [await city.files() for _ in range(6)]
    await city.passes(timedelta(days=20))
    for ticket in tickets:
        assert (await ticket.ends()).ending is Ending.UNANSWERED


async def test_a_clock_met_while_its_timer_runs_stays_met(city: City) -> None:
    """The timer of a fulfilled obligation is left running and fires into nothing."""
    ticket = await city.files()
    await ticket.comes_to(Status.AWAITING_SIGN)
    await ticket.signs()
    before = await ticket.kinds()
    await city.comes_to((await ticket.clock(ClockName.SIGN_BY)).due_at + timedelta(seconds=5))
    assert await ticket.kinds() == before


@pytest.mark.long
async def test_a_bug_beside_the_steps_is_loud_and_a_repaired_worker_goes_on(idle_real_city: City) -> None:
    """The task fails and is tried again, the ticket does not end; with the bug gone nothing has been lost."""
    city = idle_real_city
    async with city.worker(BreaksBeside):
        ticket = await city.files()
        description = await ticket.waits(
            ticket.handle.describe,
            lambda seen: seen.raw_description.pending_workflow_task.attempt > 1,
            "the bug went unnoticed",
        )
        assert description.status is WorkflowExecutionStatus.RUNNING
    async with city.worker():
        await ticket.signs()
        await ticket.agrees_with_database()


async def test_a_command_whose_task_the_engine_refused_is_sent_again(real_city: City) -> None:
    """Something arrives while the last task writes: the engine drops the task and its update, not the act."""
    ticket = await real_city.files(type_=RequestType.INQUIRY)
    await ticket.comes_to(Status.AWAITING_DISPATCH)
    written = real_city.database.attempts
    real_city.database.next_takes = 1.0
    answer = m.Answer(actor=sample.DISPATCHER, reply=sample.TEXT)
    answering = asyncio.create_task(
        engine.update(
            real_city.client, ticket.handle.id, "answer", answer, "k-1", m.Receipt, timedelta(seconds=20)
        )
    )
    while real_city.database.attempts == written:  # noqa: ASYNC110 - another thread of work is being watched
        await asyncio.sleep(0.01)
    await ticket.handle.signal("recalculate", m.Recalculate(calendar=sample.calendar()))
    assert (await answering).status is Status.CLOSED
    assert "WORKFLOW_TASK_FAILED" in await ticket.event_kinds()
    await ticket.ends()

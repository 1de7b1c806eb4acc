"""What became of a command stays so, whatever rules later code has: stricter, milder, or mended."""

import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

from domain import messages as m
from domain.handle.deliberating import Deliberate
from domain.vocabulary import Outcome, Status
from tests import sample
from tests.workflows.city import City, Request, completion, handler_of
from tests.workflows.mutants import ForgetsItsMarks, HasFaultyRules, HasMilderRules
from workflows.ticket import Ticket

OUT_OF_THE_DISTRICT = m.Reassign(
    actor=sample.DISTRICT_SUPERVISOR, unit=sample.HEATING.code, reason=sample.TEXT
)
CANNOT_NOW = m.Complete(actor=sample.HANDLER, outcome=Outcome.CANNOT_NOW, reply=sample.TEXT)
MARK = "core_patch"
"""What the engine calls the marker of `workflow.patched`."""


async def replay(ticket: type[Ticket], history: WorkflowHistory) -> None:
    """Tell `history` again with the code of `ticket`."""
    await Replayer(workflows=[ticket], data_converter=pydantic_data_converter).replay_workflow(history)


def marks(history: WorkflowHistory) -> int:
    """Return how many commands of `history` came to nothing after they were accepted."""
    return sum(event.marker_recorded_event_attributes.marker_name == MARK for event in history.events)


async def refused_at_the_border(city: City) -> Request:
    """A town's ticket that the district wanted to give away, which went on in the town."""
    ticket = await city.files()
    await ticket.comes_to(Status.AWAITING_SIGN)
    assert await ticket.refuses("reassign", OUT_OF_THE_DISTRICT) == "WrongStage"
    await ticket.is_handled()
    return ticket


async def test_what_was_refused_stays_refused_when_the_rule_becomes_milder(idle_city: City) -> None:
    """The mark says so: replayed by rules that know no borders, the ticket stays where it is."""
    async with idle_city.worker():
        history = await (await refused_at_the_border(idle_city)).history()
    assert marks(history) == 1
    await replay(Ticket, history)
    await replay(HasMilderRules, history)


async def test_without_its_mark_a_refused_command_would_count_when_the_rule_becomes_milder(
    idle_city: City,
) -> None:
    """The same, by a ticket that leaves no marks: its history is lost to milder rules."""
    async with idle_city.worker(ForgetsItsMarks):
        history = await (await refused_at_the_border(idle_city)).history()
    assert marks(history) == 0
    await replay(ForgetsItsMarks, history)
    with pytest.raises(NondeterminismError):
        await replay(HasMilderRules, history)


async def test_what_counted_counts_again_and_what_is_asked_now_meets_todays_rule(idle_city: City) -> None:
    """A move of yesterday's rules stands when another worker takes the ticket up; the next one is refused."""
    async with idle_city.worker(HasMilderRules, max_cached_workflows=0):
        ticket = await idle_city.files()
        await ticket.comes_to(Status.AWAITING_SIGN)
        await ticket.receives("reassign", OUT_OF_THE_DISTRICT)
        await ticket.signs(handler_of(sample.HEATING.code))
        desk = sample.DISPATCHER
        await ticket.receives("reassign", m.Reassign(actor=desk, unit=sample.TOWN.code, reason=sample.TEXT))
    async with idle_city.worker(max_cached_workflows=0):
        assert await ticket.refuses("reassign", OUT_OF_THE_DISTRICT) == "WrongStage"
        await ticket.is_handled()
        assert "WORKFLOW_TASK_FAILED" not in await ticket.event_kinds()
        await ticket.agrees_with_database()
        history = await ticket.history()
    assert marks(history) == 1
    await replay(Ticket, history)


async def test_a_fault_stays_a_fault_when_the_rule_is_mended(idle_city: City) -> None:
    """The caller's answer was that it did not count: it must not count when the worker has the fixed rule."""
    async with idle_city.worker(HasFaultyRules, max_cached_workflows=0):
        ticket = await idle_city.files()
        await ticket.signs()
        deliberate = Deliberate(actor=sample.HANDLER, text=sample.TEXT)
        assert await ticket.refuses("deliberate", deliberate) == "Fault"
        assert await ticket.refuses("visit", m.Visit(actor=sample.HANDLER)) == "Fault"
        before = await ticket.kinds()
    async with idle_city.worker(max_cached_workflows=0):
        await ticket.receives("visit", m.Visit(actor=sample.HANDLER))
        assert await ticket.kinds() == [*before, "visited"]
        await ticket.reaches_requester()
        await ticket.gets_feedback()
        assert "WORKFLOW_TASK_FAILED" not in await ticket.event_kinds()
        await ticket.agrees_with_database()
        history = await ticket.history()
    assert marks(history) == 2
    await replay(Ticket, history)
    await replay(HasMilderRules, history)


async def test_a_signal_that_could_not_count_stays_a_remark_when_the_rule_becomes_milder(
    idle_city: City,
) -> None:
    """Said before the contact, then without a proof, then as the rule wants it; each as it was taken."""
    async with idle_city.worker():
        ticket = await idle_city.files()
        await ticket.signs()
        for message in (completion(), CANNOT_NOW):
            await ticket.completes(message)
        await ticket.reaches_requester()
        for message in (CANNOT_NOW, completion()):
            await ticket.completes(message)
        await ticket.comes_to(Status.FEEDBACK_GIVEN)
        await ticket.is_recorded()
        kinds = await ticket.kinds()
        history = await ticket.history()
    assert kinds.count("noted") == 3
    assert marks(history) == 3
    await replay(Ticket, history)
    await replay(HasMilderRules, history)


async def test_a_signal_that_meets_a_fault_becomes_a_remark_and_fails_no_task(idle_city: City) -> None:
    """A signal has nobody to tell: what it brought stays on record, and the ticket goes on."""
    async with idle_city.worker(HasFaultyRules):
        ticket = await idle_city.files()
        await ticket.signs()
        await ticket.reaches_requester()
        await ticket.completes(completion(key="faulty"))
        await ticket.shows(lambda view: view.status is Status.HANDLING)
        await ticket.gets_feedback()
        assert "WORKFLOW_TASK_FAILED" not in await ticket.event_kinds()
        await ticket.agrees_with_database()
        assert "noted" in await ticket.kinds()


async def test_a_command_that_counts_leaves_no_mark(idle_city: City) -> None:
    """Nor does one that its validator refuses: marks are for what fails behind it."""
    async with idle_city.worker():
        ticket = await idle_city.files()
        assert await ticket.refuses(
            "contact", m.Contact(actor=sample.HANDLER, result=m.ContactResult.REACHED)
        )
        await ticket.is_handled()
        assert marks(await ticket.history()) == 0

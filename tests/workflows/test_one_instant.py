"""An act and the end of its time in one instant: at the due instant it counts, whatever fired first."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.worker import Worker, WorkflowInstance
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from domain.facts import main_line as f
from domain.ticket.clocks import AFTER
from domain.vocabulary import ClockName, Level, Status
from engine.in_step import InStep
from engine.runner import InstanceBefore, RunnerBefore
from tests import sample
from tests.workflows.city import City, completion, feedback


class HeldClock(RunnerBefore):
    """The sandbox of the product with a clock that a test may hold at one instant."""

    def __init__(self) -> None:
        """Let time run."""
        super().__init__(SandboxedWorkflowRunner(), lambda inside: HeldInstance(inside, self))
        self.held_at: datetime | None = None


class HeldInstance(InstanceBefore):
    """A workflow that reads the held clock instead of the server's."""

    def __init__(self, inside: WorkflowInstance, clock: HeldClock) -> None:
        """Stand before `inside`."""
        super().__init__(inside)
        self.clock = clock

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        """Activate with the held time, where one is held."""
        if self.clock.held_at is not None:
            act.timestamp.FromDatetime(self.clock.held_at)
        return super().activate(act)


def held_worker(city: City, clock: HeldClock) -> Worker:
    """Return the city's worker with `clock`."""
    return city.worker(workflow_runner=InStep(clock))


@pytest.mark.parametrize("by_signal", [False, True])
async def test_feedback_at_the_due_instant_is_in_time(idle_city: City, by_signal: bool) -> None:
    """On the stroke of the limit, by command or by signal: met, not missed, and no notice says otherwise."""
    clock = HeldClock()
    async with held_worker(idle_city, clock):
        ticket = await idle_city.files()
        await ticket.comes_to(Status.AWAITING_SIGN)
        await ticket.signs()
        await ticket.reaches_requester()
        clock.held_at = (await ticket.clock(ClockName.FEEDBACK_BY)).due_at
        if by_signal:
            await ticket.completes(completion())
        else:
            await ticket.receives("feedback", feedback())
        (given,) = await ticket.waits_for(f.FeedbackGiven)
        assert given.at == clock.held_at
        assert (await ticket.clock(ClockName.FEEDBACK_BY)).standing == "met"
        missed = [fact.clock for fact in await ticket.facts_of(f.ClockMissed)]
        assert "feedback_by.1" not in missed


async def test_a_millisecond_later_it_is_late_and_has_one_outcome(idle_city: City) -> None:
    """Feedback just after the limit, before the rung has rung: late once, and no desk is bothered."""
    clock = HeldClock()
    async with held_worker(idle_city, clock):
        ticket = await idle_city.files()
        await ticket.comes_to(Status.AWAITING_SIGN)
        await ticket.signs()
        await ticket.reaches_requester()
        clock.held_at = (await ticket.clock(ClockName.FEEDBACK_BY)).due_at + AFTER
        await ticket.gets_feedback()
        limit = await ticket.clock(ClockName.FEEDBACK_BY)
        assert (limit.standing, limit.climbed) == ("late", ())
        kinds = [getattr(fact, "clock", "") + "/" + fact.kind for fact in await ticket.timeline()]
        assert kinds.count("feedback_by.1/clock_missed") == 1
        assert kinds.count("feedback_by.1/clock_met") == 1


async def test_the_timer_and_the_signature_in_one_task_have_one_outcome(idle_real_city: City) -> None:
    """No worker runs while the time to sign ends and the unit signs: both wait for the same task."""
    city = idle_real_city
    terms = sample.terms()
    hasty = terms.norms[ClockName.SIGN_BY].model_copy(
        update={"limit": sample.Limit(amount=timedelta(milliseconds=700))}
    )
    wishes = terms.model_copy(update={"norms": {**terms.norms, ClockName.SIGN_BY: hasty}})
    ticket = await city.files(with_terms=wishes)
    async with city.worker():
        await ticket.is_recorded()
        due = (await ticket.clock(ClockName.SIGN_BY)).due_at
    await asyncio.sleep(max(0.0, (due - datetime.now(UTC)).total_seconds() + 0.2))
    signing = asyncio.create_task(ticket.signs())
    await asyncio.sleep(0.1)
    async with city.worker():
        await signing
        sign = await ticket.clock(ClockName.SIGN_BY)
        assert sign.standing == "late"
        kinds = [fact.kind for fact in await ticket.timeline() if getattr(fact, "clock", "") == "sign_by.1"]
        assert kinds.count("clock_missed") == kinds.count("clock_met") == 1
        assert (await ticket.status()).level is Level.UNIT
        await ticket.agrees_with_database()

"""A query to a ticket that no worker has cached does not move it on: its history can still be replayed."""

import asyncio
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest
from temporalio import workflow
from temporalio.bridge.proto.workflow_activation import (
    DoUpdate,
    FireTimer,
    QueryWorkflow,
    ResolveActivity,
    SignalWorkflow,
    WorkflowActivation,
    WorkflowActivationJob,
)
from temporalio.bridge.proto.workflow_commands import ScheduleLocalActivity, StartTimer, WorkflowCommand
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.client import Client, WorkflowHandle, WorkflowQueryFailedError
from temporalio.service import RPCError
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner, Worker, WorkflowInstance, WorkflowRunner

from engine.in_step import AHEAD, InStep

ROUNDS = 5
AT_ONCE = 10
UNTIL_THE_TIMER = 1.0
OF_ONE_TICK = 1_000_000_000


@workflow.defn
class Waits:
    """Sleeps three times and counts the commands it heard."""

    def __init__(self) -> None:
        """Nothing happened."""
        self._heard = 0

    @workflow.run
    async def run(self) -> None:
        """Wait for three timers, one after the other."""
        for _ in range(3):
            await workflow.sleep(UNTIL_THE_TIMER)

    @workflow.update
    def hear(self) -> None:
        """Hear a command."""
        self._heard += 1

    @workflow.query
    def heard(self) -> int:
        """Return how many commands were heard."""
        return self._heard


async def asked_while_cold(client: Client, runner: type[WorkflowRunner]) -> tuple[list[str], int]:
    """Return which workflows do not replay, and how many questions failed because they ran ahead.

    The questions come while no worker is there. Before the next worker comes the timers fire, and everybody
    hears a command.
    """
    queue = f"step-{uuid4().hex}"

    def worker() -> Worker:
        return Worker(client, task_queue=queue, workflows=[Waits], workflow_runner=runner())

    handles: list[WorkflowHandle[Any, Any]] = []
    async with worker():
        for _ in range(AT_ONCE):
            handles.append(await client.start_workflow(Waits.run, id=f"step-{uuid4().hex}", task_queue=queue))  # noqa: PERF401 - one after the other
        await asyncio.gather(*[handle.query(Waits.heard) for handle in handles])
    questions = [asyncio.create_task(handle.query(Waits.heard)) for handle in handles]
    await asyncio.sleep(UNTIL_THE_TIMER + 0.2)
    commands = [asyncio.create_task(handle.execute_update(Waits.hear)) for handle in handles]
    await asyncio.sleep(0.1)
    async with worker():
        await asyncio.wait(commands, timeout=20)
        answers = await asyncio.gather(*questions, return_exceptions=True)
    for command in commands:
        command.cancel()
    failed = [answer for answer in answers if isinstance(answer, WorkflowQueryFailedError)]
    replayer = Replayer(workflows=[Waits], workflow_runner=UnsandboxedWorkflowRunner())
    stuck = []
    for handle in handles:
        history = await handle.fetch_history()
        if (await replayer.replay_workflow(history, raise_on_replay_failure=False)).replay_failure:
            stuck.append(handle.id)
        with suppress(RPCError):  # one that came through has ended by itself
            await handle.terminate()
    return stuck, sum(AHEAD in str(answer) for answer in failed)


async def test_a_question_to_a_forgotten_workflow_fails_rather_than_moves_it_on(client: Client) -> None:
    """Asked before its timer, answered after it, commanded in the same task: every history replays."""
    ahead = 0
    for _ in range(ROUNDS):
        stuck, failed = await asked_while_cold(client, InStep)
        assert stuck == []
        ahead += failed
        if ahead:
            return
    pytest.fail(f"no question ran ahead in {ROUNDS} rounds: nothing was tried")


async def test_the_sdk_alone_still_runs_ahead(client: Client) -> None:
    """Should this fail, the SDK is mended and `InStep` has served its time."""
    for _ in range(ROUNDS):
        stuck, _ = await asked_while_cold(client, UnsandboxedWorkflowRunner)
        if stuck:
            return
    pytest.fail("the SDK keeps in step by itself now: `engine/in_step.py` may go")


class Recorded(WorkflowInstance):
    """What stands behind the runner: it starts a timer and writes something in its first activation."""

    def __init__(self) -> None:
        """Nothing was activated."""
        self.activated: list[WorkflowActivation] = []

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        """Note `act`; start timer 1 and local activity 1 in the first."""
        self.activated.append(act)
        completion = WorkflowActivationCompletion()
        completion.successful.SetInParent()
        if len(self.activated) == 1:
            timer = StartTimer(seq=1)
            timer.start_to_fire_timeout.FromNanoseconds(OF_ONE_TICK)
            writing = ScheduleLocalActivity(seq=1)
            completion.successful.commands.extend(
                [WorkflowCommand(start_timer=timer), WorkflowCommand(schedule_local_activity=writing)]
            )
        return completion

    def get_serialization_context(self, command_info: Any) -> None:  # noqa: ANN401 - the SDK's own type is private
        """There is none."""

    def get_external_store_context(self, command_info: Any) -> Any:  # noqa: ANN401 - as above
        """Nobody asks."""
        raise NotImplementedError

    def get_info(self) -> Any:  # noqa: ANN401 - as above
        """Nobody asks."""
        raise NotImplementedError


class Hands(UnsandboxedWorkflowRunner):
    """A runner whose only workflow is `made`."""

    def __init__(self) -> None:
        """Make the one instance."""
        super().__init__()
        self.made = Recorded()

    def create_instance(self, det: Any) -> WorkflowInstance:  # noqa: ANN401 - not looked at
        """Return the one instance."""
        return self.made


def act(
    at: int, length: int, size: int, *, fires: bool = False, replaying: bool = False
) -> WorkflowActivation:
    """Return an activation at `length` events; its task began `at` (ticks), with `size` bytes of history."""
    jobs = [WorkflowActivationJob(fire_timer=FireTimer(seq=1))] if fires else []
    made = WorkflowActivation(
        history_length=length, history_size_bytes=size, is_replaying=replaying, jobs=jobs
    )
    made.timestamp.FromNanoseconds(at * OF_ONE_TICK)
    return made


@pytest.mark.parametrize(
    ("first", "second", "is_ahead"),
    [
        (act(10, 3, 200), act(12, 8, 500, fires=True), False),
        (act(10, 3, 200), act(10, 3, 200), False),  # a result within the same task
        (act(10, 3, 200, replaying=True), act(10, 7, 200), True),  # the history grew, and nothing began
        (
            act(10, 3, 200, replaying=True),
            act(10, 7, 260, fires=True),
            True,
        ),  # a task without jobs between
        (act(10, 3, 200, replaying=True), act(10, 7, 200, replaying=True), False),
        (act(10, 3, 0), act(10, 7, 0), False),  # a server that tells no sizes
        (act(10, 3, 200), act(11, 8, 500, fires=True), False),  # on the stroke
    ],
)
def test_what_runs_ahead(first: WorkflowActivation, second: WorkflowActivation, is_ahead: bool) -> None:
    """The history grew without a beginning, or a timer fires before its time."""
    instance = InStep(Hands()).create_instance(None)  # pyright: ignore[reportArgumentType] - not looked at
    assert instance.activate(first).HasField("successful")
    completion = instance.activate(second)
    assert completion.HasField("failed") is is_ahead
    assert (completion.failed.failure.message == AHEAD) is is_ahead


QUERY = WorkflowActivationJob(query_workflow=QueryWorkflow(query_id="1"))
WRITTEN = WorkflowActivationJob(resolve_activity=ResolveActivity(seq=1))
COMMAND = WorkflowActivationJob(do_update=DoUpdate(id="1"))
SIGNAL = WorkflowActivationJob(signal_workflow=SignalWorkflow(signal_name="1"))


@pytest.mark.parametrize(
    ("asked", "length", "came", "orders"),
    [
        # a task of three events; its end, its timer, the marker, the next task's scheduling and beginning
        (True, 8, [COMMAND, WRITTEN], [["resolve_activity"], ["do_update"]]),
        (True, 9, [SIGNAL, WRITTEN], [["resolve_activity"], ["signal_workflow"]]),
        (
            True,
            7,
            [COMMAND, WRITTEN],
            [["do_update", "resolve_activity"]],
        ),  # no marker there
        (True, 10, [COMMAND, WRITTEN], [["do_update", "resolve_activity"]]),  # events that we know nothing of
        (True, 8, [WRITTEN], [["resolve_activity"]]),
        (False, 8, [COMMAND, WRITTEN], [["do_update", "resolve_activity"]]),  # nobody asked
        (True, 3, [COMMAND, WRITTEN], [["do_update", "resolve_activity"]]),  # the same task
    ],
)
def test_a_result_that_came_late_is_given_where_its_marker_stands(
    asked: bool, length: int, came: list[WorkflowActivationJob], orders: list[list[str]]
) -> None:
    """Before the command that came with it, exactly when the task before has recorded it."""
    hands = Hands()
    instance = InStep(hands).create_instance(None)  # pyright: ignore[reportArgumentType] - not looked at
    instance.activate(act(10, 3, 200))
    if asked:
        query = act(10, 3, 200)
        query.jobs.append(QUERY)
        instance.activate(query)
    seen = len(hands.made.activated)
    then = act(11, length, 400)
    then.jobs.extend(came)
    assert instance.activate(then).HasField("successful")
    answer = [[job.WhichOneof("variant") for job in one.jobs] for one in hands.made.activated[seen:]]
    assert answer == orders

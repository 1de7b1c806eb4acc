"""A query never moves a ticket on: what keeps the SDK from running ahead of the engine.

To answer a query, a worker that does not know the workflow plays its history again. When something is
waiting there for a task of the workflow – a timer that fired, a signal –, the SDK runs that too, before the
engine has begun the task. What comes next in that task, a command or another signal, then finds the workflow
further on than any replay will: the engine keeps an order that no code can replay, and the ticket stands
still for ever. Here such a query fails instead and the workflow is forgotten; the task replays it, as it
was meant. The caller asks again. See docs/adr/0017.
"""

import math
from dataclasses import dataclass, field

from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_activation import WorkflowActivationJob as Job
from temporalio.bridge.proto.workflow_commands import WorkflowCommand
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.worker import UnsandboxedWorkflowRunner, WorkflowInstance, WorkflowRunner

from engine.runner import InstanceBefore, RunnerBefore

AHEAD = "asked while a task waits to be done: ask again"
"""Why such a query fails."""
_EVENTS_OF_A_TASK = 3
"""The end of one task, and the scheduling and the beginning of the next."""
_EVENTS_OF_COMMANDS = {
    "upsert_workflow_search_attributes": 1,
    "schedule_activity": 1,
    "schedule_local_activity": 0,
    "respond_to_query": 0,
}
_EVENTS_OF_JOBS = {"fire_timer": 1, "signal_workflow": 1, "do_update": 0}


class InStep(RunnerBefore):
    """Runs workflows as `inside` does, and never ahead of the engine."""

    def __init__(self, inside: WorkflowRunner | None = None) -> None:
        """Stand before `inside`; before the runner without a sandbox where none is given."""
        super().__init__(inside or UnsandboxedWorkflowRunner(), _InStep)


@dataclass
class _Task:
    """A workflow task: the length of the history it began with, and what its commands leave there."""

    length: int = 0
    events: float = 0
    """Events of its commands, without the markers of local activities; `inf` where that is not known."""
    was_asked: bool = False
    """Whether a query was answered in it while something was being written."""
    timers: set[int] = field(default_factory=set[int])

    def count(self, command: WorkflowCommand) -> None:
        """Add the events of `command`: a timer that is taken back in the task that started it leaves none."""
        kind = command.WhichOneof("variant")
        if kind == "start_timer":
            self.timers.add(command.start_timer.seq)
            self.events += 1
        elif kind == "cancel_timer":
            self.events += -1 if command.cancel_timer.seq in self.timers else 1
        elif kind == "update_response":
            self.events += not command.update_response.HasField("rejected")
        else:
            self.events += _EVENTS_OF_COMMANDS.get(str(kind), math.inf)


class _InStep(InstanceBefore):
    """A workflow that moves only in tasks that the engine has begun, and in the order of their history."""

    def __init__(self, inside: WorkflowInstance) -> None:
        """Stand before `inside`."""
        super().__init__(inside)
        self._began = (0, 0)
        self._fires_at: dict[int, int] = {}
        self._task = _Task()
        self._writing: set[int] = set()

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        """Activate `inside`, or fail where that would run ahead: the SDK then fails the query and forgets."""
        if act.is_replaying:
            return self._activated(act)
        if self._nothing_began(act) or self._fires_too_early(act):
            ahead = WorkflowActivationCompletion()
            ahead.failed.failure.message = AHEAD
            return ahead
        late, others = self._parted(act)
        if not late or not others:
            return self._activated(act)
        first = self._activated(_only(act, late))
        then = first if first.HasField("failed") else self._activated(_only(act, others))
        if then.HasField("failed"):
            return then
        first.successful.MergeFrom(then.successful)
        return first

    def _activated(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        """Activate `inside` with all of `act`, and note what the next activation is judged by."""
        self._began = _beginning(act)
        if act.history_length != self._task.length:
            self._task = _Task(act.history_length)
        completion = self.inside.activate(act)
        for job in act.jobs:
            self._fires_at.pop(job.fire_timer.seq, None)
            self._writing.discard(job.resolve_activity.seq)
            self._task.was_asked |= job.HasField("query_workflow") and bool(self._writing)
        for command in completion.successful.commands:
            self._note(act, command)
        return completion

    def _note(self, act: WorkflowActivation, command: WorkflowCommand) -> None:
        """Note what `command` leaves in the history, when a timer will fire, and what is being written."""
        self._task.count(command)
        if command.HasField("start_timer"):
            span = command.start_timer.start_to_fire_timeout.ToNanoseconds()
            self._fires_at[command.start_timer.seq] = act.timestamp.ToNanoseconds() + span
        elif command.HasField("cancel_timer"):
            self._fires_at.pop(command.cancel_timer.seq, None)
        elif command.HasField("schedule_local_activity"):
            self._writing.add(command.schedule_local_activity.seq)

    def _nothing_began(self, act: WorkflowActivation) -> bool:
        """Return whether `act` goes beyond the last task that began.

        A task begins with the time and the size of the history. Where the history has grown and both
        are as they were, nothing began.
        """
        _, size = beginning = _beginning(act)
        return act.history_length > self._task.length > 0 and beginning == self._began and size > 0

    def _fires_too_early(self, act: WorkflowActivation) -> bool:
        """Return whether `act` fires a timer before its time: its clock is that of an older task.

        Should the clock of a server ever go back, the task is tried again until the time has come.
        """
        now = act.timestamp.ToNanoseconds()
        fired = [job.fire_timer.seq for job in act.jobs if job.HasField("fire_timer")]
        return any(now < self._fires_at.get(timer, 0) for timer in fired)

    def _parted(self, act: WorkflowActivation) -> tuple[list[Job], list[Job]]:
        """Return the results of local activities that the task before has recorded already, and the rest.

        A query within a task ends it at once. Was something being written then, its result comes with the
        next task; a replay has it where its marker stands. That is in the task before when the history has
        grown by as many events more than we know of.
        """
        late = [job for job in act.jobs if job.resolve_activity.seq in self._writing]
        others = [job for job in act.jobs if job.resolve_activity.seq not in self._writing]
        if not self._task.was_asked or not all(
            job.WhichOneof("variant") in _EVENTS_OF_JOBS for job in others
        ):
            return [], others
        between = sum(_EVENTS_OF_JOBS[str(job.WhichOneof("variant"))] for job in others)
        unknown = act.history_length - self._task.length - _EVENTS_OF_A_TASK - self._task.events - between
        return (late, others) if unknown == len(late) else ([], others)


def _only(act: WorkflowActivation, jobs: list[Job]) -> WorkflowActivation:
    """Return `act` with `jobs` in place of its own."""
    part = WorkflowActivation()
    part.CopyFrom(act)
    del part.jobs[:]
    part.jobs.extend(jobs)
    return part


def _beginning(act: WorkflowActivation) -> tuple[int, int]:
    """Return what the beginning of the last task gave `act`: the time, and the size of the history then."""
    return act.timestamp.ToNanoseconds(), act.history_size_bytes

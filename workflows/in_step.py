"""A query never moves a ticket on: what keeps the SDK from running ahead of the engine.

To answer a query, a worker that does not know the workflow plays its history again. When something is
waiting there for a task of the workflow – a timer that fired, a signal –, the SDK runs that too, before the
engine has begun the task. What comes next in that task, a command or another signal, then finds the workflow
further on than any replay will: the engine keeps an order that nobody can play again, and the ticket stands
still for ever. Here such a query fails instead and the workflow is forgotten; the task plays it again, as it
was meant. Whoever asked asks again. See docs/adr/0017.
"""

from typing import Any

from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.worker import (
    UnsandboxedWorkflowRunner,
    WorkflowInstance,
    WorkflowInstanceDetails,
    WorkflowRunner,
)

AHEAD = "asked while a task waits to be done: ask again"
"""Why such a query fails."""


class InStep(WorkflowRunner):
    """Runs workflows as `inside` does, and never ahead of the engine."""

    def __init__(self, inside: WorkflowRunner | None = None) -> None:
        """Stand before `inside`; before the runner without a sandbox where none is given."""
        self._inside = inside or UnsandboxedWorkflowRunner()

    def prepare_workflow(self, defn: Any) -> None:  # noqa: ANN401 - the SDK's own type is private
        """Prepare as `inside` does."""
        self._inside.prepare_workflow(defn)

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """Return an instance of `inside` that is kept in step."""
        return _InStep(self._inside.create_instance(det))

    def set_worker_level_failure_exception_types(self, types: Any) -> None:  # noqa: ANN401 - as above
        """Hand on to `inside`."""
        self._inside.set_worker_level_failure_exception_types(types)


class _InStep(WorkflowInstance):
    """A workflow that moves only in tasks that the engine has begun."""

    def __init__(self, inside: WorkflowInstance) -> None:
        """Stand before `inside`."""
        self._inside = inside
        self._began = (0, 0)
        self._length = 0
        self._fires_at: dict[int, int] = {}

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        """Activate `inside`, or fail where that would run ahead: the SDK then fails the query and forgets."""
        if not act.is_replaying and (self._nothing_began(act) or self._fires_too_early(act)):
            ahead = WorkflowActivationCompletion()
            ahead.failed.failure.message = AHEAD
            return ahead
        self._began, self._length = _beginning(act), act.history_length
        completion = self._inside.activate(act)
        self._note_timers(act, completion)
        return completion

    def _nothing_began(self, act: WorkflowActivation) -> bool:
        """Return whether `act` goes beyond the last task that began.

        A task's beginning tells the time and the size of the history. Where the history has grown and both
        are as they were, nothing began.
        """
        _, size = beginning = _beginning(act)
        return act.history_length > self._length > 0 and beginning == self._began and size > 0

    def _fires_too_early(self, act: WorkflowActivation) -> bool:
        """Return whether `act` fires a timer before its time: its clock is that of an older task.

        Should the clock of a server ever go back, the task is tried again until the time has come.
        """
        now = act.timestamp.ToNanoseconds()
        fired = [job.fire_timer.seq for job in act.jobs if job.HasField("fire_timer")]
        return any(now < self._fires_at.get(timer, 0) for timer in fired)

    def _note_timers(self, act: WorkflowActivation, completion: WorkflowActivationCompletion) -> None:
        """Remember when the timers fire that `completion` starts, and forget those that are over."""
        for job in act.jobs:
            if job.HasField("fire_timer"):
                self._fires_at.pop(job.fire_timer.seq, None)
        for command in completion.successful.commands:
            if command.HasField("start_timer"):
                span = command.start_timer.start_to_fire_timeout.ToNanoseconds()
                self._fires_at[command.start_timer.seq] = act.timestamp.ToNanoseconds() + span
            elif command.HasField("cancel_timer"):
                self._fires_at.pop(command.cancel_timer.seq, None)

    def get_serialization_context(self, command_info: Any) -> Any:  # noqa: ANN401 - the SDK's own type is private
        """Hand on to `inside`."""
        return self._inside.get_serialization_context(command_info)

    def get_external_store_context(self, command_info: Any) -> Any:  # noqa: ANN401 - as above
        """Hand on to `inside`."""
        return self._inside.get_external_store_context(command_info)

    def get_info(self) -> Any:  # noqa: ANN401 - as above
        """Hand on to `inside`."""
        return self._inside.get_info()

    def get_thread_id(self) -> int | None:
        """Hand on to `inside`."""
        return self._inside.get_thread_id()


def _beginning(act: WorkflowActivation) -> tuple[int, int]:
    """Return what the beginning of the last task told `act`: the time, and the size of the history then."""
    return act.timestamp.ToNanoseconds(), act.history_size_bytes

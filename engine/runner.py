"""Stands before the SDK's runner of workflows, so that something can look at every activation first.

Everything is handed on; a subclass of `InstanceBefore` says what it does to an activation.
"""

from collections.abc import Callable
from typing import Any

from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails, WorkflowRunner


class RunnerBefore(WorkflowRunner):
    """Runs workflows as `inside` does, each with something before it."""

    def __init__(
        self, inside: WorkflowRunner, before: Callable[[WorkflowInstance], WorkflowInstance]
    ) -> None:
        """Stand before `inside`; `before` returns what stands before one of its instances."""
        self._inside = inside
        self._before = before

    def prepare_workflow(self, defn: Any) -> None:  # noqa: ANN401 - the SDK's own type is private
        """Prepare as `inside` does."""
        self._inside.prepare_workflow(defn)

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """Return an instance of `inside` with something before it."""
        return self._before(self._inside.create_instance(det))

    def set_worker_level_failure_exception_types(self, types: Any) -> None:  # noqa: ANN401 - as above
        """Hand on to `inside`."""
        self._inside.set_worker_level_failure_exception_types(types)


class InstanceBefore(WorkflowInstance):
    """A workflow that does as `inside` does."""

    def __init__(self, inside: WorkflowInstance) -> None:
        """Stand before `inside`."""
        self.inside = inside

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        """Hand on to `inside`."""
        return self.inside.activate(act)

    def get_serialization_context(self, command_info: Any) -> Any:  # noqa: ANN401 - the SDK's own type is private
        """Hand on to `inside`."""
        return self.inside.get_serialization_context(command_info)

    def get_external_store_context(self, command_info: Any) -> Any:  # noqa: ANN401 - as above
        """Hand on to `inside`."""
        return self.inside.get_external_store_context(command_info)

    def get_info(self) -> Any:  # noqa: ANN401 - as above
        """Hand on to `inside`."""
        return self.inside.get_info()

    def get_thread_id(self) -> int | None:
        """Hand on to `inside`."""
        return self.inside.get_thread_id()

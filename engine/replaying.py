"""Plays a workflow's history again with the present code, and says whether it still makes the same of it."""

from collections.abc import Sequence

from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Interceptor, Replayer, UnsandboxedWorkflowRunner

from workflows.adopt import Adopt
from workflows.archive import Archive
from workflows.incident import Incident
from workflows.recalculate import Recalculate
from workflows.reconcile import Reconcile
from workflows.ticket import Ticket

WORKFLOWS = (Ticket, Reconcile, Recalculate, Incident, Adopt, Archive)
"""Every workflow there is."""


def replayer(
    *workflows: type, interceptors: Sequence[Interceptor] = (), namespace: str = "default"
) -> Replayer:
    """Return what plays histories of `workflows` as the worker would: no sandbox, the same converter."""
    return Replayer(
        workflows=workflows,
        namespace=namespace,
        data_converter=pydantic_data_converter,
        interceptors=interceptors,
        workflow_runner=UnsandboxedWorkflowRunner(),
    )


async def trouble_with(history: WorkflowHistory, *workflows: type) -> Exception | None:
    """Return why the present code of `workflows` does not make the same of a history; null: it does."""
    return (await replayer(*workflows).replay_workflow(history, raise_on_replay_failure=False)).replay_failure

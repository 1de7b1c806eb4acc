"""What issued numbers and workflows do not agree on."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from temporalio.client import Client, WorkflowExecutionStatus

from engine.asking import STOPPED, goes_on
from readmodel import Database, reconcile


@dataclass(frozen=True)
class Differences:
    """What the two sides do not agree on; both lists empty is the invariant."""

    issued: int
    without_workflow: list[str] = field(default_factory=list)
    without_number: list[str] = field(default_factory=list)


async def differences(database: Database, client: Client) -> Differences:
    """Return issued numbers that have neither a workflow nor a closed ticket, and the reverse.

    A workflow that somebody stopped counts as none. Visibility lags a little: what looks missing there is
    asked for by its id before it is reported.
    """
    workflows = {number: status async for number, status in _workflows(client)}
    without_workflow: list[str] = []
    issued = 0
    async for number, is_closed in reconcile.issued_numbers(database):
        issued += 1
        status = workflows.pop(number, None)
        if is_closed or (status is not None and status not in STOPPED):
            continue
        if not await goes_on(client, number):
            without_workflow.append(number)
    unknown = [number for number in sorted(workflows) if not await reconcile.is_issued(database, number)]
    return Differences(issued=issued, without_workflow=without_workflow, without_number=unknown)


async def _workflows(client: Client) -> AsyncIterator[tuple[str, WorkflowExecutionStatus | None]]:
    async for execution in client.list_workflows('WorkflowType = "Ticket"', page_size=1000):
        if execution.status is not WorkflowExecutionStatus.CONTINUED_AS_NEW:
            yield execution.id.removeprefix("ticket/"), execution.status

"""Replaying the histories of running workflows with the present code, before a release."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from temporalio.client import Client, WorkflowHistory
from temporalio.service import RPCError, RPCStatusCode

from engine.address import EngineAddress
from engine.connection import connect_engine
from engine.replaying import WORKFLOWS, trouble_with

_RUNNING = 'ExecutionStatus = "Running"'
_PAGE = 200


@dataclass
class Replayed:
    """How many running workflows were replayed, and the ids of those that did not come out the same."""

    workflows: int = 0
    diverged: dict[str, str] = field(default_factory=dict[str, str])


async def replay_running(
    settings: EngineAddress, sample: int | None, step_done: Callable[[int, int], None]
) -> Replayed:
    """Replay running workflows of `settings`' namespace, all or about `sample`; return what came of it.

    After each `step_done` is called with how many are replayed, and how many there will be.
    Raises `engine.connection.NotReady` when the engine is away.
    """
    client = await connect_engine(settings)
    query = f'{_RUNNING} AND TaskQueue = "{settings.task_queue}"'
    running = (await client.count_workflows(query)).count
    step = 1 if sample is None else max(1, -(-running // sample))
    found = Replayed()
    async for history in _histories(client, query, step):
        trouble = await trouble_with(history, *WORKFLOWS)
        found.workflows += 1
        if trouble is not None:
            found.diverged[history.workflow_id] = str(trouble).partition("\n")[0][:300]
        step_done(found.workflows, running // step)
    return found


async def _histories(client: Client, query: str, step: int) -> AsyncIterator[WorkflowHistory]:
    """Yield the history of every `step`-th workflow that `query` finds and that is there still."""
    seen = 0
    async for execution in client.list_workflows(query, page_size=_PAGE):
        seen += 1
        if seen % step:
            continue
        handle = client.get_workflow_handle(execution.id, run_id=execution.run_id)
        try:
            yield await handle.fetch_history()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:  # it ended, and was removed, meanwhile
                raise

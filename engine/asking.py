"""What the workflow of a ticket knows, asked from outside: by a query, or from its history alone."""

from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.api.common.v1 import Payload
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHistory, WorkflowQueryFailedError
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import (
    Interceptor,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)

from domain.messages import Intake
from domain.rebuild.rebuilding import NoAnswer
from domain.show.views import Batch
from domain.ticket.ticket import TicketInput
from engine.replaying import replayer
from engine.starting import workflow_id
from phrases import Phrase
from workflows.ticket import Ticket

_PATIENCE = timedelta(seconds=10)
NO_WORKER = {RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.FAILED_PRECONDITION, RPCStatusCode.CANCELLED}
"""How the engine answers a query that no worker takes."""

STOPPED = (
    WorkflowExecutionStatus.TERMINATED,
    WorkflowExecutionStatus.CANCELED,
    WorkflowExecutionStatus.FAILED,
    WorkflowExecutionStatus.TIMED_OUT,
)
"""How a workflow ends that did not take its ticket to the end."""


class TicketQueries:
    """Asks the tickets of `client`; once a worker has not answered, their histories are read instead."""

    def __init__(self, client: Client) -> None:
        """Keep the `client`; a worker is taken to be there until a query times out."""
        self._client = client
        self._has_worker = True

    async def everything(self, number: str) -> Batch | None:
        """Return all that the workflow of ticket `number` knows, null if there is none. Raises `NoAnswer`."""
        handle = self._client.get_workflow_handle(workflow_id(number))
        if self._has_worker:
            try:
                return await handle.query("everything", result_type=Batch, rpc_timeout=_PATIENCE)
            except WorkflowQueryFailedError:
                pass  # its history may say it all the same
            except RPCError as error:
                if error.status is RPCStatusCode.NOT_FOUND:
                    return None
                if error.status not in NO_WORKER:
                    raise
                self._has_worker = False
        try:
            return await from_history(await handle.fetch_history(), self._client.namespace)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise

    async def filing(self, number: str) -> Intake:
        """Return how ticket `number` was filed, from the first event of its history. Raises `NoAnswer`."""
        handle = self._client.get_workflow_handle(workflow_id(number))
        try:
            async for event in handle.fetch_history_events(page_size=1):
                payloads = event.workflow_execution_started_event_attributes.input.payloads
                return (await _decoded(list(payloads))).intake
        except Exception as error:  # whatever stands there, it is no ticket of ours
            raise NoAnswer(
                Phrase("its first event cannot be read", error=type(error).__name__).both(" / ")
            ) from error
        raise NoAnswer(Phrase("it has no history").both(" / "))


async def from_history(history: WorkflowHistory, namespace: str = "default") -> Batch:
    """Return all that a ticket with `history` knows: it is lived again here. Raises `NoAnswer`."""
    kept: list[Ticket] = []
    try:
        await replayer(Ticket, interceptors=[_Keeping(kept)], namespace=namespace).replay_workflow(history)
    except Exception as error:  # the SDK's own kinds of what does not fit
        raise NoAnswer(
            Phrase("its history cannot be replayed", error=type(error).__name__).both(" / ")
        ) from error
    if not kept:
        raise NoAnswer(Phrase("its history has not begun").both(" / "))
    return kept[-1].case.everything()


class _Keeping(Interceptor):
    """Keeps the workflow objects that a replay makes."""

    def __init__(self, kept: list[Ticket]) -> None:
        self._kept = kept

    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002, ARG002 - the SDK's name
    ) -> type[WorkflowInboundInterceptor]:
        """Return a class that looks at the object as soon as it is there."""
        kept = self._kept

        class Looking(WorkflowInboundInterceptor):
            def init(self, outbound: WorkflowOutboundInterceptor) -> None:
                super().init(outbound)

            async def execute_workflow(self, input: Any) -> Any:  # noqa: A002, ANN401 - the SDK's
                instance = workflow.instance()
                if isinstance(instance, Ticket):
                    kept.append(instance)
                return await super().execute_workflow(input)

        return Looking


async def _decoded(payloads: list[Payload]) -> TicketInput:
    (beginning,) = await pydantic_data_converter.decode(payloads, [TicketInput])
    return beginning


async def goes_on(client: Client, number: str) -> bool:
    """Return whether the ticket has a workflow that runs or came to its own end."""
    status = await _status(client, number)
    return status is not None and status not in STOPPED


async def is_over(client: Client, number: str) -> bool:
    """Return whether the workflow of the ticket came to its own end."""
    return await _status(client, number) is WorkflowExecutionStatus.COMPLETED


async def _status(client: Client, number: str) -> WorkflowExecutionStatus | None:
    """Return how the workflow of the ticket stands, null where there is none."""
    try:
        found = await client.get_workflow_handle(workflow_id(number)).describe(rpc_timeout=_PATIENCE)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise
    return found.status

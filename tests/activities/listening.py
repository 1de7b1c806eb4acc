"""Tickets that only listen, and an engine that fails for some of them: what those who tell tickets meet."""

from collections.abc import Sequence
from typing import Any

from temporalio import workflow
from temporalio.client import (
    Client,
    Interceptor,
    OutboundInterceptor,
    SignalWorkflowInput,
)
from temporalio.common import RawValue
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from engine.starting import workflow_id


@workflow.defn(name="Ticket", sandboxed=False)
class Listener:
    """A ticket's workflow as the sender sees it: it counts what comes."""

    def __init__(self) -> None:
        """Nothing has come."""
        self._heard: list[str] = []

    @workflow.run
    async def run(self, _beginning: Any = None) -> None:  # noqa: ANN401 - not looked at
        """Wait until the test is over."""
        await workflow.wait_condition(lambda: False)

    @workflow.signal(dynamic=True)
    def hear(self, name: str, _arguments: Sequence[RawValue]) -> None:
        """Note the signal's name."""
        self._heard.append(name)

    @workflow.query
    def heard(self) -> list[str]:
        """Return the names of all signals."""
        return self._heard


class Faults(Interceptor):
    """Lets the engine answer signals to some tickets with an error, as long as they stand here."""

    def __init__(self) -> None:
        """Nothing is wrong."""
        self.of: dict[str, RPCStatusCode] = {}
        self.signalled: list[str] = []
        """The tickets that were sent a signal, in order."""

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:  # noqa: A002 - the SDK's name
        """Stand before the engine."""
        return _FaultyEngine(next, self)


class _FaultyEngine(OutboundInterceptor):
    def __init__(self, following: OutboundInterceptor, faults: Faults) -> None:
        super().__init__(following)
        self._faults = faults

    async def signal_workflow(self, input: SignalWorkflowInput) -> None:  # noqa: A002 - the SDK's name
        """Fail for a ticket that is named."""
        number = input.id.removeprefix("ticket/")
        status = self._faults.of.get(number)
        if status is not None:
            raise RPCError(f"the engine says {status.name}", status, b"")
        self._faults.signalled.append(number)
        await super().signal_workflow(input)


def faulty(environment: WorkflowEnvironment, faults: Faults) -> Client:
    """Return a client whose signals meet `faults`."""
    config = environment.client.config()
    config["data_converter"] = pydantic_data_converter
    config["interceptors"] = [faults]
    return Client(**config)


def listening(client: Client, queue: str) -> Worker:
    """Return a worker for the tickets that listen."""
    return Worker(client, task_queue=queue, workflows=[Listener], workflow_runner=UnsandboxedWorkflowRunner())


async def heard(client: Client, number: str) -> list[str]:
    """Return the signals that a ticket got, and end it."""
    handle = client.get_workflow_handle(workflow_id(number))
    found: list[str] = await handle.query("heard")
    await handle.terminate("end of the test")
    return found

"""Counts what the API asks of the workflow engine: which call, what became of it, how long it took."""

import time
from asyncio import CancelledError
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from temporalio.client import (
    Client,
    Interceptor,
    OutboundInterceptor,
    QueryWorkflowInput,
    RPCTimeoutOrCancelledError,
    SignalWorkflowInput,
    StartWorkflowInput,
    StartWorkflowUpdateInput,
    StartWorkflowUpdateWithStartInput,
    WorkflowHandle,
    WorkflowUpdateHandle,
)
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from api.counters import Counters

_OUTCOMES = {
    RPCStatusCode.DEADLINE_EXCEEDED: "timeout",
    RPCStatusCode.CANCELLED: "timeout",
    RPCStatusCode.UNAVAILABLE: "away",
    RPCStatusCode.RESOURCE_EXHAUSTED: "overloaded",
    RPCStatusCode.NOT_FOUND: "not_found",
}


class EngineCalls(Interceptor):
    """Stands between a client and the engine. Counts `ok`, `timeout`, `away` and the like."""

    def __init__(self, counters: Counters) -> None:
        """Count in `counters`."""
        self._counters = counters

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:  # noqa: A002 - the SDK's name
        """Return what counts on the way to `next`."""
        return _Counting(next, self._counters)

    def on(self, client: Client) -> Client:
        """Return `client` with its calls counted."""
        config = client.config()
        config["interceptors"] = [*config["interceptors"], self]
        return Client(**config)


class _Counting(OutboundInterceptor):
    def __init__(self, next: OutboundInterceptor, counters: Counters) -> None:  # noqa: A002 - the SDK's name
        super().__init__(next)
        self._counters = counters

    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:  # noqa: A002
        with self._counted("start"):
            return await super().start_workflow(input)

    async def start_workflow_update(self, input: StartWorkflowUpdateInput) -> WorkflowUpdateHandle[Any]:  # noqa: A002
        with self._counted("update"):
            return await super().start_workflow_update(input)

    async def start_update_with_start_workflow(
        self,
        input: StartWorkflowUpdateWithStartInput,  # noqa: A002
    ) -> WorkflowUpdateHandle[Any]:
        with self._counted("restart"):
            return await super().start_update_with_start_workflow(input)

    async def query_workflow(self, input: QueryWorkflowInput) -> Any:  # noqa: A002, ANN401
        with self._counted("query"):
            return await super().query_workflow(input)

    async def signal_workflow(self, input: SignalWorkflowInput) -> None:  # noqa: A002
        with self._counted("signal"):
            await super().signal_workflow(input)

    @contextmanager
    def _counted(self, call: str) -> Generator[None]:
        began = time.perf_counter()
        outcome = "ok"
        try:
            yield
        except BaseException as error:
            outcome = _outcome(error)
            raise
        finally:
            self._counters.engine_called(call, outcome, timedelta(seconds=time.perf_counter() - began))


def _outcome(error: BaseException) -> str:
    """Return what became of a call; one that we gave up ourselves ran out of time."""
    if isinstance(error, (CancelledError, RPCTimeoutOrCancelledError)):
        return "timeout"
    if isinstance(error, WorkflowAlreadyStartedError):
        return "ok"  # it runs, which is what was asked for
    if isinstance(error, RPCError):
        return _OUTCOMES.get(error.status, "failed")
    return "away" if isinstance(error, RuntimeError) else "failed"

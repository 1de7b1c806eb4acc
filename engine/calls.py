"""Every call of the workflow engine: start, update, query; time limits, and the meaning of its errors."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

import structlog
from temporalio.client import (
    Client,
    RPCTimeoutOrCancelledError,
    WorkflowQueryFailedError,
    WorkflowQueryRejectedError,
    WorkflowUpdateFailedError,
)
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from domain.errors import Unavailable
from domain.incident.incident import Opening
from domain.messages import AdoptEdition, AdoptionProgress, Command, Intake, Receipt
from domain.ticket.ticket import TicketInput
from engine.address import EngineAddress
from engine.connection import connect_client
from engine.in_step import AHEAD
from engine.starting import (
    adoption_id,
    restart_ticket,
    start_adoption,
    start_incident,
    start_ticket,
    workflow_id,
)
from phrases import Phrase
from workflows.errors import as_fault, as_refusal

log = structlog.get_logger("jiesu.api")

Answer = TypeVar("Answer")

_AWAY = {
    RPCStatusCode.UNAVAILABLE,
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.CANCELLED,
    RPCStatusCode.RESOURCE_EXHAUSTED,
    RPCStatusCode.ABORTED,
    RPCStatusCode.INTERNAL,
    RPCStatusCode.UNKNOWN,
    RPCStatusCode.FAILED_PRECONDITION,  # a query to a workflow whose task fails: a bug, not the caller's
}
_AGAIN_SECONDS = 0.1
_NOT_CONNECTED = "Failed client connect"


class NotRunning(Exception):  # noqa: N818 - reads as what it says
    """The engine runs no workflow for this ticket: not started yet, or over."""


async def connect(settings: EngineAddress) -> Client:
    """Return a client that connects with its first call: the API starts whether or not the engine runs.

    Raises BadSetting for TLS files that cannot be used.
    """
    return await connect_client(settings, lazy=True)


async def start(client: Client, intake: Intake, task_queue: str, within: timedelta) -> None:
    """Start the workflow of `intake`, unless it has one. Raises `Unavailable` after `within`."""
    with _outages(intake.number):
        async with asyncio.timeout(within.total_seconds()):
            await start_ticket(client, intake, task_queue, within)


async def begin_incident(client: Client, opening: Opening, task_queue: str, within: timedelta) -> None:
    """Start the workflow of an incident, unless it has one. Raises `Unavailable` after `within`."""
    with _outages(opening.number):
        async with asyncio.timeout(within.total_seconds()):
            await start_incident(client, opening, task_queue, within)


async def update(
    client: Client,
    workflow: str,
    name: str,
    command: object,
    update_id: str,
    result_type: type[Answer],
    within: timedelta,
) -> Answer:
    """Have the ticket or incident behind `workflow` obey `command`; the same `update_id` counts once.

    Raises the refusal the workflow gave, `NotRunning`, or `Unavailable` when it did not answer in time; then
    it may still count, and the same id asked again has the outcome.
    """
    handle = client.get_workflow_handle(workflow)
    try:
        with _outages(workflow.partition("/")[2]):
            async with asyncio.timeout(within.total_seconds()):
                while True:
                    with _task_refused():
                        return await handle.execute_update(  # pyright: ignore[reportUnknownMemberType]
                            name, command, id=update_id, result_type=result_type, rpc_timeout=within
                        )
                    await asyncio.sleep(_AGAIN_SECONDS)
    except WorkflowUpdateFailedError as failed:
        raise _refusal_of(failed, workflow.partition("/")[2], name) from failed


@contextmanager
def _task_refused() -> Generator[None]:
    """Swallow that the task with an update in it was refused: the update was dropped and must be sent again.

    The engine refuses a task that ends a ticket while something new arrives. A worker whose tasks fail looks
    the same; then the time limit ends it.
    """
    try:
        yield
    except RPCError as error:
        if error.status is not RPCStatusCode.FAILED_PRECONDITION:
            raise


async def begin_again(
    client: Client,
    beginning: TicketInput,
    task_queue: str,
    name: str,
    command: Command,
    update_id: str,
    within: timedelta,
) -> Receipt:
    """Have an ended ticket begin again as `beginning` with the command called `name`, in one act.

    Raises the refusal the workflow gave, or `Unavailable` when it did not answer in time; then it may still
    count, and the same id asked again has the outcome.
    """
    try:
        with _outages(beginning.intake.number):
            async with asyncio.timeout(within.total_seconds()):
                return await restart_ticket(client, beginning, task_queue, name, command, update_id, within)
    except WorkflowUpdateFailedError as failed:
        raise _refusal_of(failed, beginning.intake.number, name) from failed


async def query(
    client: Client,
    number: str,
    name: str,
    result_type: type[Answer],
    within: timedelta,
    *arguments: object,
) -> Answer:
    """Return what ticket `number` answers to the query called `name`, asked with `arguments`.

    Raises `NotRunning` or `Unavailable`: no worker answered within `within`.
    """
    handle = client.get_workflow_handle(workflow_id(number))
    with _outages(number):
        async with asyncio.timeout(within.total_seconds()):
            return await handle.query(name, args=arguments, result_type=result_type, rpc_timeout=within)


async def adopt(client: Client, order: AdoptEdition, task_queue: str, within: timedelta) -> str:
    """Have running tickets adopt the edition of `order`; return the id of the workflow that does it.

    Raises `WrongStage` while the edition is being adopted, `Unavailable`.
    """
    with _outages():
        async with asyncio.timeout(within.total_seconds()):
            return (await start_adoption(client, order, task_queue)).id


async def adoption(client: Client, edition: str, within: timedelta) -> tuple[str, AdoptionProgress]:
    """Return id and progress of the newest adoption of `edition`. Raises `NotRunning`, `Unavailable`."""
    handle = client.get_workflow_handle(adoption_id(edition))
    with _outages():
        async with asyncio.timeout(within.total_seconds()):
            progress = await handle.query("progress", result_type=AdoptionProgress, rpc_timeout=within)
    return handle.id, progress


async def stop_adoption(client: Client, edition: str, within: timedelta) -> None:
    """Stop the adoption of `edition` after its batch under way. Raises `NotRunning`, `Unavailable`."""
    with _outages():
        async with asyncio.timeout(within.total_seconds()):
            await client.get_workflow_handle(adoption_id(edition)).signal("stop", rpc_timeout=within)


async def is_there(client: Client, within: timedelta) -> bool:
    """Return whether the engine answers within `within`."""
    try:
        async with asyncio.timeout(within.total_seconds()):
            return await client.service_client.check_health(timeout=within)
    except (RPCError, RuntimeError, TimeoutError):
        return False


@contextmanager
def _outages(number: str | None = None) -> Generator[None]:
    """Give the engine's errors their meaning; what is a mistake of ours passes as it is.

    What is logged of them carries the ticket's `number`, where there is one.
    """
    about = {} if number is None else {"number": number}
    try:
        yield
    except (TimeoutError, RPCTimeoutOrCancelledError) as slow:
        raise _unavailable() from slow
    except (WorkflowQueryFailedError, WorkflowQueryRejectedError) as failed:
        if not _came_too_early(failed, about):
            log.exception("query_failed", **about)
        raise _unavailable() from failed
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise NotRunning from error
        if error.status not in _AWAY:
            raise
        if not _came_too_early(error, about):
            log.warning("engine_away", status=error.status.name, **about)
        raise _unavailable() from error
    except RuntimeError as error:
        if _NOT_CONNECTED not in str(error):
            raise
        log.warning("engine_away", status="NOT_CONNECTED", **about)
        raise _unavailable() from error


def _came_too_early(error: Exception, about: dict[str, str]) -> bool:
    """Return whether a query met a task that waits, and note it: the caller's next try is answered."""
    if AHEAD not in str(error):
        return False
    log.info("query_came_too_early", **about)
    return True


def _refusal_of(failed: WorkflowUpdateFailedError, number: str, name: str) -> Exception:
    cause: Any = failed.cause
    refused = as_refusal(cause) if isinstance(cause, ApplicationError) else None
    if refused is not None:
        return refused
    fault = as_fault(cause) if isinstance(cause, ApplicationError) else None
    if fault is not None:
        log.error("rule_failed", number=number, command=name)
        return fault
    log.error("update_failed", number=number, command=name, error=type(cause).__name__)
    return _unavailable()


def _unavailable() -> Unavailable:
    return Unavailable(
        Phrase("The workflow engine did not answer; please try again with the same key."),
    )

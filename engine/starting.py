"""Starts the workflow of a ticket, as often as it is asked and never twice."""

from datetime import timedelta
from typing import Any, TypedDict

from temporalio.client import Client, WithStartWorkflowOperation, WorkflowHandle
from temporalio.common import (
    Priority,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError

from domain.errors import WrongStage
from domain.incident.incident import CarriedIncident, Opening
from domain.messages import (
    AdoptEdition,
    AdoptionProgress,
    Command,
    Intake,
    RecalculationProgress,
    Receipt,
)
from domain.rebuild.taking_in import take_in
from domain.show.views import search_attributes
from domain.ticket.ticket import TicketInput
from engine.priorities import BATCH, of_ticket
from phrases import Phrase
from workflows.visibility import pairs


class _Start(TypedDict):
    """What every start of a ticket's workflow says, whatever becomes of a run that is there already."""

    id: str
    task_queue: str
    search_attributes: TypedSearchAttributes
    static_summary: str
    priority: Priority


def workflow_id(number: str) -> str:
    """Return the id of the workflow of ticket `number`."""
    return f"ticket/{number}"


def _start(beginning: TicketInput, task_queue: str) -> _Start:
    """Return how a run that begins with `beginning` is started: shown from the first as what it carries."""
    intake = beginning.intake
    ticket = beginning.carried.ticket if beginning.carried else take_in(intake).ticket
    return _Start(
        id=workflow_id(intake.number),
        task_queue=task_queue,
        search_attributes=TypedSearchAttributes(pairs(search_attributes(ticket))),
        static_summary=summary(intake),
        priority=of_ticket(intake),
    )


async def start_ticket(client: Client, intake: Intake, task_queue: str, within: timedelta) -> None:
    """Start the workflow of `intake`; one that runs or has ended already stays as it is.

    Raises `temporalio.service.RPCError` when the engine does not answer within that time.
    """
    beginning = TicketInput(intake=intake)
    try:
        await client.start_workflow(
            "Ticket",
            beginning,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            rpc_timeout=within,
            **_start(beginning, task_queue),
        )
    except WorkflowAlreadyStartedError:
        return


async def replace_run(client: Client, beginning: TicketInput, task_queue: str) -> None:
    """Put a run that begins with `beginning` in the place of the ticket's run, which ends; one act.

    Raises `temporalio.service.RPCError`.
    """
    await client.start_workflow(
        "Ticket",
        beginning,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        id_conflict_policy=WorkflowIDConflictPolicy.TERMINATE_EXISTING,
        **_start(beginning, task_queue),
    )


async def restart_ticket(
    client: Client,
    beginning: TicketInput,
    task_queue: str,
    name: str,
    command: Command,
    update_id: str,
    within: timedelta,
) -> Receipt:
    """Start an ended ticket's workflow again with the command that opens it, as one act; return its answer.

    The command decides: refused, the new run ends at once as the ended ticket it was. Of two at once one
    is refused: the ticket is open. Raises `WorkflowUpdateFailedError`, `temporalio.service.RPCError`.
    """
    start: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
        "Ticket",
        beginning,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        **_start(beginning, task_queue),
    )
    return await client.execute_update_with_start_workflow(  # pyright: ignore[reportUnknownMemberType]
        name,
        command,
        id=update_id,
        start_workflow_operation=start,
        result_type=Receipt,
        rpc_timeout=within,
    )


def summary(intake: Intake) -> str:
    """Return the title of the ticket in the Temporal UI: type, matter and place, nothing of the requester."""
    parts = (intake.type.zh, intake.terms.category.zh, intake.place_zh)
    return " · ".join(part for part in parts if part)


async def start_recalculation(
    client: Client, changed_at: int, task_queue: str
) -> WorkflowHandle[Any, RecalculationProgress]:
    """Have running tickets counted again after the imported calendars changed at `changed_at` (nanoseconds).

    The same change is worked through once, however often it is asked for.
    """
    name = f"recalculate/{changed_at}"
    try:
        return await client.start_workflow(
            "Recalculate",
            RecalculationProgress(),
            id=name,
            task_queue=task_queue,
            priority=BATCH,
            result_type=RecalculationProgress,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )
    except WorkflowAlreadyStartedError:
        return client.get_workflow_handle(name, result_type=RecalculationProgress)


def incident_workflow_id(number: str) -> str:
    """Return the id of the workflow of incident `number`."""
    return f"incident/{number}"


async def start_incident(client: Client, opening: Opening, task_queue: str, within: timedelta) -> None:
    """Start the workflow of an incident; one that runs or has ended already stays as it is.

    Raises `temporalio.service.RPCError` when the engine does not answer within that time.
    """
    title = (opening.lead.unit.zh, opening.category.zh, opening.place_zh)
    try:
        await client.start_workflow(
            "Incident",
            CarriedIncident(opening=opening),
            id=incident_workflow_id(opening.number),
            task_queue=task_queue,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            static_summary=" · ".join(part for part in title if part),
            rpc_timeout=within,
        )
    except WorkflowAlreadyStartedError:
        return


def adoption_id(edition: str) -> str:
    """Return the id of the workflow by which running tickets adopt the edition `name@hash`."""
    return f"adopt/{edition}"


async def start_adoption(
    client: Client, order: AdoptEdition, task_queue: str
) -> WorkflowHandle[Any, AdoptionProgress]:
    """Have running tickets adopt the edition of `order`; it may be asked for again once it is over.

    Raises `WrongStage` while an adoption of the same edition is under way: two modes at once would leave to
    chance which of them holds.
    """
    name = adoption_id(order.edition)
    try:
        return await client.start_workflow(
            "Adopt",
            AdoptionProgress(order=order),
            id=name,
            task_queue=task_queue,
            priority=BATCH,
            result_type=AdoptionProgress,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            static_summary=Phrase(
                "adopt edition {edition}, {mode}", edition=order.edition, mode=order.mode
            ).zh,
        )
    except WorkflowAlreadyStartedError:
        raise WrongStage(
            Phrase("Edition {edition} is being adopted already; stop that first.", edition=order.edition),
        ) from None

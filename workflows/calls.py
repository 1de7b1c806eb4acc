"""The activities a workflow calls, by name and with their types; what they do is in `activities/`."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from domain.messages import AssignmentQuery, ResolutionQuery
    from domain.terms import Assignment, Resolution
    from domain.views import Batch
from workflows.errors import as_refusal

_SHORT = RetryPolicy(initial_interval=timedelta(milliseconds=100), maximum_interval=timedelta(seconds=1))
_PATIENT = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=20))


async def record(batch: Batch) -> None:
    """Write `batch` to the database, for as long as it takes.

    First inside the workflow task, which costs one event. When the database is away for longer than that may
    last, as an activity of its own, which the Temporal UI shows as pending and which is tried until it
    counts.
    """
    try:
        await workflow.execute_local_activity(
            "record",
            batch,
            start_to_close_timeout=timedelta(seconds=3),
            schedule_to_close_timeout=timedelta(seconds=4),
            retry_policy=_SHORT,
            summary=_span(batch),
        )
    except ActivityError as error:
        if is_cancelled_exception(error):  # operations cancelled the workflow: nothing may hold it up
            raise
        await workflow.execute_activity(
            "record",
            batch,
            start_to_close_timeout=timedelta(seconds=15),
            retry_policy=_PATIENT,
            summary=_span(batch),
        )


async def resolve(query: ResolutionQuery) -> Resolution:
    """Return terms and routing of a matter at a place by the edition the ticket carries.

    Raises `Refused` for a code the edition does not have.
    """
    with _refusals():
        return await workflow.execute_local_activity(
            "resolve",
            query,
            result_type=Resolution,
            start_to_close_timeout=timedelta(seconds=5),
            retry_policy=_SHORT,
            summary=f"查阅规则 rules: {query.category}",
        )


async def assign(query: AssignmentQuery) -> Assignment:
    """Return what the edition knows of a unit that is to be made responsible.

    Raises `Refused` for a unit the edition does not have.
    """
    with _refusals():
        return await workflow.execute_local_activity(
            "assign",
            query,
            result_type=Assignment,
            start_to_close_timeout=timedelta(seconds=5),
            retry_policy=_SHORT,
            summary=f"查阅单位 unit: {query.unit}",
        )


@contextmanager
def _refusals() -> Generator[None]:
    """Let a refusal of an activity come out as the refusal it is, not wrapped in the engine's error."""
    try:
        yield
    except ActivityError as error:
        refused = as_refusal(error.cause) if isinstance(error.cause, ApplicationError) else None
        if refused is None:
            raise
        raise refused from error


def _span(batch: Batch) -> str:
    if not batch.facts:
        return "写入 record"
    return f"写入 record {batch.facts[0].seq}–{batch.facts[-1].seq}: {batch.facts[0].fact.kind}"

"""The activities a workflow calls, by name and with their types; what they do is in `activities/`."""

from datetime import timedelta
from typing import TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, FailureError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from domain.command.given import BranchQuery, Given
    from domain.errors import Refused, Unavailable
    from domain.facts.incident import IncidentBrief
    from domain.incident.incident import IncidentAccount, WaitingQuery
    from domain.messages import AssignmentQuery, ResolutionQuery
    from domain.show.views import Batch
    from domain.terms import Assignment, Resolution
    from phrases import Phrase
from workflows.errors import as_refusal

_Result = TypeVar("_Result")
_SHORT = RetryPolicy(
    initial_interval=timedelta(milliseconds=100), maximum_interval=timedelta(seconds=1), maximum_attempts=4
)
_PATIENT = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=20))


async def record(batch: Batch) -> None:
    """Write `batch` to the database, for as long as it takes."""
    await _call("record", batch, type(None), _span(batch))


async def resolve(query: ResolutionQuery) -> Resolution:
    """Return terms and routing of a matter at a place by the edition the ticket carries.

    Raises `Refused` for a code the edition does not have.
    """
    return await _call(
        "resolve", query, Resolution, Phrase("rules: {category}", category=query.category).both()
    )


async def assign(query: AssignmentQuery) -> Assignment:
    """Return what the edition knows of a unit that is to be made responsible.

    Raises `Refused` for a unit the edition does not have.
    """
    return await _call("assign", query, Assignment, Phrase("unit: {unit}", unit=query.unit).both())


async def look_up(query: BranchQuery) -> Given:
    """Return what the edition the ticket carries says of a branch, and of the units it names.

    Raises `Refused` for a code the edition does not have.
    """
    return await _call(
        "look_up",
        query,
        Given,
        Phrase("rules: {units}", units=", ".join(query.units) or query.edition).both(),
    )


async def incident(number: str) -> IncidentBrief:
    """Return what is known of the incident `number`. Raises `Refused` where there is none."""
    return await _call(
        "incident_brief", number, IncidentBrief, Phrase("incident: {number}", number=number).both()
    )


async def record_incident(account: IncidentAccount) -> None:
    """Write `account` to the database, for as long as it takes."""
    version = account.incident.version
    await _call(
        "record_incident",
        account,
        type(None),
        Phrase("record {number} v{version}", number=account.incident.number, version=version).both(),
    )


async def waiting_members(incident: str, result: int = 1) -> int:
    """Return how many open members of `incident` have not taken its result number `result`."""
    query = WaitingQuery(incident=incident, result=result)
    return await _call(
        "waiting_members", query, int, Phrase("waiting for result {result}", result=result).both()
    )


async def _call(name: str, argument: object, result_type: type[_Result], summary: str) -> _Result:
    """Return what the activity `name` answers.

    First inside the workflow task, which costs one event and holds up everything else on the ticket, queries
    included: so a few attempts only, counted, for the engine does not end a local activity by its time while
    it fails at once. Then as an activity of its own, which the Temporal UI shows as pending and which is
    tried until it counts.
    """
    try:
        return await workflow.execute_local_activity(
            name,
            argument,
            result_type=result_type,
            start_to_close_timeout=timedelta(seconds=2),
            retry_policy=_SHORT,
            summary=summary,
        )
    except FailureError as error:
        refused = _refusal_in(error)
        if refused is not None and not isinstance(refused, Unavailable):  # what is away comes back
            raise refused from error
        if is_cancelled_exception(error):  # operations cancelled the workflow: nothing may hold it up
            raise
    return await _call_patiently(name, argument, result_type, summary)


async def _call_patiently(name: str, argument: object, result_type: type[_Result], summary: str) -> _Result:
    try:
        return await workflow.execute_activity(
            name,
            argument,
            result_type=result_type,
            start_to_close_timeout=timedelta(seconds=15),
            retry_policy=_PATIENT,
            summary=summary,
        )
    except FailureError as error:
        refused = _refusal_in(error)
        if refused is None:
            raise
        raise refused from error


def _refusal_in(error: FailureError) -> Refused | None:
    """Return the refusal an activity answered with, null where it failed otherwise.

    A local activity that fails raises its own error; any other, or one out of time, an `ActivityError`.
    """
    cause = error.cause if isinstance(error, ActivityError) else error
    return as_refusal(cause) if isinstance(cause, ApplicationError) else None


def _span(batch: Batch) -> str:
    if not batch.facts:
        return Phrase("record").both()
    return Phrase(
        "record {seq}–{facts_seq}: {kind}",
        seq=batch.facts[0].seq,
        facts_seq=batch.facts[-1].seq,
        kind=batch.facts[0].fact.kind,
    ).both()

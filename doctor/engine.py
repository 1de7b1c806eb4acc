"""What Temporal says: namespace, search attributes, workers on the queue, failing tickets, schedules."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from google.protobuf.message import Message
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    DescribeTaskQueueRequest,
    DescribeTaskQueueResponse,
)
from temporalio.client import Client, ScheduleDescription, WorkflowQueryFailedError
from temporalio.service import RPCError, RPCStatusCode

from doctor.finding import Finding, Skipped
from domain.search_attributes import SEARCH_ATTRIBUTES
from phrases import Phrase
from settings import Settings

RPC = timedelta(seconds=2.5)
ANSWER = timedelta(seconds=2.3)
"""How long a worker may take to answer a question; it takes milliseconds when all is well."""
STALE = timedelta(seconds=150)
"""A worker asks for work at least every 70 seconds; the engine lists it for five minutes."""
LATE = timedelta(minutes=3)
"""How late a schedule may be beyond twice its interval."""
BACKLOG_AGE = timedelta(seconds=30)
SLACK = timedelta(seconds=20)
"""How late a schedule may run on a busy engine before its clock is suspected."""
_QUEUES = (TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY)
_METADATA = "__temporal_workflow_metadata"


async def namespace(client: Client, settings: Settings) -> list[Finding]:
    """Return what is wrong with the namespace: absent, another retention, attributes missing."""
    try:
        described = await client.workflow_service.describe_namespace(
            DescribeNamespaceRequest(namespace=client.namespace), timeout=RPC
        )
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return [_no_namespace(client.namespace)]
    listed = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace), timeout=RPC
    )
    kept = described.config.workflow_execution_retention_ttl.ToTimedelta()
    return [
        *_retention(kept, timedelta(days=settings.retention_days)),
        *_attributes({name: int(kind) for name, kind in listed.custom_attributes.items()}),
    ]


def _no_namespace(name: str) -> Finding:
    return Finding(
        "engine.no_namespace",
        Phrase("Temporal has no namespace {name}.", name=name),
        Phrase("Run temporal operator namespace create {name}, then jiesu migrate.", name=name),
    )


def _retention(kept: timedelta, wanted: timedelta) -> Iterator[Finding]:
    if kept != wanted:
        yield Finding(
            "engine.retention",
            Phrase(
                "The namespace keeps what is over for {days} days; the settings say {wanted_days}.",
                days=kept.days,
                wanted_days=wanted.days,
            ),
            Phrase("Run jiesu migrate, or correct JIESU_RETENTION_DAYS."),
        )


def _attributes(known: dict[str, int]) -> Iterator[Finding]:
    missing = [name for name in SEARCH_ATTRIBUTES if name not in known]
    if missing:
        names = ", ".join(missing)
        yield Finding(
            "engine.search_attributes",
            Phrase("The namespace lacks the search attributes {names}: tickets stand still.", names=names),
            Phrase("Run jiesu migrate."),
        )


async def workers(client: Client, settings: Settings, now: Callable[[], datetime]) -> list[Finding]:
    """Return whether a worker polls the queue: by who asks for work, and by what waits."""
    answers = [
        await client.workflow_service.describe_task_queue(
            DescribeTaskQueueRequest(
                namespace=client.namespace,
                task_queue=TaskQueue(name=settings.task_queue),
                task_queue_type=kind,
                report_stats=True,
            ),
            timeout=RPC,
        )
        for kind in _QUEUES
    ]
    asked_at = now()
    found = [finding for answer in answers for finding in judge_queue(settings.task_queue, answer, asked_at)]
    return list({finding.code: finding for finding in found}.values())


def judge_queue(name: str, answer: DescribeTaskQueueResponse, now: datetime) -> Iterator[Finding]:
    """Yield that no worker polls the queue, or that work waits too long."""
    seen = [_instant(poller.last_access_time) for poller in answer.pollers]
    if not seen or now - max(seen) > STALE:
        yield _no_worker(name)
    builds = {
        poller.deployment_options.build_id or poller.worker_version_capabilities.build_id
        for poller in answer.pollers
        if now - _instant(poller.last_access_time) <= STALE
    } - {""}
    if len(builds) > 1:
        yield _two_builds(sorted(builds))
    stats = answer.stats
    age = stats.approximate_backlog_age.ToTimedelta()
    if stats.approximate_backlog_count and age > BACKLOG_AGE:
        count, seconds = stats.approximate_backlog_count, int(age.total_seconds())
        yield Finding(
            "engine.backlog",
            Phrase(
                "{count} tasks wait in the queue {name}, the oldest for {seconds} seconds.",
                name=name,
                count=count,
                seconds=seconds,
            ),
            Phrase("Add workers; if the backlog does not fall, read their logs and look at the database."),
        )


def _no_worker(name: str) -> Finding:
    return Finding(
        "engine.no_worker",
        Phrase(
            "No worker asks for work in the queue {name}: requests are taken in, nothing else moves.",
            name=name,
        ),
        Phrase("Start jiesu worker (systemctl start jiesu-worker), read its log; check JIESU_TASK_QUEUE."),
    )


def _two_builds(builds: Sequence[str]) -> Finding:
    names = ", ".join(builds)
    return Finding(
        "engine.mixed_builds",
        Phrase("Workers of {builds} builds work on one queue: {names}.", builds=len(builds), names=names),
        Phrase("While a release goes round this is as it should be; else bring the other hosts up to it."),
    )


async def worker_answers(client: Client) -> list[Finding]:
    """Return that no worker answers a question about the last round of reconciliation.

    A question costs no event. Who was frozen or killed a moment ago is listed for minutes, but is silent.
    """
    last = [one async for one in client.list_workflows('WorkflowType = "Reconcile"', limit=1, page_size=1)]
    if not last:
        return []
    handle = client.get_workflow_handle(last[0].id, run_id=last[0].run_id)
    try:
        async with asyncio.timeout(ANSWER.total_seconds()):  # the SDK tries again within its own limit
            await handle.query(_METADATA, result_type=dict, rpc_timeout=ANSWER)
    except WorkflowQueryFailedError:
        return []
    except (RPCError, TimeoutError) as error:
        is_gone = isinstance(error, RPCError) and error.status is RPCStatusCode.NOT_FOUND
        return [] if is_gone else [_silent()]
    return []


def _silent() -> Finding:
    return Finding(
        "engine.worker_silent",
        Phrase("Workers are listed, but none answers a query: just ended, frozen, or overloaded."),
        Phrase("See whether the workers live (systemctl status jiesu-worker), read the log, restart."),
    )


async def failing(client: Client) -> list[Finding]:
    """Return that workflow tasks fail: code that does not fit a history, or a rule with a bug."""
    query = (
        'TemporalReportedProblems IN ("category=WorkflowTaskFailed", "category=WorkflowTaskTimedOut") '
        'AND ExecutionStatus = "Running"'
    )
    try:
        stuck = [one.id async for one in client.list_workflows(query, limit=3, page_size=3)]
        count = (await client.count_workflows(query)).count if stuck else 0
    except RPCError as error:
        if error.status is RPCStatusCode.INVALID_ARGUMENT:
            raise Skipped(Phrase("this Temporal does not report it")) from None
        raise
    if not stuck:
        return []
    names = ", ".join(stuck)
    return [
        Finding(
            "engine.tasks_fail",
            Phrase(
                "The tasks of {count} workflows fail again and again, for example {names}.",
                count=count,
                names=names,
            ),
            Phrase("Read the cause in the Temporal UI; if a release brought it, go back to the one before."),
        )
    ]


@dataclass(frozen=True)
class Round:
    """A schedule that must run: its id, how often, and what stands still without it."""

    name: str
    every: timedelta
    lost: Phrase


def rounds(settings: Settings) -> tuple[Round, ...]:
    """Return the schedules of an installation."""
    return (
        Round("reconcile", settings.reconcile_interval, Phrase("gaps are not closed")),
        Round("archive", settings.archive_interval, Phrase("histories are not kept")),
    )


async def schedules(client: Client, settings: Settings, now: Callable[[], datetime]) -> list[Finding]:
    """Return which schedules are absent, paused or late, and that the engine's clock is off."""
    found: list[Finding] = []
    for one in rounds(settings):
        try:
            described = await client.get_schedule_handle(one.name).describe(rpc_timeout=RPC)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            found.append(_no_schedule(one))
        else:
            found += judge_schedule(one, described, now())
    return found


def _no_schedule(one: Round) -> Finding:
    return Finding(
        "engine.no_schedule",
        Phrase("There is no schedule {name}: {lost}.", name=one.name, lost=one.lost),
        Phrase("Restart a worker: it makes the schedule."),
    )


def judge_schedule(one: Round, described: ScheduleDescription, now: datetime) -> Iterator[Finding]:
    """Yield that a schedule is paused, or has not run for long."""
    if described.schedule.state.paused:
        note = described.schedule.state.note or "–"
        yield Finding(
            "engine.schedule_paused",
            Phrase(
                "The schedule {name} is paused ({note}): {lost}.", name=one.name, note=note, lost=one.lost
            ),
            Phrase(
                "Run temporal schedule toggle --schedule-id {name} --unpause --reason checked.", name=one.name
            ),
        )
        return
    actions = described.info.recent_actions
    last = actions[-1].started_at if actions else described.info.created_at
    if now - last > one.every * 2 + LATE:
        minutes = int((now - last).total_seconds() // 60)
        yield Finding(
            "engine.schedule_late",
            Phrase(
                "The schedule {name} has not run for {minutes} minutes: {lost}.",
                name=one.name,
                minutes=minutes,
                lost=one.lost,
            ),
            Phrase(
                "See in the Temporal UI whether a workflow {name}-… hangs, and whether workers run.",
                name=one.name,
            ),
        )


async def clock(client: Client, settings: Settings) -> tuple[datetime, datetime] | None:
    """Return between which instants the engine's clock stands now, null where nothing shows it.

    It is past the last instant at which a worker asked for work, and before the next one of a schedule.
    """
    try:
        described = await client.get_schedule_handle("reconcile").describe(rpc_timeout=RPC)
    except RPCError:
        return None
    upcoming = described.info.next_action_times
    if described.schedule.state.paused or not upcoming:
        return None
    return upcoming[0] - settings.reconcile_interval - SLACK, upcoming[0] + SLACK


def _instant(stamp: Message) -> datetime:
    return stamp.ToDatetime(tzinfo=UTC)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]

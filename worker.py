"""Composition root of the Temporal worker: what runs tickets, with everything it needs handed to it."""

import asyncio
import signal
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any

import structlog
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.common import WorkerDeploymentVersion
from temporalio.runtime import Runtime
from temporalio.service import RPCError
from temporalio.worker import Worker, WorkerDeploymentConfig

from activities.adopting import Adopting
from activities.archiving import Archiving
from activities.incidents import Incidents
from activities.measuring import Meters
from activities.recalculating import Recalculating
from activities.reconciling import Reconciling
from activities.recording import Recording
from activities.rulebook import Rulebook
from activities.signalling import Signalling
from clock import utc_now
from domain.search_attributes import SEARCH_ATTRIBUTES
from embedded.temporal import CLOSED_TO_CLIENTS
from engine.connection import NotReady, connect_engine, why_not_connected
from engine.in_step import InStep
from engine.replaying import WORKFLOWS
from engine.starting import start_recalculation
from phrases import Listed, Phrase
from readmodel import Database, connect, reconcile
from rules.calendars import changed_at
from settings import Settings
from telemetry.logs import configure_logs
from telemetry.tracing import traced
from telemetry.worker_metrics import metered_runtime

RECONCILE = "reconcile"
"""Id of the schedule that starts `Reconcile`, and the beginning of its workflows' ids."""
ARCHIVE = "archive"
"""Id of the schedule that starts `Archive`, and the beginning of its workflows' ids."""

_POLLS = 10
_POLLS_FOR_NEW = 0.5
"""New workflows have no sticky worker and wait in the normal queue. With the SDK's one poller of five for it,
a burst leaves a backlog there that never drains, while workflows in a worker's cache pass it by."""

log = structlog.get_logger("jiesu.worker")


def build_worker(
    client: Client,
    settings: Settings,
    database: Database,
    rulebook: Rulebook,
    now: Callable[[], datetime] = utc_now,
) -> Worker:
    """Return the worker of the settings' task queue: the workflows, and every activity they call."""
    meters = Meters(now, (client.service_client.config.runtime or Runtime.default()).metric_meter)
    recording = Recording(database, meters)
    reconciling = Reconciling(database, client, settings.task_queue, now, meters, settings.reconcile_interval)
    signalling = Signalling(database, client, settings.task_queue)
    recalculating = Recalculating(database, signalling, rulebook)
    incidents = Incidents(database, signalling)
    adopting = Adopting(database, signalling, rulebook)
    archiving = Archiving(database, client, now)
    return Worker(
        client,
        task_queue=settings.task_queue,
        workflows=WORKFLOWS,
        activities=[
            recording.record,
            rulebook.resolve,
            rulebook.assign,
            rulebook.look_up,
            reconciling.start_missing,
            reconciling.repair_projection,
            recalculating.recalculate_page,
            incidents.brief,
            incidents.record,
            incidents.waiting,
            incidents.notify_members,
            incidents.notify_overlooked,
            adopting.adopt_page,
            archiving.archive_closed,
        ],
        **worker_options(settings),
    )


def worker_options(settings: Settings) -> dict[str, Any]:
    """Return how much a worker does at once, how long it waits and how it runs workflows, whatever they are.

    Without the sandbox, which costs two fifths of the worker's time and re-imports the workflows' files for
    every ticket: docs/adr/0006. The tests run every workflow inside it.
    """
    return {
        "workflow_runner": InStep(),
        "max_concurrent_workflow_tasks": settings.workflow_slots,
        "max_concurrent_workflow_task_polls": _POLLS,
        "nonsticky_to_sticky_poll_ratio": _POLLS_FOR_NEW,
        "max_concurrent_activities": settings.activity_slots,
        "max_concurrent_local_activities": settings.local_activity_slots,
        "max_cached_workflows": settings.cached_workflows,
        "sticky_queue_schedule_to_start_timeout": timedelta(seconds=2),
        "graceful_shutdown_timeout": timedelta(seconds=10),
        "deployment_config": WorkerDeploymentConfig(
            version=WorkerDeploymentVersion("jiesu", build_id(settings)), use_worker_versioning=False
        ),
    }


def build_id(settings: Settings) -> str:
    """Return what distinguishes this build from any other: the release, and the build that the settings name.

    The engine notes it with every task of a workflow, and routes nothing by it: docs/adr/0010.
    """
    return "+".join(filter(None, (version("jiesu"), settings.build_id)))


async def run_worker(settings: Settings) -> None:
    """Run tickets until SIGINT or SIGTERM.

    Raises `NotReady` when the engine is away, or when the database's address or a search attribute is
    missing: without the latter a ticket would stand still for ever.
    """
    if settings.database_url is None:
        raise NotReady(
            Phrase("JIESU_DATABASE_URL is not set; `jiesu up` sets it for its own worker."),
        )
    configure_logs(settings.log_level, settings.log_format)
    database = connect(settings.database_url, settings.database_pool_size)
    client = await connect_engine(settings, runtime=metered_runtime(settings))
    tracing = traced(settings, "jiesu-worker")
    if tracing is not None:
        tracing.on_database(database)
        client = tracing.on_client(client)
    await require_search_attributes(client)
    rulebook = Rulebook(settings.edition, settings.data_dir, database, settings.rules_dir)
    await rulebook.keep()
    await reconcile.doubt_recent(database, reconcile.RECENT)
    await schedule_reconciliation(client, settings)
    await schedule_archive(client, settings)
    if imported := changed_at(settings.data_dir):
        await start_recalculation(client, imported, settings.task_queue)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with report_lost_engine(settings), build_worker(client, settings, database, rulebook):
        log.info(
            "worker_ready",
            task_queue=settings.task_queue,
            edition=rulebook.current.identity,
            build=build_id(settings),
        )
        await stop.wait()
    await database.dispose()
    if tracing is not None:
        tracing.close()


@asynccontextmanager
async def report_lost_engine(settings: Settings) -> AsyncGenerator[None]:
    """Turn an engine that went away just after we reached it into one sentence: no defect, no traceback."""
    try:
        yield
    except RuntimeError as trouble:
        if not (str(trouble).startswith("Worker validation failed") and "code: Unavailable" in str(trouble)):
            raise
        raise NotReady(why_not_connected(settings, trouble)) from None


async def require_search_attributes(client: Client) -> None:
    """Raise `NotReady` unless the engine knows every search attribute a ticket sets.

    Temporal Cloud does not say: there a warning must do, and `jiesu migrate` has printed what to check.
    """
    try:
        listed = await client.operator_service.list_search_attributes(
            ListSearchAttributesRequest(namespace=client.namespace)
        )
    except RPCError as refused:
        if refused.status not in CLOSED_TO_CLIENTS:
            raise
        log.warning("search_attributes_unchecked", namespace=client.namespace, status=refused.status.name)
        return
    missing = [name for name in SEARCH_ATTRIBUTES if name not in listed.custom_attributes]
    if missing:
        raise NotReady(
            Phrase(
                "Namespace {namespace} lacks the search attributes {missing}: run `jiesu migrate` first.",
                namespace=client.namespace,
                missing=Listed(missing),
            ),
        )


async def schedule_reconciliation(client: Client, settings: Settings) -> None:
    """Have the engine start `Reconcile` at the settings' interval; one round at a time."""
    await _schedule(client, RECONCILE, "Reconcile", settings.reconcile_interval, settings.task_queue)


async def schedule_archive(client: Client, settings: Settings) -> None:
    """Have the engine start `Archive` at the settings' interval; one round at a time."""
    await _schedule(client, ARCHIVE, "Archive", settings.archive_interval, settings.task_queue)


async def _schedule(client: Client, name: str, workflow: str, every: timedelta, task_queue: str) -> None:
    """Have the engine start `workflow` by the schedule `name`; one that was paused by hand stays paused."""
    schedule = Schedule(
        action=ScheduleActionStartWorkflow(workflow, id=name, task_queue=task_queue),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=every)]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(minutes=1)),
    )
    try:
        await client.create_schedule(name, schedule)
    except ScheduleAlreadyRunningError:

        def changed(current: ScheduleUpdateInput) -> ScheduleUpdate:
            schedule.state = current.description.schedule.state
            return ScheduleUpdate(schedule=schedule)

        await client.get_schedule_handle(name).update(changed)

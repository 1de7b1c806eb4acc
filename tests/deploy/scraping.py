"""A small installation whose API and worker are scraped after all that is counted has happened."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from prometheus_client.parser import text_string_to_metric_families
from temporalio import workflow
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import TimeSkipper
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.rulebook import Rulebook
from api.app import build_app
from api.engine_calls import EngineCalls
from api.hotline import Hotline
from api.lane_limits import LaneLimits
from api.lanes import bounds_of, weight
from embedded.postgres import free_port
from engine.starting import workflow_id
from readmodel import connect
from readmodel.vault import Vault
from settings import Settings
from telemetry.worker_metrics import metered_runtime
from tests.api.desk import Desk, end_tickets, handler, impatient, no_engine, serving
from tests.readmodel.records import own_numbers, rows
from worker import build_worker

Scrape = dict[str, set[str]]
"""Every series name of a scrape with its labels' names."""


@workflow.defn(name="Failing")
class Failing:
    """Fails its task at once, and, asked to, decides otherwise when it is replayed."""

    @workflow.run
    async def run(self, kind: str) -> None:
        """Fail as `kind` says."""
        if kind == "bug":
            raise RuntimeError(kind)
        if not workflow.unsafe.is_replaying():
            await workflow.sleep(timedelta(seconds=0.1))
        await workflow.execute_activity("nowhere", start_to_close_timeout=timedelta(seconds=1))


async def scraped(database_url: str, server: Client, folder: Path) -> tuple[Scrape, Scrape, str, str]:
    """Return what API and worker say after lives and failures of all kinds: names and labels, then text."""
    settings = Settings(worker_metrics_port=free_port(), task_queue=uuid4().hex, data_dir=folder)
    client = await Client.connect(
        server.service_client.config.target_host,
        data_converter=pydantic_data_converter,
        runtime=metered_runtime(settings),
    )
    await own_numbers(database_url)
    database = connect(database_url, 8)
    rulebook = Rulebook("beijing", folder)
    hotline = Hotline(
        rulebook=rulebook, vault=Vault(b"0" * 32), database=database, client=client,
        task_queue=settings.task_queue,
    )  # fmt: skip
    hotline = replace(hotline, client=EngineCalls(hotline.counters).on(client))
    app = build_app(settings, hotline)
    app.state.hotline = hotline
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        await _left_alone(hotline, database_url)
        await _turned_away(hotline)
        async with build_worker(client, settings, database, rulebook), _failing(client):
            number = await _lives(Desk(http, hotline))
            await TimeSkipper(client).fast_forward(
                client.get_workflow_handle(workflow_id(number)), timedelta(days=2)
            )
            await client.execute_workflow("Reconcile", id=uuid4().hex, task_queue=settings.task_queue)
            await _fails(client)
            async with httpx.AsyncClient() as plain:
                worker = (await plain.get(f"http://127.0.0.1:{settings.worker_metrics_port}/metrics")).text
            await end_tickets(hotline)
        api = (await http.get("/metrics")).text
    await hotline.close()
    return names(api), names(worker), api, worker


def names(text: str) -> Scrape:
    """Return the series of a scrape as Prometheus would store them, each with its labels' names."""
    found: Scrape = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def _failing(client: Client) -> Worker:
    return Worker(
        client, task_queue="failing", workflows=[Failing], workflow_runner=UnsandboxedWorkflowRunner(),
        max_cached_workflows=0,
    )  # fmt: skip


async def _left_alone(hotline: Hotline, database_url: str) -> None:
    """File a request while the engine is away, and let its time for reconciliation come."""
    alone = impatient(replace(hotline, client=EngineCalls(hotline.counters).on(await no_engine())))
    async with serving(alone) as http:
        await Desk(http, alone).has_filed()
    await rows(database_url, "UPDATE unstarted SET filed_at = filed_at - interval '1 hour'")


async def _turned_away(hotline: Hotline) -> None:
    """Ask for a list where no list has a place."""
    bounds = {lane: replace(one, places=0, waiting=0) for lane, one in bounds_of(Settings()).items()}
    async with serving(replace(hotline, limits=LaneLimits(bounds, weight))) as http:
        assert (await http.get("/api/v1/units")).is_server_error


async def _lives(desk: Desk) -> str:
    number = await desk.has_filed()
    await desk.says(number, "sign", handler())
    await desk.says(number, "sign", handler())
    await desk.says(number, "urge", {"role": "requester"})
    question = await desk.has_filed(type="inquiry", category=None, description="供暖什么时候开始?")
    await desk.says(
        question, "answer", {"unit": "BJ-DESK", "role": "agent", "person": "a-1"}, reply="十一月。"
    )
    await desk.sees(f"tickets/{number}")
    return number


async def _fails(client: Client) -> None:
    for kind in ("bug", "otherwise"):
        handle: Any = await client.start_workflow("Failing", kind, id=uuid4().hex, task_queue="failing")
        for _ in _tries():
            described = await handle.describe()
            history = await handle.fetch_history()
            failed = [e for e in history.events if e.HasField("workflow_task_failed_event_attributes")]
            if failed or described.raw_description.pending_workflow_task.attempt > 1:
                break
            await asyncio.sleep(0.1)
        await handle.terminate("end of the test")


def _tries() -> Iterator[int]:
    return iter(range(100))

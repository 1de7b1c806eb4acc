"""Whose task the embedded engine hands out first when more wait than workers take: positions, no times."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from temporalio import workflow
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from domain.messages import Intake
from domain.numbers import ticket_number
from domain.search_attributes import SEARCH_ATTRIBUTES
from domain.vocabulary import Channel, Tier
from embedded import temporal
from embedded.postgres import free_port
from engine.starting import start_ticket, workflow_id
from settings import Settings
from tests import sample
from tests.embedded.test_temporal import connected, running

SOON = timedelta(seconds=10)
_serials = count(1)
_order: list[str] = []


@workflow.defn(name="Ticket", sandboxed=False)
class Noting:
    """A ticket that notes when its first task is worked at, and each signal's; it waits for the end."""

    def __init__(self) -> None:
        """Nothing has come."""
        self._heard = 0

    @workflow.run
    async def run(self, _beginning: Any) -> None:  # noqa: ANN401 - not looked at
        """Note the first task, then one signal."""
        self._note()
        await workflow.wait_condition(lambda: self._heard > 0)
        self._note()

    @workflow.signal
    def hear(self) -> None:
        """Count a signal."""
        self._heard += 1

    def _note(self) -> None:
        if not workflow.unsafe.is_replaying():
            _order.append(workflow.info().workflow_id)


@pytest.fixture(scope="module")
async def embedded(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    """A client of the server as `jiesu up` starts it, with a file of its own."""
    folder = tmp_path_factory.mktemp("engine")
    settings = Settings(data_dir=folder, temporal_port=free_port(), ui_port=free_port())
    with running(settings, folder / "log"):
        config = (await connected(settings)).config()
        config["data_converter"] = pydantic_data_converter
        client = Client(**config)
        await temporal.prepare_namespace(client, SEARCH_ATTRIBUTES, timedelta(days=30))
        yield client


class Backlog:
    """Tickets whose tasks wait for a worker, in the order they came; and in the order they were worked at."""

    def __init__(self, client: Client) -> None:
        """Begin with none, on a queue of its own."""
        self.client = client
        self.queue = f"backlog-{uuid4().hex}"
        self.came: list[str] = []
        _order.clear()

    async def grows(self, times: int, channel: Channel, tier: Tier = Tier.TIER_3) -> list[str]:
        """Start so many tickets, as intake does; return their ids."""
        began = [await self._start(channel, tier) for _ in range(times)]
        self.came += began
        return began

    async def is_worked_off(self) -> None:
        """Start a worker, which takes few tasks at a time, and wait until it has done all."""
        _order.clear()
        async with Worker(
            self.client,
            task_queue=self.queue,
            workflows=[Noting],
            workflow_runner=UnsandboxedWorkflowRunner(),
            max_concurrent_workflow_tasks=2,
            max_concurrent_workflow_task_polls=2,
            max_cached_workflows=len(self.came) + 2,
            sticky_queue_schedule_to_start_timeout=timedelta(seconds=1),
        ):
            for _ in range(1000):
                if len(set(_order)) == len(self.came):
                    return
                await asyncio.sleep(0.02)
        raise AssertionError(f"{len(_order)} of {len(self.came)} were worked at")

    async def signals(self) -> None:
        """Signal every ticket, in the order they came, while nobody works."""
        for ticket in self.came:
            await self.client.get_workflow_handle(ticket).signal(Noting.hear)

    async def _start(self, channel: Channel, tier: Tier) -> str:
        intake = _intake(channel, tier)
        await start_ticket(self.client, intake, self.queue, SOON)
        return workflow_id(intake.number)


def places(tickets: list[str]) -> list[int]:
    """Return at which places the tickets were worked at."""
    return sorted(_order.index(ticket) for ticket in tickets)


def _intake(channel: Channel, tier: Tier) -> Intake:
    now = datetime.now(UTC)
    number = ticket_number(now, next(_serials), "Asia/Shanghai")
    intake = sample.intake(number=number, filed_at=now)
    terms = intake.terms.model_copy(update={"tier": tier})
    return intake.model_copy(update={"channel": channel, "terms": terms})


async def test_behind_a_flood_of_one_channel_the_others_take_turns_and_emergencies_go_first(
    embedded: Client,
) -> None:
    """Forty of the web came before; the phone is served every second time, emergencies before all."""
    backlog = Backlog(embedded)
    imports = await backlog.grows(6, Channel.IMPORT)
    flood = await backlog.grows(40, Channel.WEB)
    phone = await backlog.grows(5, Channel.PHONE)
    urgent = await backlog.grows(3, Channel.WEB, Tier.TIER_2)
    emergencies = await backlog.grows(3, Channel.WEB, Tier.TIER_1)
    await backlog.is_worked_off()
    assert max(places(emergencies)) <= 4
    assert max(places(urgent)) <= 8
    assert max(places(phone)) <= 20
    assert min(places(imports)) >= 45
    assert max(places(flood)) <= 52


async def test_what_reaches_tickets_that_no_worker_holds_takes_turns_as_well(embedded: Client) -> None:
    """After a worker is gone, signals of one channel's flood do not stand before the others'."""
    backlog = Backlog(embedded)
    await backlog.grows(40, Channel.WEB)
    phone = await backlog.grows(5, Channel.PHONE)
    emergencies = await backlog.grows(3, Channel.WEB, Tier.TIER_1)
    await backlog.is_worked_off()
    await backlog.signals()
    await asyncio.sleep(1.5)  # the engine gives up the worker that is gone, whose own queue knows no turns
    await backlog.is_worked_off()
    assert max(places(emergencies)) <= 4
    assert max(places(phone)) <= 20

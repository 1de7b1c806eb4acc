"""One block of lives, timed: from the first call to the last closing, with the CPU each part spent on it."""

import asyncio
import os
import time
from collections import Counter
from dataclasses import dataclass

import psutil
from temporalio.client import Client, WorkflowExecutionStatus

from api.hotline import Hotline
from bench.installation import Installation
from bench.sides import Side, live_many
from domain.vocabulary import Status
from engine.starting import workflow_id as workflow_id_of
from readmodel import tickets

_PATIENCE_SECONDS = 30.0


@dataclass(frozen=True)
class Block:
    """What one block of one side gave; `cpu` is seconds by part, `others_cpu` those of everybody else."""

    side: str
    tickets: int
    seconds: float
    events: list[int]
    cpu: dict[str, float]
    others_cpu: float

    @property
    def rate(self) -> float:
        """Return closed tickets per second."""
        return self.tickets / self.seconds


async def measure(
    side: Side, count: int, at_once: int, hotline: Hotline, installation: Installation
) -> Block:
    """Return the figures of `count` lives on `side`; each is checked to have ended, in the database as well.

    The clock stops with the last answer or the last closing, whichever is later.
    """
    before, busy_before = cpu_seconds(installation), _busy_seconds()
    began = hotline.now().timestamp()
    ids = await live_many(side, count, at_once)
    ended = hotline.now().timestamp()
    spent, busy = cpu_seconds(installation), _busy_seconds()
    spent.subtract(before)
    events: list[int] = []
    for workflow_id in ids:
        closed_at, length = await _closing(hotline.client, workflow_id)
        await _require_closed_row(hotline, workflow_id)
        ended = max(ended, closed_at)
        events.append(length)
    others = busy - busy_before - spent.total()
    return Block(side.name, len(ids), ended - began, events, dict(spent), others)


def cpu_seconds(installation: Installation) -> Counter[str]:
    """Return the CPU seconds that every part, and the benchmark itself as `client`, has spent so far."""
    spent: Counter[str] = Counter()
    mine = os.times()
    spent["client"] = mine.user + mine.system  # pyright: ignore[reportArgumentType] - a counter of seconds
    for part, processes in installation.parts().items():
        for process in processes:
            try:
                times = process.cpu_times()
            except psutil.Error:
                continue
            spent[part] += times.user + times.system  # pyright: ignore[reportArgumentType]
    return spent


def _busy_seconds() -> float:
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system)


async def _closing(client: Client, workflow_id: str) -> tuple[float, int]:
    """Return when the workflow closed and the length of its history. Raises RuntimeError if it did not."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        described = await client.get_workflow_handle(workflow_id).describe()
        if described.close_time is not None and described.status is WorkflowExecutionStatus.COMPLETED:
            return described.close_time.timestamp(), described.history_length
        if time.monotonic() > deadline:
            raise RuntimeError(f"{workflow_id} did not end: {described.status}")
        await asyncio.sleep(0.05)


async def _require_closed_row(hotline: Hotline, workflow_id: str) -> None:
    """Raise RuntimeError unless the projection of a ticket's workflow is closed; others have none."""
    prefix, number = workflow_id_of(""), workflow_id.rpartition("/")[2]
    if not workflow_id.startswith(prefix):
        return
    shown = await tickets.view(hotline.database, number)
    if shown is None or shown.view["status"] != Status.CLOSED:
        raise RuntimeError(f"{workflow_id} ended, but its row did not")

"""Latency of the intake under arrivals that do not wait for each other."""

import asyncio
import time
from dataclasses import dataclass
from statistics import quantiles

from bench.sides import HttpSide


@dataclass(frozen=True)
class Latencies:
    """How long each request took, in milliseconds from when it was due, and how many were not started."""

    milliseconds: list[float]
    not_started: int

    def percentile(self, percent: int) -> float:
        """Return the latency that `percent` of a hundred requests kept below."""
        return quantiles(self.milliseconds, n=100, method="inclusive")[percent - 1]


async def arrive(side: HttpSide, rate: float, seconds: float) -> Latencies:
    """File requests at `rate` per second for `seconds`, each at its own time whatever became of the others.

    A request that is sent late because the client was busy counts from when it was due.
    """
    first = time.perf_counter() + 0.1
    took: list[float] = []
    started: list[bool] = []

    async def one(due: float) -> None:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        filed = await side.file()
        took.append((time.perf_counter() - due) * 1000)
        started.append(bool(filed["started"]))

    async with asyncio.TaskGroup() as group:
        for place in range(int(rate * seconds)):
            group.create_task(one(first + place / rate))
    return Latencies(took, started.count(False))

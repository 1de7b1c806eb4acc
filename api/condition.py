"""How the city stands, as `/metrics` and the page `/` show it: asked for at most every fifteen seconds.

Every API answers the same, since all read one database: to combine processes, take the maximum, not the sum.
"""

import asyncio
import math
import shutil
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from domain.errors import Unavailable
from readmodel import Database
from readmodel.condition import Condition, Queue, condition

FRESH_SECONDS = 15


class LastCondition:
    """How the city stood when it was last asked for."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._known: Condition | None = None
        self._read_at = -math.inf
        self._one_at_a_time = asyncio.Lock()

    async def now(self, database: Database) -> Condition | None:
        """Return how the city stands, at most `FRESH_SECONDS` old; null while the database does not answer.

        However many ask, the database is asked once, and no oftener while it does not answer.
        """
        async with self._one_at_a_time:
            if time.monotonic() - self._read_at > FRESH_SECONDS:
                try:
                    self._known = await condition(database)
                except Unavailable:
                    self._known = None
                self._read_at = time.monotonic()
            return self._known


@dataclass(frozen=True, eq=False)
class Gauges(Collector):
    """What stands at one instant, as Prometheus' gauges; nothing about tickets where nothing is known."""

    condition: Condition | None
    engine_up: bool
    disk: dict[str, float] = field(default_factory=dict[str, float])

    def collect(self) -> Iterator[Metric]:
        """Yield every gauge."""
        yield _gauge(
            "jiesu_database_up", "1: the database said how the city stands", self.condition is not None
        )
        yield _gauge("jiesu_engine_up", "1: the workflow engine answers this API", self.engine_up)
        for name, size in self.disk.items():
            yield _gauge(f"jiesu_data_disk_{name}_bytes", f"The file system of the data folder: {name}", size)
        if self.condition is not None:
            yield from _tickets(self.condition)
            yield from _queues(self.condition)


def disk(folder: Path) -> dict[str, float]:
    """Return size and free bytes of the file system under `folder`, nothing where it cannot be asked."""
    try:
        usage = shutil.disk_usage(folder)
    except OSError:
        return {}
    return {"size": usage.total, "free": usage.free}


def _tickets(now: Condition) -> Iterator[Metric]:
    tickets: dict[tuple[str, ...], int] = {}
    districts: dict[tuple[str, ...], int] = {}
    oldest: dict[str, datetime] = {}
    for group in now.open:
        late = str(group.overdue).lower()
        stand, place = (group.stage, group.status, group.level, late), (group.district or "none", late)
        tickets[stand] = tickets.get(stand, 0) + group.tickets
        districts[place] = districts.get(place, 0) + group.tickets
        oldest[group.status] = min(oldest.get(group.status, group.oldest), group.oldest)
    yield _family(
        "jiesu_open_tickets", "Open tickets", ("stage", "status", "level", "overdue"), tickets.items()
    )
    yield _family(
        "jiesu_open_tickets_by_district", "Open tickets", ("district", "overdue"), districts.items()
    )
    ages = [((status,), now.age(filed_at).total_seconds()) for status, filed_at in oldest.items()]
    yield _family("jiesu_oldest_ticket_seconds", "Age of the oldest open ticket", ("status",), ages)


def _queues(now: Condition) -> Iterator[Metric]:
    counts = [
        (("not_started",), now.not_started.number),
        (("behind",), now.behind.number),
        (("in_doubt",), now.in_doubt),
    ]
    yield _family(
        "jiesu_tickets_out_of_step", "Tickets for reconciliation, counted to 10000", ("why",), counts
    )
    waits = [(("not_started",), _wait(now, now.not_started)), (("behind",), _wait(now, now.behind))]
    yield _family(
        "jiesu_out_of_step_seconds", "How long the oldest of them has been waiting", ("why",), waits
    )
    yield _gauge(
        "jiesu_emergency_handoffs_waiting", "With an emergency service, not acknowledged", now.handed_over
    )
    silent = now.unacknowledged
    yield _gauge("jiesu_emergency_handoffs_overdue", "Of those, the time for it is over", silent.number)
    yield _gauge(
        "jiesu_emergency_handoff_overdue_seconds", "For how long the first of those", _wait(now, silent)
    )


def _wait(now: Condition, queue: Queue) -> float:
    return now.age(queue.since).total_seconds()


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=float(value))


def _family(
    name: str, meaning: str, labels: tuple[str, ...], values: Iterable[tuple[tuple[str, ...], float]]
) -> Metric:
    family = GaugeMetricFamily(name, meaning, labels=labels)
    for given, value in sorted(values):
        family.add_metric(given, value)
    return family

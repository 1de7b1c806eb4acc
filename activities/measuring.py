"""The metrics that activities record; a meter that does nothing where no metrics are exported."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime, timedelta

from temporalio.common import MetricMeter

from domain.show.views import Batch

WRITE = "jiesu_projection_write"
LAG = "jiesu_projection_lag"
ACCOUNTS = "jiesu_projection_accounts"
BATCH_FACTS = "jiesu_projection_batch_facts"
RECONCILED = "jiesu_reconciled_tickets"
DURATION = "duration"
"""The unit that the SDK turns into seconds."""


class Meters:
    """Measures writes to the projection, and what reconciliation had to do."""

    def __init__(self, now: Callable[[], datetime], meter: MetricMeter = MetricMeter.noop) -> None:
        """Record through `meter`, by the clock `now`."""
        self._now = now
        self._write = meter.create_histogram_timedelta(WRITE, "How long a write took", DURATION)
        self._lag = meter.create_histogram_timedelta(LAG, "From the engine's time to the database", DURATION)
        self._accounts = meter.create_counter(ACCOUNTS, "Writes by what became of them")
        self._facts = meter.create_histogram(BATCH_FACTS, "Facts in one write")
        self._reconciled = meter.create_counter(RECONCILED, "Tickets that reconciliation put in step")

    @contextmanager
    def writing(self, batch: Batch) -> Generator[list[bool]]:
        """Measure one write of `batch`; the block appends whether it held, as `recording.record` answers."""
        held: list[bool] = []
        began = time.perf_counter()
        outcome = "failed"
        try:
            yield held
            outcome = "held" if held[0] else "late"
            self._lag.record(max(self._now() - batch.written_at, timedelta(0)))
        finally:
            self._write.record(timedelta(seconds=time.perf_counter() - began), {"outcome": outcome})
            self._accounts.add(1, {"outcome": outcome})
            self._facts.record(len(batch.facts))

    def reconciled(self, what: str, tickets: int) -> None:
        """Note that reconciliation started, repaired or could not reach so many tickets."""
        if tickets:
            self._reconciled.add(tickets, {"what": what})

"""What `/metrics` counts, in Prometheus' text format. Labels are codes and route templates, never input."""

from datetime import timedelta

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

BUCKETS_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
"""The methods that are counted by name; a caller may send any word, and each would be a series of its own."""


class Counters:
    """Counts since the process began; one event loop writes them."""

    def __init__(self) -> None:
        """Begin at nothing, in a registry of its own: several applications may live in one process."""
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        self._answers = Counter(
            "jiesu_http_requests", "HTTP answers", ("method", "route", "status"), registry=self._registry
        )
        self._durations = Histogram(
            "jiesu_http_request_seconds",
            "How long HTTP answers took",
            ("method", "route"),
            buckets=BUCKETS_SECONDS,
            registry=self._registry,
        )
        self._filed = Counter(
            "jiesu_requests_filed", "Requests filed, by what became of the start", ("workflow",),
            registry=self._registry,
        )  # fmt: skip
        self._commands = Counter(
            "jiesu_commands",
            "Commands by name and outcome or refusal",
            ("command", "outcome"),
            registry=self._registry,
        )
        self._turned_away = Counter(
            "jiesu_admission_refused",
            "Refused for want of a place, by lane and why",
            ("lane", "reason"),
            registry=self._registry,
        )
        self._engine_calls = Histogram(
            "jiesu_engine_call_seconds",
            "Calls of the workflow engine by kind and what became of them",
            ("call", "outcome"),
            buckets=BUCKETS_SECONDS,
            registry=self._registry,
        )

    def answered(self, method: str, route: str, status: int, took: timedelta) -> None:
        """Count one HTTP answer of `route` (its template) and how long it took."""
        name = method if method in METHODS else "other"
        self._answers.labels(name, route, str(status)).inc()
        self._durations.labels(name, route).observe(took.total_seconds())

    def filed(self, workflow: str) -> None:
        """Count one request that was filed; `workflow`: `started` or `left_to_reconciliation`."""
        self._filed.labels(workflow).inc()

    def obeyed(self, command: str, outcome: str) -> None:
        """Count one command by its name; `outcome`: `counted`, `repeated`, or the code of the refusal."""
        self._commands.labels(command, outcome).inc()

    def turned_away(self, lane: str, reason: str) -> None:
        """Count one request for which there was no place; `reason` as `api.lane_limits.LaneFull` has it."""
        self._turned_away.labels(lane, reason).inc()

    def engine_called(self, call: str, outcome: str, took: timedelta) -> None:
        """Count one call of the engine and how long it took; see `api.engine_calls`."""
        self._engine_calls.labels(call, outcome).observe(took.total_seconds())

    def text(self, *others: Collector) -> str:
        """Return everything counted, and what `others` say, in Prometheus' text format."""
        lines = generate_latest(self._registry)
        for other in others:
            aside = CollectorRegistry(auto_describe=False)
            aside.register(other)
            lines += generate_latest(aside)
        return lines.decode()

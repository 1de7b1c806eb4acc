"""The metrics that the worker exports to Prometheus: the SDK's own, and ours beside them, on one port."""

from typing import Protocol

from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig

from activities.measuring import BATCH_FACTS, LAG, WRITE
from engine.errors import CannotStart
from phrases import Phrase
from workflows.measuring import LATENESS

_SHORT = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_LONG = (0.01, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0)
BUCKETS = {
    WRITE: _SHORT,
    LAG: _LONG,
    LATENESS: _LONG,
    BATCH_FACTS: (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0),
    **{
        f"temporal_{what}_latency": _LONG
        for what in (
            "workflow_task_schedule_to_start",
            "activity_schedule_to_start",
            "workflow_task_execution",
            "activity_execution",
            "local_activity_execution",
            "request",
        )
    },
}
"""Where the SDK's own buckets end too early or say too little; seconds."""


class PortTaken(CannotStart):
    """The port of the worker's metrics cannot be used; a sentence for operations."""


class Metered(Protocol):
    """Where the worker's metrics are served."""

    @property
    def metrics_host(self) -> str:
        """Return the address to listen on."""
        ...

    @property
    def worker_metrics_port(self) -> int | None:
        """Return the port, nothing where no metrics are wanted."""
        ...


def metered_runtime(settings: Metered) -> Runtime | None:
    """Return a runtime that serves metrics where `settings` name a port for it, else nothing.

    Raises `PortTaken`.
    """
    if settings.worker_metrics_port is None:
        return None
    host = f"[{settings.metrics_host}]" if ":" in settings.metrics_host else settings.metrics_host
    address = f"{host}:{settings.worker_metrics_port}"
    try:
        return Runtime(
            telemetry=TelemetryConfig(
                attach_service_name=False,
                metrics=PrometheusConfig(
                    bind_address=address,
                    counters_total_suffix=True,
                    unit_suffix=True,
                    durations_as_seconds=True,
                    histogram_bucket_overrides=BUCKETS,
                ),
            )
        )
    except (RuntimeError, ValueError):
        raise PortTaken(
            Phrase(
                "The port {address} for the worker's metrics cannot be used: set JIESU_WORKER_METRICS_PORT.",
                address=address,
            ),
        ) from None

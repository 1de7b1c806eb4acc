"""The worker serves metrics where a port is named for them, and says in one sentence when it cannot."""

import socket

import pytest

from settings import Settings
from telemetry.worker_metrics import PortTaken, metered_runtime


def test_nothing_listens_where_no_port_is_named() -> None:
    """Metrics are off by default, and cost nothing."""
    assert metered_runtime(Settings()) is None


def test_a_port_that_is_taken_is_one_sentence() -> None:
    """Two workers of one host need two ports: the second says which setting to change."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        settings = Settings(worker_metrics_port=other.getsockname()[1])
        with pytest.raises(PortTaken, match="JIESU_WORKER_METRICS_PORT"):
            metered_runtime(settings)

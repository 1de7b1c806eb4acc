"""`jiesu up` on servers that somebody else runs: it starts none of its own, and ends none."""

import json
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.testing import WorkflowEnvironment

from domain.search_attributes import SEARCH_ATTRIBUTES
from tests.e2e.installation import Installation

pytestmark = [pytest.mark.e2e, pytest.mark.long]


async def test_up_prepares_and_watches_our_own_parts_alone(
    postgres_cluster: str, dev_server: WorkflowEnvironment, tmp_path: Path
) -> None:
    """It migrates, makes the namespace with its attributes, and answers; both servers outlive it."""
    address = dev_server.client.service_client.config.target_host
    outside = Installation(
        tmp_path / "data",
        JIESU_DATABASE_URL=postgres_cluster,
        JIESU_TEMPORAL_ADDRESS=address,
        JIESU_TEMPORAL_NAMESPACE="outside",
    )
    outside.start()
    try:
        children: list[Any] = json.loads((outside.folder / "children.json").read_text())
        assert {child["name"] for child in children} == {"worker", "api"}
        assert outside.get("/readyz")
        assert not (outside.folder / "postgres").exists()
    finally:
        assert outside.stop() == 0
    listed = await dev_server.client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace="outside")
    )
    assert set(SEARCH_ATTRIBUTES) <= set(listed.custom_attributes)

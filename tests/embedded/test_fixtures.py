"""The shared servers of the test suite do what the other tests take for granted."""

import asyncpg
import pytest
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from domain.search_attributes import SEARCH_ATTRIBUTES


async def test_the_shared_database_server_knows_chinese_trigrams(postgres_cluster: str) -> None:
    """Two texts that share Chinese characters are similar, which a C locale would deny."""
    connection = await asyncpg.connect(postgres_cluster)
    try:
        await connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        await connection.execute("CREATE EXTENSION IF NOT EXISTS btree_gin")
        close = await connection.fetchval("SELECT similarity('暖气不热', '家里暖气不热')")
        far = await connection.fetchval("SELECT similarity('暖气不热', '道路积水')")
    finally:
        await connection.close()
    assert close > 0.3
    assert far == 0


async def test_the_shared_engine_knows_our_search_attributes(dev_server: WorkflowEnvironment) -> None:
    """A list filtered by each of our attributes is answered, one filtered by another is refused."""
    for name, kind in SEARCH_ATTRIBUTES.items():
        probe = {"Keyword": "'x'", "Bool": "true", "Datetime": "'2026-01-01T00:00:00Z'"}[kind]
        assert (await dev_server.client.count_workflows(f"`{name}` = {probe}")).count >= 0
    with pytest.raises(RPCError):
        await dev_server.client.count_workflows("`Nonsense` = 'x'")


async def test_the_time_skipping_server_answers(time_skipping_server: WorkflowEnvironment) -> None:
    """The small server gives its time, which it skips on demand."""
    assert (await time_skipping_server.get_current_time()).tzinfo is not None

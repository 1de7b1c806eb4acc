"""Waiting for the engine's lists, which lag a little behind what it has done."""

import asyncio

from temporalio.client import Client


async def listed(client: Client, query: str) -> None:
    """Wait until the engine lists a workflow that `query` finds."""
    for _ in range(500):
        if (await client.count_workflows(query)).count:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("the engine never listed it")

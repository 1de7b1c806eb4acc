"""An answer waits for its number and not for the engine: the start goes on beside it, and is noted."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from temporalio.client import Client, Interceptor, OutboundInterceptor, StartWorkflowInput, WorkflowHandle

from api.hotline import Hotline
from engine.starting import workflow_id
from tests.api.desk import Desk, handler, serving


class Held(Interceptor):
    """Holds the starts of a client back until they are let go."""

    def __init__(self) -> None:
        """Hold."""
        self.let_go = asyncio.Event()

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:  # noqa: A002 - the SDK's name
        """Stand before `next`."""
        return _Holding(next, self.let_go)


class _Holding(OutboundInterceptor):
    def __init__(self, next: OutboundInterceptor, let_go: asyncio.Event) -> None:  # noqa: A002 - the SDK's name
        super().__init__(next)
        self._let_go = let_go

    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:  # noqa: A002
        await self._let_go.wait()
        return await super().start_workflow(input)


@pytest.fixture
def held() -> Held:
    """What stands between the slow desk and its engine."""
    return Held()


@pytest.fixture
async def slow(idle: Hotline, held: Held) -> AsyncIterator[Desk]:
    """A desk whose engine takes no start until it is let go, and that waits a moment for it, no longer."""
    config = idle.client.config()
    config["interceptors"] = [held]
    hotline = replace(idle, client=Client(**config), start_patience=timedelta(milliseconds=20))
    async with serving(hotline) as http:
        yield Desk(http, hotline)
    held.let_go.set()
    await hotline.starter.close()


async def test_the_number_is_given_while_the_start_is_under_way(
    slow: Desk, held: Held, rows: asyncpg.Connection
) -> None:
    """The answer says that nothing is known yet; then the engine has the ticket, and that is noted."""
    answer = await slow.files()
    number = answer.json()["number"]
    assert (answer.status_code, answer.json()["started"]) == (201, False)
    assert await rows.fetchval("SELECT count(*) FROM unstarted WHERE number = $1", number) == 1
    held.let_go.set()
    await slow.hotline.starter.close()
    assert await rows.fetchval("SELECT count(*) FROM unstarted") == 0
    assert (await slow.hotline.client.get_workflow_handle(workflow_id(number)).describe()).id
    counted = slow.hotline.counters.text()
    assert 'jiesu_requests_filed_total{workflow="started"} 1' in counted


async def test_a_command_that_overtakes_the_start_counts(worked: Hotline, held: Held) -> None:
    """Once a number is issued, no client waits for the engine to take the ticket."""
    config = worked.client.config()
    config["interceptors"] = [held]
    slow = replace(worked, client=Client(**config), start_patience=timedelta(milliseconds=20))
    async with serving(slow) as http, serving(worked) as other:
        number = await Desk(http, slow).has_filed()
        signed = await Desk(other, worked).says(number, "sign", handler())
        assert signed.status_code == 200, signed.text
    held.let_go.set()
    await slow.starter.close()
    async with serving(worked) as http:
        shown = await Desk(http, worked).sees(f"tickets/{number}")
    assert shown["status"] == "handling"


async def test_more_starts_than_may_be_under_way_are_left_to_reconciliation(
    slow: Desk, rows: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow engine fills no memory with what waits for it."""
    monkeypatch.setattr("api.ticket_starter.AT_ONCE", 2)
    for _ in range(3):
        await slow.has_filed()
    assert 'workflow="left_to_reconciliation"} 1' in slow.hotline.counters.text()
    assert await rows.fetchval("SELECT count(*) FROM unstarted") == 3

"""Collects the evidence: rows by plain SQL, histories by plain JSON; nothing of the product is imported."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
from temporalio.client import Client, WorkflowExecution, WorkflowQueryFailedError
from temporalio.service import RPCError

from chaos.checker.evidence import Evidence, Row

_TABLES = {
    "request": "SELECT number, filed_at, channel, external_id, key_hash, masked FROM request",
    "ticket": "SELECT * FROM ticket",
    "ticket_event": "SELECT number, seq, kind, at, fact FROM ticket_event",
    "notice": "SELECT * FROM notice",
    "command": "SELECT key_hash, number, name, attempts, answer, refusal, doubted_at FROM command",
    "vault_text": "SELECT id, number, kind, command FROM vault_text",
    "unstarted": "SELECT * FROM unstarted",
}
_connect: Callable[..., Awaitable[Any]] = asyncpg.connect  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
_AT_ONCE = 8
_PATIENCE = timedelta(seconds=30)


async def read_database(url: str) -> Evidence:
    """Return all rows of the tables that count, as they stood in one instant."""
    connection = await _connect(url, server_settings={"timezone": "UTC"})
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            evidence = Evidence(at=(await connection.fetchval("SELECT now()")).isoformat())
            for table, select in _TABLES.items():
                query = f"SELECT to_jsonb(entry) FROM ({select}) AS entry"  # noqa: S608 - constants
                rows = [json.loads(row[0]) for row in await connection.fetch(query)]
                setattr(evidence, table, rows)
    finally:
        await connection.close()
    return evidence


def read_journal(path: Path) -> list[Row]:
    """Return every attempt the clients wrote down."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


async def read_engine(
    evidence: Evidence, address: str, namespace: str = "default", say: Callable[[str], None] = print
) -> None:
    """Add what the engine holds: every run of every ticket's workflow, and its answer to `everything`."""
    client = await Client.connect(address, namespace=namespace)
    runs: dict[str, list[WorkflowExecution]] = {}
    async for run in client.list_workflows('WorkflowType = "Ticket"', page_size=1000):
        runs.setdefault(run.id.removeprefix("ticket/"), []).append(run)
    numbers = sorted({*runs, *(row["number"] for row in evidence.request)})
    few = asyncio.Semaphore(_AT_ONCE)

    async def read(number: str) -> None:
        async with few:
            evidence.workflows[number] = await _read(client, number, runs.get(number, []))

    say(f"询问 asking {len(numbers)} workflows")
    await asyncio.gather(*(read(number) for number in numbers))


async def _read(client: Client, number: str, runs: list[WorkflowExecution]) -> Row:
    """Return the statuses of one ticket's runs, oldest first, and its account of everything.

    A workflow may refuse while a task of it waits, and is asked again; what stands still refuses for ever.
    """
    in_order = sorted(runs, key=lambda run: run.start_time)
    statuses = [run.status.name if run.status else "?" for run in in_order]
    handle = client.get_workflow_handle(f"ticket/{number}")
    trouble = ""
    for attempt in range(5):
        try:
            if not statuses:  # what lists lag behind with is there by its id
                described = await handle.describe()
                statuses = [described.status.name if described.status else "?"]
            everything = await handle.query("everything", result_type=dict[str, Any], rpc_timeout=_PATIENCE)
        except (RPCError, WorkflowQueryFailedError) as error:
            if isinstance(error, RPCError) and error.status.name == "NOT_FOUND":
                return {"runs": statuses, "everything": None}
            trouble = str(error)[:500]
            await asyncio.sleep(2**attempt)
        except Exception as error:  # noqa: BLE001 - whatever keeps it from answering is evidence
            return {"runs": statuses, "everything": None, "error": str(error)[:500]}
        else:
            return {"runs": statuses, "everything": everything}
    return {"runs": statuses, "everything": None, "error": trouble or "no answer"}

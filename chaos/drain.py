"""Waits until a healed installation has caught up: nothing in doubt, nothing unstarted, no clock behind."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg

_connect: Callable[..., Awaitable[Any]] = asyncpg.connect  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
_LEFT = """
SELECT (SELECT count(*) FROM unstarted) AS unstarted,
       (SELECT count(*) FROM command WHERE doubted_at IS NOT NULL) AS in_doubt,
       (SELECT count(*) FROM ticket WHERE wakes_at < now() - interval '5 seconds') AS behind
"""
_QUIET_SECONDS = 4.0
_LOOK_SECONDS = 1.0


async def drain(database_url: str, seconds: float, say: Callable[[str], None]) -> bool:
    """Return whether everything had caught up, for some seconds on end, within `seconds`."""
    deadline = time.monotonic() + seconds
    quiet_since: float | None = None
    said = ""
    while time.monotonic() < deadline:
        left = await _left(database_url)
        now = time.monotonic()
        quiet_since = None if left is None or any(left.values()) else quiet_since or now
        if quiet_since is not None and now - quiet_since >= _QUIET_SECONDS:
            return True
        if (line := str(left)) != said:
            said = line
            say(f"  {line}")
        await asyncio.sleep(_LOOK_SECONDS)
    return False


async def _left(database_url: str) -> dict[str, int] | None:
    """Return what is still to be done; null while the database is away."""
    try:
        connection = await _connect(database_url, timeout=5)
    except (OSError, asyncpg.PostgresError, TimeoutError):
        return None
    try:
        return dict(await connection.fetchrow(_LEFT))
    finally:
        await connection.close()

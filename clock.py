"""The only reader of the clock. The roots of processes read it here, or hand `utc_now` on to what needs it.

How long something took is no time of day: `time.monotonic`, `time.perf_counter` and the event loop's own time
may be read where they are needed. Workflows have `workflow.now`.
"""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the present instant, in UTC."""
    return datetime.now(UTC)

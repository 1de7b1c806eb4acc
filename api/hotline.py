"""What the functions of the API work with: one frozen value, made by the composition roots, without HTTP."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from temporalio.client import Client

from api.counters import Counters
from domain.calendar import Calendar
from readmodel import Engine
from readmodel.vault import Vault
from rules.pack import RulePack


def utc_now() -> datetime:
    """Return the present instant."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Hotline:
    """The parts a request meets: rules, vault, database and the workflow engine, with their time limits."""

    rules: RulePack
    calendar: Calendar
    vault: Vault
    engine: Engine
    client: Client
    task_queue: str = "jiesu"
    start_timeout: timedelta = timedelta(seconds=2)
    command_timeout: timedelta = timedelta(seconds=8)
    query_timeout: timedelta = timedelta(seconds=1.5)
    now: Callable[[], datetime] = utc_now
    counters: Counters = field(default_factory=Counters)

"""Records the histories of `tests/histories` again: `python -m tests.record_histories [name …]`.

A new scenario is recorded by its name. All of them are recorded when the workflows have changed in a way
that nothing running has to survive; else the old histories must go on replaying, and the change needs
`workflow.patched`.
"""

import asyncio
import json
import logging
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import time
from pathlib import Path
from typing import Any

from temporalio.testing import WorkflowEnvironment

from domain.search_attributes import SEARCH_ATTRIBUTES
from embedded import temporal
from tests.workflows.all_scenarios import SCENARIOS
from tests.workflows.city import MONDAY, City, city_of
from tests.workflows.conftest import register_search_attributes

HISTORIES = Path(__file__).parent / "histories"
LONG = 40


@asynccontextmanager
async def skipping_city() -> AsyncGenerator[City]:
    """A city on the server that skips time, on a Monday morning."""
    server = str(temporal.program("temporal-test-server"))
    async with await WorkflowEnvironment.start_time_skipping(test_server_existing_path=server) as environment:
        await register_search_attributes(environment)
        async with city_of(environment) as city, city.worker():
            await city.comes_to_next(MONDAY, time(9))
            yield city


@asynccontextmanager
async def forgetful_city() -> AsyncGenerator[City]:
    """A city on a real server that suggests a new run after few events."""
    async with real_city(f"limit.historyCount.suggestContinueAsNew={LONG}") as city:
        yield city


@asynccontextmanager
async def real_city(*settings: str) -> AsyncGenerator[City]:
    """A city on a real server with `settings` of its own; no time passes but that of the wall."""
    async with (
        await WorkflowEnvironment.start_local(
            dev_server_existing_path=str(temporal.program()),
            dev_server_log_level="error",
            search_attributes=temporal.search_attribute_keys(SEARCH_ATTRIBUTES),
            dev_server_extra_args=[part for one in settings for part in ("--dynamic-config-value", one)],
        ) as environment,
        city_of(environment) as city,
        city.worker(),
    ):
        yield city


SERVERS = {
    "open_and_continued": forgetful_city,
    "continued_by_its_reopening": real_city,
    "open_reopened": real_city,
    "closed_again_after_reopening": real_city,
}
"""Where a scenario cannot be played on the server that skips time."""


def portable(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a JSON value without what names the machine that recorded: stack traces and identities."""
    if isinstance(value, dict):
        kept = {key: portable(inner) for key, inner in value.items() if key != "stackTrace"}
        return kept | ({"identity": "recorder"} if "identity" in kept else {})
    return [portable(inner) for inner in value] if isinstance(value, list) else value


async def record(names: list[str]) -> None:
    """Record the scenarios `names` and write one file each."""
    HISTORIES.mkdir(exist_ok=True)
    for name in names:
        async with SERVERS.get(name, skipping_city)() as city:
            ticket = await SCENARIOS[name](city)
            await ticket.is_recorded()
            history = portable((await ticket.history()).to_json_dict())
        text = json.dumps(history, ensure_ascii=False, indent=1)
        (HISTORIES / f"{name}.json").write_text(text + "\n", encoding="utf-8")
        print(f"{name}: {len(history['events'])} events")  # noqa: T201 - the answer of a command


def main() -> None:
    """Record all scenarios, or those named on the command line."""
    logging.getLogger("temporalio.activity").setLevel(logging.CRITICAL)  # one scenario lets a write fail
    names = sys.argv[1:] or list(SCENARIOS)
    if unknown := [name for name in names if name not in SCENARIOS]:
        raise SystemExit(f"没有这些场景 / no such scenarios: {', '.join(unknown)}")
    asyncio.run(record(names))


if __name__ == "__main__":
    main()

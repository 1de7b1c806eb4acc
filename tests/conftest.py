"""Servers that the whole suite shares: one set per pytest process, on loopback, ended with the session."""

import contextlib
import gc
import shutil
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from functools import cache
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
import structlog
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import TimeSkippingConfig, WorkflowEnvironment
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from domain.search_attributes import SEARCH_ATTRIBUTES
from embedded import postgres
from embedded.launch import start, stop
from embedded.temporal import program, search_attribute_keys

ROOT = Path(__file__).parents[1]
TEMPLATE = "jiesu_template"

gc.disable()  # nothing that is imported and collected for the tests becomes garbage; see the last lines


@pytest.fixture(autouse=True)
def _logs_as_they_come() -> None:
    """No test inherits the log settings of a program that another test has started in this process."""
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def postgres_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running embedded server without our schema: the address of its database `jiesu`."""
    folder = tmp_path_factory.mktemp("postgres")
    cluster = postgres.open_cluster(folder / "cluster", durable=False)
    port = postgres.free_port()
    launch = postgres.server(cluster, port)
    server = start(launch, folder / "postgres.log")
    postgres.close_handles(launch)
    try:
        yield postgres.ensure_database(cluster, port)
    finally:
        stop(server, launch)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_url(postgres_cluster: str) -> str:
    """The address of a database that carries the migrated schema; other databases are copied from it."""
    from readmodel import migrate  # noqa: PLC0415 - servers without a schema are tested without the read model

    url = database_url(postgres_cluster, TEMPLATE)
    run_sql(postgres_cluster, f'CREATE DATABASE "{TEMPLATE}"')
    migrate(url)
    return url


@pytest.fixture
async def dsn(postgres_url: str) -> AsyncIterator[str]:
    """The address of a fresh, migrated, empty database, dropped after the test."""
    name = f"test_{uuid4().hex[:12]}"
    await execute(postgres_url, f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}" STRATEGY FILE_COPY')
    yield database_url(postgres_url, name)
    with contextlib.suppress(asyncpg.PostgresError):  # a test may have ended the server's sessions itself
        await execute(postgres_url, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
async def dev_server() -> AsyncIterator[WorkflowEnvironment]:
    """The real Temporal server in memory, our search attributes registered, time skipping on request.

    `environment.client` is an ordinary client; `temporalio.testing` has the `TimeSkipper` that forwards one
    workflow. A retried activity or a timer is at most 10 ms late instead of a second.
    """
    async with await WorkflowEnvironment.start_time_skipping_v2(
        ts_config=TimeSkippingConfig(enabled=False),
        dev_server_existing_path=str(program()),
        search_attributes=search_attribute_keys(SEARCH_ATTRIBUTES),
        dev_server_extra_args=[
            *("--dynamic-config-value", "frontend.WorkflowTimeSkippingEnabled=true"),
            *("--dynamic-config-value", 'history.timerProcessorMaxTimeShift="10ms"'),
        ],
    ) as environment:
        yield environment


@pytest.fixture(scope="session")
async def client(dev_server: WorkflowEnvironment) -> Client:
    """A client of the real server that speaks as the product's do."""
    config = dev_server.client.config()
    config["data_converter"] = pydantic_data_converter
    return Client(**config)


@pytest.fixture
async def time_skipping_server() -> AsyncIterator[WorkflowEnvironment]:
    """The small server that skips time for all its workflows at once; no lists, no schedules.

    Let one place drive its clock: concurrent sleeps break it. Each test has its own (a tenth of a second): a
    workflow that is terminated while a task of it is out keeps this server's clock from ever skipping again.
    """
    async with await WorkflowEnvironment.start_time_skipping(
        test_server_existing_path=str(program("temporal-test-server"))
    ) as environment:
        yield environment


def database_url(url: str, name: str) -> str:
    """Return the address of the database `name` on the server of `url`."""
    return f"{url.rsplit('/', 1)[0]}/{name}"


async def execute(url: str, statement: str) -> None:
    """Run one statement in the maintenance database of the server of `url`."""
    connection = await asyncpg.connect(database_url(url, "postgres"))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def run_sql(url: str, statement: str) -> None:
    """Run one statement as `execute` does, from a fixture that has no event loop."""
    import asyncio  # noqa: PLC0415 - kept beside its one use
    import threading  # noqa: PLC0415

    failures: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(execute(url, statement))
        except BaseException as failure:  # noqa: BLE001 - handed to the fixture below
            failures.append(failure)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]


class OneProcessForAFile(LoadScopeScheduling):
    """Gives all tests of a file to one process where they share a fixture of the file; the others one by one.

    Several processes would each make the fixture: an installation, thirty thousand tickets.
    """

    def _split_scope(self, nodeid: str) -> str:
        """Return what goes to one process: the file of the test, or the test alone."""
        file, _, _ = nodeid.partition("::")
        return file if shares(file) else nodeid


@cache
def shares(file: str) -> bool:
    """Return whether the tests of `file`, a path below the root, share a fixture of the file."""
    return 'scope="module"' in (ROOT / file).read_text(encoding="utf-8")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneProcessForAFile:
    """Return how tests are spread over several processes."""
    return OneProcessForAFile(config, log)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Let the garbage collector pass over what stays to the end anyway: modules and the collected tests."""
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(50_000, 20, 100)  # the sandbox imports modules again for each workflow: much garbage


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say where the time went: seconds in each folder, summed over the processes of the tests."""
    seconds = defaultdict[str, float](float)
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                folder, _, _ = report.nodeid.removeprefix("tests/").partition("::")[0].rpartition("/")
                seconds[folder.partition("/")[0] or "tests"] += report.duration
    longest = sorted(seconds.items(), key=lambda one: -one[1])
    told = ", ".join(f"{folder} {spent:.0f}" for folder, spent in longest)
    terminalreporter.write_line(f"各目录用时(秒) / seconds per folder: {told}")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Let the SDK's threads finish: an interpreter that ends right after its last call may abort."""
    time.sleep(0.2)

"""One real installation, its faults provoked one after the other: each is found by its name, and heals."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest
from temporalio.client import Client

from doctor import engine
from doctor.checkup import SECONDS, examine
from doctor.finding import Report
from doctor.installation import look
from settings import Settings
from tests.e2e.installation import Installation
from tests.readmodel.records import rows

pytestmark = [pytest.mark.e2e, pytest.mark.long, pytest.mark.timeout(280)]

Fault = Callable[["Patient"], AbstractAsyncContextManager[None]]


class Patient:
    """An installation that is examined, and made ill on purpose."""

    def __init__(self, running: Installation) -> None:
        """Examine `running`."""
        self.running = running

    @property
    def key(self) -> Path:
        """Return where its master key lies."""
        return self.running.folder / "master.key"

    @property
    def database(self) -> str:
        """Return the address of its database."""
        return look(Settings(data_dir=self.running.folder)).settings.database_url or ""

    async def engine(self) -> Client:
        """Return a client of its engine."""
        return await Client.connect(self.running.temporal_address)

    async def is_examined(self) -> Report:
        """Return what the doctor says."""
        settings = Settings(data_dir=self.running.folder, reconcile_interval=timedelta(seconds=2))
        return await examine(look(settings))

    async def recovers(self) -> None:
        """Wait until the doctor finds nothing."""
        report = await self.is_examined()
        deadline = time.monotonic() + 60
        while not report.is_sound:
            assert time.monotonic() < deadline, report.findings
            await asyncio.sleep(0.5)
            report = await self.is_examined()

    @contextlib.contextmanager
    def frozen(self, part: str) -> Generator[None]:
        """Stop the processes of `part` without ending them."""
        process = psutil.Process(self.running.pid(part))
        family = [process, *process.children(recursive=True)]
        for one in family:
            os.kill(one.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for one in family:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(one.pid, signal.SIGCONT)


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Patient]:
    """An installation with a few tickets, for all tests of this file."""
    running = Installation(tmp_path_factory.mktemp("doctor") / "data")
    running.start()
    try:
        for kind in ("complaint", "praise"):
            body = {"type": kind, "channel": "web", "description": "楼道的灯坏了。"}
            assert running.post("/api/v1/requests", body).status_code == 201
        yield Patient(running)
    finally:
        running.stop()


@asynccontextmanager
async def paused_schedule(patient: Patient) -> AsyncGenerator[None]:
    """Somebody pauses the reconciliation."""
    handle = (await patient.engine()).get_schedule_handle("reconcile")
    await handle.pause(note="a look at something")
    yield
    await handle.unpause()


@asynccontextmanager
async def no_schedule(patient: Patient) -> AsyncGenerator[None]:
    """Somebody deletes the schedule of the archive; the next worker makes it again."""
    await (await patient.engine()).get_schedule_handle("archive").delete()
    yield
    patient.running.kill("worker")


def frozen(part: str) -> Fault:
    """Return the fault that `part` is there, takes connections, and does nothing."""

    async def fault(patient: Patient) -> AsyncGenerator[None]:
        with patient.frozen(part):
            yield

    fault.__name__ = f"frozen_{part}"
    return asynccontextmanager(fault)


@asynccontextmanager
async def old_schema(patient: Patient) -> AsyncGenerator[None]:
    """The database is one step behind this release."""
    ((now,),) = await rows(patient.database, "SELECT version_num FROM alembic_version")
    await rows(patient.database, "UPDATE alembic_version SET version_num = '0006'")
    yield
    await rows(patient.database, "UPDATE alembic_version SET version_num = $1", now)


@asynccontextmanager
async def another_key(patient: Patient) -> AsyncGenerator[None]:
    """A key file that sealed nothing here."""
    kept = patient.key.read_bytes()
    patient.key.write_bytes(b"x" * 32)
    yield
    patient.key.write_bytes(kept)


@asynccontextmanager
async def no_key(patient: Patient) -> AsyncGenerator[None]:
    """The key file is gone."""
    away = patient.key.with_name("elsewhere")
    patient.key.rename(away)
    yield
    away.rename(patient.key)


@asynccontextmanager
async def open_key(patient: Patient) -> AsyncGenerator[None]:
    """Others may read the key."""
    patient.key.chmod(0o644)
    yield
    patient.key.chmod(0o600)


@asynccontextmanager
async def open_folder(patient: Patient) -> AsyncGenerator[None]:
    """Others may look into the data folder."""
    patient.running.folder.chmod(0o755)
    yield
    patient.running.folder.chmod(0o700)


@asynccontextmanager
async def late_archive(patient: Patient) -> AsyncGenerator[None]:
    """The archive's first look is where it was a day ago, and the praise, long over, was not kept."""
    was = await rows(patient.database, "SELECT head, up_to FROM history_mark")
    await rows(patient.database, "DELETE FROM history_mark")
    await rows(
        patient.database,
        "INSERT INTO history_mark VALUES ('front', $1)",
        datetime.now(UTC) - timedelta(days=1),
    )
    yield
    await rows(patient.database, "DELETE FROM history_mark")  # before its first round there was none
    for head, up_to in was:
        await rows(patient.database, "INSERT INTO history_mark VALUES ($1, $2)", head, up_to)


@asynccontextmanager
async def old_commands(patient: Patient) -> AsyncGenerator[None]:
    """A ticket that should have woken long ago, as its projection has it."""
    await rows(patient.database, "UPDATE request SET filed_at = filed_at - interval '1 hour'")
    ((number,),) = await rows(patient.database, "SELECT number FROM ticket WHERE closed_at IS NULL")
    handle = (await patient.engine()).get_workflow_handle(f"ticket/{number}")
    await handle.terminate("by mistake")
    yield
    await rows(patient.database, "DELETE FROM ticket WHERE number = $1", number)


@asynccontextmanager
async def failing_tasks(patient: Patient) -> AsyncGenerator[None]:
    """A workflow that this release does not know, as after a release that was taken back."""
    client = await patient.engine()
    handle = await client.start_workflow("OfAnotherRelease", id="other", task_queue="jiesu")
    deadline = time.monotonic() + 150  # the engine reports the fifth failure
    while not await engine.failing(client):
        assert time.monotonic() < deadline
        await asyncio.sleep(2)
    yield
    await handle.terminate("end of the test")


FAULTS: dict[Fault, str] = {
    paused_schedule: "engine.schedule_paused",
    no_schedule: "engine.no_schedule",
    frozen("worker"): "engine.worker_silent",
    frozen("temporal"): "engine.away",
    frozen("postgres"): "database.away",
    frozen("api"): "api.silent",
    old_schema: "database.schema_behind",
    another_key: "key.another",
    no_key: "key.missing",
    open_key: "key.bad_file",
    open_folder: "folder.open_to_others",
    late_archive: "archive.behind",
    failing_tasks: "engine.tasks_fail",
    old_commands: "tickets.without_workflow",
}


def test_a_sound_installation_has_no_finding(patient: Patient) -> None:
    """Exit code 0, every check named, in both languages."""
    asyncio.run(patient.recovers())
    done = patient.running.run("doctor", "--data", str(patient.running.folder), "--wait", "60")
    assert (done.returncode, "一切正常" in done.stdout) == (0, True), done.stdout + done.stderr


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
async def test_a_fault_is_found_by_its_name_and_heals(patient: Patient, fault: Fault) -> None:
    """The other checks still run, and all of it is bounded in time."""
    await patient.recovers()
    async with fault(patient):
        began = time.monotonic()
        report = await patient.is_examined()
        took = time.monotonic() - began
    assert FAULTS[fault] in {finding.code for finding in report.findings}, report
    assert len(report.checks) >= 8
    assert took < 8 * SECONDS
    assert all(each.zh and each.en for finding in report.findings for each in (finding.what, finding.do))
    await patient.recovers()


async def test_an_installation_that_was_stopped_is_reported_as_that(patient: Patient) -> None:
    """One finding, not one for every part that is away; the command ends with 1."""
    patient.running.stop()
    report = await patient.is_examined()
    assert [finding.code for finding in report.findings] == ["folder.not_running"]
    patient.running.start()

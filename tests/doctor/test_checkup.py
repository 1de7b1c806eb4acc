"""The whole look, against real servers and against none: every check by itself, whatever the others meet."""

import asyncio
import json
from collections.abc import Iterable
from pathlib import Path
from uuid import uuid4

import pytest
from temporalio.testing import WorkflowEnvironment

from doctor import checkup
from doctor.checkup import examine
from doctor.finding import Finding, Report, Skipped
from doctor.installation import Installation
from domain.errors import Unavailable
from phrases import Said
from readmodel import Database
from readmodel.texts import require_same_master
from readmodel.vault import Vault
from settings import Settings
from tests.doctor.answering import answering, closed_port

VAULT = Vault(b"master key for tests, 32 bytes!!")


def look(folder: Path, api: str | None = None, **given: object) -> Installation:
    """Return an installation whose servers run elsewhere, as `given` says; else at ports without a server."""
    nobody = f"127.0.0.1:{closed_port()}"
    fields: dict[str, object] = {
        "database_url": f"postgresql://jiesu@{nobody}/jiesu",
        "temporal_address": nobody,
        "task_queue": f"idle-{uuid4().hex}",
        "data_dir": folder,
        **given,
    }
    settings = Settings.model_validate(fields)
    return Installation(settings, False, True, api or f"http://{nobody}", api is not None, None)


def codes(report: Report) -> set[str]:
    """Return the names of what was found."""
    return {finding.code for finding in report.findings}


async def test_servers_that_answer_are_looked_at_from_all_sides(
    dev_server: WorkflowEnvironment,
    dsn: str,
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The queue has no worker; the rest of the checks say what they see, none of them is left unfinished."""
    monkeypatch.setattr(checkup, "SECONDS", 30.0)  # the machine of the tests may be busy
    await require_same_master(database, VAULT)
    address = dev_server.client.service_client.config.target_host
    async with answering(200, json.dumps({"engine": True, "edition": "another"})) as api:
        report = await examine(look(tmp_path, api, database_url=dsn, temporal_address=address))
    assert {check.name for check in report.checks} >= {
        *("settings", "data folder", "disk", "backup", "rules", "database", "engine", "api", "master key"),
        *("tickets", "namespace", "workers", "worker answers", "workflow tasks", "schedules", "numbers"),
        *("engine clock", "archive"),
    }
    assert codes(report) >= {"engine.no_worker", "rules.other_edition", "key.missing"}
    assert "check.unfinished" not in codes(report)


async def test_where_nothing_answers_each_server_is_one_finding(tmp_path: Path) -> None:
    """What would be asked of them is not looked at; an API is not missed on a machine that has none."""
    report = await examine(look(tmp_path))
    assert codes(report) >= {"database.away", "engine.away"}
    assert "api.silent" not in codes(report)
    names = {check.name for check in report.checks}
    assert "master key file" in names
    assert not names & {"tickets", "namespace", "numbers"}


async def test_without_an_address_of_a_database_that_is_what_is_reported(tmp_path: Path) -> None:
    """By the setting that is missing."""
    report = await examine(look(tmp_path, database_url=None))
    assert "settings.no_database" in codes(report)


async def test_a_system_that_was_stopped_is_not_asked_for_its_servers(tmp_path: Path) -> None:
    """It is reported as stopped, in both languages."""
    at = Installation(Settings(data_dir=tmp_path), True, False, "http://127.0.0.1:1", True, None)
    skipped = {check.name: check.skipped for check in (await examine(at)).checks if check.skipped}
    assert {"database", "engine", "api"} <= skipped.keys()
    assert all("stopped" in (skipped[name] or "") for name in ("database", "engine", "api"))


async def test_a_check_that_fails_takes_too_long_or_has_nothing_to_see_does_not_end_the_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each is reported by its name."""
    monkeypatch.setattr(checkup, "SECONDS", 0.05)

    async def fails() -> Iterable[Finding]:
        raise Unavailable(Said("数据库不可用。", "The database is away."))

    async def hangs() -> Iterable[Finding]:
        await asyncio.Event().wait()
        return []

    async def sees_nothing() -> Iterable[Finding]:
        raise Skipped("没有可看的 / nothing to see")

    failed, hung, skipped = [await checkup._one("the check", one) for one in (fails, hangs, sees_nothing)]
    assert [finding.code for one in (failed, hung) for finding in one.findings] == ["check.unfinished"] * 2
    assert "Unavailable" in failed.findings[0].what.en
    assert "did not end" in hung.findings[0].what.en
    assert (skipped.findings, "nothing to see" in (skipped.skipped or "")) == ((), True)

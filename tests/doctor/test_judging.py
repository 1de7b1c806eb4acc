"""What the doctor concludes from its evidence: each fault has its finding, and soundness has none."""

import json
import os
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.taskqueue.v1 import PollerInfo, TaskQueueStats
from temporalio.api.workflowservice.v1 import DescribeTaskQueueResponse
from typer.testing import CliRunner

from cli.doctor import as_document, as_text, unusable_setting
from cli.main import app
from doctor import database, engine, installation, machine, tickets
from doctor.finding import Checked, Finding, Report
from doctor.installation import is_held, look
from phrases import Said
from readmodel.schema import revisions
from readmodel.vault import draw_key
from readmodel.vitals import Standing, Vitals
from settings import BadSetting, Settings

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
SOUND = Vitals(
    version=16,
    schema="0007",
    unsafe=(),
    read_only=False,
    connections=97,
    used=30,
    longest=timedelta(seconds=1),
    now=NOW,
)
KNOWN = ("0007", "0006")


def codes(found: Iterable[Finding]) -> list[str]:
    """Return the names of what was found."""
    return [finding.code for finding in found]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"version": 14}, ["database.too_old"]),
        ({"schema": "0006"}, ["database.schema_behind"]),
        ({"schema": None}, ["database.schema_behind"]),
        ({"schema": "9999"}, ["database.schema_newer"]),
        ({"unsafe": ("fsync",)}, ["database.not_durable"]),
        ({"read_only": True}, ["database.read_only"]),
        ({"used": 90}, ["database.connections"]),
        ({"longest": timedelta(minutes=6)}, ["database.long_transaction"]),
        ({"longest": None}, []),
    ],
)
def test_each_fault_of_the_database_has_its_finding(change: dict[str, Any], expected: list[str]) -> None:
    """One at a time; none when all is well."""
    assert codes(database.judge(replace(SOUND, **change), KNOWN)) == expected


@pytest.mark.parametrize(("off", "is_reported"), [(-3, True), (-1, False), (0, False), (1, False), (4, True)])
def test_a_clock_that_is_off_is_reported_whichever_way(off: int, is_reported: bool) -> None:
    """Two seconds are let pass; the time of asking counts for the other side."""
    theirs = NOW + timedelta(seconds=off)
    assert (codes(database.skewed("x", theirs, NOW, NOW)) == ["clock.skewed"]) is is_reported


def queue(
    asked: timedelta | None, waiting: int = 0, age: timedelta = timedelta(0)
) -> DescribeTaskQueueResponse:
    """Return what the engine says of a queue whose worker asked for work so long ago."""
    answer = DescribeTaskQueueResponse(stats=TaskQueueStats(approximate_backlog_count=waiting))
    answer.stats.approximate_backlog_age.FromTimedelta(age)
    if asked is not None:
        poller = PollerInfo(identity="w")
        poller.last_access_time.FromDatetime(NOW - asked)
        answer.pollers.append(poller)
    return answer


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (queue(timedelta(seconds=50)), []),
        (queue(None), ["engine.no_worker"]),
        (queue(timedelta(minutes=4)), ["engine.no_worker"]),
        (queue(timedelta(0), 40, timedelta(minutes=2)), ["engine.backlog"]),
        (queue(timedelta(0), 40, timedelta(seconds=3)), []),
    ],
)
def test_a_queue_without_worker_or_with_old_tasks_is_reported(
    answer: DescribeTaskQueueResponse, expected: list[str]
) -> None:
    """A worker asks at least every 70 seconds; a burst is no backlog."""
    assert codes(engine.judge_queue("jiesu", answer, NOW)) == expected


def test_workers_of_two_builds_are_reported() -> None:
    """One that has gone meanwhile does not count."""
    answer = queue(timedelta(seconds=1))
    answer.pollers[0].deployment_options.build_id = "1"
    for build, ago in (("1", 2), ("0", 200), ("2", 3)):
        assert codes(engine.judge_queue("jiesu", answer, NOW)) == []
        poller = answer.pollers.add()
        poller.deployment_options.build_id = build
        poller.last_access_time.FromDatetime(NOW - timedelta(seconds=ago))
    assert codes(engine.judge_queue("jiesu", answer, NOW)) == ["engine.mixed_builds"]


def test_each_kind_of_waiting_has_its_finding() -> None:
    """And no waiting has none."""
    assert codes(tickets.judge_standing(Standing(0, 0, 0, 10))) == []
    assert codes(tickets.judge_standing(Standing(1, 2, 3, 10))) == [
        "tickets.not_started",
        "tickets.projection_behind",
        "tickets.in_doubt",
    ]


@pytest.mark.parametrize(
    ("open_tickets", "workflows", "is_reported"),
    [(0, 0, False), (10, 60, False), (10, 61, True), (400_000, 404_000, False), (400_000, 404_001, True)],
)
def test_counts_far_apart_are_reported(open_tickets: int, workflows: int, is_reported: bool) -> None:
    """Fifty, or one in a hundred: both move while they are counted."""
    assert (codes(tickets.judge_counts(open_tickets, workflows)) == ["tickets.counts_differ"]) is is_reported


@pytest.mark.parametrize(("behind", "is_reported"), [(None, False), (50, False), (61, True), (6000, True)])
def test_an_archive_that_is_behind_is_reported(behind: int | None, is_reported: bool) -> None:
    """By an hour, with rounds of ten minutes; one that has not begun is young."""
    mark = None if behind is None else NOW - timedelta(minutes=behind)
    found = codes(tickets.judge_mark(mark, NOW, timedelta(minutes=10), timedelta(days=30)))
    assert (found == ["archive.behind"]) is is_reported


def test_settings_that_do_not_fit_each_other_are_reported() -> None:
    """The defaults fit."""
    assert list(machine.settings_sensible(Settings())) == []
    unfit = Settings(
        retention_days=1,
        archive_interval=timedelta(hours=7),
        command_timeout=timedelta(seconds=1),
        reconcile_interval=timedelta(hours=1),
    )
    assert codes(machine.settings_sensible(unfit)) == ["settings.unfit"] * 3


def test_what_a_killed_start_left_beside_the_key_is_reported(tmp_path: Path) -> None:
    """It may be a copy of the key."""
    key = tmp_path / "master.key"
    draw_key(key)
    assert machine.key_file(key)[1] == []
    (tmp_path / ".master.key.00ff").write_bytes(b"x" * 32)
    assert codes(machine.key_file(key)[1]) == ["key.draft_left"]


def test_a_folder_in_which_nothing_ran_is_reported(tmp_path: Path) -> None:
    """With the way out."""
    at = look(Settings(data_dir=tmp_path / "nothing"))
    assert codes(machine.data_folder(at)) == ["folder.missing"]


def test_a_backup_that_is_old_or_missing_is_reported(tmp_path: Path) -> None:
    """A folder that is not there is as bad as an empty one."""
    settings = Settings(data_dir=tmp_path)
    assert codes(machine.backups(look(settings, backups=tmp_path / "none"))) == ["backup.none"]
    folder = tmp_path / "backups"
    folder.mkdir()
    assert codes(machine.backups(look(settings, backups=folder))) == ["backup.none"]
    (folder / ".one.partial").mkdir()  # one that was killed
    assert codes(machine.backups(look(settings, backups=folder))) == ["backup.none"]
    (folder / "one").mkdir()
    assert codes(machine.backups(look(settings, backups=folder))) == []


def test_a_folder_that_we_may_not_look_into_is_no_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else's installation: whose it is says `folder.not_ours`, nobody can say whether it runs."""

    def refused(_path: Path) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "stat", refused)
    assert is_held(tmp_path)


def test_a_folder_on_a_file_system_of_several_devices_is_held_by_who_has_its_lock_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As btrfs lists it: by another device than `stat` names. Without any list nobody says "at rest"."""
    locks = tmp_path / "locks"
    monkeypatch.setattr(installation, "_LOCKS", locks)
    assert not is_held(tmp_path)
    with (tmp_path / "lock").open("w") as lock:
        inode = os.fstat(lock.fileno()).st_ino
        assert is_held(tmp_path)
        locks.write_text("1: FLOCK  ADVISORY  WRITE 1999999999 ff:2f:7 0 EOF\n")
        assert not is_held(tmp_path)
        locks.write_text(f"1: FLOCK  ADVISORY  WRITE {os.getpid()} ff:2f:{inode} 0 EOF\n")
        assert is_held(tmp_path)
    assert not is_held(tmp_path)


def test_a_tls_file_that_cannot_be_used_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read only where the engine is asked, and programs get their JSON all the same."""
    monkeypatch.setenv("JIESU_DATABASE_URL", "postgresql://jiesu@127.0.0.1:1/jiesu")
    monkeypatch.setenv("JIESU_TEMPORAL_ADDRESS", "127.0.0.1:1")
    monkeypatch.setenv("JIESU_TEMPORAL_TLS_CA", str(tmp_path / "none.pem"))
    done = CliRunner().invoke(app, ["doctor", "--data", str(tmp_path), "--json"])
    assert [one["code"] for one in json.loads(done.stdout)["findings"]] == ["settings.bad"]
    assert done.exit_code == 1


def test_an_edition_that_does_not_load_is_reported(tmp_path: Path) -> None:
    """With its first problem."""
    identity, found = machine.edition(look(Settings(data_dir=tmp_path, edition="nowhere")))
    assert (identity, codes(found)) == (None, ["rules.unsound"])


def test_a_report_says_chinese_first_and_is_json_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    """Every finding with what to do, in both languages; a setting that cannot be used is one as well."""
    finding = Finding("a.b", Said("坏了。", "It is broken."), Said("修好。", "Mend it."))
    report = Report((Checked("one", (finding,), 0.1), Checked("two", (), 0.0, "没有 none")))
    text = as_text(report)
    assert text.index("坏了") < text.index("It is broken")
    assert "怎么办:修好" in text
    assert '"sound": false' in as_document(report)
    assert unusable_setting(BadSetting("设置 x 不可用 / setting x cannot be"), as_json=False) == 1
    assert "[settings.bad]" in capsys.readouterr().out


def test_this_release_knows_its_newest_revision() -> None:
    """The newest first."""
    known = revisions()
    assert known == sorted(known, reverse=True)

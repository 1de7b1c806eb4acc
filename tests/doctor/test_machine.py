"""What the doctor sees on the machine itself: folder, disk, key, backups; nobody is asked."""

import os
import shutil
import time
from collections.abc import Iterable
from pathlib import Path

import psutil
import pytest

from doctor import machine
from doctor.finding import Finding, Skipped
from doctor.installation import Installation
from embedded.folder import Record, keep_records
from readmodel.vault import draw_key
from settings import Settings


def codes(found: Iterable[Finding]) -> list[str]:
    """Return the names of what was found."""
    return [finding.code for finding in found]


def at(
    folder: Path, *, embedded: bool = True, is_up: bool = True, backups: Path | None = None
) -> Installation:
    """Return an installation with its data in `folder`."""
    return Installation(Settings(data_dir=folder), embedded, is_up, "http://127.0.0.1:1", True, backups)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder as `jiesu up` makes it."""
    made = tmp_path / "data"
    made.mkdir(mode=0o700)
    return made


def test_a_data_folder_of_ours_that_nobody_else_reads_is_sound(folder: Path) -> None:
    """Open to others it is a finding, with its mode."""
    assert codes(machine.data_folder(at(folder))) == []
    folder.chmod(0o755)
    (found,) = machine.data_folder(at(folder))
    assert found.code == "folder.open_to_others"
    assert "0755" in found.what.en


def test_a_data_folder_of_another_user_is_reported(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the user's number."""
    monkeypatch.setattr(os, "geteuid", lambda: folder.stat().st_uid + 1)
    assert codes(machine.data_folder(at(folder))) == ["folder.not_ours"]


def test_a_machine_that_keeps_no_data_has_no_data_folder_to_look_at(tmp_path: Path) -> None:
    """Its servers run elsewhere; neither folder nor disk is a finding."""
    elsewhere = at(tmp_path / "none", embedded=False)
    with pytest.raises(Skipped):
        list(machine.data_folder(elsewhere))
    with pytest.raises(Skipped):
        list(machine.disk(elsewhere))


def test_servers_that_outlived_their_jiesu_up_are_named(folder: Path) -> None:
    """One that runs under the number on record, and began when the record says."""
    stopped = at(folder, is_up=False)
    assert codes(machine.data_folder(stopped)) == ["folder.not_running"]
    ours = psutil.Process()
    keep_records(folder, [Record("postgres", ours.pid, ours.create_time())])
    left, not_running = machine.data_folder(stopped)
    assert (left.code, not_running.code) == ("folder.leftovers", "folder.not_running")
    assert f"{ours.pid}" in left.what.en


def test_a_disk_with_little_room_is_reported(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the database has to stop."""
    usage = type(shutil.disk_usage(folder))
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(100, 50, machine.LOW_BYTES))
    assert codes(machine.disk(at(folder))) == []
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(100, 99, machine.LOW_BYTES - 1))
    assert codes(machine.disk(at(folder))) == ["disk.nearly_full"]


def test_a_key_that_others_may_read_or_that_is_none_is_reported(tmp_path: Path) -> None:
    """It is not opened; a file that is not there is for the database to miss."""
    key = tmp_path / "master.key"
    assert machine.key_file(key) == (None, [])
    draw_key(key)
    vault, found = machine.key_file(key)
    assert vault is not None
    assert found == []
    key.chmod(0o644)
    vault, found = machine.key_file(key)
    assert (vault, codes(found)) == (None, ["key.bad_file"])


def test_a_backup_of_yesterday_is_new_enough_and_one_of_the_day_before_is_not(tmp_path: Path) -> None:
    """A day, and time for the backup itself; a folder that nobody named is not looked at."""
    with pytest.raises(Skipped):
        list(machine.backups(at(tmp_path)))
    one = tmp_path / "one"
    one.mkdir()
    for hours, expected in ((25, []), (27, ["backup.old"])):
        then = time.time() - hours * 3600
        os.utime(one, (then, then))
        assert codes(machine.backups(at(tmp_path, backups=tmp_path))) == expected

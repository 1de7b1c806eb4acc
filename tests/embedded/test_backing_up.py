"""The engine's file copied while it is written to, and what a backup says of itself."""

import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest

from clock import utc_now
from embedded import manifest, restoring
from embedded.backing_up import back_up, copy_sqlite
from embedded.restoring import UNDER_WAY, Wanted, refuse_half_restored, restore
from engine.errors import CannotStart
from settings import Settings


def _quiet(_line: str) -> None:
    """Say nothing."""


def test_a_file_that_is_written_to_is_copied_as_it_was_at_one_instant(tmp_path: Path) -> None:
    """Two tables grow together, transaction by transaction: every copy has as many rows of each."""
    source = tmp_path / "busy.db"
    with sqlite3.connect(source) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE a (n)")
        connection.execute("CREATE TABLE b (n)")
    over = threading.Event()

    def write() -> None:
        busy = sqlite3.connect(source, isolation_level=None)
        while not over.is_set():
            busy.execute("BEGIN IMMEDIATE")
            busy.execute("INSERT INTO a VALUES (randomblob(2000))")
            busy.execute("INSERT INTO b VALUES (randomblob(2000))")
            busy.execute("COMMIT")
        busy.close()

    writer = threading.Thread(target=write)
    writer.start()
    counts: list[tuple[int, int]] = []
    for place in range(5):
        copy = tmp_path / f"copy-{place}.db"
        copy_sqlite(source, copy)
        copied = sqlite3.connect(copy)
        counts += copied.execute("SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b)").fetchall()
        copied.close()
        assert not copy.with_name(copy.name + "-wal").exists()
    over.set()
    writer.join()
    assert all(a == b for a, b in counts)
    assert counts == sorted(counts)
    assert counts[-1][0] > 0


def _backup(folder: Path) -> dict[str, Any]:
    """Make a folder that looks like a backup; return its manifest."""
    folder.mkdir()
    (folder / "temporal.db").write_bytes(b"engine")
    (folder / "postgres.dump").write_bytes(b"database")
    contents = {"format": manifest.FORMAT, "files": manifest.digests(folder)}
    manifest.write(folder, contents)
    return contents


@pytest.mark.parametrize("name", ["temporal.db", "postgres.dump"])
def test_a_changed_or_missing_file_is_named_before_anything_is_touched(tmp_path: Path, name: str) -> None:
    """One byte more, then no file at all."""
    contents = _backup(tmp_path / "copy")
    manifest.require_whole(tmp_path / "copy", manifest.read(tmp_path / "copy"))
    with (tmp_path / "copy" / name).open("ab") as file:
        file.write(b"!")
    wanted = Wanted(tmp_path / "copy", tmp_path / "data", tmp_path / "data" / "master.key")
    with pytest.raises(CannotStart, match=name):
        restore(wanted, contents, _quiet, _quiet)
    (tmp_path / "copy" / name).unlink()
    with pytest.raises(CannotStart, match=name):
        restore(wanted, contents, _quiet, _quiet)
    assert not (tmp_path / "data").exists()


def test_a_folder_without_a_readable_manifest_is_no_backup(tmp_path: Path) -> None:
    """Nothing there, no JSON, another format."""
    for content in (None, "{", '{"format": "other.9"}'):
        if content is not None:
            (tmp_path / manifest.NAME).write_text(content)
        with pytest.raises(CannotStart):
            manifest.read(tmp_path)


def test_a_folder_that_holds_anything_but_the_key_is_left_alone(tmp_path: Path) -> None:
    """The key may be in place before; a file of anything else may not."""
    contents = _backup(tmp_path / "copy")
    data = tmp_path / "data"
    data.mkdir()
    (data / "notes.txt").write_text("mine")
    with pytest.raises(CannotStart, match=r"notes\.txt"):
        restore(Wanted(tmp_path / "copy", data, data / "master.key"), contents, _quiet, _quiet)
    assert [path.name for path in data.iterdir()] == ["notes.txt"]


def test_a_restore_done_again_leaves_the_key_in_a_folder_of_its_own(tmp_path: Path) -> None:
    """It clears what the one before it has left; the key may be the only one there is."""
    answer, data = _backup(tmp_path / "copy"), tmp_path / "data"
    key = data / "keys" / "master.key"
    key.parent.mkdir(parents=True)
    key.write_bytes(b"k" * 32)
    (data / UNDER_WAY).write_text("{}")
    (data / "half").mkdir()
    with pytest.raises(CannotStart, match="pg_restore"):  # what it finds is no dump
        restore(Wanted(tmp_path / "copy", data, key), answer, _quiet, _quiet)
    assert key.read_bytes() == b"k" * 32
    assert not (data / "half").exists()


def test_a_key_is_put_where_the_settings_want_it(tmp_path: Path) -> None:
    """Also into a folder that a new machine does not have yet."""
    copy, data, key = tmp_path / "copy", tmp_path / "data", tmp_path / "etc" / "keys" / "master.key"
    _backup(copy)
    data.mkdir()
    restoring.put_files(Wanted(copy, data, key, b"k" * 32), data)
    assert (key.read_bytes(), key.stat().st_mode & 0o777) == (b"k" * 32, 0o600)
    assert key.parent.stat().st_mode & 0o777 == 0o700


def test_nothing_starts_where_a_restore_was_cut_off(tmp_path: Path) -> None:
    """The note of its first step is still there."""
    refuse_half_restored(tmp_path)
    (tmp_path / UNDER_WAY).write_text("{}")
    with pytest.raises(CannotStart, match="cut off"):
        refuse_half_restored(tmp_path)


def test_a_backup_needs_running_servers_and_a_new_folder(tmp_path: Path) -> None:
    """Neither is guessed, and nothing is left of the attempt."""
    settings = Settings(data_dir=tmp_path / "data")
    with pytest.raises(CannotStart, match="Nothing runs"):
        back_up(settings, tmp_path / "copy", lambda _address: {}, _quiet, utc_now)
    elsewhere = Settings(
        data_dir=tmp_path / "data", database_url="postgresql://db/jiesu", temporal_address="temporal:7233"
    )
    with pytest.raises(CannotStart, match="own tools"):
        back_up(elsewhere, tmp_path / "copy", lambda _address: {}, _quiet, utc_now)
    (tmp_path / "there").mkdir()
    with pytest.raises(CannotStart, match="exists already"):
        back_up(settings, tmp_path / "there", lambda _address: {}, _quiet, utc_now)
    assert [path.name for path in tmp_path.iterdir()] == ["there"]

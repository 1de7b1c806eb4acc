"""A data folder has one owner, one format, and a disk it can write to; all else is one sentence."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from embedded.folder import FORMAT, Record, keep_records, owned, records, write_json
from engine.errors import CannotStart


def refusal(folder: Path, needed_bytes: int = 0) -> str:
    """Return the sentence with which `folder` is refused."""
    with pytest.raises(CannotStart) as refused, owned(folder, needed_bytes):
        raise AssertionError("the folder was taken")
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_a_new_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    """It will hold the key and the data of citizens."""
    with owned(tmp_path / "a" / "data", 0) as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        assert json.loads((folder / "format.json").read_text()) == {"version": FORMAT}


def test_a_second_owner_is_refused_with_the_name_of_the_first(tmp_path: Path) -> None:
    """Two supervisors on one folder would end each other's children."""
    with owned(tmp_path, 0):
        sentence = refusal(tmp_path)
    assert str(os.getpid()) in sentence
    assert "--data" in sentence


def test_a_folder_is_free_again_when_its_owner_leaves(tmp_path: Path) -> None:
    """The lock is the kernel's: no stale lock file can block a start."""
    for _ in range(2):
        with owned(tmp_path, 0):
            pass


def test_a_folder_is_free_again_when_its_owner_was_killed(tmp_path: Path) -> None:
    """`kill -9` leaves the file, not the lock."""
    script = "import os, sys; from pathlib import Path; from embedded.folder import owned\n"
    script += "with owned(Path(sys.argv[1]), 0): os.kill(os.getpid(), 9)"
    root = str(Path(__file__).parents[2])
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=root, check=False, timeout=30)
    assert done.returncode == -9
    assert (tmp_path / "lock").exists()
    with owned(tmp_path, 0):
        pass


def test_a_folder_of_a_newer_version_is_refused_and_not_touched(tmp_path: Path) -> None:
    """An older program could damage what it does not know."""
    write_json(tmp_path / "format.json", {"version": FORMAT + 1})
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert str(FORMAT + 1) in refusal(tmp_path)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": null}', '{"version": "x"}', "{}"])
def test_a_folder_with_a_damaged_version_is_refused_and_not_touched(tmp_path: Path, content: str) -> None:
    """Not knowing the version is no reason to guess it."""
    (tmp_path / "format.json").write_text(content)
    assert "format.json" in refusal(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["format.json"]


def test_a_nearly_full_disk_is_one_sentence(tmp_path: Path) -> None:
    """PostgreSQL on a full disk stops in the middle of its work."""
    assert "disk" in refusal(tmp_path, needed_bytes=1 << 60)


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    """A file system of 64 kB has no room for the probe."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("mounting a small file system needs root with CAP_SYS_ADMIN")
    try:
        assert "disk" in refusal(tmp_path)
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_read_only_disk_is_one_sentence(tmp_path: Path) -> None:
    """The sentence says what to do."""
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(tmp_path)], check=False, capture_output=True)
    remount = ["mount", "-o", "remount,ro", str(tmp_path)]
    if subprocess.run(remount, check=False, capture_output=True).returncode:
        pytest.skip("mounting a read-only file system needs root with CAP_SYS_ADMIN")
    try:
        assert "--data" in refusal(tmp_path)
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    """A file in the way, for root too."""
    (tmp_path / "file").write_text("in the way")
    assert "--data" in refusal(tmp_path / "file" / "data")
    assert "--data" in refusal(tmp_path / "file")


def test_trouble_of_the_work_itself_is_not_blamed_on_the_folder(tmp_path: Path) -> None:
    """Only a full disk is reported as such while everything runs."""
    with pytest.raises(PermissionError), owned(tmp_path, 0):
        raise PermissionError(1, "something else")
    with pytest.raises(CannotStart), owned(tmp_path, 0):
        raise OSError(28, "No space left on device")


def test_the_list_of_children_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Times must survive to the last digit: they tell a child from a stranger."""
    children = [Record("postgres", 12, 1795327825.22), Record("api", 13, 1795327826.1)]
    keep_records(tmp_path, children)
    assert records(tmp_path) == children


@pytest.mark.parametrize(
    "content",
    [None, "", "[{", '[{"name": "x"}]', '[{"name": "x", "pid": "many", "created": 1}]', "3", '{"a": 1}'],
)
def test_a_missing_or_damaged_list_of_children_counts_as_empty(tmp_path: Path, content: str | None) -> None:
    """A start must not fail over a list that a crash left."""
    if content is not None:
        (tmp_path / "children.json").write_text(content)
    assert records(tmp_path) == []


def test_what_is_written_down_is_for_the_owner_alone(tmp_path: Path) -> None:
    """One of these files holds a password."""
    write_json(tmp_path / "x.json", {"a": 1})
    assert (tmp_path / "x.json").stat().st_mode & 0o777 == 0o600

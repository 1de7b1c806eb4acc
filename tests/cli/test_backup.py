"""`jiesu backup` and `jiesu restore`, as far as they are about the key and about numbers."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from cli import backup as command
from domain.numbers import SERIALS
from embedded.numbering import RESTORED
from engine.errors import CannotStart
from readmodel import Database
from readmodel.texts import require_same_master
from readmodel.vault import Vault, draw_key, open_vault
from settings import Settings
from tests.readmodel.records import filed


def contents_of(key: Path | None) -> dict[str, Any]:
    """Return what a backup says that was made with `key`."""
    return {"key_fingerprint": open_vault(key).fingerprint if key else None}


def test_a_backup_is_restored_with_the_key_it_was_made_with(tmp_path: Path) -> None:
    """Given on the command line, or in its place already; a backup that sealed nothing takes any."""
    key = tmp_path / "kept.key"
    draw_key(key)
    at_rest = Settings(data_dir=tmp_path / "new")
    assert command._fitting(contents_of(key), at_rest, key) == key.read_bytes()
    assert command._fitting(contents_of(key), at_rest, None) is None
    assert command._fitting(contents_of(None), at_rest, key) == key.read_bytes()
    in_place = Settings(data_dir=tmp_path / "new", master_key_file=key)
    assert command._fitting(contents_of(key), in_place, None) is None


def test_a_key_that_does_not_fit_is_refused_before_anything_is_touched(tmp_path: Path) -> None:
    """One that is not there, one that is no key, another one, and another one that lies in its place."""
    key, other, broken = (tmp_path / name for name in ("kept.key", "other.key", "broken.key"))
    draw_key(key)
    draw_key(other)
    broken.write_bytes(b"short")
    broken.chmod(0o600)
    at_rest = Settings(data_dir=tmp_path / "new")
    with pytest.raises(CannotStart, match="There is no key file"):
        command._fitting(contents_of(key), at_rest, tmp_path / "none.key")
    with pytest.raises(CannotStart, match=r"broken\.key"):
        command._fitting(contents_of(key), at_rest, broken)
    with pytest.raises(CannotStart, match="does not fit"):
        command._fitting(contents_of(key), at_rest, other)
    with pytest.raises(CannotStart, match="does not fit"):
        command._fitting(contents_of(key), Settings(data_dir=tmp_path, master_key_file=other), key)


async def test_a_backup_says_what_is_in_it_and_which_key_it_needs(
    database: Database, dsn: str, tmp_path: Path
) -> None:
    """Versions, how many requests, up to which number; never the key."""
    key = tmp_path / "master.key"
    draw_key(key)
    vault = open_vault(key)
    await require_same_master(database, vault)
    request = await filed(database, vault)
    about = await asyncio.to_thread(command._about, dsn)
    assert set(about["versions"]) == set(command._PACKAGES)
    assert (about["requests"], about["last_number"]) == (1, request.number)
    assert about["key_fingerprint"] == vault.fingerprint
    assert vault.fingerprint in command._key_words(about)


async def test_numbers_go_on_far_beyond_those_of_a_restored_database(database: Database, dsn: str) -> None:
    """What was issued after the backup is never issued again."""
    vault = Vault(b"master key for tests, 32 bytes!!")
    before = await filed(database, vault)
    await asyncio.to_thread(command._move_on, dsn)
    after = await filed(database, vault)
    steps = int(after.number[9:15]) - int(before.number[9:15])
    assert steps % SERIALS > RESTORED

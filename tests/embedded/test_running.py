"""A command finds what runs in a data folder, or says in a sentence why it does not."""

from pathlib import Path

import pytest

from embedded.running import find, note
from engine.errors import CannotStart
from settings import Settings

DATABASE = "postgresql://jiesu@127.0.0.1:5/jiesu"
ENGINE = "127.0.0.1:6"


def test_the_addresses_written_down_are_found(tmp_path: Path) -> None:
    """Ports change from start to start; the data folder stays."""
    started = Settings(data_dir=tmp_path, port=9001, database_url=DATABASE, temporal_address=ENGINE)
    note(tmp_path, started.model_copy(update={"edition": "beijing-minutes"}))
    found = find(Settings(data_dir=tmp_path))
    assert (found.database_url, found.temporal_address) == (DATABASE, ENGINE)
    assert found.port == 9001
    assert found.edition == "beijing-minutes"


def test_an_address_of_ones_own_goes_before_the_one_written_down(tmp_path: Path) -> None:
    """A setting is a decision, the note only a memory."""
    note(tmp_path, Settings(data_dir=tmp_path, database_url=DATABASE, temporal_address=ENGINE))
    found = find(Settings(data_dir=tmp_path, temporal_address="127.0.0.1:7"))
    assert found.temporal_address == "127.0.0.1:7"
    assert found.database_url == DATABASE


def test_a_folder_in_which_nothing_ran_is_reported(tmp_path: Path) -> None:
    """With the way out."""
    with pytest.raises(CannotStart, match="start `jiesu up` first"):
        find(Settings(data_dir=tmp_path))


def test_a_damaged_note_is_reported(tmp_path: Path) -> None:
    """Not a traceback of the JSON reader."""
    (tmp_path / "running.json").write_text("{")
    with pytest.raises(CannotStart, match="writes it anew"):
        find(Settings(data_dir=tmp_path))

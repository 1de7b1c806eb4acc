"""An edition that is kept as texts becomes the same edition again, or none."""

from pathlib import Path

import pytest

from rules.keeping import ForeignEditionError, files_of, load_kept
from rules.pack import RulePack
from tests.rules.little_city import LittleEdition, build


def test_a_kept_edition_is_the_same_again(minutes: RulePack) -> None:
    """With the editions it extends."""
    kept = files_of(minutes)
    assert {"beijing/units.csv", "beijing-minutes/edition.yaml"} <= kept.keys()
    assert load_kept(minutes.identity, kept).identity == minutes.identity


def test_a_kept_edition_with_a_changed_file_is_refused(little: LittleEdition) -> None:
    """Its content is its name."""
    pack = little.load()
    kept = files_of(pack, little.root)
    changed = kept | {"little/norms.csv": kept["little/norms.csv"].replace("15min", "16min")}
    with pytest.raises(ForeignEditionError, match=pack.identity):
        load_kept(pack.identity, changed)


def test_an_edition_is_the_same_wherever_its_folder_lies(tmp_path: Path) -> None:
    """A city may keep its rules in a folder of any name; what is kept of them must come back."""
    here, there = build(tmp_path / "rules"), build(tmp_path / "rules-of-the-city")
    assert here.load().identity == there.load().identity
    kept = files_of(there.load(), there.root)
    assert load_kept(there.load().identity, kept).identity == here.load().identity

"""An edition that is kept as texts becomes the same edition again, or none."""

import pytest

from rules.keeping import ForeignEditionError, files_of, load_kept
from rules.pack import RulePack
from tests.rules.little_city import LittleEdition


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

"""Two editions side by side: every change is named, and nothing else is."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from cli.diff import add_diff
from domain.errors import UnknownCode
from rules.diff import Change, Difference, Part, What, diff
from rules.finding import find_edition
from rules.keeping import files_of
from rules.pack import RulePack
from tests.rules.little_city import LittleEdition, build


@pytest.fixture
def other(tmp_path: Path) -> LittleEdition:
    """The same little edition in another folder, for a test to change."""
    return build(tmp_path / "new" / "rules")


def compared(little: LittleEdition, other: LittleEdition) -> Difference:
    """Return what changed from `little` to `other`."""
    return diff(little.load(), other.load())


def only(found: Difference) -> Change:
    """Return the one change there is."""
    (change,) = found.changes
    return change


def run(*arguments: str, kept: dict[str, dict[str, str]] | None = None) -> Result:
    """Run the command with `arguments`, with editions `kept` in a database or without one."""
    app = typer.Typer()
    app.callback()(lambda: None)
    add_diff(app, kept.__getitem__ if kept is not None else None)
    return CliRunner().invoke(app, ["diff", *arguments], env={"COLUMNS": "200"})


def test_an_edition_differs_in_nothing_from_itself(beijing: RulePack) -> None:
    """Nor does one whose comments alone have changed."""
    assert diff(beijing, beijing).changes == ()


def test_a_comment_and_a_row_that_moved_are_no_difference(
    little: LittleEdition, other: LittleEdition
) -> None:
    """The identity is another one; what the edition says is not."""
    other.change("edition.yaml", "extends: null", "extends: null # a remark")
    other.change("units.csv", "FIRE,市消防局,Fire Bureau,department,CITY,CITY,7x24,,\n", "")
    other.change(
        "units.csv", "DESK,市派单台", "FIRE,市消防局,Fire Bureau,department,CITY,CITY,7x24,,\nDESK,市派单台"
    )
    found = compared(little, other)
    assert found.a != found.b
    assert found.changes == ()


def test_a_changed_limit_is_named_with_both_values(little: LittleEdition, other: LittleEdition) -> None:
    """By its path, among the limits."""
    other.change("edition.yaml", "answer_window: {limit: 10min", "answer_window: {limit: 20min")
    change = only(compared(little, other))
    assert (change.part, change.what) == (Part.LIMITS, What.CHANGED)
    assert (change.key, change.before, change.after) == ("answer_window.limit", "10min", "20min")


def test_a_changed_setting_is_no_limit(little: LittleEdition, other: LittleEdition) -> None:
    """The number of redo rounds stands among the settings."""
    other.change("edition.yaml", "redo: {rounds: 1", "redo: {rounds: 2")
    change = only(compared(little, other))
    assert (change.part, change.key) == (Part.SETTINGS, "redo.rounds")


@pytest.mark.parametrize(
    ("file", "old", "new", "part", "field"),
    [
        ("units.csv", "河街", "大河街", Part.UNITS, "zh"),
        ("categories.csv", "漏水,Leak,tier_2", "漏水,Leak,tier_3", Part.CATEGORIES, "tier"),
        ("directory.csv", "街道条例", "街道新条例", Part.DIRECTORY, "legal_basis"),
        ("norms.csv", "15min", "25min", Part.NORMS, "limit"),
    ],
)
def test_a_changed_cell_is_named_with_its_row_and_column(
    little: LittleEdition, other: LittleEdition, file: str, old: str, new: str, part: Part, field: str
) -> None:
    """In each of the four tables."""
    other.change(file, old, new)
    change = only(compared(little, other))
    assert (change.part, change.what, change.field) == (part, What.CHANGED, field)
    assert (change.before or "-") in old
    assert (change.after or "-") in new


def test_rows_that_come_and_go_are_reported_whole(little: LittleEdition, other: LittleEdition) -> None:
    """A unit added here is a unit removed the other way round."""
    other.change("units.csv", "WATER,水厂", "GAS,煤气厂,Gasworks,enterprise,CITY,CITY,7x24,,\nWATER,水厂")
    change = only(compared(little, other))
    assert (change.what, change.key, change.name, change.before) == (What.ADDED, "GAS", "煤气厂", None)
    back = only(compared(other, little))
    assert (back.what, back.before, back.after) == (What.REMOVED, change.after, None)


def test_the_rehearsal_differs_from_the_real_edition_in_settings_alone(
    beijing: RulePack, minutes: RulePack
) -> None:
    """The tables are the same, the pace is not."""
    counts = diff(beijing, minutes).counts()
    assert set(counts) == {Part.SETTINGS, Part.LIMITS}
    assert "hour_lasts" in [change.key for change in diff(beijing, minutes).changes]


def test_the_command_ends_with_zero_where_nothing_changes_and_with_one_where_something_does(
    little: LittleEdition, other: LittleEdition
) -> None:
    """Editions may be named by their folders."""
    folders = str(little.root / "little"), str(other.root / "little")
    assert run(*folders).exit_code == 0
    other.change("norms.csv", "15min", "25min")
    result = run(*folders)
    assert result.exit_code == 1
    for words in ("专项时限", "15min", "25min", "norms 1"):
        assert words in result.stdout


def test_machines_get_json(little: LittleEdition, other: LittleEdition) -> None:
    """With the same exit code."""
    other.change("norms.csv", "15min", "25min")
    result = run("--json", str(little.root / "little"), str(other.root / "little"))
    assert result.exit_code == 1
    assert json.loads(result.stdout)["changes"][0]["after"] == "25min"


def test_an_edition_that_is_only_kept_is_compared_with_todays(little: LittleEdition) -> None:
    """By its identity, as the tickets carry it."""
    old = little.load()
    kept = {old.identity: files_of(old, little.root)}
    little.change("norms.csv", "15min", "25min")
    result = run(old.identity, "little", "--root", str(little.root), kept=kept)
    assert result.exit_code == 1, result.stderr
    assert old.identity in result.stdout
    unknown = run("little@000000000000", "little", "--root", str(little.root), kept=kept)
    assert unknown.exit_code == 2
    assert "keeps no edition" in unknown.stderr


def test_without_a_database_a_kept_edition_is_refused_with_a_sentence(little: LittleEdition) -> None:
    """Unless the files still make it."""
    identity = little.load().identity
    assert find_edition(identity, little.root).identity == identity
    little.change("norms.csv", "15min", "25min")
    with pytest.raises(UnknownCode, match="database"):
        find_edition(identity, little.root)


def test_an_unknown_edition_ends_with_two(little: LittleEdition) -> None:
    """Neither same nor different: a mistake of the caller."""
    assert run("atlantis", "little", "--root", str(little.root)).exit_code == 2

"""An edition is read whole or refused with every problem, each naming file, line and field."""

import pytest

from rules.loading import UnsoundEditionError
from rules.reading import editions, load
from tests.rules.little_city import LittleEdition


def test_a_sound_edition_loads_and_is_named_by_its_content(little: LittleEdition) -> None:
    """Twelve hexadecimal digits follow the name."""
    name, _, digits = little.load().identity.partition("@")
    assert name == "little"
    assert len(digits) == 12
    assert int(digits, 16) >= 0


def test_the_same_files_make_the_same_identity(little: LittleEdition) -> None:
    """Loading twice changes nothing."""
    assert little.load().identity == little.load().identity


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("edition.yaml", "tries: 3", "tries: 4"),
        ("units.csv", "Hill Town", "Mountain Town"),
        ("norms.csv", "15min", "16min"),
        ("directory.csv", "旧规", "老规"),
        ("categories.csv", "滴水", "滴滴水"),
    ],
)
def test_any_changed_file_changes_the_identity(little: LittleEdition, file: str, old: str, new: str) -> None:
    """The hash covers settings and every table."""
    before = little.load().identity
    little.change(file, old, new)
    assert little.load().identity != before


def test_a_file_saved_by_a_spreadsheet_says_the_same(little: LittleEdition) -> None:
    """A byte-order mark and other line ends do not change the identity."""
    before = little.load().identity
    path = little.root / "little" / "units.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert little.load().identity == before


def test_the_editions_of_the_product_are_listed() -> None:
    """Beijing and its rehearsal come with the product."""
    assert {"beijing", "beijing-minutes"} <= set(editions())


@pytest.mark.parametrize("name", ["nowhere", "../beijing", "", "Beijing"])
def test_an_unknown_edition_is_refused_with_the_known_ones(little: LittleEdition, name: str) -> None:
    """A path is not a name either."""
    with pytest.raises(UnsoundEditionError, match="there are: little") as refused:
        load(name, little.root)
    assert ":0" not in str(refused.value)


def test_an_edition_may_extend_another_and_state_only_what_differs(little: LittleEdition) -> None:
    """Settings are joined key by key, rows of the same key replaced, new rows added."""
    little.write(
        "edition.yaml",
        "name: tiny\nextends: little\nminimum_limit: 3s\nhour_lasts: 1s\nsurvey: {tries: 1}\n",
        "tiny",
    )
    header = "code,zh,en,kind,territory_parent,responsible_parent,service_hours,aliases,note\n"
    rows = "W1,岭镇,Ridge Town,town,WEST,WEST,7x24,,\nW2,谷镇,Valley Town,town,WEST,WEST,7x24,,\n"
    little.write("units.csv", header + rows, "tiny")
    tiny = little.load("tiny")
    assert tiny.settings.survey.tries == 1
    assert tiny.settings.survey.window == "09:00-20:00"
    assert tiny.unit("W1").en == "Ridge Town"
    assert tiny.unit("W2").en == "Valley Town"
    assert tiny.unit("E1").en == "River Street"
    assert len(tiny.directory) == len(little.load().directory)


def test_rows_for_the_same_matter_and_place_replace_those_of_the_extended_edition(
    little: LittleEdition,
) -> None:
    """Both periods of the extended edition give way to the one row."""
    little.write("edition.yaml", "name: tiny\nextends: little\n", "tiny")
    header = "matter,place,valid_from,valid_to,lead,mode,parallel,tier,legal_basis,source\n"
    little.write("directory.csv", header + "street.stall,*,,,FIRE,direct,,,新规,default:test\n", "tiny")
    rows = [row for row in little.load("tiny").directory if row.matter == "street.stall"]
    assert [row.legal_basis for row in rows] == ["新规"]


def test_editions_that_extend_one_another_are_refused(little: LittleEdition) -> None:
    """A circle is named, not walked."""
    little.write("edition.yaml", "name: tiny\nextends: other\n", "tiny")
    little.write("edition.yaml", "name: other\nextends: tiny\n", "other")
    (problem,) = little.problems("tiny")
    assert problem.startswith("other/edition.yaml:2 field extends:")
    assert "circle" in problem


def test_an_edition_that_extends_an_unknown_one_says_where(little: LittleEdition) -> None:
    """The line of `extends` is named."""
    little.change("edition.yaml", "extends: null", "extends: nowhere")
    assert little.problems()[0].startswith("little/edition.yaml:2 field extends: ")


@pytest.mark.parametrize(
    ("old", "new", "start", "says"),
    [
        ("tries: 3", "tries: many", "little/edition.yaml:22 field survey.tries:", "'many'"),
        ("tries: 3", "trys: 3", "little/edition.yaml:22 field survey.trys:", "no such field"),
        (
            'window: "09:00-20:00"',
            "window: always not",
            "little/edition.yaml:21 field survey.window:",
            "window",
        ),
        (
            'window: "09:00-20:00"',
            'window: "20:00-09:00"',
            "little/edition.yaml:21 field",
            "before it closes",
        ),
        (
            "number: 3, default: for tests",
            "number: 3",
            "little/edition.yaml:13 field contact_attempts:",
            "source",
        ),
        ("within: 1h", "within: soon", "little/edition.yaml:14 field dispatch.within:", "30min, 2h, 7d"),
        (
            "level: city",
            "level: unit",
            "little/edition.yaml:18 field ladders.feedback_by.rungs.0.level:",
            "unit",
        ),
        ("level: city", "level: district", "little/edition.yaml:18 field ladders.feedback_by:", "the city"),
        ("Asia/Shanghai", "Asia/Nowhere", "little/edition.yaml:5 field time_zone:", "Nowhere"),
        ("name: little", "name: large", "little/edition.yaml:1 field name:", "'little'"),
        ("city: DESK", "city: FIRE", "little/edition.yaml:28 field desks.city:", "not a desk"),
        ("tier_4: 1h}, default", "tier_9: 1h}, default", "little/edition.yaml:16 field", "tier_9"),
        ("tier_4: *two", "tier_3: *two", "little/edition.yaml:9 field tiers.tier_3:", "twice"),
        (
            "fractions: [0.5]",
            "fractions: [1.5]",
            "little/edition.yaml:16 field reminders.fractions.0:",
            "less",
        ),
        ("name: little", "name: [little", "little/edition.yaml:", "not YAML"),
        ("2024-01-01", "2024-13-41", "little/edition.yaml:1:", "not YAML"),
    ],
)
def test_a_wrong_setting_names_its_line(
    little: LittleEdition, old: str, new: str, start: str, says: str
) -> None:
    """The sentence begins with file, line and field and says what is wrong."""
    little.change("edition.yaml", old, new)
    problems = little.problems()
    assert any(problem.startswith(start) and says in problem for problem in problems), problems


def test_a_setting_of_an_extending_edition_is_blamed_on_its_own_file(little: LittleEdition) -> None:
    """Not on the file below it."""
    little.write("edition.yaml", "name: tiny\nextends: little\nsurvey:\n  tries: none\n", "tiny")
    (problem,) = little.problems("tiny")
    assert problem.startswith("tiny/edition.yaml:4 field survey.tries:")


@pytest.mark.parametrize("text", ["", "- a list\n", "just words\n"])
def test_a_settings_file_without_mapping_is_refused(little: LittleEdition, text: str) -> None:
    """An empty file, a list and a sentence are no settings."""
    little.write("edition.yaml", text)
    assert any("mapping" in problem for problem in little.problems())


@pytest.mark.parametrize(
    ("file", "old", "new", "start", "says"),
    [
        ("units.csv", "code,zh,en", "code,en,zh", "little/units.csv:1:", "header must be code,zh,en"),
        (
            "units.csv",
            "W1,山镇,Hill Town,town,",
            "W1,山镇,Hill Town,town,WEST,",
            "little/units.csv:10:",
            "10 cells",
        ),
        ("units.csv", "enterprise", "company", "little/units.csv:12 field kind:", "'company'"),
        ("units.csv", "Mon-Fri", "Mon-Fun", "little/units.csv:8 field service_hours:", "Fun"),
        ("units.csv", "CITY,小城,", "CITY,,", "little/units.csv:2 field zh:", "missing"),
        ("categories.csv", "tier_1,yes", "tier_9,yes", "little/categories.csv:4 field tier:", "tier_9"),
        (
            "categories.csv",
            "tier_1,yes",
            "tier_1,maybe",
            "little/categories.csv:4 field urgent_sensitive:",
            "yes",
        ),
        ("directory.csv", "2020-07-01", "July", "little/directory.csv:5 field valid_from:", "July"),
        (
            "directory.csv",
            "2020-07-01,,",
            "2020-07-01,2020-01-01,",
            "little/directory.csv:5 field valid_to:",
            "before",
        ),
        ("directory.csv", "街道条例", "", "little/directory.csv:5 field legal_basis:", "missing"),
        ("directory.csv", "WATER,direct", "WATER,sideways", "little/directory.csv:2 field mode:", "sideways"),
        ("norms.csv", "15min", "soon", "little/norms.csv:2 field limit:", "30min, 2h, 7d"),
        ("norms.csv", "contact_by", "lunch_by", "little/norms.csv:2 field clock:", "lunch_by"),
        ("norms.csv", "norm of the city", "", "little/norms.csv:2 field source:", "missing"),
        ("norms.csv", "norm of the city", '"norm', "little/norms.csv:", "not CSV"),
    ],
)
def test_a_wrong_cell_names_its_line_and_column(
    little: LittleEdition, file: str, old: str, new: str, start: str, says: str
) -> None:
    """The sentence begins with file, line and field and says what is wrong."""
    little.change(file, old, new)
    problems = little.problems()
    assert any(problem.startswith(start) and says in problem for problem in problems), problems


def test_all_problems_are_listed_not_only_the_first(little: LittleEdition) -> None:
    """Three mistakes in three files make three sentences, in the order of the files."""
    little.change("units.csv", "enterprise", "company")
    little.change("norms.csv", "15min", "soon")
    little.change("edition.yaml", "tries: 3", "tries: many")
    files = [problem.partition(":")[0] for problem in little.problems()]
    assert [*dict.fromkeys(files)] == ["little/edition.yaml", "little/norms.csv", "little/units.csv"]


def test_a_missing_or_garbled_table_is_a_problem_not_a_crash(little: LittleEdition) -> None:
    """A file that is no UTF-8 text, and one that is not there."""
    (little.root / "little" / "norms.csv").write_bytes(b"\xff\xfe\x00")
    (little.root / "little" / "units.csv").unlink()
    problems = little.problems()
    assert any(problem.startswith("little/norms.csv:1:") for problem in problems)
    assert any(problem.startswith("little/units.csv:1:") for problem in problems)


CALENDAR = """\
name: little
title: {zh: 小城, en: a little city}
weekdays: [Mon, Tue]
segments: ["09:00-12:00", "13:00-18:00"]
first_year: 2024
"""


@pytest.mark.parametrize(
    ("old", "new", "start"),
    [
        ("Tue", "Dienstag", "little/calendar.yaml:3 field weekdays:"),
        ("13:00", "11:00", "little/calendar.yaml:4 field segments:"),
        ("first_year: 2024", "first_year: soon", "little/calendar.yaml:5 field first_year:"),
        ("first_year: 2024", "first_year: [", "little/calendar.yaml:6:"),
    ],
)
def test_a_mistake_in_the_calendar_is_found_with_the_edition(
    little: LittleEdition, old: str, new: str, start: str
) -> None:
    """Not by a worker that dies of it."""
    little.write("calendar.yaml", CALENDAR)
    assert little.problems() == []
    little.write("calendar.yaml", CALENDAR.replace(old, new))
    (problem,) = little.problems()
    assert problem.startswith(start)

"""What does not fit between the tables is found, with file, line and field."""

import pytest

from tests.rules.little_city import LittleEdition

# ruff: noqa: E501 - a table of cases, one a line
BROKEN = [
    ("units.csv", "W1,山镇,Hill Town,town,WEST,WEST", "W1,山镇,Hill Town,town,NORTH,WEST",
     "little/units.csv:10 field territory_parent:", "unit NORTH is not in the table: add it or correct the code"),
    ("units.csv", "W1,山镇,Hill Town,town,WEST,WEST", "W1,山镇,Hill Town,town,CITY,WEST",
     "little/units.csv:10 field territory_parent:", "cannot belong to a city"),
    ("units.csv", "FIRE,市消防局,Fire Bureau,department,CITY,CITY", "FIRE,市消防局,Fire Bureau,department,CITY,",
     "little/units.csv:11 field responsible_parent:", "needs a parent"),
    ("units.csv", "E2,桥街,Bridge Street", "E2,河街,Bridge Street",
     "little/units.csv:9 field zh:", "E1"),
    ("units.csv", "WATER,水厂,Waterworks", "WATER,水厂,Fire Bureau",
     "little/units.csv:12 field en:", "FIRE"),
    ("units.csv", "W1,山镇", "E1,山镇",
     "little/units.csv:10 field code:", "stands already at"),
    ("units.csv", "WEST-DESK,西区派单台,West Desk,desk,WEST,WEST", "WEST-DESK,西区派单台,West Desk,desk,EAST,EAST",
     "little/units.csv:6 field code:", "has no desk"),
    ("units.csv", "WATER,水厂,Waterworks,enterprise,CITY,CITY", "WATER,水厂,Waterworks,city,,",
     "little/units.csv:12 field kind:", "only one city"),
    ("units.csv", "WEST,西区,West District,district,CITY,CITY", "WEST,西区,West District,district,WEST,CITY",
     "little/units.csv:6 field territory_parent:", "above itself"),
    ("categories.csv", "street.stall,street,2", "street.stall,road,2",
     "little/categories.csv:7 field parent:", "category road is not in the table"),
    ("categories.csv", "water.pipe.leak,water.pipe,3", "water.leak.leak,water.pipe,3",
     "little/categories.csv:5 field code:", "'water.pipe.'"),
    ("categories.csv", "water.pipe.leak,water.pipe,3", "water.pipe.leak,water.pipe,2",
     "little/categories.csv:5 field level:", "one below"),
    ("categories.csv", "street,,1", "street,,2",
     "little/categories.csv:6 field level:", "1 without parent"),
    ("categories.csv", "漏水;滴水,FIRE", "漏水;滴水,WATER",
     "little/categories.csv:5 field industry:", "WATER is not a department"),
    ("categories.csv", "tier_1,yes,safety,none", ",yes,safety,none",
     "little/categories.csv:4 field tier:", "needs a tier"),
    ("categories.csv", "tier_1,yes,safety,none", "tier_1,yes,,none",
     "little/categories.csv:4 field dimensions:", "needs a dimensions"),
    ("categories.csv", "tier_1,yes,safety,none", "tier_1,yes,safety,",
     "little/categories.csv:4 field proof:", "needs a proof"),
    ("categories.csv", "tier_1,yes,safety", "tier_1,yes,safety;luck",
     "little/categories.csv:4 field dimensions:", "luck"),
    ("categories.csv", "3,漏水,Leak", "3,爆管,Leak",
     "little/categories.csv:5 field zh:", "water.pipe.burst"),
    ("categories.csv", "3,漏水,Leak", "3,漏水,Burst",
     "little/categories.csv:5 field en:", "water.pipe.burst"),
    ("categories.csv", "street.stall,street,2", "street,,1",
     "little/categories.csv:7 field code:", "stands already at"),
    ("directory.csv", "water,*,,,WATER", "fire,*,,,WATER",
     "little/directory.csv:2 field matter:", "category fire is not in the table"),
    ("directory.csv", "water.pipe.burst,EAST", "water.pipe.burst,FIRE",
     "little/directory.csv:3 field place:", "district or town FIRE"),
    ("directory.csv", "water,*,,,WATER", "water,*,,,MILK",
     "little/directory.csv:2 field lead:", "unit MILK is not in the table"),
    ("directory.csv", "WATER,dual,FIRE", "WATER,dual,MILK",
     "little/directory.csv:4 field parallel:", "unit MILK"),
    ("directory.csv", "WATER,dual,FIRE", "WATER,dual,",
     "little/directory.csv:4 field parallel:", "needs a parallel unit"),
    ("directory.csv", "WATER,dual,FIRE", "WATER,direct,FIRE",
     "little/directory.csv:4 field parallel:", "nothing else has one"),
    ("directory.csv", "water,*,,,WATER,direct", "water,*,,,district,direct",
     "little/directory.csv:2 field mode:", "mode district"),
    ("directory.csv", "water,*,,,WATER,direct", "water,*,,,WATER,district",
     "little/directory.csv:2 field mode:", "mode district"),
    ("directory.csv", "FIRE,dual,district", "FIRE,dual,town",
     "little/directory.csv:3 field parallel:", "may not be handed to a town"),
    ("directory.csv", "2020-06-30", "2020-07-01",
     "little/directory.csv:6 field lead:", "may not be handed to a town"),
    ("directory.csv", "water.pipe.burst,EAST,,,FIRE,dual,district", "water,*,2026-01-01,,FIRE,direct,",
     "little/directory.csv:3 field place:", "the same matter, place and days"),
    ("directory.csv", "water,*,,,WATER", "water,EAST,,,WATER",
     "little/categories.csv:4 field code:", "no row of the directory names this matter"),
    ("directory.csv", "*,WEST,,,WEST", "*,WEST,2026-01-01,,WEST",
     "little/units.csv:6 field code:", "*,WEST without dates"),
    ("directory.csv", "*,*,,,city_desk", "*,*,,,FIRE",
     "little/edition.yaml:28 field desks.city:", "*,* without dates"),
    ("norms.csv", "water,*,contact_by", "fire,*,contact_by",
     "little/norms.csv:2 field category:", "category fire"),
    ("norms.csv", "water,EAST,contact_by", "water,NORTH,contact_by",
     "little/norms.csv:3 field place:", "district or town NORTH"),
    ("norms.csv", "water,EAST,contact_by", "water,*,contact_by",
     "little/norms.csv:3 field clock:", "stands already at"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "start", "says"), BROKEN)
def test_what_does_not_fit_is_named(
    little: LittleEdition, file: str, old: str, new: str, start: str, says: str
) -> None:
    """The sentence begins with file, line and field and says what is wrong."""
    little.change(file, old, new)
    problems = little.problems()
    assert any(problem.startswith(start) and says in problem for problem in problems), problems


def test_every_sentence_is_chinese_first_and_english_second(little: LittleEdition) -> None:
    """A clerk reads the first half, a visitor the second."""
    little.change("units.csv", "E1,河街,River Street,town,EAST,EAST", "E1,河街,River Street,town,NORTH,NORTH")
    for problem in little.problems():
        said = problem.partition(": ")[2]
        assert "一" <= said.lstrip("“")[0] <= "鿿"
        assert said[-1].isascii()


def test_an_empty_directory_is_refused(little: LittleEdition) -> None:
    """Without last rows no request could be routed."""
    header = "matter,place,valid_from,valid_to,lead,mode,parallel,tier,legal_basis,source\n"
    little.write("directory.csv", header)
    assert any("*,*" in problem for problem in little.problems())


def test_the_little_edition_is_sound(little: LittleEdition) -> None:
    """What the broken ones are made from has no problem of its own."""
    assert little.problems() == []

"""Who has to keep out of a complaint about a unit, as the table of units says."""

import pytest

from domain.errors import Malformed, UnknownCode
from rules.pack import RulePack
from rules.recusal import accused
from tests.rules.little_city import LittleEdition


def test_with_a_unit_go_all_that_answer_to_it(beijing: RulePack) -> None:
    """A town goes alone; a district with its desk and towns; its desk takes the district along."""
    town = beijing.find_unit("回龙观街道")
    assert accused(beijing, town.code).barred == (town.code,)
    district = accused(beijing, "110114")
    assert {"110114", "110114-DESK", town.code} <= set(district.barred)
    assert not {"110000", "BJ-DESK", "110105"} & set(district.barred)
    desk = accused(beijing, "110114-DESK")
    assert (desk.unit.code, desk.barred) == ("110114-DESK", district.barred)


def test_it_follows_responsibility_and_not_territory(little: LittleEdition) -> None:
    """Bridge Street lies in the east and answers to the west: a complaint about the east leaves it in."""
    pack = little.load()
    assert accused(pack, "EAST").barred == ("EAST", "EAST-DESK", "E1")
    assert "E2" in accused(pack, "WEST").barred


@pytest.mark.parametrize("unit", ["110000", "BJ-DESK"])
def test_about_the_city_itself_the_line_says_what_way_there_is(beijing: RulePack, unit: str) -> None:
    """Everybody answers to it: nobody would be left to look into it."""
    with pytest.raises(Malformed, match="纪检监察"):
        accused(beijing, unit)


def test_an_unknown_unit_is_refused(beijing: RulePack) -> None:
    """As everywhere."""
    with pytest.raises(UnknownCode):
        accused(beijing, "NOBODY")

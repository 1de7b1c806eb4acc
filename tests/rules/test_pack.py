"""Codes and names are understood as people write them, and doubtful ones are refused with a sentence."""

import pytest

from domain.errors import UnknownCode
from domain.terms import Place
from domain.vocabulary import UnitKind
from rules.pack import RulePack
from rules.reading import load


@pytest.mark.parametrize("text", ["110114", "昌平区", "昌平", " changping district ", "Changping District"])
def test_a_district_is_found_by_code_and_by_any_of_its_names(beijing: RulePack, text: str) -> None:
    """Spaces and capitals do not matter."""
    assert beijing.district(text).code == "110114"


@pytest.mark.parametrize("text", ["110114011", "回龙观街道", "回龙观", "Huilongguan Subdistrict"])
def test_a_town_is_found_by_code_and_by_any_of_its_names(beijing: RulePack, text: str) -> None:
    """The core of the name is enough while it is unique."""
    assert beijing.town(text).code == "110114011"


def test_a_town_of_the_old_kind_is_found_under_its_area(beijing: RulePack) -> None:
    """Areas (地区) are towns in daily speech: 亦庄镇 is 亦庄地区."""
    assert beijing.town("亦庄镇").zh == "亦庄地区"


def test_a_name_that_two_towns_share_needs_its_district(beijing: RulePack) -> None:
    """There is a Balizhuang in Chaoyang and one in Haidian."""
    with pytest.raises(UnknownCode, match="110105015, 110108005"):
        beijing.town("八里庄街道")
    assert beijing.town("八里庄街道", "110108").code == "110108005"


@pytest.mark.parametrize(
    ("district", "town"), [("海淀区", "回龙观街道"), ("昌平区", "不存在镇"), ("仙境区", None)]
)
def test_a_place_that_does_not_exist_is_refused(beijing: RulePack, district: str, town: str | None) -> None:
    """A town of another district, an unknown town, an unknown district."""
    with pytest.raises(UnknownCode):
        beijing.place(district, town)


def test_a_town_of_another_district_is_refused_with_its_own(beijing: RulePack) -> None:
    """Nothing else can be meant, so nothing else is proposed."""
    with pytest.raises(UnknownCode) as refused:
        beijing.place("昌平区", "望京街道")
    assert refused.value.zh == "望京街道属朝阳区,与所填昌平区不一致。"
    assert refused.value.en == "Wangjing Subdistrict belongs to Chaoyang District, not to Changping District."
    assert refused.value.code == "UnknownCode"


@pytest.mark.parametrize("district", ["大兴区", "经开区", "E-Town", None])
def test_etowns_streets_are_found_under_both_their_districts(beijing: RulePack, district: str | None) -> None:
    """By territory and by responsibility; the place names the district that answers."""
    assert beijing.place(district, "荣华街道") == Place(district="BDA", town="110115012")


def test_a_place_may_be_unknown_in_part_or_whole(beijing: RulePack) -> None:
    """Only a district, or nothing."""
    assert beijing.place("延庆", None) == Place(district="110119")
    assert beijing.place(None, None) == Place()


@pytest.mark.parametrize(
    "text",
    ["heating.indoor.cold", "室温不达标", "Room below the standard temperature", "HEATING.INDOOR.COLD"],
)
def test_a_category_is_found_by_code_and_by_both_names(beijing: RulePack, text: str) -> None:
    """The Chinese name is unique in the tree."""
    assert beijing.category(text).code == "heating.indoor.cold"


def test_a_category_name_that_several_share_is_refused_with_their_codes(beijing: RulePack) -> None:
    """Many groups have a leaf called Repairs, Fees or the like."""
    with pytest.raises(UnknownCode, match="use one of the codes"):
        beijing.category("Unusual bill")


def test_an_unknown_category_is_refused_in_both_languages(beijing: RulePack) -> None:
    """The sentence repeats what was asked."""
    with pytest.raises(UnknownCode) as refused:
        beijing.category("火星移民")
    assert "火星移民" in refused.value.zh
    assert "火星移民" in refused.value.en


@pytest.mark.parametrize(
    "text", ["公交集团公司", "市人力社保局", "北京市医疗保障局", "市交管局", "E-HEAT", "海淀区"]
)
def test_a_unit_is_found_by_the_names_in_daily_use(beijing: RulePack, text: str) -> None:
    """Short names are listed as other names."""
    assert beijing.find_unit(text).zh


def test_an_unknown_unit_is_refused(beijing: RulePack) -> None:
    """By code and by name."""
    with pytest.raises(UnknownCode):
        beijing.unit("D-NOTHING")
    with pytest.raises(UnknownCode):
        beijing.find_unit("市幸福局")
    with pytest.raises(UnknownCode):
        beijing.desk_of("E-HEAT")


def test_every_other_name_of_a_unit_finds_one_unit_or_asks_back(beijing: RulePack) -> None:
    """Outside the towns, no two units share any name."""
    for unit in beijing.units.values():
        if unit.kind is UnitKind.TOWN:
            continue
        for name in (unit.code, unit.zh, unit.en, *unit.aliases):
            assert beijing.find_unit(name) is unit


def test_the_path_of_a_category_climbs_to_its_theme(beijing: RulePack) -> None:
    """Deepest first; nothing for what is not there."""
    assert [node.code for node in beijing.path("heating.indoor.cold")] == [
        "heating.indoor.cold",
        "heating.indoor",
        "heating",
    ]
    assert list(beijing.path("nothing")) == []


def test_a_code_is_meant_before_a_name_that_reads_alike() -> None:
    """The theme `traffic` shares its code with the English name of a kind of noise."""
    pack = load("beijing")
    for code in pack.categories:
        assert pack.category(code).code == code
    for code in pack.units:
        assert pack.find_unit(code).code == code

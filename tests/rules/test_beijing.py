"""The edition of Beijing holds what was promised, and says where each number comes from."""

from collections import Counter
from datetime import timedelta

import pytest

from domain.vocabulary import ClockName, DispatchMode, Satisfaction, Tier, UnitKind
from rules.pack import RulePack
from rules.tables import ROLES

ETOWN = "BDA"


def test_the_category_tree_has_its_promised_size(beijing: RulePack) -> None:
    """At least 15 themes, 100 groups and 300 leaves."""
    levels = Counter(node.level for node in beijing.categories.values())
    assert levels[1] >= 15
    assert levels[2] >= 100
    assert levels[3] >= 300


def test_all_streets_and_towns_are_there(beijing: RulePack) -> None:
    """343 with statistical codes of nine digits; development zones are no towns."""
    towns = beijing.of_kind(UnitKind.TOWN)
    assert len(towns) == 343
    assert all(len(town.code) == 9 and town.code.isdecimal() and town.code[6] != "4" for town in towns)


@pytest.mark.parametrize(
    ("district", "count"),
    [("110101", 17), ("110102", 15), ("110105", 43), ("110108", 29), ("110114", 22), ("110119", 18)],
)
def test_a_district_has_its_number_of_towns(beijing: RulePack, district: str, count: int) -> None:
    """The published number of streets and towns of a district."""
    assert sum(town.territory_parent == district for town in beijing.of_kind(UnitKind.TOWN)) == count


def test_sixteen_districts_and_etown_have_a_desk_each(beijing: RulePack) -> None:
    """Every first-level district has a named receiving desk of its own."""
    districts = [district.code for district in beijing.of_kind(UnitKind.DISTRICT)]
    assert len(districts) == 17
    assert len({beijing.desk_of(district).code for district in districts}) == 17
    assert beijing.city_desk.code not in {beijing.desk_of(district).code for district in districts}


def test_there_are_enough_departments_and_enterprises(beijing: RulePack) -> None:
    """At least 60 municipal departments and 25 public-service enterprises."""
    assert len(beijing.of_kind(UnitKind.DEPARTMENT)) >= 60
    assert len(beijing.of_kind(UnitKind.ENTERPRISE)) >= 25


def test_enterprises_work_around_the_clock_and_offices_in_shifts(beijing: RulePack) -> None:
    """Water, power, gas and heat serve 7x24; an office closes for lunch and at weekends."""
    for code in ("E-WATER", "E-POWER", "E-GAS", "E-HEAT"):
        assert beijing.unit(code).service_hours.text() == "7x24"
    assert beijing.unit("D-HOUSING").service_hours.text() == "Mon-Fri 09:00-12:00 13:30-18:00"


def test_every_unit_and_category_has_a_chinese_and_an_english_name(beijing: RulePack) -> None:
    """The Chinese name has Chinese characters, the English one none."""
    for thing in (*beijing.units.values(), *beijing.categories.values()):
        assert any("一" <= char <= "鿿" for char in thing.zh), thing.code
        assert thing.en, thing.code
        assert not any("一" <= char <= "鿿" for char in thing.en), thing.code


@pytest.mark.parametrize(
    ("code", "english"),
    [
        ("110102012", "Shichahai Subdistrict"),
        ("110102013", "Dashilan Subdistrict"),
        ("110101007", "Chaoyangmen Subdistrict"),
        ("110114115", "Beiqijia Town"),
        ("110115111", "Zhangziying Town"),
        ("110111105", "Changyang Town"),
        ("110116211", "Changshaoying Manchu Township"),
        ("110112106", "Huoxian Town"),
    ],
)
def test_names_with_rare_readings_are_spelt_as_they_are_spoken(
    beijing: RulePack, code: str, english: str
) -> None:
    """Characters with several readings were checked by hand."""
    assert beijing.unit(code).en == english


def test_four_themes_are_urgent_and_sensitive_and_so_is_all_below_them(beijing: RulePack) -> None:
    """Heating, water supply, fire safety and threats, as district reports single them out."""
    themes = {node.code for node in beijing.categories.values() if node.level == 1 and node.urgent_sensitive}
    assert {"heating", "water", "fire", "threats"} <= themes
    for node in beijing.categories.values():
        assert node.urgent_sensitive == (node.code.partition(".")[0] in themes)


def test_leaves_cover_all_seven_haves_and_five_qualities(beijing: RulePack) -> None:
    """No dimension of well-being is without a matter."""
    kinds = Counter(dimension.kind for dimension in beijing.settings.dimensions)
    assert kinds == {"have": 7, "quality": 5}
    used = {code for leaf in beijing.leaves() for code in leaf.dimensions}
    assert used == {dimension.code for dimension in beijing.settings.dimensions}


def test_every_leaf_has_words_by_which_it_is_proposed(beijing: RulePack) -> None:
    """A leaf without words could never be proposed."""
    assert all(leaf.keywords for leaf in beijing.leaves())


def test_the_directory_has_its_promised_size_and_grounds(beijing: RulePack) -> None:
    """At least 300 rows, each with a legal basis and a source."""
    assert len(beijing.directory) >= 300
    assert {row.mode for row in beijing.directory} == set(DispatchMode)
    assert all("《" in row.legal_basis and row.source for row in beijing.directory)


def test_every_department_and_enterprise_that_leads_is_meant_to(beijing: RulePack) -> None:
    """Leads are units of the table or roles; the city's desk leads only what concerns the hotline itself."""
    for row in beijing.directory:
        assert row.lead in ROLES or beijing.unit(row.lead).kind is not UnitKind.TOWN
        if row.matter != "*" and row.lead == "BJ-DESK":
            assert row.matter.startswith("governance.hotline")


def test_the_four_tiers_are_those_of_the_city_opinion(beijing: RulePack) -> None:
    """2 hours, 24 hours, 7 days, 15 days in natural time, with the public source beside each."""
    tiers = {tier: rule.counted.text() for tier, rule in beijing.settings.tiers.items()}
    assert tiers == {Tier.TIER_1: "2h", Tier.TIER_2: "24h", Tier.TIER_3: "7d", Tier.TIER_4: "15d"}
    assert all("2020" in rule.ground for rule in beijing.settings.tiers.values())


def test_numbers_without_public_source_are_marked_as_defaults(beijing: RulePack) -> None:
    """Signing, contact, ladders and the number of calls are not published."""
    settings = beijing.settings
    unpublished = [*settings.sign.values(), *settings.contact.values(), *settings.ladders.values()]
    for rule in (*unpublished, settings.survey, settings.redo, settings.contact_attempts):
        assert rule.ground.startswith("default: ")


def test_every_missed_obligation_of_a_unit_climbs_to_district_and_city(beijing: RulePack) -> None:
    """Sign, contact, door and feedback climb two rungs; the desks' own clocks go to the city."""
    rungs = {
        clock: [rung.level.value for rung in ladder.rungs]
        for clock, ladder in beijing.settings.ladders.items()
    }
    for clock in (ClockName.SIGN_BY, ClockName.CONTACT_BY, ClockName.DOOR_BY, ClockName.FEEDBACK_BY):
        assert rungs[clock] == ["district", "city"]
    assert rungs[ClockName.DISPATCH_BY] == rungs[ClockName.SURVEY_BY] == ["city"]


def test_the_last_two_grades_call_for_a_redo(beijing: RulePack) -> None:
    """Dissatisfied and very dissatisfied fail; basically satisfied does not."""
    assert beijing.settings.survey.failing == (Satisfaction.DISSATISFIED, Satisfaction.VERY_DISSATISFIED)


def test_etown_answers_for_two_streets_that_lie_in_daxing(beijing: RulePack) -> None:
    """Ronghua and Boxing have one parent by territory and another by responsibility."""
    for name in ("荣华街道", "博兴街道"):
        street = beijing.town(name)
        assert street.territory_parent == "110115"
        district = beijing.district_of(street)
        assert district is not None
        assert district.code == ETOWN


def test_the_rehearsal_edition_differs_only_in_pace(beijing: RulePack, minutes: RulePack) -> None:
    """Same tables, another identity."""
    assert dict(minutes.units) == dict(beijing.units)
    assert minutes.directory == beijing.directory
    assert minutes.identity.startswith("beijing-minutes@")
    assert minutes.content_hash != beijing.content_hash


def test_a_unit_whistled_for_in_an_emergency_has_half_an_hour(beijing: RulePack) -> None:
    """The practice of Pinggu, the one public number; the other limits of these branches are defaults."""
    branches = beijing.settings.branches
    assert branches is not None
    emergency = branches.limits[ClockName.EMERGENCY_BY]
    assert emergency.counted.amount == timedelta(minutes=30)
    assert emergency.source is not None
    assert "平谷" in emergency.source
    for clock in (ClockName.REPORT_IN_BY, ClockName.JOINT_BY, ClockName.SUBASSIGNMENT_BY):
        assert branches.limits[clock].default

"""Whom the directory names: examples in words, and properties that hold for any matter and place."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import UnknownCode
from domain.terms import Place
from domain.time.calendar import ALWAYS_OPEN
from domain.vocabulary import DispatchMode, Level, UnitKind
from rules.pack import RulePack
from rules.reading import load
from rules.routing import assignment, deciding_row, explain, route
from tests.rules.little_city import LittleEdition

PACK = load("beijing")
CATEGORIES = st.sampled_from([None, *PACK.categories])
DISTRICTS = st.sampled_from([None, *(unit.code for unit in PACK.of_kind(UnitKind.DISTRICT))])
TOWNS = st.sampled_from([None, *(unit.code for unit in PACK.of_kind(UnitKind.TOWN))])
INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds


@pytest.mark.parametrize(
    ("category", "district", "town", "unit", "mode"),
    [
        ("室温不达标", "昌平区", "回龙观街道", "E-HEAT", "direct"),
        ("室温不达标", "延庆区", None, "110119", "district"),
        ("突然停水", None, None, "E-WATER", "direct"),
        ("游商占道", "朝阳区", "三里屯街道", "110105004", "direct"),
        ("游商占道", "朝阳区", None, "110105", "district"),
        ("游商占道", None, None, "BJ-DESK", "direct"),
        ("暴露垃圾", None, "荣华街道", "110115012", "direct"),
        ("暴露垃圾", "经开区", None, "BDA", "district"),
        ("食品有异物", "海淀区", "中关村街道", "110108", "district"),
        ("食品有异物", None, None, "D-MARKET", "direct"),
        ("地铁延误", "丰台区", None, "E-METRO", "direct"),
        ("公积金提取", "西城区", "月坛街道", "D-HOUSING-FUND", "direct"),
        ("扬言自杀", "东城区", "景山街道", "D-POLICE", "dual"),
        ("电梯故障停运", "石景山区", "鲁谷街道", "110107011", "dual"),
        ("道路积水", "通州区", "张家湾镇", "110112", "dual"),
        ("僵尸车", None, None, "BJ-DESK", "direct"),
        (None, "密云区", "古北口镇", "110118", "district"),
        (None, None, None, "BJ-DESK", "direct"),
    ],
)
def test_a_matter_goes_where_the_directory_says(
    beijing: RulePack,
    noon: datetime,
    category: str | None,
    district: str | None,
    town: str | None,
    unit: str,
    mode: str,
) -> None:
    """Clear duty goes straight to the unit; where only the district is known, the district organises."""
    found = route(beijing, category, beijing.place(district, town), noon)
    assert (found.assignment.unit.code, found.mode) == (unit, mode)


@pytest.mark.parametrize(
    ("category", "district", "town", "zh", "en"),
    [
        (
            "游商占道",
            "朝阳区",
            "三里屯街道",
            "事项“游商占道”(按“占道经营”),地点为三里屯街道,按派单目录由三里屯街道承办(直派)。",
            "Matter",
        ),
        (
            None,
            None,
            None,
            "事项未分类,地点不详,按派单目录由北京市市民热线服务中心受理。",
            "Matter not classified, place unknown: by the directory taken in by",
        ),
        (
            "扬言自杀",
            "东城区",
            "景山街道",
            "按派单目录由市公安局主办、东城区并办(双派)。",
            "(dual dispatch).",
        ),
        (
            "食品有异物",
            "海淀区",
            "中关村街道",
            "按派单目录派海淀区统筹办理(派区)。",
            "to coordinate (district dispatch).",
        ),
    ],
)
def test_the_reason_reads_as_a_dispatcher_says_it(
    beijing: RulePack,
    noon: datetime,
    category: str | None,
    district: str | None,
    town: str | None,
    zh: str,
    en: str,
) -> None:
    """Matter, place, and to whom by which way of dispatch."""
    found = route(beijing, category, beijing.place(district, town), noon)
    assert zh in found.why_zh
    assert en in found.why_en


def test_the_answer_to_why_this_unit_names_row_law_and_names(beijing: RulePack, noon: datetime) -> None:
    """A dispatcher can read it out."""
    found = explain(beijing, "heating.indoor.cold", beijing.place("昌平区", "回龙观街道"), noon)
    routing = found.routing
    assert found.edition == routing.edition == beijing.identity
    assert routing.row.startswith("rules/beijing/directory.csv:")
    assert "北京市供热采暖管理办法" in routing.legal_basis
    for part in ("室温不达标", "室内供暖", "回龙观街道", "北京市热力集团", "直派"):
        assert part in routing.why_zh
    for part in ("Room below", "Huilongguan Subdistrict", "Beijing District Heating Group"):
        assert part in routing.why_en
    assert [other.lead.code for other in found.runners_up] == ["110114", "BJ-DESK"]


@pytest.mark.parametrize(
    ("category", "district", "certain"),
    [
        ("室温不达标", "昌平区", True),
        ("游商占道", "昌平区", True),
        ("游商占道", None, False),
        (None, "昌平区", False),
        (None, None, False),
        ("市场管理", "昌平区", False),
    ],
)
def test_a_ticket_may_dispatch_itself_only_where_the_directory_speaks(
    beijing: RulePack, noon: datetime, category: str | None, district: str | None, *, certain: bool
) -> None:
    """Without category, or without any place for a town's matter, a dispatcher decides."""
    assert route(beijing, category, beijing.place(district, None), noon).certain is certain


def test_a_town_is_watched_by_the_district_that_answers_for_it(beijing: RulePack) -> None:
    """And has that district's desk above it, then the city's."""
    street = assignment(beijing, "110115012")
    assert [watcher.code for watcher in street.watchers] == ["BDA"]
    assert {level: desk.code for level, desk in street.desks.items()} == {
        Level.DISTRICT: "BDA-DESK",
        Level.CITY: "BJ-DESK",
    }
    assert street.district is not None
    assert street.district.code == "BDA"


@pytest.mark.parametrize("unit", ["E-HEAT", "D-HOUSING", "110114", "BJ-DESK", "110114-DESK"])
def test_a_unit_whose_parent_is_the_city_goes_straight_to_the_city(beijing: RulePack, unit: str) -> None:
    """Departments, enterprises, districts and desks have one level above them."""
    found = assignment(beijing, unit)
    assert {level: desk.code for level, desk in found.desks.items()} == {Level.CITY: "BJ-DESK"}
    assert found.watchers == ()


def test_the_parallel_unit_of_a_dual_dispatch_is_named_beside_the_lead(
    beijing: RulePack, noon: datetime
) -> None:
    """With a part of its own; the copy is the district's alone."""
    found = route(beijing, "property.lift.fault", beijing.place("海淀区", "中关村街道"), noon)
    assert found.mode is DispatchMode.DUAL
    assert found.parallel is not None
    assert found.parallel.code == "D-MARKET"
    assert [watcher.code for watcher in found.assignment.watchers] == ["110108"]


def test_service_hours_travel_with_the_unit_unless_the_edition_knows_no_night(
    beijing: RulePack, minutes: RulePack
) -> None:
    """A rehearsal reminds at any hour."""
    assert assignment(beijing, "110114011").hours == beijing.unit("110114011").service_hours
    assert assignment(minutes, "110114011").hours == ALWAYS_OPEN


def test_before_the_street_offices_had_the_power_vendors_went_to_the_district(beijing: RulePack) -> None:
    """The powers moved on 2020-07-01; midnight is Beijing's."""
    place = beijing.place("朝阳区", "三里屯街道")
    before = datetime(2020, 6, 30, 15, 59, tzinfo=UTC)
    after = datetime(2020, 6, 30, 16, 0, tzinfo=UTC)
    assert route(beijing, "cityscape.vending", place, before).assignment.unit.code == "110105"
    assert route(beijing, "cityscape.vending", place, after).assignment.unit.code == "110105004"


def test_the_deepest_category_wins_then_the_smallest_place(little: LittleEdition, noon: datetime) -> None:
    """Matter before place, town before district."""
    pack = little.load()

    def lead(matter: str, district: str | None, town: str | None = None) -> str:
        return deciding_row(pack, matter, pack.place(district, town), noon).lead

    assert lead("water.pipe.burst", "WEST") == "WATER"
    assert lead("water.pipe.burst", "EAST") == "FIRE"
    assert route(pack, "water.pipe.burst", Place(town="E1"), noon).row.endswith("directory.csv:4")
    assert lead("water.pipe.leak", "EAST", "E1") == "WATER"
    assert lead("street", "EAST", "E1") == "EAST"


def test_a_town_that_answers_to_another_district_is_routed_by_that_district(
    little: LittleEdition, noon: datetime
) -> None:
    """Bridge Street lies in the east and answers to the west."""
    pack = little.load()
    assert route(pack, None, Place(town="E2", district="EAST"), noon).assignment.unit.code == "WEST"


def test_a_tier_on_the_row_of_a_place_counts_there(little: LittleEdition, noon: datetime) -> None:
    """The row's tier stands in the explanation's terms; elsewhere the category's counts."""
    little.change("directory.csv", "FIRE,dual,district,,", "FIRE,dual,district,tier_4,")
    row = deciding_row(little.load(), "water.pipe.burst", Place(district="EAST"), noon)
    assert row.tier == "tier_4"


@pytest.mark.parametrize("place", [Place(town="999999999"), Place(district="999999")])
def test_a_code_the_edition_does_not_have_is_refused(beijing: RulePack, noon: datetime, place: Place) -> None:
    """Rather than routed to somebody by accident."""
    with pytest.raises(UnknownCode):
        route(beijing, "heating", place, noon)


@given(category=CATEGORIES, district=DISTRICTS, town=TOWNS, at=INSTANTS)
def test_routing_never_fails(
    category: str | None, district: str | None, town: str | None, at: datetime
) -> None:
    """Any known matter and place at any time has a unit, a basis and a reason."""
    found = route(PACK, category, Place(district=district, town=town), at)
    assert found.assignment.unit.code in PACK.units
    assert Level.CITY in found.assignment.desks
    assert found.legal_basis
    assert found.why_zh
    assert found.why_en


@given(category=CATEGORIES, district=DISTRICTS, town=TOWNS, at=INSTANTS)
def test_an_unknown_matter_stays_in_its_district_and_an_unknown_place_never_names_one(
    category: str | None, district: str | None, town: str | None, at: datetime
) -> None:
    """Whoever leads is a city unit, the town or the district of the place, never another place's."""
    found = route(PACK, category, Place(district=district, town=town), at)
    unit = PACK.unit(found.assignment.unit.code)
    answers = PACK.district_of(PACK.unit(town)) if town else PACK.units.get(district or "")
    if unit.kind is UnitKind.TOWN:
        assert unit.code == town
    if unit.kind is UnitKind.DISTRICT:
        assert unit == answers
    if category is None:
        assert unit == (answers or PACK.city_desk)


@given(category=CATEGORIES, district=DISTRICTS, town=TOWNS, at=INSTANTS)
def test_a_department_s_duty_never_reaches_a_town(
    category: str | None, district: str | None, town: str | None, at: datetime
) -> None:
    """Where no place is known and a department leads, no known place hands the matter to a town."""
    anywhere = route(PACK, category, Place(), at).assignment
    here = route(PACK, category, Place(district=district, town=town), at).assignment
    if anywhere.kind is UnitKind.DEPARTMENT:
        assert here.kind is not UnitKind.TOWN


@given(category=st.sampled_from(sorted(PACK.categories)), town=TOWNS, at=INSTANTS)
def test_most_specific_wins(category: str, town: str | None, at: datetime) -> None:
    """No row of a deeper category that speaks for this place is passed over."""
    row = deciding_row(PACK, category, Place(town=town), at)
    codes = [node.code for node in PACK.path(category)]
    deeper = codes[: codes.index(row.matter)] if row.matter in codes else []
    for matter in deeper:
        assert not any(
            other.place == "*" and other.lead not in ("town", "district")
            for other in PACK.rows_of(matter, at.date())
            if other.valid_from is None and other.valid_to is None
        )

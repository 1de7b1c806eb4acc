"""Words propose a category, and where they do not suffice nothing is proposed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.pack import RulePack
from rules.propose import CLEAR, ENOUGH, propose
from rules.reading import load
from rules.tables import Category
from tests.rules.little_city import LittleEdition

PACK = load("beijing")


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("家里室温只有15度,暖气不热,找物业没人管", "heating.indoor.cold"),
        ("小区门口每天有小贩摆摊,占道经营", "cityscape.vending.stall"),
        ("楼道里有人给电动车飞线充电,电瓶上楼,太危险了", "fire.ebike"),
        ("老板拖欠工资三个月不发工资", "labour.wages.arrears"),
        ("电梯故障停运两天了,老人下不了楼", "property.lift.fault"),
        ("健身房关门跑路,健身卡退费找不到人", "market.prepaid"),
        ("建议将321路延长至地铁站,调整走向", "transit.bus-line"),
        ("夜间施工噪音太大,工地噪音影响睡觉", "environment.noise.construction"),
        ("想咨询公积金提取需要什么材料", "housing.fund.withdraw"),
        ("自来水发黄,水浑浊", "water.quality.turbid"),
    ],
)
def test_a_description_in_plain_words_is_understood(beijing: RulePack, text: str, category: str) -> None:
    """The proposal is the leaf, or lies below the group that is named here."""
    found = propose(beijing, text).category
    assert found is not None
    assert f"{found.code}.".startswith(f"{category}.")


@pytest.mark.parametrize("text", ["", "你好", "我要反映一个问题,请尽快处理", "hello world 12345"])
def test_a_description_without_known_words_is_left_to_a_person(beijing: RulePack, text: str) -> None:
    """Nothing is proposed."""
    found = propose(beijing, text)
    assert found.category is None


def test_two_matters_in_one_text_are_left_to_a_person_with_both_shown(little: LittleEdition) -> None:
    """Equal evidence for two themes is no evidence for one."""
    found = propose(little.load(), "水管爆,还有人摆摊摆摊")
    assert {candidate.category.code for candidate in found.candidates} >= {"water.pipe.burst", "street.stall"}
    even = propose(little.load(), "滴水,小贩")
    assert even.category is None
    assert even.margin < CLEAR
    assert even.score >= ENOUGH


def test_two_leaves_of_one_group_propose_the_group(little: LittleEdition) -> None:
    """Burst or leak: at least it is a pipe."""
    found = propose(little.load(), "爆了,滴水")
    assert found.category is not None
    assert found.category.code == "water.pipe"


def test_a_word_inside_a_longer_one_does_not_count(little: LittleEdition) -> None:
    """`水管爆` is one word for a burst; `水管` inside it is not heard again."""
    found = propose(little.load(), "水管爆")
    assert found.category is not None
    assert found.category.code == "water.pipe.burst"
    assert found.candidates[0].words == ("水管爆",)


def test_a_number_sign_stands_for_any_number(beijing: RulePack) -> None:
    """`#路` is any bus route."""
    for route in ("8路", "专109路", "f75路"):
        found = propose(beijing, f"建议撤销{route}")
        assert found.category is not None
        assert found.category.code.startswith("transit.bus-line")


@given(st.text(max_size=200))
def test_any_text_has_an_answer_and_the_same_one_twice(text: str) -> None:
    """Candidates come best first and only a clear one is proposed."""
    found = propose(PACK, text)
    assert found == propose(PACK, text)
    scores = [candidate.score for candidate in found.candidates]
    assert scores == sorted(scores, reverse=True)
    if found.category is not None:
        assert found.score >= ENOUGH
        assert found.margin >= CLEAR


@given(st.sampled_from(PACK.leaves()))
def test_the_name_of_a_leaf_is_understood_as_that_matter(leaf: Category) -> None:
    """Whoever says the name itself is shown the leaf among the candidates."""
    codes = [candidate.category.code for candidate in propose(PACK, leaf.zh).candidates]
    assert leaf.code in codes

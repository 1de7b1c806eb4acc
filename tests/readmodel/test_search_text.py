"""Which grams a text has, and which a word needs."""

from hypothesis import given
from hypothesis import strategies as st

from readmodel.search_text import folded, grams, needed_grams, terms

TEXTS = st.text(
    st.characters(codec="utf-8", exclude_characters="\0") | st.sampled_from("路灯不亮ＡＢab１ 　")
)


@given(TEXTS, st.data())
def test_a_text_has_every_gram_that_a_word_cut_out_of_it_needs(text: str, data: st.DataObject) -> None:
    """No part of a text without spaces is ever missed by the index."""
    words = folded(text).split()
    if not words:
        assert grams(text) == []
        return
    word = data.draw(st.sampled_from(words))
    start = data.draw(st.integers(0, len(word) - 1))
    part = word[start : data.draw(st.integers(start + 1, len(word)))]
    assert set(needed_grams(part)) <= set(grams(text))


@given(TEXTS)
def test_grams_are_one_or_two_characters_without_spaces_each_once(text: str) -> None:
    """The index stays as small as it can."""
    found = grams(text)
    assert len(found) == len(set(found))
    assert all(1 <= len(gram) <= 2 and not any(sign.isspace() for sign in gram) for gram in found)


def test_folding_is_what_the_database_can_do_too() -> None:
    """Wide forms become narrow, ASCII lower case; other letters keep their case."""
    assert folded("ＢＲＴ２号线ÀΣ") == "brt2号线ÀΣ"
    assert terms(" 路灯　ＢＲＴ 路灯 ") == ["路灯", "brt"]
    assert terms(" \t") == []


def test_a_word_of_one_character_needs_itself_and_a_longer_one_its_pairs() -> None:
    """So the commonest query, two characters, is one entry of the index."""
    assert needed_grams("灯") == ["灯"]
    assert needed_grams("路灯") == ["路灯"]
    assert needed_grams("路灯不亮") == ["不亮", "灯不", "路灯"]

"""A phrase is read in the language asked for, and so is everything in it."""

import copy
import pickle
from pathlib import Path

import pytest

from domain.errors import WrongStage, refusal
from domain.vocabulary import Role, Stage
from phrases import LANGUAGES, Listed, Phrase, Said, capital
from phrases.catalogues import catalogues_in

UNIT = Said("回龙观街道", "Huilongguan")


def test_a_phrase_is_read_in_each_language() -> None:
    """The English wording is the key of the Chinese one."""
    phrase = Phrase("Task '{key}' lies with {holder}.", key="assist.1", holder=UNIT)
    assert phrase.zh == "任务“assist.1”由回龙观街道办理。"
    assert phrase.en == "Task 'assist.1' lies with Huilongguan."
    assert str(phrase) == phrase.both() == f"{phrase.zh} {phrase.en}"
    assert phrase.in_("en") == phrase.en
    assert {"zh", "en"} <= LANGUAGES


def test_a_language_without_catalogue_is_refused() -> None:
    """Nothing is made up."""
    with pytest.raises(KeyError):
        Phrase("vacant").in_("xx")


def test_the_same_english_word_may_be_two_in_chinese() -> None:
    """The context tells them apart: the label of a word stands in that of its list."""
    assert Phrase.within("Stage", "closed").zh == Stage.CLOSED.zh == "办结"
    assert Phrase.within("incident", "closed").zh == "已结束"


def test_lists_are_read_in_the_language_of_their_phrase() -> None:
    """With its comma; an empty list may say so."""
    listed = Listed([Role.AGENT, "x"])
    assert (listed.zh, listed.en) == ("话务员、x", "agent, x")
    none = Listed([], none=Phrase("(none)"))
    assert (none.zh, none.en) == ("(无)", "(none)")


def test_braces_in_values_are_left_alone() -> None:
    """What a person wrote is a value, never a wording."""
    assert (
        Phrase("There is no ticket {number}.", number="{0.__class__}").en
        == "There is no ticket {0.__class__}."
    )


def test_phrases_are_values() -> None:
    """Equal when they say the same; they can be a key, be copied, and cross to another process."""
    one, same = (Phrase("There is no ticket {number}.", number=1) for _ in range(2))
    other = Phrase("There is no ticket {number}.", number=2)
    assert one == same
    assert hash(one) == hash(same)
    assert one != other
    assert one != "There is no ticket 1."
    assert pickle.loads(pickle.dumps(one)) == copy.deepcopy(one) == one
    assert repr(one) == "Phrase('There is no ticket {number}.', **{'number': 1})"


def test_a_sentence_may_begin_with_a_value() -> None:
    """English begins with a capital."""
    assert capital(Stage.HANDLE) == ("办理", "Handle")


def test_a_refusal_carries_its_phrase_and_the_wire_two_sentences() -> None:
    """Both are the same refusal to whoever reads it."""
    refused = WrongStage(Phrase("The ticket is closed: it is not possible to {act} now.", act=Phrase("urge")))
    assert str(refused) == f"{refused.zh} {refused.en}"
    come = refusal(refused.code, refused.zh, refused.en)
    assert type(come) is WrongStage
    assert (come.zh, come.en) == (refused.zh, refused.en)


def test_a_catalogue_that_was_not_compiled_says_what_to_do(tmp_path: Path) -> None:
    """The one sentence that cannot come from a catalogue."""
    source = tmp_path / "zh" / "LC_MESSAGES" / "jiesu.po"
    source.parent.mkdir(parents=True)
    source.write_text("")
    with pytest.raises(RuntimeError, match="make setup"):
        catalogues_in(tmp_path)

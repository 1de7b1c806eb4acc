"""The field's words, the messages and the tree of refusals: closed lists with both languages."""

import pytest
from pydantic import ValidationError

from domain import errors, vocabulary
from domain import messages as m
from domain.errors import REFUSALS, Refused, refusal
from domain.messages import Actor, Complete, Sign, TextRef
from domain.model import Message
from domain.terms import Resolution
from domain.vocabulary import Role, Word
from tests import sample

LISTS = [
    cls
    for cls in vars(vocabulary).values()
    if isinstance(cls, type) and issubclass(cls, Word) and cls is not Word
]


@pytest.mark.parametrize("words", LISTS, ids=lambda words: words.__name__)
def test_every_word_has_a_lower_case_value_and_a_label_in_each_language(words: type[Word]) -> None:
    """The value stands on the wire, the labels on screens; no two words of a list look alike."""
    for word in words:
        assert word.value == word.value.lower()
        assert word.zh
        assert word.en
        assert words(word.value) is word
        assert f"{word}" == word.value
    assert len({word.zh for word in words}) == len({word.en for word in words}) == len(words)


def test_every_refusal_is_in_the_tree_under_its_own_name() -> None:
    """A word that is added and missing in the table fails here."""
    kinds = [
        cls for cls in Refused.__subclasses__() if cls.__module__ == errors.__name__
    ]  # the API has its own
    assert {cls.__name__: cls for cls in kinds} == REFUSALS
    assert errors.__doc__ is not None
    for name in REFUSALS:
        assert name in errors.__doc__


@pytest.mark.parametrize("code", REFUSALS)
def test_a_refusal_comes_over_the_wire_as_what_it_was(code: str) -> None:
    """Code and both sentences are kept, and printed they are one line."""
    back = refusal(code, "不行。", "No.")
    assert type(back) is REFUSALS[code]
    assert (back.code, back.zh, back.en, str(back)) == (code, "不行。", "No.", "不行。 No.")


@pytest.mark.parametrize("text", ["", "王小明", "a b", "x" * 65, "a\n", "13800138000;"])
def test_free_text_does_not_fit_into_a_code(text: str) -> None:
    """Units, persons, text ids: nothing that a citizen said can travel there (D3)."""
    with pytest.raises(ValidationError):
        Actor(unit=text, role=Role.HANDLER)
    with pytest.raises(ValidationError):
        TextRef(id=text, hash="h")


def test_a_message_ignores_what_it_does_not_know_and_a_value_refuses_it() -> None:
    """An older worker reads a newer client's command; state is exact."""
    assert Sign.model_validate({"actor": sample.HANDLER, "mood": "good"}) == Sign(actor=sample.HANDLER)
    with pytest.raises(ValidationError, match="extra"):
        TextRef.model_validate({"id": "t", "hash": "h", "mood": "good"})


COMMANDS = [*m.Command.__subclasses__(), Complete]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.__name__)
def test_every_command_says_who_acts(command: type[Message]) -> None:
    """Without an actor no command is read."""
    with pytest.raises(ValidationError, match="actor"):
        command.model_validate({})


def test_the_intake_remembers_what_the_edition_answered() -> None:
    """Terms and routing of the day of filing."""
    intake = sample.intake()
    assert intake.resolution == Resolution(terms=intake.terms, routing=intake.routing)

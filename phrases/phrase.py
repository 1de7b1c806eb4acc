"""A phrase: an English wording with named values, read in any language that has a catalogue."""

from collections.abc import Iterable
from typing import NamedTuple, Protocol, Self

from phrases.catalogues import worded


class Bilingual(Protocol):
    """Whatever can be read in Chinese and in English: a phrase, a unit with its names, a word."""

    @property
    def zh(self) -> str:
        """Return it in Chinese."""
        ...

    @property
    def en(self) -> str:
        """Return it in English."""
        ...


class Said(NamedTuple):
    """Something that is at hand in both languages already: it came over a wire, or a rule file words it."""

    zh: str
    en: str


class Phrase:
    """A sentence, label or name. Nothing is looked up or formatted until it is read.

    Values that can themselves be read in a language (phrases, units, words) follow that of the phrase.
    Context distinguishes phrases that are the same in English and not elsewhere; see `within`.
    """

    __slots__ = ("context", "message", "values")

    def __init__(self, message: str, /, **values: object) -> None:
        """Keep the English wording and its values, which have to be immutable."""
        self.message = message
        self.values = values
        self.context: str | None = None

    @classmethod
    def within(cls, context: str, message: str, /, **values: object) -> Self:
        """Return the phrase that `message` is in `context`."""
        phrase = cls(message, **values)
        phrase.context = context
        return phrase

    def in_(self, language: str) -> str:
        """Return the phrase in `language`. Raises `KeyError` where there is no catalogue of it."""
        wording = worded(language, self.message, self.context)
        return wording.format(**{name: _read(value, language) for name, value in self.values.items()})

    @property
    def zh(self) -> str:
        """Return the phrase in Chinese."""
        return self.in_("zh")

    @property
    def en(self) -> str:
        """Return the phrase in English."""
        return self.in_("en")

    def both(self, between: str = " ") -> str:
        """Return Chinese and English with `between` between them."""
        return f"{self.zh}{between}{self.en}"

    def __str__(self) -> str:
        """Return Chinese and English, as a terminal and a log show them."""
        return self.both()

    def __repr__(self) -> str:
        """Return the English wording and the values."""
        return f"Phrase({self.message!r}, **{self.values!r})"

    def __eq__(self, other: object) -> bool:
        """Return whether `other` is the same phrase with the same values."""
        return isinstance(other, Phrase) and self._parts() == other._parts()

    def __hash__(self) -> int:
        """Return the hash; every value has to have one."""
        return hash((self.context, self.message, *sorted(self.values)))

    def _parts(self) -> tuple[object, ...]:
        return self.context, self.message, self.values


COMMA = Phrase(", ")
"""What stands between the things of a list."""


class Listed:
    """Several things one after another, each in the language that is read; `none` stands for no things."""

    __slots__ = ("none", "things")

    def __init__(self, things: Iterable[object], none: object = "") -> None:
        """Keep the `things`, each text or something that can be read in a language."""
        self.things = tuple(things)
        self.none = none

    def in_(self, language: str) -> str:
        """Return the things in `language`, joined by its comma."""
        return COMMA.in_(language).join(str(_read(each, language)) for each in self.things) or str(
            _read(self.none, language)
        )

    @property
    def zh(self) -> str:
        """Return the list in Chinese."""
        return self.in_("zh")

    @property
    def en(self) -> str:
        """Return the list in English."""
        return self.in_("en")


def _read(value: object, language: str) -> object:
    """Return `value` as it is read in `language`; what has no third language is read in English there."""
    if isinstance(value, Phrase | Listed):
        return value.in_(language)
    return getattr(value, "zh" if language == "zh" else "en", value)


def capital(thing: Bilingual) -> Said:
    """Return `thing` as a sentence begins with it: in English with a capital."""
    return Said(thing.zh, thing.en.capitalize())

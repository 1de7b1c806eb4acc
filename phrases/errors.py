"""The base of errors that a person reads: it carries a phrase instead of a text."""

from typing import ClassVar

from phrases.phrase import Bilingual


class Phrased(Exception):  # noqa: N818 - a refusal is not an error
    """Raised with a message in every language; `str` gives it in Chinese and in English."""

    between: ClassVar = " "
    """What separates the two languages."""

    def __init__(self, what: Bilingual) -> None:
        """Keep `what` as the message."""
        super().__init__(what)
        self.what = what

    @property
    def zh(self) -> str:
        """Return the sentence in Chinese."""
        return self.what.zh

    @property
    def en(self) -> str:
        """Return the sentence in English."""
        return self.what.en

    def __str__(self) -> str:
        """Return the sentence in Chinese and in English."""
        return f"{self.zh}{self.between}{self.en}"

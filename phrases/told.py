"""An error that a person reads: it carries a phrase instead of a text."""

from typing import ClassVar

from phrases.phrase import Bilingual


class Told(Exception):  # noqa: N818 - what is told is not always an error
    """Something a person is told, in their language; as a text, it is in Chinese and in English."""

    between: ClassVar = " "
    """What stands between the two languages."""

    def __init__(self, what: Bilingual) -> None:
        """Keep the sentence that says `what` it is."""
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

"""The one error of this folder: something that keeps the system from starting, told in a sentence."""


class CannotStart(Exception):  # noqa: N818 - reads as what it says
    """The system cannot start, with a sentence for the person at the terminal, Chinese first."""

    def __init__(self, zh: str, en: str) -> None:
        """Keep the Chinese sentence `zh` and the English sentence `en`."""
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en

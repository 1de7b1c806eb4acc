"""What keeps a process from starting: a part that is away, or a setting that cannot be used."""


class CannotStart(Exception):  # noqa: N818 - reads as what it says
    """The system cannot start, with a sentence for the person at the terminal, Chinese first."""

    def __init__(self, zh: str, en: str) -> None:
        """Keep the Chinese sentence `zh` and the English sentence `en`."""
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en


class BadSetting(Exception):  # noqa: N818 - reads as what it says: a setting is bad
    """A variable holds a value that cannot be used; the message is one sentence that names the variable."""

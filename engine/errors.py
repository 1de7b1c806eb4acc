"""What keeps a process from starting: a part that is away, or a setting that cannot be used."""

from phrases import Phrased


class CannotStart(Phrased):
    """The system cannot start, with a sentence for the person at the terminal, Chinese first."""

    between = " / "


class BadSetting(Exception):  # noqa: N818 - reads as what it says: a setting is bad
    """A variable holds a value that cannot be used; the message is one sentence that names the variable."""

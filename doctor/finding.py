"""What a check finds: a sentence of what is wrong, and one of what to do, each a phrase."""

from collections.abc import Sequence
from dataclasses import dataclass

from phrases import Bilingual


@dataclass(frozen=True)
class Finding:
    """Something that is wrong. `code` names it for programs and for the tests: `database.schema_behind`."""

    code: str
    what: Bilingual
    do: Bilingual


@dataclass(frozen=True)
class Checked:
    """One check and what came of it; `skipped` says why it could not be asked, null where it was."""

    name: str
    findings: tuple[Finding, ...]
    seconds: float
    skipped: str | None = None


@dataclass(frozen=True)
class Report:
    """Everything that was looked at."""

    checks: tuple[Checked, ...]

    @property
    def findings(self) -> Sequence[Finding]:
        """Return what is wrong, in the order of the checks."""
        return [finding for check in self.checks for finding in check.findings]

    @property
    def is_sound(self) -> bool:
        """Return whether nothing is wrong."""
        return not self.findings


class Skipped(Exception):  # noqa: N818 - no error: the check has nothing to look at
    """A check that cannot be made here; the message says why, Chinese first."""

"""The checker: judges a finished run from outside. It imports nothing of the product, nor of the driver."""

from chaos.checker.clocks import check_clocks
from chaos.checker.commands import check_commands
from chaos.checker.evidence import Evidence, Violation
from chaos.checker.log import check_log
from chaos.checker.notices import check_notices
from chaos.checker.numbers import check_numbers
from chaos.checker.outcomes import check_answers

CHECKS = (check_numbers, check_answers, check_commands, check_log, check_clocks, check_notices)

__all__ = ["CHECKS", "Evidence", "Violation", "check"]


def check(evidence: Evidence) -> list[Violation]:
    """Return everything in `evidence` that must never be, in order; empty is the proof."""
    return sorted({violation for one in CHECKS for violation in one(evidence)})

"""Proof (证明材料): what an outcome has to be shown with, be it one ticket's or an incident's."""

from domain.errors import Incomplete
from domain.messages import ProofRef
from domain.vocabulary import Outcome
from phrases import Phrase

EXPLANATION = "explanation"
"""The kind of proof that goes with "cannot be solved now". Source: Ordinance art. 15 (2)."""


def require_proof(proof: tuple[ProofRef, ...], wanted: str | None) -> None:
    """Raise `Incomplete` without the kind of proof the matter wants, null for none."""
    kinds = [one.kind for one in proof]
    if wanted is not None and wanted not in kinds:
        raise Incomplete(
            Phrase("This kind of matter needs proof with its feedback: {wanted}.", wanted=wanted),
        )


def require_explanation(outcome: Outcome, proof: tuple[ProofRef, ...]) -> None:
    """Raise `Incomplete` for "cannot be solved now" without proof that it was explained."""
    if outcome is Outcome.CANNOT_NOW and EXPLANATION not in [one.kind for one in proof]:
        raise Incomplete(
            Phrase(
                "'{outcome}' needs proof that it was explained to the requester: {EXPLANATION}.",
                outcome=outcome,
                EXPLANATION=EXPLANATION,
            ),
        )

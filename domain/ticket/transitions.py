"""The way of a ticket as one table: from which status which fact leads where, and why."""

from domain.errors import WrongStage
from domain.vocabulary import Stage, Status
from phrases import Phrase

U = Status.HUNG
A, W, S, H, F, V, C = (
    Status.ACCEPTED,
    Status.AWAITING_DISPATCH,
    Status.AWAITING_SIGN,
    Status.HANDLING,
    Status.FEEDBACK_GIVEN,
    Status.SURVEYING,
    Status.CLOSED,
)
X = Status.OBJECTED

TRANSITIONS: dict[tuple[Status, str], tuple[Status, str]] = {
    (A, "accepted"): (W, "needs handling: to dispatch (Ordinance art. 11)"),
    (A, "answered"): (C, "an inquiry answered at once needs no unit (art. 11)"),
    (A, "dispatched"): (S, "a dispatcher may act before the process does"),
    (A, "closed"): (C, "praise is recorded; what needs no unit ends here; or it was withdrawn (art. 11)"),
    (W, "answered"): (C, "the answer to an inquiry was found while it waited"),
    (W, "closed"): (C, "it turned out to need no unit, or was withdrawn"),
    (W, "dispatched"): (S, "a unit is responsible (art. 12)"),
    (S, "signed"): (H, "the unit takes it on"),
    (S, "reassigned"): (S, "the new unit has to sign"),
    (S, "survey_opened"): (V, "nobody answered up to the last rung: the requester is asked all the same"),
    (H, "reassigned"): (S, "the new unit has to sign"),
    (S, "joined_incident"): (H, "the incident's unit has the matter in hand"),
    (H, "joined_incident"): (H, "the incident's unit has the matter in hand"),
    (H, "left_incident"): (S, "handled by itself again: the unit has to sign"),
    (S, "left_incident"): (S, "the same, where it waited for the signature again already"),
    (H, "feedback_given"): (F, "outcome to requester and centre (art. 15)"),
    (H, "survey_opened"): (V, "nobody answered up to the last rung: the requester is asked all the same"),
    (H, "hung"): (U, "cannot be solved for now: on the hold ledger, by a desk's approval (art. 15)"),
    (U, "taken_off"): (H, "off the ledger: the unit handles it under a fresh limit"),
    (F, "survey_opened"): (V, "the limit has expired (art. 23)"),
    (V, "survey_opened"): (V, "another try on another day"),
    (V, "redo_ordered"): (S, "not resolved or not satisfied: once more"),
    (V, "closed"): (C, "the requester has spoken, or could not be reached"),
    (S, "closed"): (C, "withdrawn, or in an emergency service's hands, before any unit took it on"),
    (H, "closed"): (C, "withdrawn, or in an emergency service's hands"),
    (C, "reopened"): (W, "the requester says in time that it is not over (art. 8, 34)"),
    (S, "objected"): (X, "the unit says it is not the one: somebody who is no party decides (art. 12 ¶3)"),
    (H, "objected"): (X, "the same, where the edition allows it for a time after signing"),
    (X, "reassigned"): (S, "the objection was upheld: the unit named by the review has to sign"),
    (X, "finally_assigned"): (S, "the objection was not upheld: the same unit has to sign, for good"),
    (X, "closed"): (C, "withdrawn, or in an emergency service's hands, while it was under review"),
    (U, "closed"): (C, "withdrawn, or in an emergency service's hands, while it hung"),
    (X, "survey_opened"): (V, "nobody answered up to the last rung: the requester is asked all the same"),
}
"""(status, kind of fact) → (status after it, the reason for this arrow)."""

WITHOUT_A_UNIT = frozenset({A, W})
"""Where nobody answers for the matter yet."""

BEFORE_FEEDBACK = WITHOUT_A_UNIT | {S, H, X, U}
"""Where the matter itself is not yet done."""

STAGES: dict[Status, Stage] = {
    A: Stage.ACCEPT,
    W: Stage.DISPATCH,
    S: Stage.HANDLE,
    H: Stage.HANDLE,
    U: Stage.HANDLE,
    F: Stage.FEEDBACK,
    V: Stage.EVALUATE,
    C: Stage.CLOSED,
    X: Stage.HANDLE,
}
"""The step of the process each status belongs to."""

MOVING = frozenset(kind for _, kind in TRANSITIONS)
"""The kinds of facts that move a ticket; all others leave its status alone."""


def after(status: Status, kind: str) -> Status:
    """Return the status after a fact of `kind`; `status` itself where such facts do not move a ticket."""
    if kind not in MOVING:
        return status
    if kind == "closed" and status is C:
        return C
    return TRANSITIONS[status, kind][0]


def before(kind: str) -> frozenset[Status]:
    """Return the statuses in which a fact of `kind` may happen."""
    return frozenset(status for status, fact in TRANSITIONS if fact == kind)


def require(status: Status, kind: str, act: Phrase) -> None:
    """Raise `WrongStage` unless a fact of `kind` may happen in `status`; `act` names it."""
    if (status, kind) not in TRANSITIONS:
        raise WrongStage(
            Phrase(
                "The ticket is in status '{status}': it is not possible to {act} now.",
                status=status,
                act=act,
            ),
        )

"""What became of every act, by the client's own journal: counted, refused, or nobody knows."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from chaos.checker.evidence import Evidence, Row, Violation, grouped

_SUCCESS = range(200, 300)
_REFUSAL = range(400, 500)
_NOT_KEPT = {429}
_BUG = 500


@dataclass(frozen=True)
class Act:
    """All attempts under one key. `answers` are those that said it counted, in the order they came."""

    key: str
    what: str
    number: str | None
    trace: str
    statuses: tuple[int | None, ...]
    answers: tuple[Row, ...] = field(default=())

    @property
    def outcome(self) -> str:
        """Return `counted`, `refused`, or `unknown`, where only failures and silence came back."""
        if self.answers:
            return "counted"
        refused = any(status in _REFUSAL and status not in _NOT_KEPT for status in self.statuses if status)
        return "refused" if refused else "unknown"


def acts(journal: list[Row]) -> list[Act]:
    """Return every act of the journal."""
    found: list[Act] = []
    for key, attempts in grouped(journal, "key", "answered").items():
        first = attempts[0]
        answers = [entry["answer"] for entry in attempts if entry["status"] in _SUCCESS]
        statuses = tuple(entry["status"] for entry in attempts)
        trace = first.get("trace", "")
        found.append(Act(key, first["what"], first.get("number"), trace, statuses, tuple(answers)))
    return found


def check_answers(evidence: Evidence) -> Iterator[Violation]:
    """Yield keys that were answered in two ways, and answers that no rule gives: a bug answered them."""
    for act in acts(evidence.journal):
        if act.answers and any(
            status in _REFUSAL and status not in _NOT_KEPT for status in act.statuses if status
        ):
            yield Violation("counted_and_refused", act.key, f"{act.what}: {act.statuses}")
        if _BUG in act.statuses:
            yield Violation("answered_500", act.key, act.what)
        answers = {_what_stays(act.what, answer) for answer in act.answers}
        if len(answers) > 1:
            yield Violation("two_answers_for_one_key", act.key, f"{act.what}: {sorted(answers)}")


def _what_stays(what: str, answer: Row) -> str:
    """Return what must be the same whenever an answer is given: a request's number, all of a receipt."""
    names = ("number", "tracking_code", "filed_at") if what == "file" else tuple(sorted(answer))
    return str([(name, answer.get(name)) for name in names])

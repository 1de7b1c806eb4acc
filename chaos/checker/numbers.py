"""Nothing is lost, nothing is there twice: numbers, requests, projections and workflows, one for one."""

from collections import Counter
from collections.abc import Iterator

from chaos.checker.evidence import Evidence, Row, Violation
from chaos.checker.outcomes import Act, acts

_LIVING = {"RUNNING", "COMPLETED"}


def check_numbers(evidence: Evidence) -> Iterator[Violation]:
    """Yield where acknowledged, stored and running tickets differ."""
    requests = {row["number"]: row for row in evidence.request}
    yield from _acknowledged(evidence, requests)
    yield from _stored(evidence, requests)
    for number in sorted({*requests, *evidence.workflows}):
        if number not in requests:
            yield Violation("workflow_without_number", number, "a workflow runs, no request was filed")
        yield from _runs(number, evidence.workflows.get(number), evidence)


def _acknowledged(evidence: Evidence, requests: dict[str, Row]) -> Iterator[Violation]:
    """Yield what was acknowledged to clients and is not in the database."""
    by_trace: dict[str, list[str]] = {}
    for number, row in requests.items():
        by_trace.setdefault(_trace(row), []).append(number)
    owners: dict[str, str] = {}
    for act in acts(evidence.journal):
        if act.what != "file":
            continue
        numbers = sorted({answer["number"] for answer in act.answers})
        if len(numbers) > 1:
            yield Violation("two_numbers_for_one_key", act.key, ", ".join(numbers))
        for number in numbers:
            if number not in requests:
                yield Violation("acknowledged_and_lost", number, f"key {act.key} was given this number")
            if owners.setdefault(number, act.key) != act.key:
                yield Violation("one_number_for_two_keys", number, f"{owners[number]} and {act.key}")
        yield from _filed(act, by_trace)


def _filed(act: Act, by_trace: dict[str, list[str]]) -> Iterator[Violation]:
    filed = by_trace.get(act.trace, [])
    if len(filed) > 1:
        yield Violation("filed_twice", act.key, ", ".join(filed))
    if act.outcome == "counted" and filed != [act.answers[0]["number"]]:
        number = act.answers[0]["number"]
        yield Violation("acknowledged_as_another", act.key, f"given {number}, filed {filed}")
    if act.outcome == "refused" and filed:
        yield Violation("refused_and_filed", act.key, ", ".join(filed))


def _stored(evidence: Evidence, requests: dict[str, Row]) -> Iterator[Violation]:
    tickets = Counter(row["number"] for row in evidence.ticket)
    for number in requests:
        if tickets[number] != 1:
            yield Violation("not_one_projection", number, f"{tickets[number]} rows of the projection")
    for number in tickets.keys() - requests.keys():
        yield Violation("projection_without_request", number, "a row of the projection, no request")
    for row in evidence.unstarted:
        yield Violation("still_unstarted", row["number"], "its workflow was never started, or nobody said so")


def _runs(number: str, workflow: Row | None, evidence: Evidence) -> Iterator[Violation]:
    """Yield what is wrong with the workflow of one number: exactly one chain of runs, none of them broken."""
    if workflow is None or not workflow["runs"]:
        yield Violation("number_without_workflow", number, "no workflow has this number")
        return
    ends = [status for status in workflow["runs"] if status != "CONTINUED_AS_NEW"]
    broken = [status for status in ends if status not in _LIVING]
    if broken:
        yield Violation("workflow_stopped", number, ", ".join(broken))
    reopened = sum(row["number"] == number and row["kind"] == "reopened" for row in evidence.ticket_event)
    if not broken and len(ends) > 1 + reopened:
        yield Violation("more_than_one_workflow", number, ", ".join(workflow["runs"]))
    if workflow["everything"] is None:
        yield Violation("workflow_does_not_answer", number, str(workflow.get("error", "not found")))


def _trace(row: Row) -> str:
    """Return the word that the client of this request wrote at the end of its description."""
    return str(row["masked"]).rpartition("口令 ")[2].rstrip("）)")

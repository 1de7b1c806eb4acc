"""Everyone is notified exactly once: each event that calls for a notice has one, and each notice an event."""

from collections import Counter
from collections.abc import Iterator

from chaos.checker.evidence import Evidence, Row, Violation, grouped

_REQUESTER = "requester"
_SENT_TO_THE_REQUESTER = {
    "dispatched": "dispatched",
    "reassigned": "reassigned",
    "redo_ordered": "redo",
    "closed": "closed",
}
"""Events of which the requester is always notified, each once → the kind of notice."""
_RUNGS = {"clock_warned": "reminder", "clock_missed": "overdue", "escalated": "escalated"}
"""Which notice each rung sends."""


def check_notices(evidence: Evidence) -> Iterator[Violation]:
    """Yield notices without an event, events without their notice, and duplicate notices."""
    notices = grouped(evidence.notice, "number", "seq")
    keys = Counter(row["key"] for row in evidence.notice)
    for key, times in keys.items():
        if times > 1:
            yield Violation("notice_twice", key, f"{times} rows with this key")
    for number, log in sorted(evidence.events_of().items()):
        mine = notices.pop(number, [])
        yield from _once(number, log, mine)
        yield from _rungs(number, log, mine)
        yield from _requester(number, log, mine)
    for number, rows in notices.items():
        yield Violation("notice_without_event", number, f"{len(rows)} notices, no event")


def _once(number: str, log: list[Row], notices: list[Row]) -> Iterator[Violation]:
    """Yield duplicate notices for one event, and notices that no event called for."""
    happened = {event["seq"]: event for event in log}
    notified = Counter((row["seq"], row["recipient"], row["kind"]) for row in notices)
    for (seq, recipient, kind), times in notified.items():
        if times > 1:
            yield Violation("notice_twice", number, f"{kind} to {recipient} {times} times for event {seq}")
        if seq not in happened:
            yield Violation("notice_without_event", number, f"{kind} to {recipient} for event {seq}")


def _rungs(number: str, log: list[Row], notices: list[Row]) -> Iterator[Violation]:
    """Yield rungs whose notice is missing or was sent twice, by what the notice says, whatever its key."""
    names = {
        event["fact"]["clock"]: event["fact"]["name"] for event in log if event["kind"] == "clock_started"
    }
    wanted: Counter[tuple[str, ...]] = Counter()
    for event in log:
        if event["kind"] in _RUNGS:
            fact = event["fact"]
            what = str(fact.get("rung") or fact.get("level") or "")
            wanted[_RUNGS[event["kind"]], names.get(fact["clock"], "?"), what] += 1
    sent: Counter[tuple[str, ...]] = Counter()
    for row in notices:
        if row["kind"] in _RUNGS.values():
            about = row["about"]
            sent[row["kind"], about["clock"], str(about.get("rung") or about.get("level") or "")] += 1
    for rung in sorted(wanted.keys() | sent.keys()):
        if sent[rung] != wanted[rung]:
            rule = "rung_notice_twice" if sent[rung] > wanted[rung] else "rung_notice_missing"
            yield Violation(rule, number, f"{'/'.join(rung)}: {wanted[rung]} rungs, {sent[rung]} notices")


def _requester(number: str, log: list[Row], notices: list[Row]) -> Iterator[Violation]:
    """Yield where the requester was notified more often, or less often, than something happened."""
    happened = Counter(event["kind"] for event in log)
    notified = Counter(row["kind"] for row in notices if row["recipient"] == _REQUESTER)
    for cause, kind in _SENT_TO_THE_REQUESTER.items():
        if notified[kind] > happened[cause]:
            yield Violation("notice_twice", number, _counted(kind, notified, happened[cause]))
        if notified[kind] < happened[cause]:
            yield Violation("notice_is_missing", number, _counted(kind, notified, happened[cause]))
    rounds = 1 + happened["redo_ordered"] + happened["reopened"]
    if notified["feedback"] > rounds or (happened["feedback_given"] and not notified["feedback"]):
        yield Violation(
            "notice_twice" if notified["feedback"] > rounds else "notice_is_missing", number, "feedback"
        )


def _counted(kind: str, notified: Counter[str], happened: int) -> str:
    return f"{kind} to the requester: {notified[kind]} for {happened}"

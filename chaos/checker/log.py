"""The event log is whole, the projection is what the log says, and both are what the engine remembers."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from chaos.checker.evidence import Evidence, Row, Violation, grouped, instant, sure

_FRESH = timedelta(seconds=5)
"""What happened so shortly before the database was read may have been on its way there."""
_COLUMNS: dict[str, tuple[str, ...]] = {
    **{
        name: (name,) for name in ("number", "version", "stage", "status", "type", "tier", "channel", "level")
    },
    **{name: (name,) for name in ("overdue", "ending")},
    "category": ("category", "code"),
    "town": ("place", "town"),
    "unit": ("unit", "code"),
    "holder": ("holder", "code"),
    "desk": ("desk", "code"),
}
_INSTANTS = ("next_due_at", "wakes_at", "promised_at", "filed_at", "closed_at", "desk_due_at")


def check_log(evidence: Evidence) -> Iterator[Violation]:
    """Yield gaps in the log, columns that contradict it, and where the engine disagrees with it."""
    events = evidence.events_of()
    notices = grouped(evidence.notice, "number", "seq")
    tickets = {row["number"]: row for row in evidence.ticket}
    for number in sorted(events.keys() - tickets.keys()):
        yield Violation("events_without_projection", number, f"{len(events[number])} events")
    for number, ticket in sorted(tickets.items()):
        log = events.get(number, [])
        yield from _whole(number, ticket, log)
        yield from _columns(number, ticket, log)
        held = evidence.workflows.get(number, {}).get("everything")
        if held:
            yield from _same_log(number, ticket, log, held, sure(evidence.at))
            yield from _same_notices(number, ticket, notices.get(number, []), held)


def _whole(number: str, ticket: Row, log: list[Row]) -> Iterator[Violation]:
    numbers = [event["seq"] for event in log]
    if numbers != list(range(1, ticket["version"] + 1)):
        missing = sorted({*range(1, ticket["version"] + 1)} - {*numbers})
        yield Violation(
            "log_has_gaps", number, f"version {ticket['version']}, missing {missing}, has {numbers[-3:]}"
        )
    for event in log:
        fact = event["fact"]
        if event["kind"] != fact["kind"] or sure(event["at"]) != sure(fact["at"]):
            yield Violation("event_contradicts_itself", number, f"event {event['seq']}")


def _columns(number: str, ticket: Row, log: list[Row]) -> Iterator[Violation]:
    """Yield columns of the projection that its own view, or the last events, contradict."""
    view = ticket["view"]
    for column, path in _COLUMNS.items():
        if ticket[column] != _at(view, path):
            yield Violation(
                "column_contradicts_view", number, f"{column}: {ticket[column]} / {_at(view, path)}"
            )
    for column in _INSTANTS:
        if instant(ticket[column]) != instant(view[column]):
            yield Violation("column_contradicts_view", number, f"{column}: {ticket[column]} / {view[column]}")
    kinds = [event["kind"] for event in log]
    ended = "closed" in kinds and "reopened" not in kinds[len(kinds) - kinds[::-1].index("closed") :]
    if ended != (ticket["closed_at"] is not None) or ended != (ticket["status"] == "closed"):
        yield Violation("end_contradicts_log", number, f"{ticket['status']}, log ends with {kinds[-2:]}")


def _same_log(number: str, ticket: Row, log: list[Row], held: Row, read_at: datetime) -> Iterator[Violation]:
    """Yield where the log differs from the facts that the engine has when it replays the history."""
    version, view = ticket["version"], held["view"]
    facts = {fact["seq"]: fact["fact"] for fact in held["facts"]}
    for event in log:
        if facts.get(event["seq"]) != event["fact"]:
            has = facts.get(event["seq"], {}).get("kind", "nothing")
            yield Violation(
                "log_differs_from_history", number, f"{event['seq']}: {event['kind']}, history has {has}"
            )
    late = [seq for seq, fact in facts.items() if seq > version and sure(fact["at"]) < read_at - _FRESH]
    if late:
        yield Violation("projection_is_behind", number, f"version {version}, history has {max(late)}")
    if view["version"] == version and view != ticket["view"]:
        differing = sorted(name for name in view if view[name] != ticket["view"].get(name))
        yield Violation("projection_differs_from_rebuild", number, ", ".join(differing))


def _same_notices(number: str, ticket: Row, notices: list[Row], held: Row) -> Iterator[Violation]:
    version = ticket["version"]
    wanted = {notice["key"]: notice for notice in held["notices"] if notice["seq"] <= version}
    stored = {row["key"]: row for row in notices}
    for key in sorted(wanted.keys() - stored.keys()):
        yield Violation("notice_is_missing", number, key)
    for key in sorted(stored.keys() - wanted.keys()):
        yield Violation("notice_without_cause", number, key)
    for key in sorted(wanted.keys() & stored.keys()):
        row, notice = stored[key], wanted[key]
        same = (row["seq"], row["recipient"], row["kind"]) == (notice["seq"], notice["to"], notice["kind"])
        if not same or row["about"] != notice["about"] or sure(row["at"]) != sure(notice["at"]):
            yield Violation("notice_differs", number, key)


def _at(view: Row, path: tuple[str, ...]) -> object:
    value: object = view
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return value  # pyright: ignore[reportUnknownVariableType]

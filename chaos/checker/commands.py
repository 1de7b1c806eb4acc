"""What was answered counted once, what was refused did not, and nothing counted by half."""

from collections import Counter
from collections.abc import Iterator

from chaos.checker.evidence import Evidence, Row, Violation, grouped
from chaos.checker.outcomes import Act, acts

_EFFECTS: dict[str, frozenset[str]] = {
    "sign": frozenset({"signed"}),
    "contact": frozenset({"contact_attempted"}),
    "visit": frozenset({"visited"}),
    "feedback": frozenset({"feedback_given"}),
    "survey": frozenset({"surveyed", "survey_tried"}),
    "urge": frozenset({"urged"}),
    "note": frozenset({"noted"}),
    "supplement": frozenset({"supplemented"}),
    "withdraw": frozenset({"withdrawn", "withdrawal_asked"}),
    "object": frozenset({"objected"}),
    "decide_objection": frozenset({"objection_decided"}),
    "dispatch": frozenset({"dispatched"}),
    "reassign": frozenset({"reassigned"}),
    "extend": frozenset({"extension_asked"}),
    "decide_extension": frozenset({"extension_decided"}),
}
"""Command → the event by which it shows that it counted; one for each command."""
_ONE_EACH = frozenset(kind for kinds in _EFFECTS.values() for kind in kinds)


def check_commands(evidence: Evidence) -> Iterator[Violation]:
    """Yield commands that counted twice, in part, or not at all although they were acknowledged."""
    events, rows = evidence.events_of(), grouped(evidence.command, "number", "key_hash")
    given: dict[str, list[Act]] = {}
    for act in acts(evidence.journal):
        if act.what != "file" and act.number is not None:
            given.setdefault(act.number, []).append(act)
    for number in sorted({*given, *rows}):
        log, mine = events.get(number, []), rows.get(number, [])
        yield from _as_answered(number, given.get(number, []), log, mine)
        yield from _as_remembered(number, mine, evidence)
    yield from _by_person(events)
    yield from _texts(evidence, events)


def _as_answered(number: str, given: list[Act], log: list[Row], rows: list[Row]) -> Iterator[Violation]:
    """Yield where events and kept answers of one ticket are more, or fewer, than its clients can explain."""
    for name in sorted({act.what for act in given} | {row["name"] for row in rows}):
        mine = [act for act in given if act.what == name]
        counted = [act for act in mine if act.outcome == "counted"]
        most = len(counted) + sum(act.outcome == "unknown" for act in mine)
        kept = Counter(row["answer"]["version"] for row in rows if row["name"] == name and row["answer"])
        for act in counted:
            if kept[act.answers[0]["version"]] != 1:
                version = act.answers[0]["version"]
                yield Violation(
                    "answered_and_not_kept", number, f"{act.key}: {name} at {version}: {kept[version]}"
                )
        if kept.total() > most:
            yield Violation(
                "refused_and_kept", number, f"{name}: {kept.total()} answers, {most} can have counted"
            )
        happened = [event for event in log if _is_effect(event, name)]
        yield from _shown(number, mine, happened, most)
        if name in _EFFECTS and len(happened) != kept.total():
            yield Violation("half_a_command", number, f"{name}: {len(happened)} events, {kept.total()} kept")


def _shown(number: str, mine: list[Act], happened: list[Row], most: int) -> Iterator[Violation]:
    """Yield acts whose event is missing, and events that no act explains; they are matched by who acted."""
    if len(happened) > most:
        what = f"{happened[0]['kind']}: {len(happened)} events, {most} can have counted"
        yield Violation("effect_without_command", number, what)
    done = Counter(_person(event) for event in happened)
    for act in mine:
        times = done[f"p-{act.key}"]
        if act.outcome == "counted" and act.what in _EFFECTS and times != 1:
            yield Violation("answered_without_effect", number, f"{act.what} {act.key}: {times} events")
        if act.outcome == "refused" and times:
            yield Violation("refused_and_done", number, f"{act.what} {act.key}: {times} events")


def _is_effect(event: Row, name: str) -> bool:
    """Return whether this is how the command `name` shows; what comes too late becomes a remark saying so."""
    if _person(event) is None:
        return False
    if event["kind"] == "noted":
        about = event["fact"]["about"]
        return about == name or about.startswith(f"{name}:")
    return event["kind"] in _EFFECTS.get(name, ())


def _as_remembered(number: str, rows: list[Row], evidence: Evidence) -> Iterator[Violation]:
    """Yield answers that the engine does not know, and answers of its own that the database does not have."""
    for row in rows:
        if row["doubted_at"] is not None:
            yield Violation("still_in_doubt", number, f"{row['name']} since {row['doubted_at']}")
    held = evidence.workflows.get(number, {}).get("everything")
    if not held:
        return
    version = max((event["seq"] for event in evidence.ticket_event if event["number"] == number), default=0)
    remembered = {key: answer for key, answer in held["answers"].items() if answer["version"] <= version}
    kept = {row["key_hash"]: row["answer"] for row in rows if row["answer"] is not None}
    for key in sorted(remembered.keys() | kept.keys()):
        if remembered.get(key) != kept.get(key):
            yield Violation(
                "answer_differs_from_history", number, f"{key[:12]}: {kept.get(key)} / {remembered.get(key)}"
            )


def _by_person(events: dict[str, list[Row]]) -> Iterator[Violation]:
    """Yield acts that happened twice: every person of this city acts once."""
    for number, log in events.items():
        done = Counter((_person(event), event["kind"]) for event in log if event["kind"] in _ONE_EACH)
        for (person, kind), times in done.items():
            if person and times > 1:
                yield Violation("counted_twice", number, f"{kind} by {person[:12]} {times} times")


def _texts(evidence: Evidence, events: dict[str, list[Row]]) -> Iterator[Violation]:
    """Yield events whose text is missing, and commands of which text and event are there, but no answer."""
    stored = {row["id"]: row["command"] for row in evidence.vault_text}
    answered = {row["key_hash"]: row["answer"] is not None for row in evidence.command}
    for number, log in events.items():
        for event in log:
            for text in _references(event["fact"]):
                if text not in stored:
                    yield Violation("event_without_text", number, f"event {event['seq']} names {text}")
                elif stored[text] is not None and not answered.get(stored[text], False):
                    yield Violation(
                        "half_a_command", number, f"event {event['seq']} of a command without answer"
                    )


def _references(value: object) -> Iterator[str]:
    """Yield the ids of all texts that a fact names, however deep they stand."""
    if isinstance(value, dict):
        content: Row = value  # pyright: ignore[reportUnknownVariableType]
        if content.keys() == {"id", "hash"}:
            yield content["id"]
        else:
            for part in content.values():
                yield from _references(part)
    elif isinstance(value, list):
        for part in value:  # pyright: ignore[reportUnknownVariableType]
            yield from _references(part)  # pyright: ignore[reportUnknownArgumentType]


def _person(event: Row) -> str | None:
    return event["fact"]["actor"].get("person")

"""No rung twice, none missing, no deadline moved: every clock of every ticket, followed event by event."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chaos.checker.evidence import Evidence, Row, Violation, instant, sure

_GRACE = timedelta(seconds=20)
"""How late a clock may ring where nothing is broken: timers, a busy machine, a write on its way."""
_PROMISE = "feedback_by"
_MAY_MOVE_A_PROMISE = frozenset(
    {"dispatched", "classified", "redo_ordered", "reopened", "hung", "taken_off", "calendar_changed"}
    | {"edition_adopted", "extension_decided"}
)
"""What may happen in the instant in which a promise begins or moves; a new unit alone may not move it."""


@dataclass
class Clock:
    """One clock as the events describe it."""

    key: str
    name: str
    due_at: datetime
    reminders: list[tuple[str, datetime]]
    of: str | None
    warned: list[str] = field(default_factory=list[str])
    climbed: list[tuple[str, datetime]] = field(default_factory=list[tuple[str, datetime]])
    missed: list[datetime] = field(default_factory=list[datetime])
    exhausted: list[datetime] = field(default_factory=list[datetime])
    ended_at: datetime | None = None
    is_waived: bool = False
    was_met_late: bool = False


def check_clocks(evidence: Evidence) -> Iterator[Violation]:
    """Yield rungs that rang twice, early or never, and promises that moved without a cause."""
    now = sure(evidence.at)
    tickets = {row["number"]: row for row in evidence.ticket}
    answers = _answers(evidence)
    for number, log in sorted(evidence.events_of().items()):
        clocks, faults = follow(log)
        yield from (Violation(rule, number, what) for rule, what in faults)
        closed = [sure(event["at"]) for event in log if event["kind"] == "closed"]
        over = closed[-1] if closed and tickets.get(number, {}).get("closed_at") else None
        for clock in clocks.values():
            yield from (Violation(rule, number, what) for rule, what in _once(clock))
            yield from (Violation(rule, number, what) for rule, what in _rang(clock, clocks, over, now))
        yield from _promises(number, log, tickets.get(number), answers.get(number, []))


def follow(log: list[Row]) -> tuple[dict[str, Clock], list[tuple[str, str]]]:
    """Return every clock after all events of `log`, and events about clocks that never began."""
    clocks: dict[str, Clock] = {}
    faults: list[tuple[str, str]] = []
    for event in log:
        fact, at = event["fact"], sure(event["at"])
        key = fact.get("clock")
        if not isinstance(key, str):
            continue
        if event["kind"] == "clock_started":
            if key in clocks:
                faults.append(("clock_started_twice", key))
            clocks[key] = Clock(key, fact["name"], sure(fact["due_at"]), _reminders(fact), fact["of"])
        elif key in clocks:
            _follow_one(clocks[key], event["kind"], fact, at)
        elif event["kind"].startswith(("clock_", "escalated", "ladder_")):
            faults.append(("event_without_clock", f"{event['kind']} of {key}, event {event['seq']}"))
    return clocks, faults


def _follow_one(clock: Clock, kind: str, fact: Row, at: datetime) -> None:
    match kind:
        case "clock_warned":
            clock.warned.append(fact["rung"])
        case "clock_missed":
            clock.missed.append(at)
        case "escalated":
            clock.climbed.append((fact["level"], at))
        case "ladder_exhausted":
            clock.exhausted.append(at)
        case "clock_rescheduled":
            clock.due_at, clock.reminders = sure(fact["due_at"]), _reminders(fact)
        case "clock_met" | "clock_waived":
            clock.ended_at, clock.was_met_late = at, bool(fact.get("late"))
            clock.is_waived = kind == "clock_waived"
        case _:
            return


def _reminders(fact: Row) -> list[tuple[str, datetime]]:
    return [(rung, sure(at)) for rung, at in fact["reminders"]]


def _once(clock: Clock) -> Iterator[tuple[str, str]]:
    """Yield what rang twice, or before its time."""
    for what, rungs in (("warned", clock.warned), ("climbed", [level for level, _ in clock.climbed])):
        for rung in sorted({rung for rung in rungs if rungs.count(rung) > 1}):
            yield "rung_twice", f"{clock.key} {what} {rung}"
    if len(clock.missed) > 1 or len(clock.exhausted) > 1:
        yield "rung_twice", f"{clock.key} missed {len(clock.missed)}, exhausted {len(clock.exhausted)} times"
    if clock.missed and clock.missed[0] <= clock.due_at:
        yield "missed_too_early", f"{clock.key} missed {clock.missed[0]}, due {clock.due_at}"
    if (clock.climbed or clock.exhausted) and not clock.missed:
        yield "climbed_without_missing", clock.key


def _rang(
    clock: Clock, clocks: dict[str, Clock], over: datetime | None, now: datetime
) -> Iterator[tuple[str, str]]:
    """Yield the rungs that should have rung by `now` and did not; `over`: when the ticket was closed."""
    ended = min((at for at in (clock.ended_at, over) if at is not None), default=None)
    stands = ended is None
    if not clock.missed:
        if (stands and clock.due_at < now - _GRACE) or clock.was_met_late:
            yield "rung_missing", f"{clock.key} was due {clock.due_at} and was never missed"
        for rung, at in clock.reminders if stands else ():
            if at < now - _GRACE and rung not in clock.warned:
                yield "rung_missing", f"{clock.key} should have warned {rung} at {at}"
        return
    if ended is None or ended > clock.missed[0]:  # else met late, in the instant in which it was found missed
        yield from _climbed(clock, clocks, None if stands else ended, now)


def _climbed(
    clock: Clock, clocks: dict[str, Clock], ended: datetime | None, now: datetime
) -> Iterator[tuple[str, str]]:
    """Yield the rungs that a missed clock should have climbed, or warned of before."""
    missed = clock.missed[0]
    for rung, _ in clock.reminders:
        if rung not in clock.warned:
            yield "rung_missing", f"{clock.key} was missed and had not warned {rung}"
    if clock.of is None and missed not in [at for _, at in clock.climbed] + clock.exhausted:
        yield "rung_missing", f"{clock.key} was missed at {missed} and did not climb"
    if clock.climbed and not clock.exhausted and ended is None:
        answer = clocks.get(f"{clock.key}/{clock.climbed[-1][0]}")
        if answer is not None and answer.due_at < now - _GRACE and not answer.is_waived:
            yield "rung_missing", f"{clock.key} should have climbed above {clock.climbed[-1][0]}"


def _answers(evidence: Evidence) -> dict[str, list[Row]]:
    """Return all answers that said that something counted, with what they answered, by ticket."""
    found: dict[str, list[Row]] = {}
    for entry in evidence.journal:
        if entry["status"] in range(200, 300) and entry["answer"]:
            noted = {**entry["answer"], "what": entry["what"], "key": entry["key"]}
            found.setdefault(entry["answer"]["number"], []).append(noted)
    return found


def promises(log: list[Row]) -> tuple[list[tuple[int, datetime | None]], list[str]]:
    """Return from which event on the requester was promised what, and the moves that nothing explains."""
    found: list[tuple[int, datetime | None]] = [(0, None)]
    names: dict[str, str] = {}
    unexplained: list[str] = []
    for event in log:
        fact = event["fact"]
        if event["kind"] == "clock_started":
            names[fact["clock"]] = fact["name"]
        if (
            event["kind"] not in {"clock_started", "clock_rescheduled"}
            or names.get(fact["clock"]) != _PROMISE
        ):
            continue
        due_at, before = sure(fact["due_at"]), found[-1][1]
        if due_at != before:
            found.append((event["seq"], due_at))
            causes = {other["kind"] for other in log if other["at"] == event["at"]}
            if not causes & _MAY_MOVE_A_PROMISE:
                unexplained.append(f"event {event['seq']}: {before} → {due_at}")
    return found, unexplained


def _promises(number: str, log: list[Row], ticket: Row | None, answers: list[Row]) -> Iterator[Violation]:
    """Yield deadlines that are not what the log, or an answer to a client, says they are."""
    promised, unexplained = promises(log)
    for move in unexplained:
        yield Violation("deadline_moved", number, move)
    _, newest = promised[-1]
    if ticket is not None and instant(ticket["promised_at"]) != newest:
        yield Violation("deadline_moved", number, f"now {ticket['promised_at']}, by the log {newest}")
    every = {promise for _, promise in promised}
    for answer in answers:
        said = instant(answer.get("promised_at"))
        if answer["what"] == "file":
            if said not in every:
                yield Violation(
                    "deadline_moved",
                    number,
                    f"promised {said} when filing, the log has {sorted(map(str, every))}",
                )
            continue
        at_version = [promise for seq, promise in promised if seq <= answer["version"]][-1]
        if said != at_version:
            yield Violation(
                "deadline_moved",
                number,
                f"{answer['key']} was answered {said} at {answer['version']}, log {at_version}",
            )

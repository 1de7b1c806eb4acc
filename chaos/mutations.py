"""Proof that the checker can fail: what must never happen is done to the evidence of a sound run."""

import copy
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from chaos.checker import Evidence, check

Mutation = Callable[[Evidence], None]


def prove(evidence: Evidence) -> list[tuple[str, bool, list[str]]]:
    """Return each mutation, whether the rule meant for it caught it, and all rules that it violates."""
    found: list[tuple[str, bool, list[str]]] = []
    for name, (_, rule) in MUTATIONS.items():
        rules = caught(evidence, name)
        found.append((name, rule in rules, rules))
    return found


def caught(evidence: Evidence, name: str) -> list[str]:
    """Return the rules that the mutation called `name` violates and the evidence as it is does not."""
    spoilt = copy.deepcopy(evidence)
    MUTATIONS[name][0](spoilt)
    sound = {*check(evidence)}
    return sorted({violation.rule for violation in check(spoilt) if violation not in sound})


def _first(rows: list[dict[str, Any]], **wanted: object) -> dict[str, Any]:
    """Return the first row with these values. Raises StopIteration: the run was too short for the proof."""
    return next(row for row in rows if all(row[name] == value for name, value in wanted.items()))


def _later(text: str, seconds: float = 3600) -> str:
    return (datetime.fromisoformat(text) + timedelta(seconds=seconds)).isoformat()


def _double_a_requester_notice(evidence: Evidence) -> None:
    entry = _first(evidence.notice, recipient="requester")
    evidence.notice.append({**entry, "key": entry["key"] + "/again"})


def _double_a_rung_notice(evidence: Evidence) -> None:
    entry = _first(evidence.notice, kind="overdue")
    evidence.notice.append({**entry, "key": entry["key"] + "/again", "seq": entry["seq"] - 1})


def _lose_a_requester_notice(evidence: Evidence) -> None:
    evidence.notice.remove(_first(evidence.notice, recipient="requester", kind="dispatched"))


def _ring_twice(evidence: Evidence) -> None:
    """Append the same rung once more, in database and history alike: only the rule itself can find it."""
    rung = _first(evidence.ticket_event, kind="clock_missed")
    _append(evidence, rung["number"], rung["fact"])


def _drop_a_rung(evidence: Evidence) -> None:
    """Make a rung a remark, in database and history alike."""
    number, facts = _a_climb(evidence)
    remark = {"kind": "read_by_head", "at": facts["at"], "actor": facts["fact"]["actor"]}
    facts["kind"], at = "read_by_head", facts["seq"]
    facts["fact"] = remark
    for entry in evidence.workflows[number]["everything"]["facts"]:
        if entry["seq"] == at:
            entry["fact"] = remark
    everything = evidence.workflows[number]["everything"]
    everything["notices"] = [entry for entry in everything["notices"] if entry["seq"] != at]
    evidence.notice = [row for row in evidence.notice if (row["number"], row["seq"]) != (number, at)]


def _a_climb(evidence: Evidence) -> tuple[str, dict[str, Any]]:
    climbed = _first(
        evidence.ticket_event,
        kind="escalated",
    )
    return climbed["number"], climbed


def _append(evidence: Evidence, number: str, fact: dict[str, Any]) -> None:
    """Add a last event to a ticket everywhere, without a trace of doubt."""
    ticket = _first(evidence.ticket, number=number)
    seq = ticket["version"] + 1
    evidence.ticket_event.append(
        {"number": number, "seq": seq, "kind": fact["kind"], "at": fact["at"], "fact": fact}
    )
    ticket["version"] = seq
    ticket["view"] = {**ticket["view"], "version": seq}
    everything = evidence.workflows[number]["everything"]
    everything["facts"].append({"seq": seq, "fact": fact})
    everything["view"] = ticket["view"]


def _lose_a_projection(evidence: Evidence) -> None:
    evidence.ticket.pop()


def _lose_an_acknowledged_request(evidence: Evidence) -> None:
    """Lose a ticket from database and engine alike: only the client still knows the number."""
    number = _first(evidence.journal, what="file", status=201)["answer"]["number"]
    for table in ("request", "ticket", "ticket_event", "notice", "command", "vault_text"):
        setattr(evidence, table, [row for row in getattr(evidence, table) if row["number"] != number])
    del evidence.workflows[number]


def _delete_a_workflow(evidence: Evidence) -> None:
    evidence.workflows.pop(next(iter(evidence.workflows)))


def _terminate_a_workflow(evidence: Evidence) -> None:
    next(iter(evidence.workflows.values()))["runs"] = ["TERMINATED"]


def _start_a_workflow_twice(evidence: Evidence) -> None:
    next(iter(evidence.workflows.values()))["runs"] = ["COMPLETED", "RUNNING"]


def _start_a_workflow_nobody_filed(evidence: Evidence) -> None:
    evidence.workflows["19700101000001"] = next(iter(evidence.workflows.values()))


def _move_a_deadline(evidence: Evidence) -> None:
    """Move what the lists show, and nothing else."""
    ticket = next(row for row in evidence.ticket if row["promised_at"])
    ticket["promised_at"] = ticket["view"]["promised_at"] = _later(ticket["promised_at"])


def _move_a_deadline_everywhere(evidence: Evidence) -> None:
    """Move it by an event of its own, in database and engine alike: only the missing cause shows it."""
    started = next(
        row
        for row in evidence.ticket_event
        if row["kind"] == "clock_started" and row["fact"]["name"] == "feedback_by"
    )
    number, due_at = started["number"], _later(started["fact"]["due_at"])
    ticket = _first(evidence.ticket, number=number)
    ticket["promised_at"] = due_at
    ticket["view"] = {**ticket["view"], "promised_at": due_at}
    fact: dict[str, Any] = {
        **started["fact"],
        "kind": "clock_rescheduled",
        "due_at": due_at,
        "reminders": [],
        "at": evidence.at,
    }
    _append(evidence, number, fact)


def _lose_a_commands_event(evidence: Evidence) -> None:
    """Take back what an acknowledged command did, in database and engine alike."""
    signed = _first(evidence.ticket_event, kind="signed")
    number, seq = signed["number"], signed["seq"]
    remark = {"kind": "read_by_head", "at": signed["at"], "actor": {"role": "system"}}
    signed["kind"], signed["fact"] = "read_by_head", remark
    for entry in evidence.workflows[number]["everything"]["facts"]:
        if entry["seq"] == seq:
            entry["fact"] = remark


def _count_a_command_twice(evidence: Evidence) -> None:
    done = _first(evidence.ticket_event, kind="contact_attempted")
    _append(evidence, done["number"], done["fact"])


def _lose_an_event(evidence: Evidence) -> None:
    evidence.ticket_event.pop()


def _lose_a_text(evidence: Evidence) -> None:
    used = {text["id"] for text in (event["fact"].get("reply") for event in evidence.ticket_event) if text}
    evidence.vault_text = [row for row in evidence.vault_text if row["id"] not in used]


def _forget_an_answer(evidence: Evidence) -> None:
    next(row for row in evidence.command if row["answer"])["answer"] = None


def _answer_a_key_in_two_ways(evidence: Evidence) -> None:
    counted = _first(evidence.journal, what="sign", status=200)
    other = {**counted["answer"], "version": counted["answer"]["version"] + 1}
    evidence.journal.append({**counted, "answer": other})


def _stop_the_projection(evidence: Evidence) -> None:
    """Leave a projection as it was one event ago: the one that has been quiet longest."""
    last: dict[str, str] = {}
    for row in evidence.ticket_event:
        last[row["number"]] = max(row["at"], last.get(row["number"], ""))
    tickets = [row for row in evidence.ticket if row["version"] > 1]
    ticket = min(tickets, key=lambda row: last[row["number"]])
    version = ticket["version"]
    ticket["version"] = version - 1
    evidence.ticket_event = [
        row for row in evidence.ticket_event if (row["number"], row["seq"]) != (ticket["number"], version)
    ]


def _show_another_unit(evidence: Evidence) -> None:
    ticket = next(row for row in evidence.ticket if row["unit"])
    ticket["unit"] = "BJ-ELSEWHERE"


MUTATIONS: dict[str, tuple[Mutation, str]] = {
    mutation.__name__.lstrip("_"): (mutation, rule)
    for mutation, rule in (
        (_double_a_requester_notice, "notice_twice"),
        (_double_a_rung_notice, "rung_notice_twice"),
        (_lose_a_requester_notice, "notice_is_missing"),
        (_ring_twice, "rung_twice"),
        (_drop_a_rung, "rung_missing"),
        (_lose_a_projection, "not_one_projection"),
        (_lose_an_acknowledged_request, "acknowledged_and_lost"),
        (_delete_a_workflow, "number_without_workflow"),
        (_terminate_a_workflow, "workflow_stopped"),
        (_start_a_workflow_twice, "more_than_one_workflow"),
        (_start_a_workflow_nobody_filed, "workflow_without_number"),
        (_move_a_deadline, "deadline_moved"),
        (_move_a_deadline_everywhere, "deadline_moved"),
        (_lose_a_commands_event, "answered_without_effect"),
        (_count_a_command_twice, "counted_twice"),
        (_lose_an_event, "log_has_gaps"),
        (_lose_a_text, "event_without_text"),
        (_forget_an_answer, "answered_and_not_kept"),
        (_answer_a_key_in_two_ways, "two_answers_for_one_key"),
        (_stop_the_projection, "projection_is_behind"),
        (_show_another_unit, "column_contradicts_view"),
    )
}
"""What is done to the evidence, by name, and the rule that must catch it."""

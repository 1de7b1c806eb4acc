"""The accounts of a slice: what adds up, what does not, and what the last line says of it."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bench.city.facts import beijing
from bench.city.line import INTAKE, LATER, Sent
from bench.city.loading import Loaded
from bench.city.outcome import Load, Outcome, percentile
from bench.city.readings import History, Rung
from bench.city.report import far, last_line
from bench.city.slice import Plan
from bench.city.usage import Disk

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
FILED = [Sent(INTAKE, float(at), at + 0.001, at + 0.02, 201) for at in range(10)]
NUMBERS = [f"T{at}" for at in range(10)]
SOUND = Outcome(
    command="python -m bench city",
    seconds=60.0,
    load=Load(Loaded({"A": NOON}, 1.0), Loaded({"B": NOON, "C": NOON}, 1.0)),
    open_before=3,
    planned=10,
    record=[*FILED, Sent("sign", 20.0, 20.0, 20.1, 409, "WrongStage")],
    numbers=NUMBERS,
    known=10,
    due=["B", "C"],
    rungs=[
        Rung("B", "sign_by", "missed", 5.0, 9.0),
        Rung("C", "sign_by", "missed", 15.0, None),
        Rung("T1", "sign_by", "50%", 7.0, None),
    ],
    lags=[4.0],
    lived=[History(24, 9000, (3.0,))],
    waited=[],
    cpu={"api": 1.0},
    memory={"api": 2**20},
    loaded_disk=Disk(30 * 1024, 60 * 1024),
    disk=Disk(0, 0),
)


def test_a_slice_whose_accounts_add_up_has_no_flaw() -> None:
    """A command that the rules decline is an answer, not a failure."""
    assert SOUND.flaws() == []
    assert (SOUND.refused, SOUND.failed.total(), SOUND.declined.total()) == (0, 0, 1)


@pytest.mark.parametrize(
    ("flaw", "said"),
    [
        ({"planned": 11}, "sent"),
        ({"numbers": NUMBERS[:9], "known": 9}, "answer"),
        ({"numbers": [*NUMBERS[:9], "T0"]}, "twice"),
        ({"known": 9}, "database"),
        ({"rungs": SOUND.rungs[1:]}, "ring"),
        ({"rungs": [*SOUND.rungs, SOUND.rungs[0]]}, "rang twice"),
        ({"rungs": [*SOUND.rungs[1:], Rung("B", "sign_by", "missed", -1.0, None)]}, "early"),
    ],
)
def test_what_does_not_add_up_is_a_flaw(flaw: dict[str, Any], said: str) -> None:
    """One contact, number or clock is enough."""
    found = replace(SOUND, **flaw)
    assert any(said in sentence for sentence in found.flaws())
    assert last_line(found).endswith("sound=no")


@pytest.mark.parametrize("status", [0, 409, 422, 500, 503])
def test_a_contact_without_a_number_is_refused(status: int) -> None:
    """Whatever the reason was: nobody answered, or the answer was no."""
    record = [*FILED[:9], Sent(INTAKE, 9.0, 9.0, 9.1, status)]
    found = replace(SOUND, record=record, numbers=NUMBERS[:9], known=9)
    assert found.flaws() == []
    assert found.refused == 1
    assert "refused=1 " in last_line(found)


def test_two_clocks_of_one_ticket_may_be_due_together() -> None:
    """To sign and to be at the door, both within two hours: each rings once, the ticket counts once."""
    found = replace(SOUND, rungs=[*SOUND.rungs, Rung("B", "door_by", "missed", 5.0, 9.0)])
    assert found.flaws() == []
    assert found.rang == 2


def test_a_number_whose_ticket_begins_later_is_acknowledged() -> None:
    """The engine was slow, the citizen has the number: told, and not refused."""
    found = replace(SOUND, record=[*FILED[:9], Sent(INTAKE, 9.0, 9.0, 11.1, 201, LATER)])
    assert (found.refused, found.not_started, found.flaws()) == (0, 1, [])


def test_a_command_that_fails_is_distinguished_from_one_that_is_declined() -> None:
    """503 is ours, 409 is the rule's."""
    record = [*FILED, Sent("sign", 1.0, 1.0, 2.0, 503, "Unavailable"), Sent("track", 1.0, 1.0, 2.0, 0)]
    assert dict(replace(SOUND, record=record).failed) == {"sign 503 Unavailable": 1, "track 0 ": 1}


def test_latency_counts_from_when_it_was_due() -> None:
    """A request that the client sent late has waited all the same."""
    assert Sent(INTAKE, due=1.0, sent=3.0, answered=3.5, status=201).milliseconds == 2500


def test_the_last_line_is_for_machines() -> None:
    """The goal's three figures first."""
    line = re.fullmatch(r"intake_p99_ms=(\S+) timer_p99_ms=(\S+) refused=0 (.*)", last_line(SOUND))
    assert line is not None
    assert (float(line[1]), float(line[2])) == (20.0, 14.8)
    assert line[3] == "contacts=10 acknowledged=10 due=2 rang=2 failed=0 sound=yes"


def test_the_report_says_how_far_four_hundred_thousand_are() -> None:
    """Three tickets in two seconds, thirty kilobytes each."""
    assert far(SOUND) == (
        "装载 loader: 3 件 tickets, 1.5/s, 30.0 KiB 每件 each; 400,000 件需 would take 4444 min, 11.4 GiB"
    )


def test_a_slice_for_which_nothing_was_loaded_has_nothing_to_extrapolate() -> None:
    """`--before 0` is a slice of contacts alone; what it cannot tell it does not tell."""
    nothing = Load(Loaded({}, 1.0), Loaded({}, 1.0))
    found = replace(SOUND, load=nothing, due=[], rungs=[])
    assert far(found) == "装载 loader: 0"
    assert found.flaws() == []
    assert "timer_p99_ms=nan" in last_line(found)


def test_percentiles_of_next_to_nothing_are_reported() -> None:
    """One value is its own percentile; none has none."""
    assert percentile([3.0], 99) == 3.0
    assert str(percentile([], 50)) == "nan"


def test_the_command_line_can_be_given_again() -> None:
    """What the report prints asks for the same slice, nothing left out that was not the default."""
    plan = Plan(times=3, before=0, hour=10, together=True)
    assert plan.command() == (
        "python -m bench city --times 3 --minutes 10 --hours 0 --hour 10 --before 0 --open 0 "
        "--seed 12345 --at-once 40 --together"
    )


def test_whole_hours_follow_the_curve_of_the_day() -> None:
    """Hour after hour, round midnight too; a slice of minutes keeps its rate."""
    day, whole = beijing(), Plan(times=1, hours=3, hour=23)
    assert [whole.mean_at(day, hour * 3600.0) for hour in range(3)] == [
        day.rate(hour, 1) for hour in (23, 0, 1)
    ]
    assert Plan(times=1, hours=24).mean_at(day, 9.5 * 3600) == day.rate(9, 1)
    assert Plan(times=10).mean_at(day, 500.0) == day.rate(None, 10)

"""Any command in any order at any time: whatever people do or leave undone, a ticket stays sound and ends.

What may happen and what has to hold stand in `ticket_machine`. `make test` walks the same ways each time,
from fixed seeds; to explore new ones: `make test-long ARGS="-k long_lives"`, which begins anywhere each time
and prints what it finds.
"""

from collections import Counter
from random import Random
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from domain.commands import COMMANDS
from tests import sample
from tests.domain.ticket_machine import TYPES, TicketMachine
from tests.domain.watching import Watched, life

STEPS = 5_000
"""The least number of commands and timers of one walk; there are four, so 20,000 in all."""
LIVES = 150
"""In how many lives at most every command must have counted once."""

QUICK = settings(
    max_examples=100,
    stateful_step_count=30,
    deadline=None,
    database=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    report_multiple_bugs=False,
)
DEEP = settings(QUICK, max_examples=800, stateful_step_count=80)


@pytest.mark.parametrize("way", range(4))
def test_a_ticket_stays_sound_whatever_people_and_time_do_to_it(way: int) -> None:
    """Four walks of 5,000 steps and more: 20,000 in all (peers' bugs 2, 3, 7, 9, 11, 13, 18)."""

    @seed(way)
    class Walk(TicketMachine):
        steps = 0
        tried: ClassVar[Counter[str]] = Counter()
        counted: ClassVar[Counter[str]] = Counter()

    run_state_machine_as_test(Walk, settings=QUICK)
    print(f"{Walk.steps} steps; counted: {dict(sorted(Walk.counted.items()))}")  # noqa: T201 - shown with -s
    assert Walk.steps >= STEPS
    assert set(Walk.tried) == set(COMMANDS)


def test_every_command_counts_somewhere() -> None:
    """Made-up commands reach every row of the tables: none of them is refused everywhere and for ever."""
    missing = set(COMMANDS)
    for number in range(LIVES):
        random = Random(number)
        certain, type_ = random.random() < 0.7, random.choice(TYPES)
        terms = sample.terms(at_feedback=True)
        journey = Watched(sample.intake(type_, certain=certain, with_terms=terms))
        missing -= {act.name for act in life(random, journey, sorted(missing))}
        if not missing:
            return
    raise AssertionError(f"never counted in {LIVES} lives: {sorted(missing)}")


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_a_ticket_stays_sound_through_long_lives() -> None:
    """The same with more and longer lives, another way each time."""
    run_state_machine_as_test(TicketMachine, settings=DEEP)

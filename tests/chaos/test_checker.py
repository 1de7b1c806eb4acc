"""The checker finds nothing in the evidence of a sound run, and everything that is done to it."""

import copy
import gzip
import json
from pathlib import Path

import pytest

from chaos.checker import Evidence, check
from chaos.mutations import MUTATIONS, caught

RECORDED = Path(__file__).with_name("evidence.json.gz")
"""Some tickets of a real run under faults: made-up people, no text but what is masked."""


@pytest.fixture(scope="session")
def recorded() -> Evidence:
    """The evidence of a sound run."""
    return Evidence(**json.loads(gzip.decompress(RECORDED.read_bytes())))


def test_a_sound_run_violates_nothing(recorded: Evidence) -> None:
    """A checker that cries wolf is switched off by whoever hears it."""
    assert check(recorded) == []
    assert len(recorded.ticket) > 5


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_what_must_never_happen_is_caught_by_the_rule_meant_for_it(recorded: Evidence, mutation: str) -> None:
    """A checker that cannot fail proves nothing."""
    assert MUTATIONS[mutation][1] in caught(recorded, mutation)


def test_what_others_filed_before_is_not_judged(recorded: Evidence) -> None:
    """A ticket that no line of the journal is about would look like effects without a cause."""
    foreign = next(entry["number"] for entry in recorded.journal if entry["what"] == "sign")
    strange = copy.deepcopy(recorded)
    strange.journal = [
        entry for entry in strange.journal if foreign not in json.dumps(entry, ensure_ascii=False)
    ]
    assert "effect_without_command" in {violation.rule for violation in check(strange)}
    assert check(strange.without({foreign})) == []
    assert foreign in strange.workflows


def test_a_rung_on_its_way_is_not_missing_yet(recorded: Evidence) -> None:
    """A clock that ran out a moment before the picture was taken has some seconds to ring."""
    fresh = copy.deepcopy(recorded)
    last = max(event["at"] for event in fresh.ticket_event)
    fresh.at = last
    assert [violation for violation in check(fresh) if violation.rule == "rung_missing"] == []


def test_an_answer_nobody_got_may_have_counted_or_not(recorded: Evidence) -> None:
    """Of a client that heard nothing only it must be true that its command did not count by half."""
    unsure = copy.deepcopy(recorded)
    for entry in unsure.journal:
        if entry["what"] == "sign":
            entry.update(status=None, error="ReadTimeout", answer=None)
    assert check(unsure) == []


def test_a_server_error_is_a_violation(recorded: Evidence) -> None:
    """503 is an outage; 500 is a bug, whatever was killed."""
    broken = copy.deepcopy(recorded)
    broken.journal[0] = {**broken.journal[0], "status": 500}
    assert "answered_500" in {violation.rule for violation in check(broken)}

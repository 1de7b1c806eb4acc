"""The table of moves: total, closed at its end, and every arrow of it used."""

from typing import get_args

import pytest

from domain.errors import WrongStage
from domain.facts import main_line as f
from domain.facts.fact import AnyFact
from domain.ticket.evolving import evolve
from domain.ticket.transitions import MOVING, STAGES, TRANSITIONS, after, require
from domain.vocabulary import Stage, Status
from phrases import Phrase
from tests.domain.journey import Journey

KINDS = {fact.model_fields["kind"].default for fact in get_args(AnyFact)}


def test_every_arrow_names_a_fact_and_a_reason() -> None:
    """No arrow hangs on a kind that does not exist, none is without a why."""
    assert KINDS >= MOVING
    assert all(reason for _, reason in TRANSITIONS.values())


def test_every_status_belongs_to_a_stage_and_every_stage_has_a_status() -> None:
    """The steps of the process are all in the table."""
    assert set(STAGES) == set(Status)
    assert set(STAGES.values()) == set(Stage)


def test_only_the_requester_leads_out_of_the_end_and_everything_leads_to_it() -> None:
    """From every other status the end can be reached along the arrows."""
    assert [kind for status, kind in TRANSITIONS if status is Status.CLOSED] == ["reopened"]
    reaching = {Status.CLOSED}
    for _ in Status:
        reaching |= {start for (start, _), (end, _) in TRANSITIONS.items() if end in reaching}
    assert reaching == set(Status)


@pytest.mark.parametrize("status", Status)
def test_facts_that_do_not_move_leave_every_status_alone(status: Status) -> None:
    """Remarks, clocks and urging come at any time."""
    for kind in KINDS - MOVING:
        assert after(status, kind) is status


@pytest.mark.parametrize("kind", sorted(MOVING))
@pytest.mark.parametrize("status", Status)
def test_a_move_is_in_the_table_or_refused_in_both_languages(status: Status, kind: str) -> None:
    """`require` and `after` agree on every pair of status and kind."""
    if (status, kind) in TRANSITIONS:
        require(status, kind, Phrase("sign it"))
        assert after(status, kind) is TRANSITIONS[status, kind][0]
        return
    with pytest.raises(WrongStage) as refused:
        require(status, kind, Phrase("sign it"))
    assert refused.value.zh == f"工单当前为“{status.zh}”,不能签收。"
    assert status.en in refused.value.en
    if (status, kind) == (Status.CLOSED, "closed"):
        assert after(status, kind) is Status.CLOSED
    else:
        with pytest.raises(KeyError):
            after(status, kind)


def test_a_fact_the_table_does_not_allow_is_a_bug_and_fails_loudly() -> None:
    """No rule produces it; a log that holds it is refused."""
    journey = Journey()
    signed = f.Signed(at=journey.now, actor=journey.handler)
    once = evolve(journey.ticket, signed)
    with pytest.raises(KeyError):
        evolve(once, signed)

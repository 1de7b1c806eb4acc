"""Which ways off the main line are drawn, and for whom."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.vocabulary import Channel, RequestType, UnitKind
from simulation.city import Request
from simulation.turnings import (
    SHORTEST,
    Turning,
    helping_of,
    is_hung,
    is_upheld,
    turning_of,
    withdraws_after,
)

SEEDS = st.integers(0, 10_000)
LONG = timedelta(minutes=2)
TICKETS = [str(place) for place in range(400)]


def a_request(kind: RequestType = RequestType.COMPLAINT) -> Request:
    """Return a request of this type."""
    return Request(at=0.5, type=kind, channel=Channel.PHONE, description="小区里犬吠扰民。")


def turnings(kind: UnitKind, turn: int = 1, left: timedelta = LONG) -> Counter[Turning]:
    """Return how often a unit of this kind takes each way."""
    return Counter(turning_of(1, "u", kind, ticket, turn, left) for ticket in TICKETS)


def test_a_town_takes_every_way_now_and_then_and_most_often_none() -> None:
    """The branches are the exception."""
    counts = turnings(UnitKind.TOWN)
    assert set(counts) == set(Turning)
    assert counts[Turning.NONE] > len(TICKETS) / 2


def test_only_a_town_whistles() -> None:
    """Other units ask for assistance in its place."""
    for kind in (UnitKind.DEPARTMENT, UnitKind.DISTRICT, UnitKind.ENTERPRISE):
        counts = turnings(kind)
        assert not counts[Turning.WHISTLE]
        both = (Turning.WHISTLE, Turning.ASSIST)
        assert counts[Turning.ASSIST] == sum(turnings(UnitKind.TOWN)[way] for way in both)


@pytest.mark.parametrize(
    ("kind", "turn", "left"),
    [
        (UnitKind.DESK, 1, LONG),
        (UnitKind.TOWN, 2, LONG),
        (UnitKind.TOWN, 1, SHORTEST - timedelta(seconds=1)),
    ],
)
def test_desks_later_turns_and_short_limits_keep_to_the_main_line(
    kind: UnitKind, turn: int, left: timedelta
) -> None:
    """There is no room, or no right, for anything else."""
    assert set(turnings(kind, turn, left)) == {Turning.NONE}


@given(SEEDS, st.sampled_from(TICKETS))
def test_the_same_seed_takes_the_same_way(seed: int, ticket: str) -> None:
    """Nothing but the arguments counts."""
    ways = [turning_of(seed, "u", UnitKind.TOWN, ticket, 1, LONG) for _ in range(2)]
    assert ways[0] is ways[1]
    assert helping_of(seed, "u", ticket) == helping_of(seed, "u", ticket)
    assert withdraws_after(seed, ticket, a_request()) == withdraws_after(seed, ticket, a_request())


def test_reviews_and_desks_decide_both_ways() -> None:
    """Some objections are upheld, some not; some matters are hung, some not."""
    assert {is_upheld(1, ticket) for ticket in TICKETS} == {True, False}
    assert {is_hung(1, ticket) for ticket in TICKETS} == {True, False}


def test_helpers_answer_report_first_or_stay_away() -> None:
    """Each of them happens."""
    helpers = [helping_of(1, "u", ticket) for ticket in TICKETS]
    assert {helper.comes for helper in helpers} == {True, False}
    assert {helper.reports_first for helper in helpers} == {True, False}


def test_a_few_requesters_withdraw_and_never_a_question_or_praise() -> None:
    """One in twenty, of those who want something done."""
    times = [withdraws_after(1, ticket, a_request()) for ticket in TICKETS]
    withdrawn = [after for after in times if after is not None]
    assert 5 < len(withdrawn) < 50
    assert min(withdrawn) > 0
    for kind in (RequestType.INQUIRY, RequestType.PRAISE, RequestType.SUGGESTION):
        assert {withdraws_after(1, ticket, a_request(kind)) for ticket in TICKETS} == {None}

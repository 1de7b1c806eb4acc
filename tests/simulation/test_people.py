"""How people behave in a simulated day."""

from collections import Counter
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.vocabulary import ContactResult, Outcome, Satisfaction
from simulation.people import (
    DeskAct,
    Temperament,
    conduct_of,
    desk_act_of,
    feedback_after,
    opinion_of,
    temperament_of,
)

SEEDS = st.integers(0, 10_000)
WEEK, DAY = timedelta(days=7), timedelta(days=1)
FAILING = {Satisfaction.DISSATISFIED, Satisfaction.VERY_DISSATISFIED}


def units_of(manner: Temperament, seed: int = 1) -> list[str]:
    """Return some units that have this temperament."""
    return [unit for unit in map(str, range(500)) if temperament_of(seed, unit) is manner]


def test_a_city_has_units_of_every_temperament_and_most_are_prompt() -> None:
    """Otherwise nothing would climb, or everything."""
    counts = Counter(temperament_of(1, str(unit)) for unit in range(500))
    assert set(counts) == set(Temperament)
    assert counts.most_common(1)[0][0] is Temperament.PROMPT


def test_only_silent_units_never_sign() -> None:
    """A silent unit may still act now and then; the others always do."""
    for manner in Temperament:
        conducts = [conduct_of(1, unit, "7", 1) for unit in units_of(manner)]
        is_mute = [conduct.sign_after is None for conduct in conducts]
        assert any(is_mute) == (manner is Temperament.SILENT)


def test_only_late_units_give_feedback_after_the_limit() -> None:
    """Slow is not late."""
    for manner in Temperament:
        conducts = [conduct_of(1, unit, "7", 1) for unit in units_of(manner)]
        is_late = [feedback_after(conduct, WEEK, DAY) > WEEK for conduct in conducts]
        assert any(is_late) == (manner is Temperament.LATE)


@given(SEEDS, st.integers(1, 3))
def test_contacts_end_with_the_requester_reached(seed: int, turn: int) -> None:
    """Whoever handles a ticket calls until somebody answers, so that feedback may follow."""
    contacts = conduct_of(seed, "110114005", "3", turn).contacts
    assert contacts[-1] is ContactResult.REACHED
    assert set(contacts[:-1]) <= {ContactResult.NO_ANSWER}


@given(SEEDS)
def test_the_same_seed_draws_the_same(seed: int) -> None:
    """Draws depend on nothing but their arguments: not on order, not on time."""
    assert conduct_of(seed, "E-HEAT", "12", 1) == conduct_of(seed, "E-HEAT", "12", 1)
    assert opinion_of(seed, "12", 1, 1, Outcome.PARTLY) == opinion_of(seed, "12", 1, 1, Outcome.PARTLY)


def test_some_requesters_never_pick_up_and_some_are_displeased() -> None:
    """So that every ending is seen: resolved, unresolved, unreachable."""
    opinions = [
        [opinion_of(1, str(ticket), 1, attempt, Outcome.RESOLVED) for attempt in (1, 2, 3)]
        for ticket in range(300)
    ]
    unreachable = [tries for tries in opinions if not any(opinion.is_answered for opinion in tries)]
    answered = [opinion for tries in opinions for opinion in tries if opinion.is_answered]
    pleased = [opinion for opinion in answered if opinion.resolved and opinion.satisfied not in FAILING]
    assert 5 < len(unreachable) < 60
    assert 0.7 < len(pleased) / len(answered) < 0.95


def test_without_feedback_nobody_was_contacted() -> None:
    """A requester whose unit stayed silent says so."""
    opinions = [opinion_of(1, str(ticket), 1, 1, None) for ticket in range(200)]
    assert not any(opinion.contacted for opinion in opinions if opinion.is_answered)


def test_a_desk_does_each_of_its_acts_now_and_then() -> None:
    """It urges, remarks, reassigns, and sometimes does not answer."""
    acts = {desk_act_of(1, "110114-DESK", str(key))[0] for key in range(100)}
    assert acts == set(DeskAct)

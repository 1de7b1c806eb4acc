"""The plan of a chaos run: fixed by its seed, with bursts and with every fault there is."""

from itertools import pairwise

from chaos.plan import LINKS, OWN, SERVERS, draw

EVERYTHING = (*OWN, *SERVERS, *LINKS)


def test_the_same_seed_draws_the_same_plan_and_another_seed_another() -> None:
    """The seed fixes load and faults."""
    first = draw(7, 240, victims=EVERYTHING, fills=True)
    assert first == draw(7, 240, victims=EVERYTHING, fills=True)
    assert first.faults != draw(8, 240, victims=EVERYTHING, fills=True).faults
    assert first.arrivals != draw(8, 240, victims=EVERYTHING, fills=True).arrivals


def test_every_kind_of_fault_strikes_within_four_minutes() -> None:
    """A run of ordinary length leaves nothing out."""
    plan = draw(3, 240, victims=EVERYTHING, fills=True)
    struck = {fault.kind for fault in plan.faults}
    assert struck == {"kill", "freeze", "restart", "cut", "swallow", "delay", "fill"}
    assert {part for fault in plan.faults for part in fault.victim.split("+")} >= {*OWN, *SERVERS, *LINKS}


def test_faults_strike_only_what_there_is() -> None:
    """Where servers are somebody else's, only what the driver can reach is struck."""
    plan = draw(3, 240, victims=("api-1", "api-temporal"), fills=False)
    assert {fault.victim for fault in plan.faults} == {"api-1", "api-temporal"}
    assert draw(3, 240, victims=(), fills=False).faults == ()


def test_requests_come_in_bursts_of_twenty_a_second_and_in_between() -> None:
    """The load has peaks that a queue must take."""
    arrivals = draw(5, 240, victims=(), fills=False).arrivals
    peak = max(sum(start <= at < start + 1 for at in arrivals) for start in arrivals)
    assert peak >= 20
    assert max(after - before for before, after in pairwise(arrivals)) < 35

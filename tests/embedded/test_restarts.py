"""A child that dies is started again with growing patience, and given up at the fifth death in a minute."""

from hypothesis import given
from hypothesis import strategies as st

from embedded.restarts import LAST_DELAY_SECONDS, LIMIT, WINDOW_SECONDS, Restarts


def test_each_death_within_a_minute_doubles_the_wait() -> None:
    """A server that needs a moment gets it."""
    restarts = Restarts()
    assert [restarts.delay_after_death(at) for at in (0.0, 1.0, 2.0, 3.0)] == [0.2, 0.4, 0.8, 1.6]


def test_the_fifth_death_within_a_minute_ends_it() -> None:
    """Something that cannot run must be seen, not repeated."""
    restarts = Restarts([0.0, 10.0, 20.0, 30.0])
    assert restarts.delay_after_death(59.9) is None


def test_a_death_a_minute_ago_is_forgotten() -> None:
    """Five deaths in a week are no reason to stop."""
    restarts = Restarts([0.0, 10.0, 20.0, 30.0])
    assert restarts.delay_after_death(60.0) == 1.6


@given(st.lists(st.floats(min_value=15.01, max_value=1000), min_size=1, max_size=40))
def test_a_child_that_lives_a_quarter_of_a_minute_is_never_given_up(lives: list[float]) -> None:
    """Fewer than five deaths fit into any minute then."""
    restarts, now = Restarts(), 0.0
    for life in lives:
        now += life
        delay = restarts.delay_after_death(now)
        assert delay is not None
        assert 0 < delay <= LAST_DELAY_SECONDS


@given(st.lists(st.floats(min_value=0, max_value=30), min_size=1, max_size=60))
def test_it_is_given_up_exactly_when_a_minute_holds_five_deaths(waits: list[float]) -> None:
    """Compared with counting by hand."""
    restarts, deaths = Restarts(), [0.0]
    assert restarts.delay_after_death(0.0) is not None
    for wait in waits:
        deaths.append(deaths[-1] + wait)
        recent = [death for death in deaths if deaths[-1] - death < WINDOW_SECONDS]
        assert (restarts.delay_after_death(deaths[-1]) is None) == (len(recent) >= LIMIT)

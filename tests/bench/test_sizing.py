"""The sizing page's figures follow from its inputs."""

import pytest

from bench.sizing import Cost, Habits, changed, need, table


def test_twice_the_requests_need_twice_the_cores_and_disk() -> None:
    """Everything but the smallest numbers is proportional."""
    one, two = (need(requests, Cost(), Habits()) for requests in (1_000_000, 2_000_000))
    assert two.cores == {part: pytest.approx(2 * cores) for part, cores in one.cores.items()}
    assert two.engine_gb == pytest.approx(2 * one.engine_gb)


def test_a_small_city_still_survives_the_loss_of_a_process() -> None:
    """Two of each, on three hosts, with the shards that leave room to grow."""
    small = need(100, Cost(), Habits())
    assert (small.processes, small.hosts, small.shards) == ({"worker": 2, "api": 2}, 3, 512)


def test_shards_grow_with_the_writes() -> None:
    """A power of two that keeps each below five writes a second."""
    huge = need(20_000_000, Cost(transitions=15), Habits(peak_share=0.1, burst=2.5))
    assert huge.shards == 8192
    assert 2.5 < huge.transitions_rate / huge.shards <= 5


def test_an_input_can_be_changed_by_name_and_no_other_word_is_taken() -> None:
    """A slip must not give the figures of before."""
    cost, habits = changed(["worker_ms=1", "retention_days=7"])
    assert (cost.worker_ms, habits.retention_days) == (1, 7)
    with pytest.raises(ValueError, match="workerms"):
        changed(["workerms=1"])


def test_the_table_has_a_column_for_each_number() -> None:
    """As the page shows it."""
    lines = table([70_000, 210_000], Cost(), Habits()).splitlines()
    assert {line.count("|") for line in lines} == {4}

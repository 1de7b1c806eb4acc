"""The breaker between intake and the engine: when it opens, what it lets through, when it closes."""

from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest
from temporalio.client import Client

from api.breaker import Breaker
from api.hotline import Hotline
from readmodel import reconcile
from tests.api.desk import SHORT, Desk, impatient, no_engine, serving, until


class Watch:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        """Begin at nought."""
        self.seconds = 0.0

    def __call__(self) -> float:
        """Return what it shows."""
        return self.seconds


@pytest.fixture
def watch() -> Watch:
    """The breaker's clock."""
    return Watch()


@pytest.fixture
def breaker(watch: Watch) -> Breaker:
    """A breaker that opens after three failures and probes every five seconds."""
    return Breaker(now=watch)


def is_lost(breaker: Breaker) -> None:
    """Let the engine not answer three times: the breaker opens."""
    for _ in range(3):
        breaker.note(answered=False)
    assert breaker.is_open


def test_it_opens_after_three_failures_in_a_row_and_not_before(breaker: Breaker) -> None:
    """An answer in between restarts the count."""
    for answered in (False, False, True, False, False):
        assert breaker.lets_through()
        breaker.note(answered=answered)
    assert not breaker.is_open
    breaker.note(answered=False)
    assert breaker.is_open
    assert not breaker.lets_through()


def test_while_open_it_lets_one_probe_through_at_a_time(breaker: Breaker, watch: Watch) -> None:
    """Whoever comes while the probe is out, or before its pause is over, does not wait."""
    is_lost(breaker)
    assert [breaker.lets_through() for _ in range(3)] == [False] * 3
    watch.seconds = 5
    assert [breaker.lets_through() for _ in range(3)] == [True, False, False]
    breaker.note(answered=False)
    assert not breaker.lets_through()
    watch.seconds = 10
    assert breaker.lets_through()
    breaker.note(answered=True)
    assert [breaker.lets_through() for _ in range(3)] == [True] * 3


class Counting:
    """An engine's client that is not there, and how often it was asked."""

    def __init__(self, client: Client) -> None:
        """Stand before `client`."""
        self._client = client
        self.asked = 0

    def __getattr__(self, name: str) -> object:
        """Count each start, and pass it on."""
        self.asked += name == "start_workflow"
        return getattr(self._client, name)


async def test_intake_stops_asking_an_engine_that_is_away_and_every_request_is_kept(
    idle: Hotline, breaker: Breaker, watch: Watch
) -> None:
    """Three wait for it, two do not; after the pause one asks again; all are left to be started."""
    engine = Counting(await no_engine())
    hotline = replace(impatient(idle), client=cast("Client", engine), breaker=breaker)
    async with serving(hotline) as http:
        desk = Desk(http, hotline)
        numbers = [await desk.has_filed() for _ in range(5)]
        assert engine.asked == 3
        watch.seconds = 5
        numbers.append(await desk.has_filed())
        numbers.append(await desk.has_filed())
        assert engine.asked == 4
    waiting = await reconcile.not_started(hotline.database, SHORT * 0, 10)
    assert sorted(intake.number for intake in waiting) == sorted(numbers)


async def test_while_the_engine_is_known_to_be_away_a_ticket_is_read_without_asking_it(
    idle: Hotline, breaker: Breaker
) -> None:
    """From the projection at once: the engine, which is there, is not asked."""
    hotline = replace(idle, breaker=breaker)
    async with serving(hotline) as http:
        desk = Desk(http, hotline)
        number = await desk.has_filed()
        is_lost(breaker)
        engineless = replace(hotline, client=cast("Client", None))
    async with serving(engineless) as http:
        assert (await Desk(http, engineless).sees(f"tickets/{number}"))["live"] is False
    await hotline.starter.close()


async def test_an_engine_that_is_back_is_found_by_the_next_read_of_a_ticket(
    worked: Hotline, breaker: Breaker, watch: Watch
) -> None:
    """At night nobody files: one read a pause tries the engine; once it answers all reads are live."""
    hotline = replace(worked, breaker=breaker)
    async with serving(hotline) as http:
        desk = Desk(http, hotline)
        number = await desk.has_filed()
        is_lost(breaker)
        assert (await desk.sees(f"tickets/{number}"))["live"] is False
        watch.seconds = 5
        assert (await desk.sees(f"tickets/{number}"))["live"] is True
        assert not breaker.is_open
    await hotline.starter.close()


async def test_an_engine_found_by_readyz_is_used_by_the_next_intake(idle: Hotline, watch: Watch) -> None:
    """Nobody has to be the probe where something asks for readiness every few seconds."""
    breaker = Breaker(failures=1, pause=timedelta(days=1), now=watch)
    hotline = replace(idle, breaker=breaker)
    breaker.note(answered=False)
    async with serving(hotline) as http:
        desk = Desk(http, hotline)
        assert (await desk.files()).json()["started"] is False
        assert await until(http, "/readyz", '"engine":true')
        assert (await desk.files()).json()["started"] is True
    await hotline.starter.close()

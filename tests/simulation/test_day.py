"""The day itself: filing, watching, and what happens when somebody at work fails."""

import asyncio
from random import Random

import pytest
from rich.console import Console

from clock import utc_now
from domain.vocabulary import Level
from rules.pack import RulePack
from rules.reading import load
from simulation.city import requests_of_a_day
from simulation.day import Day
from simulation.report import progress_line, screen
from tests.simulation.city_hall import CityHall
from tests.simulation.sightings import a_closed_one, a_sighting

NUMBER = "20261122-000001-4"


@pytest.fixture(scope="module")
def pack() -> RulePack:
    """The edition of the demonstration."""
    return load("beijing-minutes")


async def nobody(_day: Day, _code: str) -> None:
    """Do nothing when nudged."""


async def watched(day: Day, rounds: float = 0.05) -> list[tuple[str, str]]:
    """Watch for a moment and return who was nudged."""
    nudged: list[tuple[str, str]] = []

    async def unit(_day: Day, code: str) -> None:
        nudged.append(("unit", code))

    async def desk(_day: Day, code: str) -> None:
        nudged.append(("desk", code))

    watcher = asyncio.create_task(day.watch(unit, desk))
    await asyncio.sleep(rounds)
    watcher.cancel()
    await day.rest()
    return nudged


async def test_every_request_is_filed_once_and_its_number_is_kept(pack: RulePack) -> None:
    """The account at the end rests on these numbers."""
    hall, requests = CityHall(), requests_of_a_day(pack, Random(1), 30, [])
    day = Day(hall, pack, 1, utc_now)
    await day.file_all(requests, seconds=0.1)
    assert list(day.filed.values()) == requests
    assert len(hall.bodies) == len(day.filed) == 30
    assert {day.name(number) for number in day.filed} == {str(place) for place in range(30)}


async def test_the_unit_of_a_new_turn_is_nudged(pack: RulePack) -> None:
    """And nobody else."""
    assert await watched(Day(CityHall(listed=[a_sighting(NUMBER)]), pack, 1, utc_now)) == [
        ("unit", "110114005")
    ]


@pytest.mark.parametrize(("level", "desk"), [("district", "110114-DESK"), ("city", "BJ-DESK")])
async def test_the_desk_above_is_nudged_when_a_ticket_climbs(pack: RulePack, level: str, desk: str) -> None:
    """The district's desk for a district's unit, else the city's."""
    day = Day(CityHall(listed=[a_sighting(NUMBER, level=level)]), pack, 1, utc_now)
    assert ("desk", desk) in await watched(day)
    assert day.climbed[Level(level)] == {NUMBER}


async def test_a_closed_ticket_nudges_nobody(pack: RulePack) -> None:
    """It is nobody's any more."""
    assert await watched(Day(CityHall(listed=[a_closed_one(NUMBER)]), pack, 1, utc_now)) == []


async def test_what_somebody_at_work_runs_into_ends_the_day(pack: RulePack) -> None:
    """A simulated person that breaks is a bug of the demonstration, and is reported as such."""
    day = Day(CityHall(), pack, 1, utc_now)

    async def stumble() -> None:
        raise ValueError("stumbled")

    day.check()
    day.spawn(stumble())
    await day.rest()
    with pytest.raises(ValueError, match="stumbled"):
        day.check()


async def test_the_progress_shows_stages_lateness_and_endings(pack: RulePack) -> None:
    """The same numbers on a screen and in a line."""
    late = a_sighting("20261122-000002-2", overdue=True, level="district")
    hall = CityHall(listed=[a_sighting(NUMBER), late, a_closed_one("20261122-000003-0")])
    day = Day(hall, pack, 1, utc_now)
    await day.look()
    line = progress_line(day, planned=3, seconds=65.0)
    assert line.startswith("01:05")
    for part in ("办理 2", "超时 overdue 1", "到区 district 1", "到市 city 0", "办结 ended 1"):
        assert part in line
    console = Console(width=140)
    with console.capture() as captured:
        console.print(screen(day, planned=3, seconds=65.0))
    assert "回龙观街道" in captured.get()
    assert "曾提级到区" in captured.get()

"""Many who report the same failure, and requesters who take their request back."""

import asyncio
from random import Random

import pytest

from clock import utc_now
from rules.pack import RulePack
from rules.reading import load
from simulation.city import neighbours
from simulation.day import Day
from simulation.line import Seen
from simulation.outage import FEW, keep_incidents
from simulation.requesters import change_their_minds
from simulation.turnings import withdraws_after
from tests.simulation.city_hall import CityHall
from tests.simulation.sightings import a_sighting

HEATING = {"code": "heating.indoor.none", "zh": "完全不热", "en": "No heat at all"}
LEAD = {"code": "E-HEAT", "zh": "北京市热力集团", "en": "Beijing District Heating Group"}


@pytest.fixture(scope="module")
def pack() -> RulePack:
    """The edition of the demonstration."""
    return load("beijing-minutes")


def cold(place: int, **changes: object) -> Seen:
    """Return a heating complaint of one town."""
    return a_sighting(f"20261122-{place:06d}-0", **({"category": HEATING, "unit": LEAD} | changes))


async def incidents_of(
    pack: RulePack, listed: list[Seen], seconds: float = 2.5
) -> list[tuple[str, dict[str, object]]]:
    """Return what incidents receive in the first `seconds` of these tickets being in the list."""
    hall = CityHall(listed=listed)
    day = Day(hall, pack, 1, utc_now, seen={seen.number: seen for seen in listed})
    desk = asyncio.create_task(keep_incidents(day))
    await asyncio.sleep(seconds)
    desk.cancel()
    await day.go_home()
    return hall.incident_acts


async def test_enough_alike_make_an_incident_whose_lead_answers_all(pack: RulePack) -> None:
    """One incident, every ticket joined once, one result with the proof that the matter asks for."""
    acts = await incidents_of(pack, [cold(place) for place in range(FEW)])
    assert [act for act, _ in acts] == ["open", "join", "result"]
    (_, opened), (_, joined), (_, result) = acts
    assert opened["unit"] == "E-HEAT"
    assert sorted(_texts(joined["tickets"])) == [cold(place).number for place in range(FEW)]
    assert result["actor"] == {"unit": "E-HEAT", "role": "handler", "person": "E-HEAT-handler"}
    assert result["proof"]


async def test_too_few_of_other_matters_or_with_other_units_make_none(pack: RulePack) -> None:
    """A person would not see one cause in them."""
    assert await incidents_of(pack, [cold(place) for place in range(FEW - 1)], 0.05) == []
    others = [a_sighting(f"20261122-{place:06d}-0") for place in range(9)]
    assert await incidents_of(pack, others, 0.05) == []


async def test_what_lies_with_another_unit_or_is_answered_does_not_join(pack: RulePack) -> None:
    """It would be refused."""
    others = [cold(8, unit=a_sighting().unit), cold(9, status="feedback_given", stage="feedback")]
    acts = dict(await incidents_of(pack, [*(cold(place) for place in range(FEW)), *others], 0.2))
    assert len(_texts(acts["join"]["tickets"])) == FEW


def test_neighbours_live_in_one_town_and_call_soon_after_each_other(pack: RulePack) -> None:
    """So that somebody may see one cause in what they say."""
    some = neighbours(pack, Random(1), 12)
    assert len({request.town for request in some}) == 1
    assert {request.category for request in some} == {"heating.indoor.none"}
    assert len({request.phone for request in some}) == 12
    times = [request.at for request in some]
    assert max(times) - min(times) < 0.1


async def test_who_withdraws_does_so_with_the_own_tracking_code(pack: RulePack) -> None:
    """As the requester, in no unit's name."""
    (request,) = neighbours(pack, Random(1), 1)
    hall = CityHall()
    seed = min(range(2000), key=lambda seed: withdraws_after(seed, "0", request) or 99.0)
    day = Day(hall, pack, seed, utc_now)
    await day.file_all([request], seconds=0.0)
    (number,) = day.filed
    minds = asyncio.create_task(change_their_minds(day))
    await asyncio.sleep(0.05)
    minds.cancel()
    await day.rest()
    ((of, act, unit, fields),) = hall.commands
    assert (of, act, unit) == (number, "withdraw", "")
    assert fields["tracking_code"] == hall.codes[number]


def _texts(value: object) -> list[str]:
    assert isinstance(value, list)
    return [str(one) for one in value]

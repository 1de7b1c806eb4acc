"""Handling units at work, against a hotline in memory."""

from datetime import UTC, datetime, timedelta

import pytest

from clock import utc_now
from domain.vocabulary import ContactResult, UnitKind
from rules.pack import RulePack
from rules.reading import load
from simulation.day import Day
from simulation.line import Seen
from simulation.people import Conduct, Temperament, conduct_of, temperament_of
from simulation.turnings import SHORTEST, Turning, turning_of
from simulation.units import handle, read_worklist
from tests.simulation.city_hall import CityHall
from tests.simulation.sightings import NOON, a_sighting

NUMBER = "20261122-000001-4"
UNIT = "110114005"


@pytest.fixture(scope="module")
def pack() -> RulePack:
    """The edition of the demonstration."""
    return load("beijing-minutes")


def seed_with(wanted: dict[str, object], manner: Temperament = Temperament.PROMPT) -> int:
    """Return a seed by which the unit has this temperament and its conduct these values."""
    for seed in range(5000):
        conduct: Conduct = conduct_of(seed, UNIT, NUMBER, 1)
        has_all = all(getattr(conduct, name) == value for name, value in wanted.items())
        is_silent = (conduct.sign_after is None) == (manner is Temperament.SILENT)
        if temperament_of(seed, UNIT) is manner and is_silent and has_all:
            return seed
    pytest.fail("no seed draws this")


STRAIGHT: dict[str, object] = {"contacts": (ContactResult.REACHED,), "forgets_contact": False}


async def test_a_prompt_unit_signs_calls_and_reports_in_this_order(pack: RulePack) -> None:
    """The plain way of a ticket, every act by the unit itself."""
    hall = CityHall(listed=[a_sighting(NUMBER)])
    await handle(Day(hall, pack, seed_with(STRAIGHT), utc_now), UNIT, a_sighting(NUMBER))
    assert hall.acts == ["sign", "contact", "feedback"]
    assert {unit for _, _, unit, _ in hall.commands} == {UNIT}


async def test_somebody_goes_to_the_door_where_that_is_promised(pack: RulePack) -> None:
    """A matter with a door clock is visited before feedback."""
    hall = CityHall(promises_visit=True)
    await handle(Day(hall, pack, seed_with(STRAIGHT), utc_now), UNIT, a_sighting(NUMBER))
    assert hall.acts == ["sign", "contact", "visit", "feedback"]


async def test_feedback_carries_the_proof_that_the_matter_asks_for(pack: RulePack) -> None:
    """A leaf that wants a photo gets one, a leaf that wants none gets none."""
    leaves = {leaf.proof: leaf for leaf in pack.leaves()}
    for kind, kinds in (("photo", ["photo"]), ("document", ["document"]), ("none", [])):
        hall = CityHall()
        seen = a_sighting(NUMBER, category=leaves[kind].named.model_dump())
        await handle(Day(hall, pack, seed_with(STRAIGHT), utc_now), UNIT, seen)
        proof = hall.commands[-1][3]["proof"]
        assert isinstance(proof, list)
        assert [piece["kind"] for piece in proof] == kinds


async def test_failed_calls_are_logged_before_the_one_that_reaches(pack: RulePack) -> None:
    """Every attempt is on record."""
    contacts = (*(ContactResult.NO_ANSWER,) * 3, ContactResult.REACHED)
    hall = CityHall()
    seed = seed_with({"contacts": contacts, "forgets_contact": False})
    await handle(Day(hall, pack, seed, utc_now), UNIT, a_sighting(NUMBER))
    logged = [fields["result"] for _, name, _, fields in hall.commands if name == "contact"]
    assert logged == [result.value for result in contacts]


async def test_a_forgetful_unit_tries_feedback_before_anybody_called(pack: RulePack) -> None:
    """It is refused, and then does what it should have done."""
    hall = CityHall()
    seed = seed_with({"contacts": (ContactResult.REACHED,), "forgets_contact": True})
    await handle(Day(hall, pack, seed, utc_now), UNIT, a_sighting(NUMBER))
    assert hall.acts == ["sign", "feedback", "contact", "feedback"]


@pytest.mark.parametrize(("refused", "left"), [("sign", []), ("contact", ["sign"])])
async def test_a_unit_stops_when_its_act_no_longer_counts(
    pack: RulePack, refused: str, left: list[str]
) -> None:
    """The ticket went to another unit meanwhile."""
    hall = CityHall(refuses=frozenset({refused}))
    await handle(Day(hall, pack, seed_with(STRAIGHT), utc_now), UNIT, a_sighting(NUMBER))
    assert hall.acts == left


async def test_a_silent_unit_does_nothing_while_nobody_stirs_it(pack: RulePack) -> None:
    """When the ticket has left it, its silence ends without an act."""
    hall = CityHall()
    day = Day(hall, pack, seed_with(STRAIGHT, Temperament.SILENT), utc_now)
    day.seen[NUMBER] = a_sighting(NUMBER, status="surveying")
    await handle(day, UNIT, a_sighting(NUMBER))
    assert hall.acts == []


@pytest.mark.parametrize(("wakes", "acts"), [(True, ["sign", "contact", "feedback"]), (False, [])])
async def test_an_urge_stirs_some_silent_units_and_not_others(
    pack: RulePack, wakes: bool, acts: list[str]
) -> None:
    """The ticket was urged; a moment later it lies with another turn."""
    hall = CityHall()
    seed = seed_with({**STRAIGHT, "wakes_when_urged": wakes}, Temperament.SILENT)
    day = Day(hall, pack, seed, utc_now)
    day.seen[NUMBER] = a_sighting(NUMBER, urged=1, turn=1 if wakes else 2)
    await handle(day, UNIT, a_sighting(NUMBER))
    assert hall.acts == acts


async def test_a_unit_begins_each_ticket_of_its_worklist_once(pack: RulePack) -> None:
    """However often it is nudged."""
    hall = CityHall(listed=[a_sighting(NUMBER)])
    day = Day(hall, pack, seed_with(STRAIGHT), utc_now)
    for _ in range(3):
        await read_worklist(day, UNIT)
    await day.rest()
    assert hall.acts.count("sign") == 1


async def test_the_citys_desk_finds_what_it_handles_itself(pack: RulePack) -> None:
    """Its worklist is the dispatcher's; its own tickets stand in the city's list."""
    desk = pack.city_desk.named.model_dump()
    hall = CityHall(listed=[a_sighting(NUMBER, unit=desk)])
    day = Day(hall, pack, 1, utc_now)
    await read_worklist(day, pack.city_desk.code)
    await day.go_home()
    assert not day.first_time("handle", NUMBER, 1)


def an_hour_left(**changes: object) -> Seen:
    """Return the ticket with a promise that leaves room for more than the main line."""
    return a_sighting(NUMBER, promised_at=datetime.now(UTC) + SHORTEST + timedelta(seconds=3), **changes)


async def test_a_unit_that_objects_does_not_sign(pack: RulePack) -> None:
    """It says whose the matter is instead, and leaves it to the review."""
    seed = next(
        seed
        for seed in range(5000)
        if turning_of(seed, UNIT, UnitKind.TOWN, NUMBER, 1, SHORTEST) is Turning.OBJECT
        and conduct_of(seed, UNIT, NUMBER, 1).sign_after is not None
    )
    hall = CityHall()
    await handle(Day(hall, pack, seed, utc_now), UNIT, an_hour_left())
    assert hall.acts == ["object"]
    assert hall.commands[0][3]["proposed"] == "110114"


async def test_what_has_joined_an_incident_gets_no_feedback_of_its_own(pack: RulePack) -> None:
    """The result of the incident is its feedback."""
    hall = CityHall()
    day = Day(hall, pack, seed_with(STRAIGHT), utc_now)
    lead = {"code": UNIT, "zh": "回龙观街道", "en": "Huilongguan Subdistrict"}
    member = {"number": "I20261122-000001", "lead": lead, "joined_at": NOON}
    day.seen[NUMBER] = a_sighting(NUMBER, incident=member)
    await handle(day, UNIT, a_sighting(NUMBER))
    assert hall.acts == ["sign", "contact"]

"""Units off the main line, against a hotline in memory."""

import pytest

from clock import utc_now
from rules.pack import RulePack
from rules.reading import load
from simulation.day import Day
from simulation.partners import departments, turn_off
from simulation.turnings import Turning, helping_of, is_hung
from tests.simulation.city_hall import CityHall
from tests.simulation.sightings import a_sighting

NUMBER = "20261122-000001-4"
TOWN = "110114005"


@pytest.fixture(scope="module")
def pack() -> RulePack:
    """The edition of the demonstration."""
    return load("beijing-minutes")


async def turned(
    pack: RulePack, turning: Turning, seed: int, refuses: frozenset[str] = frozenset()
) -> CityHall:
    """Return the hotline after the town has taken this way."""
    hall = CityHall(refuses=refuses)
    await turn_off(Day(hall, pack, seed, utc_now), TOWN, a_sighting(NUMBER), turning)
    return hall


async def test_the_main_line_needs_nothing_more(pack: RulePack) -> None:
    """Most tickets."""
    assert (await turned(pack, Turning.NONE, 1)).acts == []


async def test_a_whistle_ends_after_the_called_have_come_and_both_sides_rate(pack: RulePack) -> None:
    """Who came rates the town and is rated by it; who did not come is neither."""
    hall = await turned(pack, Turning.WHISTLE, 1)
    called = hall.commands[0][3]["called"]
    assert isinstance(called, list)
    manners = {unit: helping_of(1, unit, NUMBER) for unit in called}
    came = [unit for unit, manner in manners.items() if manner.comes]
    reported = [unit for _, name, unit, _ in hall.commands if name == "report_in"]
    assert sorted(reported) == sorted(came)
    assert hall.acts[: len(came) + 2] == ["whistle", *["report_in"] * len(came), "end_whistle"]
    rated = [unit for _, name, unit, _ in hall.commands if name == "rate_whistle"]
    assert sorted(rated) == sorted([*[TOWN] * len(came), *came])


@pytest.mark.parametrize(
    ("comes", "reports_first", "acts"),
    [
        (True, False, ["assist", "answer_task"]),
        (True, True, ["assist", "report_task", "answer_task"]),
        (False, False, ["assist", "waive_task"]),
    ],
)
async def test_a_helper_answers_reports_first_or_is_waived(
    pack: RulePack, comes: bool, reports_first: bool, acts: list[str]
) -> None:
    """The lead never waits for ever."""
    for seed in range(200):
        (helper,) = departments(Day(CityHall(), pack, seed, utc_now), a_sighting(NUMBER), TOWN, 1)
        manner = helping_of(seed, helper, NUMBER)
        if (manner.comes, manner.reports_first, manner.after < 1) == (comes, reports_first, True):
            break
    else:
        pytest.fail("no seed draws this")
    hall = await turned(pack, Turning.ASSIST, seed)
    assert hall.acts == acts
    assert {unit for _, name, unit, _ in hall.commands if name in ("report_task", "answer_task")} <= {helper}


@pytest.mark.parametrize("hung", [True, False])
async def test_the_desk_that_is_asked_hangs_a_matter_or_refuses(pack: RulePack, hung: bool) -> None:
    """The requester is notified of what is on hold, and the unit clears it."""
    seed = next(seed for seed in range(100) if is_hung(seed, NUMBER) is hung)
    hall = await turned(pack, Turning.HANG, seed)
    ledger = ["approve_hanging", "update_requester", "clear_hanging"]
    assert hall.acts == ["propose_hanging", *(ledger if hung else ["refuse_hanging"])]
    assert hall.commands[1][2] == "110114-DESK"


@pytest.mark.parametrize(
    ("turning", "refused"),
    [
        (Turning.WHISTLE, "whistle"),
        (Turning.ASSIST, "assist"),
        (Turning.HANG, "propose_hanging"),
    ],
)
async def test_a_refusal_leads_back_to_the_main_line(pack: RulePack, turning: Turning, refused: str) -> None:
    """The ticket has moved on meanwhile."""
    assert (await turned(pack, turning, 1, frozenset({refused}))).acts == []

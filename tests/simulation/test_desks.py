"""The desks at work, against a hotline in memory."""

import asyncio

import pytest

from clock import utc_now
from domain.vocabulary import ClockName, Level
from rules.pack import RulePack
from rules.reading import load
from simulation.day import Day
from simulation.desks import answer_escalations, keep_city_desk
from simulation.line import Escalation, Happened, Seen
from simulation.people import DeskAct, desk_act_of
from simulation.turnings import is_upheld
from tests.simulation.city_hall import CityHall
from tests.simulation.sightings import a_sighting

NUMBER = "20261122-000001-4"
DESK = "110114-DESK"


@pytest.fixture(scope="module")
def pack() -> RulePack:
    """The edition of the demonstration."""
    return load("beijing-minutes")


def waiting(**changes: object) -> Seen:
    """Return a ticket without unit that waits for the dispatcher."""
    plain: dict[str, object] = {"unit": None, "stage": "dispatch", "status": "awaiting_dispatch", "turn": 0}
    return a_sighting(NUMBER, **(plain | changes))


async def desk_at_work(hall: CityHall, pack: RulePack, seed: int = 1) -> list[str]:
    """Let the city's desk work until what it began is done; return what it did."""
    day = Day(hall, pack, seed, utc_now)
    desk = asyncio.create_task(keep_city_desk(day))
    await asyncio.sleep(0.05)
    desk.cancel()
    await day.rest()
    return hall.acts


async def test_the_dispatcher_sends_out_what_has_a_category(pack: RulePack) -> None:
    """Nothing is to be classified where somebody named the matter."""
    assert await desk_at_work(CityHall(listed=[waiting()]), pack) == ["dispatch"]


async def test_the_dispatcher_classifies_by_the_words_what_has_none(pack: RulePack) -> None:
    """The proposal of the rules for the masked description; the directory does the rest."""
    nameless = {"code": "unclassified", "zh": "未分类", "en": "unclassified"}
    hall = CityHall(listed=[waiting(category=nameless, description="我家暖气不热,室温不达标。")])
    assert await desk_at_work(hall, pack) == ["classify"]
    assert str(hall.commands[0][3]["category"]).startswith("heating")


async def test_words_that_suggest_nothing_go_out_unclassified(pack: RulePack) -> None:
    """No request stays behind for want of a category."""
    nameless = {"code": "unclassified", "zh": "未分类", "en": "unclassified"}
    hall = CityHall(listed=[waiting(category=nameless, description="您好,谢谢。")])
    assert await desk_at_work(hall, pack) == ["dispatch"]


async def test_inquiries_are_answered_at_once_or_dispatched(pack: RulePack) -> None:
    """Over some days both happen."""
    acts = [
        (await desk_at_work(CityHall(listed=[waiting(type="inquiry")]), pack, seed))[0] for seed in range(4)
    ]
    assert set(acts) == {"answer", "dispatch"}


async def test_a_callback_records_an_answer_or_that_there_was_none(pack: RulePack) -> None:
    """An answered call has all three answers, an unanswered one none."""
    calling: dict[str, object] = {
        "status": "surveying",
        "stage": "evaluate",
        "survey_tries": 1,
        "outcome": "resolved",
    }
    seen = [waiting(number=f"20261122-{place:06d}-0", **calling) for place in range(40)]
    hall = CityHall(listed=seen)
    await desk_at_work(hall, pack)
    answers = [fields for _, _, _, fields in hall.commands]
    assert {fields["result"] for fields in answers} == {"answered", "no_answer"}
    for fields in answers:
        assert ("satisfied" in fields) == (fields["result"] == "answered")


@pytest.mark.parametrize("wanted", list(DeskAct))
async def test_a_desk_answers_an_escalation_in_one_of_its_ways(pack: RulePack, wanted: DeskAct) -> None:
    """Urging, remarking, giving it to the district, or leaving it."""
    seed = next(seed for seed in range(500) if desk_act_of(seed, DESK, f"{NUMBER}/sign_by")[0] is wanted)
    climb = Escalation(key="k", number=NUMBER, to=DESK, clock=ClockName.SIGN_BY, level=Level.DISTRICT)
    hall = CityHall(climbs=[climb])
    day = Day(hall, pack, seed, utc_now, seen={NUMBER: a_sighting(NUMBER)})
    for _ in range(2):
        await answer_escalations(day, DESK)
    await day.rest()
    assert hall.acts == ([] if wanted is DeskAct.LEAVE else [wanted.value])
    assert all(unit == DESK for _, _, unit, _ in hall.commands)
    if wanted is DeskAct.REASSIGN:
        assert hall.commands[0][3]["unit"] == "110114"


@pytest.mark.parametrize("proposed", [None, "110114"])
async def test_another_person_than_the_dispatcher_decides_an_objection(
    pack: RulePack, proposed: str | None
) -> None:
    """A good one goes to whom the unit proposed; one that proposes nobody fails."""
    named = {"code": proposed} if proposed else None
    past = [Happened(kind="objected", fact={"proposed": named})]
    hall = CityHall(listed=[waiting(status="objected", stage="handle", turn=1)], past=past)
    seed = next(seed for seed in range(50) if is_upheld(seed, NUMBER))
    assert await desk_at_work(hall, pack, seed) == ["decide_objection"]
    fields = hall.commands[0][3]
    assert fields["verdict"] == ("upheld" if proposed else "rejected")
    assert fields.get("unit") == proposed

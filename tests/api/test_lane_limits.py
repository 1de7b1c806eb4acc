"""Who is served next: turns by key and weight, shares, who gives way, and an end to waiting."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.lane_limits import Bounds, Lane, LaneFull, LaneLimits

LONG = timedelta(minutes=5)
WIDE = Bounds(places=100, gives_way=1000, waiting=1000, patience=LONG)


def limits(lane: Bounds, weights: dict[str, float] | None = None, /, **others: Bounds) -> LaneLimits:
    """Return limits where intake has the bounds `lane`, and the other lanes theirs or room enough."""
    bounds = {Lane.INTAKE: lane, **{which: others.get(which.value, WIDE) for which in list(Lane)[1:]}}
    known = weights or {}
    return LaneLimits(bounds, lambda _lane, key: known.get(key, 1.0))


class House:
    """Visitors of one lane who stay until they are sent out, and the order in which they were served."""

    def __init__(self, within: LaneLimits, lane: Lane = Lane.INTAKE) -> None:
        """Let visitors come to `lane`."""
        self.limits = within
        self.lane = lane
        self.served: list[str] = []
        self.inside: list[tuple[str, asyncio.Event]] = []
        self.visits: list[asyncio.Task[None]] = []

    async def comes(self, *keys: str) -> None:
        """Let a visitor of each key come, in this order."""
        for key in keys:
            self.visits.append(asyncio.create_task(self._visit(key)))
            await _settle()

    async def sends_out_one(self) -> None:
        """End the visit of whoever has been inside the longest."""
        _, out = self.inside.pop(0)
        out.set()
        await _settle()

    async def leaves(self, *keys: str) -> None:
        """End the visit of whoever of these keys has been inside the longest."""
        out = next(out for key, out in self.inside if key in keys)
        out.set()
        await _settle()

    async def empties(self) -> None:
        """Send everybody out, one after the other, until nobody waits and nobody is inside."""
        while self.inside:
            await self.sends_out_one()

    async def _visit(self, key: str) -> None:
        async with self.limits.admit(self.lane, key):
            self.served.append(key)
            out = asyncio.Event()
            self.inside.append((key, out))
            try:
                await out.wait()
            finally:
                self.inside = [(who, way) for who, way in self.inside if way is not out]


async def _settle() -> None:
    for _ in range(6):
        await asyncio.sleep(0)


def bounds(places: int, waiting: int = 1000, patience: timedelta = LONG) -> Bounds:
    """Return bounds with this many places."""
    return Bounds(places, places, waiting, patience)


async def test_a_flood_of_one_key_leaves_half_of_the_places_to_the_others() -> None:
    """The second key is served at once, though the first came fifty times before it."""
    house = House(limits(bounds(4)))
    await house.comes(*["flood"] * 50, "other")
    assert house.served == ["flood", "flood", "other"]
    await house.empties()


async def test_those_who_wait_take_turns_by_key() -> None:
    """Of fifty and three the three are served every second time, not behind the fifty."""
    house = House(limits(bounds(1)))
    await house.comes(*["flood"] * 50, *["other"] * 3)
    await house.empties()
    assert house.served[:7] == ["flood", "flood", "other", "flood", "other", "flood", "other"]
    assert len(house.served) == 53


async def test_a_heavier_key_has_more_turns() -> None:
    """Eight of the telephone to one of the import, while both wait."""
    house = House(limits(bounds(1), {"phone": 8.0, "import": 1.0}))
    await house.comes(*["import"] * 20, *["phone"] * 20)
    await house.empties()
    assert Counter(house.served[1:19]) == {"phone": 16, "import": 2}


async def test_a_key_that_was_away_has_saved_up_no_turns() -> None:
    """Who comes late takes turns from now on; it does not get all that it did not ask for before."""
    house = House(limits(bounds(1)))
    await house.comes(*["busy"] * 20)
    for _ in range(10):
        await house.sends_out_one()
    await house.comes(*["late"] * 5)
    before = len(house.served)
    await house.empties()
    assert Counter(house.served[before : before + 8]) == {"busy": 4, "late": 4}


async def test_a_key_that_was_kept_to_its_share_does_not_turn_the_clock_back() -> None:
    """Who comes new after it was called gets no more turns than who has waited all the time."""
    house = House(limits(bounds(4)))
    await house.comes(*["wide"] * 3, *["busy"] * 30)
    held = [out for key, out in house.inside if key == "wide"]
    for _ in range(10):
        await house.leaves("busy")
    held[0].set()
    await _settle()
    assert house.served[-1] == "wide"
    await house.comes(*["late"] * 8)
    before = len(house.served)
    for _ in range(8):
        await house.leaves("busy", "late")
    assert Counter(house.served[before:]) == {"busy": 4, "late": 4}
    await house.empties()


async def test_when_too_many_wait_the_next_is_refused_at_once_and_the_flood_first() -> None:
    """A key fills half of the queue; the other half is for the others."""
    house = House(limits(bounds(1, waiting=4)))
    await house.comes("in", "flood", "flood")
    with pytest.raises(LaneFull, match="full"):
        await _asks(house, "flood")
    await house.comes("other", "third")
    with pytest.raises(LaneFull, match="full"):
        await _asks(house, "fourth")
    await house.empties()
    assert sorted(house.served) == ["flood", "flood", "in", "other", "third"]


async def test_who_waits_too_long_is_refused_and_forgotten() -> None:
    """The place goes to those who still wait."""
    house = House(limits(bounds(1, patience=timedelta(milliseconds=30))))
    await house.comes("in")
    with pytest.raises(LaneFull, match="late"):
        await _asks(house, "patient")
    assert house.limits.waiting(Lane.INTAKE) == 0
    await house.empties()
    await _asks(house, "patient")


async def test_the_less_a_lane_matters_the_sooner_it_gives_way_to_intake() -> None:
    """As intake fills up, reports stop first, then lists, then commands; intake goes on."""
    impatient = timedelta(milliseconds=1)
    rooms = {
        lane.value: Bounds(10, stop, 10, impatient)
        for lane, stop in ((Lane.REPORTS, 2), (Lane.LISTS, 4), (Lane.COMMANDS, 6))
    }
    house = House(limits(bounds(16, patience=impatient), None, **rooms))
    stopped: list[list[str]] = []
    for number in range(7):
        await house.comes(f"caller {number}")
        stopped.append([lane.value for lane in reversed(Lane) if not await _is_served(house.limits, lane)])
    low, middle, high = ["reports"], ["reports", "lists"], ["reports", "lists", "commands"]
    assert stopped == [[], low, low, middle, middle, high, high]
    await house.empties()


async def test_the_most_important_lane_is_called_first() -> None:
    """What is free goes to intake before it goes to a list that has waited longer."""
    one = Bounds(5, 1, 10, LONG)
    house = limits(one, None, commands=one, lists=one, reports=one)
    intake, lists = House(house), House(house, Lane.LISTS)
    await intake.comes("in")
    await lists.comes("reader")
    await intake.comes("caller")
    await intake.sends_out_one()
    assert (intake.served, lists.served) == (["in", "caller"], [])
    await intake.sends_out_one()
    assert lists.served == ["reader"]
    await lists.empties()


@given(
    st.integers(1, 4),
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["comes", "goes", "gives up"])), max_size=60),
)
def test_no_place_is_lost_or_given_twice(room: int, story: Sequence[tuple[str, str]]) -> None:
    """Whatever comes, goes and gives up: never more inside than places, and in the end all are free again."""
    asyncio.run(_live_through(room, story))


async def _live_through(room: int, story: Sequence[tuple[str, str]]) -> None:
    house = House(limits(bounds(room)))
    for key, what in story:
        if what == "comes":
            await house.comes(key)
        elif what == "goes" and house.inside:
            await house.sends_out_one()
        elif what == "gives up" and house.visits:
            house.visits[len(story) % len(house.visits)].cancel()
            await _settle()
        assert house.limits.served(Lane.INTAKE) <= room
        idle = room - house.limits.served(Lane.INTAKE)
        assert not idle or not _could_be_served(house, max(1, room // 2))
    for visit in house.visits:
        visit.cancel()
    await asyncio.gather(*house.visits, return_exceptions=True)
    assert (house.limits.served(Lane.INTAKE), house.limits.waiting(Lane.INTAKE)) == (0, 0)


def _could_be_served(house: House, share: int) -> bool:
    """Return whether somebody waits whose key has not its share."""
    queue = house.limits._queues[Lane.INTAKE]
    return any(queue.busy[key] < share for key in queue.waiters)


async def _asks(house: House, key: str) -> None:
    async with house.limits.admit(house.lane, key):
        pass


async def _is_served(within: LaneLimits, lane: Lane) -> bool:
    try:
        async with within.admit(lane, "probe"):
            return True
    except LaneFull:
        return False

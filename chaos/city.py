"""A city of clients: requests come in as planned, and around each of them people act, over HTTP alone."""

import asyncio
from collections import Counter
from random import Random

from chaos.line import Line, Manner
from chaos.lives import Life
from chaos.plan import Plan
from rules.pack import RulePack
from simulation.city import requests_of_a_day

_NEVER_RETRY = 0.15
_IMPATIENT = 0.08
_TWICE = 0.05
_LETTERS = "abcdefghjkmnp"


class City:
    """Everybody at work in one run; `stop` sends them home once they have their answers."""

    def __init__(self, plan: Plan, pack: RulePack, line: Line) -> None:
        """Draw all requests of the plan."""
        self.plan = plan
        self.line = line
        self.is_over = asyncio.Event()
        self.outcomes: Counter[str] = Counter()
        rng = Random(f"{plan.seed}/city")
        self._desk = pack.city_desk.code
        self._requests = [request.body() for request in requests_of_a_day(pack, rng, len(plan.arrivals), [])]
        rng.shuffle(self._requests)

    async def work(self) -> None:
        """File every request at its time and live it through, until the plan's time is over."""
        began = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as people:
            for place, at in enumerate(self.plan.arrivals):
                await asyncio.sleep(began + at - asyncio.get_running_loop().time())
                people.create_task(self._live(place))
            await asyncio.sleep(began + self.plan.seconds - asyncio.get_running_loop().time())
            self.is_over.set()

    async def _live(self, place: int) -> None:
        rng = Random(f"{self.plan.seed}/life/{place}")
        body, key = self._requests[place], self._key(rng, place)
        body["description"] = f"{body['description']}(口令 {self._trace(rng)})"
        if rng.random() < 0.5:
            body["external_id"] = f"ext-{key}"
        entry = {
            "what": "file",
            "key": key,
            "place": place,
            "trace": body["description"].rpartition(" ")[2][:-1],
        }
        answer = await self.line.act(entry, "/api/v1/requests", body, manner_of(rng))
        if answer is None:
            self.outcomes["not_acknowledged"] += 1
            return
        if rng.random() < 0.1:
            await self.line.again(entry, "/api/v1/requests", body)
        life = Life(self, rng, answer["number"], answer["tracking_code"], self._desk)
        self.outcomes[await life.live()] += 1

    def _key(self, rng: Random, place: int) -> str:
        return f"{self.plan.seed}-{place}-{rng.getrandbits(40):x}"

    def _trace(self, rng: Random) -> str:
        """Return a word that nothing masks: by it the row of a request is found from outside."""
        return "".join(rng.choices(_LETTERS, k=14))


def manner_of(rng: Random) -> Manner:
    """Return how a client sends its next act."""
    return Manner(
        retries=rng.random() >= _NEVER_RETRY,
        impatient=rng.random() < _IMPATIENT,
        twice=rng.random() < _TWICE,
    )

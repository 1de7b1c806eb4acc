"""Hundreds of tickets on the real engine with skipped time, each beside the pure rules' own account of it.

The commands are those of the rules' own machine (`tests.domain.making_up`): every row of the tables, main
line and branches. After every act what the workflow wrote in the books is worked through fact by fact, at the
instants it names: the rules alone must come to the very same facts. Every few acts it is asked itself.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from domain import messages as m
from domain.commands import COMMANDS
from domain.errors import Refused
from domain.facts.fact import AnyFact
from domain.facts.main_line import Classified
from domain.handle.handling import complete
from domain.show.views import status_view
from domain.terms import Resolution
from domain.time.limits import Basis
from domain.vocabulary import RequestType, Tier
from engine.in_step import InStep
from tests import sample
from tests.domain.journey import story
from tests.domain.making_up import INCIDENTS, Author, give
from tests.domain.watching import ALWAYS_POSSIBLE, WAITS_FOR_PEOPLE, Watched, check_end, check_owner
from tests.workflows.city import PATIENCE, City, Request

TICKETS = 200
AT_ONCE = 25
"""How many tickets live side by side; the next ones are filed when these have ended."""
ROUNDS = 12
"""How often each of them is spoken to before it is left alone."""
ALONE = timedelta(days=40)
"""Time enough for whatever happens by itself; asked for again as long as a ticket is open."""
PATIENT = 12
TYPES = (*RequestType, *[RequestType.COMPLAINT] * 6)


class Life:
    """One ticket on the engine, and the rules' own account of it."""

    def __init__(self, request: Request, intake: m.Intake, random: Random) -> None:
        """Begin where the intake has left it."""
        self.request = request
        self.city = request.city
        self.random = random
        self.account = Watched(intake)
        self._resolved: Resolution | None = None
        self._read = 0
        self._book = {1: self.account.log[0]}

    async def is_spoken_to(self) -> None:
        """Somebody gives a command, mostly one that counts, or a unit's own system sends its signal."""
        self.account.now = max(self.account.now, await self.city.now())
        author = self._author()
        if self.random.random() < 0.05:
            await self._completes(author.completion())
            return
        names = self.random.sample(tuple(COMMANDS), k=len(COMMANDS))
        names.sort(key=lambda name: name in ALWAYS_POSSIBLE)
        if self.random.random() < 0.8:
            for name in names:
                command = author.command(name)
                if self._refusal(name, command) is None:
                    await self.receives(name, command)
                    return
        name = self.random.choice(names)
        await self.receives(name, author.command(name, allowed=self.random.random() < 0.5))

    async def receives(self, name: str, command: m.Command) -> None:
        """Give the ticket `command`; the rules must say of it what the ticket says."""
        refused = await self._refused(name, command)
        if refused is not None:
            await self.agrees()
            assert self._refusal(name, command) == refused, f"{name} was refused: {refused}"
            return
        await self._comes_to(
            lambda one: give(one, name, command, self._resolved or self._resolution(command))
        )

    async def agrees(self) -> None:
        """Wait until the ticket stands at the city's time, and check that the rules went the same way."""
        await self._comes_to(None)

    async def is_left_alone(self) -> None:
        """See whether it has ended by itself; act only where it waits for people by its nature."""
        await self.agrees()
        ticket = self.account.ticket
        if not ticket.is_open or self.account.wakes_at() is not None:
            return
        self.account.now = max(self.account.now, await self.city.now())
        known = [name for name in WAITS_FOR_PEOPLE[ticket.status.value] if name in COMMANDS]
        while self.account.ticket.status is ticket.status:
            name = self.random.choice(known)
            command = self._author().command(name)
            if self._refusal(name, command) is None:
                await self.receives(name, command)

    async def is_sound(self) -> None:
        """Check that the workflow, the books and the rules' account are one; asks the workflow once."""
        everything = await self.request.everything()
        database = self.city.database
        facts = {recorded.seq: recorded.fact for recorded in everything.facts}
        notices = {notice.key: notice for notice in everything.notices}
        assert list(facts.values()) == self.account.log
        assert database.facts(self.request.number) == facts
        assert notices == {notice.key: notice for notice in self.account.notices}
        assert database.notices(self.request.number) == notices
        assert (
            database.of(self.request.number)[-1].view == everything.view == status_view(self.account.ticket)
        )
        check_owner(self.account.ticket)
        check_end(self.account.ticket)

    # ------------------------------------------------------------ the rules beside it

    async def _refused(self, name: str, command: m.Command) -> str | None:
        try:
            await self.request.receives(name, command)
        except WorkflowUpdateFailedError as failed:
            return (
                str(failed.cause.type) if isinstance(failed.cause, ApplicationError) else repr(failed.cause)
            )
        return None

    def _theirs(self) -> list[AnyFact]:
        """Return what the books hold of the ticket, without asking the engine."""
        new, self._read = self.city.database.batches[self._read :], len(self.city.database.batches)
        for batch in new:
            if batch.number == self.request.number:
                self._book.update({recorded.seq: recorded.fact for recorded in batch.facts})
        return [self._book[seq] for seq in range(1, len(self._book) + 1)]

    async def _completes(self, message: m.Complete) -> None:
        version = self.account.ticket.version
        await self.request.completes(message)
        await self.request.shows(lambda view: view.version > version, "the signal was lost")
        await self._comes_to(lambda one: one.act(complete(one.ticket, message, one.now)))

    async def _comes_to(self, act: Callable[[Watched], object] | None) -> None:
        """Let the rules go where the engine has gone, `act` at its place, until both stand at one instant."""
        wakes = None
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                while True:
                    act = self._follows(self._theirs(), act)
                    wakes = self.account.wakes_at()
                    if act is None and (wakes is None or wakes > await self.city.now()):
                        return
                    self._passes_over(wakes)
                    await asyncio.sleep(0.02)
        except TimeoutError:
            waits_for = "the command" if act else f"what comes at {wakes}"
            raise AssertionError(f"{waits_for} did not come:\n{story(self.account.log)}") from None

    def _passes_over(self, wakes: datetime | None) -> None:
        """Let an instant pass at which the rules look and nothing comes of it: no fact will tell of it."""
        if wakes is None:
            return
        tried = self.account.trial()
        tried.now = wakes
        tried.process()
        if len(tried.log) == len(self.account.log):
            self.account.now = wakes

    def _follows(
        self, theirs: list[AnyFact], act: Callable[[Watched], object] | None
    ) -> Callable[[Watched], object] | None:
        """Come to `theirs` by the rules alone, fact by fact; return `act` while it is yet to come."""
        while len(self.account.log) < len(theirs):
            ahead = theirs[len(self.account.log) :]
            self.account.now = ahead[0].at
            tried = self.account.trial()
            tried.process()
            if self._is_as(tried, theirs):
                self.account.adopt(tried)
                continue
            resolutions = [fact.resolution for fact in ahead if isinstance(fact, Classified)]
            self._resolved = resolutions[0] if resolutions else None
            tried = self.account.trial()
            if act is not None:
                act(tried)
            assert self._is_as(tried, theirs), f"{story(tried.log)}\n!=\n{story(theirs)}"
            self.account.adopt(tried)
            act = None
        return act

    def _is_as(self, tried: Watched, theirs: list[AnyFact]) -> bool:
        known = len(self.account.log)
        return len(tried.log) > known and tried.log[known:] == theirs[known : len(tried.log)]

    def _refusal(self, name: str, command: m.Command) -> str | None:
        try:
            give(self.account.trial(), name, command, self._resolution(command))
        except Refused as refused:
            return refused.code
        return None

    def _resolution(self, command: m.Command) -> Resolution | None:
        if not isinstance(command, m.Classify):
            return None
        terms = sample.terms(command.tier) if command.tier else sample.terms()
        return Resolution(terms=terms, routing=sample.routing())

    def _author(self) -> Author:
        return Author(self.random, self.account.ticket, self.account.now)


async def lives_of(city: City, seed: int) -> list[Life]:
    """File `AT_ONCE` requests of all kinds."""
    lives: list[Life] = []
    for number in range(AT_ONCE):
        random = Random(f"{seed}/{number}")
        terms = sample.terms(
            random.choice(list(Tier)),
            basis=random.choice(list(Basis)),
            door=random.random() < 0.2,
            at_feedback=random.random() < 0.5,
            redo_rounds=random.randint(0, 2),
        )
        unit = random.choice((sample.TOWN, sample.TOWN, sample.HEATING))
        certain = random.random() < 0.8
        intake = await city.intake(type_=random.choice(TYPES), with_terms=terms, unit=unit, certain=certain)
        lives.append(Life(await city.starts(intake), intake, random))
    return lives


async def live_through(city: City, seed: int) -> list[Life]:
    """Return lives that people and time have led to their end."""
    city.edition.incidents.update(INCIDENTS)
    lives, random = await lives_of(city, seed), Random(seed)
    for turn in range(ROUNDS):
        under_way = [life for life in lives if life.account.ticket.is_open]
        await asyncio.gather(*(life.is_spoken_to() for life in under_way))
        if turn % 4 == 3:
            await asyncio.gather(*(life.is_sound() for life in under_way))
        await city.passes(timedelta(hours=random.choice((0.01, 0.01, 0.3, 1, 2, 6, 20, 70))))
        await asyncio.gather(*(life.agrees() for life in under_way))
    for _ in range(PATIENT):
        under_way = [life for life in lives if life.account.ticket.is_open]
        if not under_way:
            break
        await city.passes(ALONE)
        await asyncio.gather(*(life.is_left_alone() for life in under_way))
    return lives


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_two_hundred_tickets_go_the_way_the_rules_go(idle_city: City) -> None:
    """Same facts at the same instants, same status, same notices, same books; and every one of them ends.

    The worker runs them as the product does, outside the sandbox, and nobody asks how long a task took: the
    other tests of this folder do both.
    """
    ended, facts, city = 0, 0, idle_city
    async with city.worker(workflow_runner=InStep(), debug_mode=True):
        for seed in range(TICKETS // AT_ONCE):
            lives = await live_through(city, seed)
            for life in lives:
                assert not life.account.ticket.is_open, story(life.account.log)[-5:]
                assert (await life.request.handle.result()).ending is life.account.ticket.ending
                await life.is_sound()
                facts += life.account.ticket.version
            ended += len(lives)
            city.tickets.clear()
    print(f"{ended} tickets, {facts} facts")  # noqa: T201 - shown with -s
    assert ended >= TICKETS

"""Signals to the open tickets, page by page: none is passed over, and one ticket's fault stays its own."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import ActivityEnvironment, WorkflowEnvironment

from activities import adopting, recalculating
from activities.adopting import Adopting
from activities.recalculating import Recalculating
from activities.rulebook import Rulebook
from activities.signalling import RPC_TIMEOUT, Signalling
from domain.messages import Actor, AdoptEdition, AdoptionPage, Intake, RecalculatedPage
from domain.vocabulary import AdoptionMode, Role
from engine.starting import start_ticket, workflow_id
from readmodel import Database, reconcile
from readmodel.vault import Vault
from tests.activities.listening import Faults, faulty, heard, listening
from tests.readmodel.records import filed, rows

QUEUE = f"telling-{uuid4().hex}"


@pytest.fixture
def faults() -> Faults:
    """What is wrong with single tickets: nothing, at first."""
    return Faults()


@pytest.fixture
async def client(dev_server: WorkflowEnvironment, faults: Faults) -> AsyncIterator[Client]:
    """A client of the engine, and a worker for the tickets."""
    client = faulty(dev_server, faults)
    async with listening(client, QUEUE):
        yield client


class Office:
    """Files requests, and has their tickets told of an edition or a calendar, as the worker does."""

    def __init__(self, database: Database, client: Client, rulebook: Rulebook) -> None:
        """Tell tickets of the edition and the calendar of `rulebook`."""
        self.engine = database
        self.client = client
        signalling = Signalling(database, client, QUEUE)
        self.adopting = Adopting(database, signalling, rulebook)
        self.recalculating = Recalculating(database, signalling, rulebook)
        self.order = AdoptEdition(
            actor=Actor(role=Role.SYSTEM, person="OPS-1"),
            edition=rulebook.current.identity,
            mode=AdoptionMode.NOW,
        )

    async def waiting(self) -> str:
        """File a request while the engine is away; return its number."""
        return (await self._filed()).number

    async def running(self) -> str:
        """File a request and start its workflow; return its number."""
        intake = await self._filed()
        await start_ticket(self.client, intake, QUEUE, RPC_TIMEOUT)
        await reconcile.note_started(self.engine, [intake.number])
        return intake.number

    async def closed(self) -> str:
        """Return a ticket whose workflow has just ended, which the database has not heard yet."""
        number = await self.running()
        await self.client.get_workflow_handle(workflow_id(number)).terminate("stands for its end")
        return number

    async def adopts(self, after: str | None = None, only: tuple[str, ...] = ()) -> RecalculatedPage:
        """Tell one page of tickets of the edition."""
        page = AdoptionPage(order=self.order, after=after, only=only)
        return await ActivityEnvironment().run(self.adopting.adopt_page, page)

    async def recalculates(self, after: str | None = None, only: tuple[str, ...] = ()) -> RecalculatedPage:
        """Tell one page of tickets of the calendar."""
        return await ActivityEnvironment().run(self.recalculating.recalculate_page, after, only)

    async def heard(self, *numbers: str) -> list[list[str]]:
        """Return the signals each ticket got, and end it."""
        return [await heard(self.client, number) for number in numbers]

    async def _filed(self) -> Intake:
        return (await filed(self.engine, Vault(b"1" * 32))).intake


@pytest.fixture
def office(database: Database, client: Client, tmp_path: Path) -> Office:
    """An office with the product's rules."""
    return Office(database, client, Rulebook("beijing", tmp_path, database))


async def test_an_adoption_goes_page_by_page_and_counts_the_tickets_reached(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Across page borders none is notified twice, none left out; tickets closed meanwhile are not counted."""
    monkeypatch.setattr(adopting, "AT_ONCE", 2)
    running, closed = [await office.running()], await office.closed()
    running += [await office.running() for _ in range(2)]
    first = await office.adopts()
    assert first == RecalculatedPage(tickets=1, last=closed)
    second = await office.adopts(first.last)
    assert second == RecalculatedPage(tickets=2, last=running[-1])
    assert await office.adopts(second.last) == RecalculatedPage(tickets=0, last=None)
    assert await office.heard(*running) == [["adopt"]] * 3


async def test_a_calendar_goes_page_by_page_and_counts_the_tickets_reached(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an adoption does."""
    monkeypatch.setattr(recalculating, "AT_ONCE", 2)
    closed = await office.closed()
    running = [await office.running() for _ in range(2)]
    first = await office.recalculates()
    assert first == RecalculatedPage(tickets=1, last=running[0])
    assert closed < running[0]
    assert await office.recalculates(first.last) == RecalculatedPage(tickets=1, last=None)
    assert await office.heard(*running) == [["recalculate"]] * 2


async def test_a_ticket_without_a_workflow_is_started_and_signalled(office: Office, dsn: str) -> None:
    """Filed while the engine was away: passed over, it would keep the old edition for good."""
    waiting = [await office.waiting() for _ in range(2)]
    assert (await office.adopts()).tickets == 2
    assert await rows(dsn, "SELECT number FROM unstarted") == []
    assert (await office.recalculates()).tickets == 2
    assert await office.heard(*waiting) == [["adopt", "recalculate"]] * 2


async def test_a_calendar_starts_a_ticket_that_waits(office: Office) -> None:
    """It need not be an adoption."""
    number = await office.waiting()
    assert (await office.recalculates()).tickets == 1
    assert await office.heard(number) == [["recalculate"]]


@pytest.mark.parametrize("status", [RPCStatusCode.INTERNAL, RPCStatusCode.DEADLINE_EXCEEDED])
async def test_a_ticket_that_cannot_be_reached_is_named_and_its_neighbours_are_signalled_once(
    office: Office, faults: Faults, status: RPCStatusCode
) -> None:
    """Retried by its number when the fault is gone, it is reached; the others get nothing more."""
    first, broken, last = [await office.running() for _ in range(3)]
    faults.of[broken] = status
    assert await office.adopts() == RecalculatedPage(tickets=2, last=None, untold=(broken,))
    assert await office.recalculates() == RecalculatedPage(tickets=2, last=None, untold=(broken,))
    faults.of.clear()
    assert await office.adopts(only=(broken,)) == RecalculatedPage(tickets=1, last=None)
    assert await office.recalculates(only=(broken,)) == RecalculatedPage(tickets=1, last=None)
    assert await office.heard(first, broken, last) == [["adopt", "recalculate"]] * 3


async def test_who_has_closed_is_not_asked_for_again(office: Office, dsn: str) -> None:
    """Between two tries the ticket came to its end."""
    number = await office.waiting()
    await rows(dsn, "UPDATE ticket SET closed_at = now()")
    assert await office.adopts(only=(number,)) == RecalculatedPage(tickets=0, last=None)


async def test_an_engine_that_is_away_stops_the_page_and_only_when_it_is_away_for_all(
    office: Office, faults: Faults
) -> None:
    """The workflow retries the page; no ticket was reached, so none is notified twice."""
    numbers = [await office.running() for _ in range(2)]
    faults.of.update(dict.fromkeys(numbers, RPCStatusCode.UNAVAILABLE))
    with pytest.raises(RPCError):
        await office.adopts()
    del faults.of[numbers[0]]
    assert await office.adopts() == RecalculatedPage(tickets=1, last=None, untold=(numbers[1],))
    assert await office.heard(*numbers) == [["adopt"], []]

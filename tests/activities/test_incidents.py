"""A result on its way to the members: sent once, noted, and made up for where something was missed."""

import random
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import ActivityEnvironment, WorkflowEnvironment

from activities import incidents as sending
from activities.incidents import Incidents
from activities.signalling import Signalling
from domain.incident import incident as rules
from domain.incident.incident import IncidentAccount, NotifiedPage, NotifyPage, Opening, WaitingQuery
from domain.messages import TextRef
from engine.starting import workflow_id
from readmodel import Database, incidents
from readmodel.vault import Vault
from tests import sample
from tests.activities.listening import Faults, faulty, heard, listening
from tests.domain import outage
from tests.domain.journey import Journey
from tests.readmodel.records import rows, written

QUEUE = f"incidents-{uuid4().hex}"


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


def incidents_of(database: Database, client: Client) -> Incidents:
    """Return the activities as the worker builds them."""
    return Incidents(database, Signalling(database, client, QUEUE))


async def resolved(database: Database) -> rules.Incident:
    """Open an outage and give it a result."""

    def make(number: str, at: Any, about: TextRef) -> Opening:  # noqa: ANN401 - not looked at
        return outage.opening(number).model_copy(update={"opened_at": at, "about": about})

    opening, _ = await incidents.open_incident(database, Vault(b"k" * 32), uuid4().hex, "b", "停热", make)
    incident = rules.give_result(rules.begin_incident(opening), outage.give_result(), sample.MONDAY)
    await incidents.record(database, IncidentAccount(incident=incident))
    return incident


async def join(database: Database, client: Client | None, incident: str) -> str:
    """Write a ticket that has joined, and run a stand-in for it unless there is no `client`."""
    number = f"2026110{random.randint(1, 9)}-{random.randint(0, 999_999):06d}-1"
    journey = Journey(sample.intake(number=number))
    brief = outage.brief().model_copy(update={"number": incident})
    journey.take("join_incident", outage.join(incident=incident), brief)
    await written(database, journey)
    if client is not None:
        await client.start_workflow("Ticket", id=workflow_id(number), task_queue=QUEUE)
    return number


async def test_every_member_gets_the_signal_and_one_that_closed_is_noted(
    database: Database, client: Client
) -> None:
    """Asked again at once, nobody gets it twice."""
    incident = await resolved(database)
    numbers = [await join(database, client, incident.number) for _ in range(3)]
    await join(database, None, incident.number)
    page = NotifyPage(incident=incident.number, result=incident.results[0])
    activities, environment = incidents_of(database, client), ActivityEnvironment()
    assert await environment.run(activities.notify_members, page) == NotifiedPage(told=3, closed=1, last=None)
    assert await environment.run(activities.notify_members, page) == NotifiedPage(told=0, closed=0, last=None)
    assert (await incidents.counts(database, incident.number)).missed == 1
    assert await environment.run(activities.waiting, WaitingQuery(incident=incident.number)) == 3
    assert [await heard(client, number) for number in numbers] == [["incident_result"]] * 3


async def test_members_come_page_by_page(
    database: Database, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last number of a full page says where the next one begins."""
    monkeypatch.setattr(sending, "PAGE", 2)
    incident = await resolved(database)
    numbers = sorted([await join(database, client, incident.number) for _ in range(3)])
    activities, environment = incidents_of(database, client), ActivityEnvironment()
    page = NotifyPage(incident=incident.number, result=incident.results[0])
    first = await environment.run(activities.notify_members, page)
    assert first == NotifiedPage(told=2, closed=0, last=numbers[1])
    rest = await environment.run(activities.notify_members, page.model_copy(update={"after": first.last}))
    assert rest == NotifiedPage(told=1, closed=0, last=None)
    assert [await heard(client, number) for number in numbers] == [["incident_result"]] * 3


async def test_the_sweep_makes_up_for_who_joined_in_the_instant_of_the_result(
    database: Database, client: Client, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody told the incident of the join, and its own rounds are over (peers 23)."""
    incident = await resolved(database)
    number = await join(database, client, incident.number)
    environment = ActivityEnvironment()
    assert await environment.run(incidents_of(database, client).notify_overlooked) == 1
    assert await environment.run(incidents_of(database, client).notify_overlooked) == 0
    await rows(dsn, "UPDATE incident_member SET sent_at = now() - interval '1 hour'")
    assert await environment.run(incidents_of(database, client).notify_overlooked) == 1
    assert await heard(client, number) == ["incident_result"] * 2


async def test_a_member_that_cannot_be_reached_keeps_no_other_from_the_result(
    database: Database, client: Client, faults: Faults, dsn: str
) -> None:
    """Its neighbours get it once, however often the page is retried; it gets it once it can be reached."""
    incident = await resolved(database)
    sound = [await join(database, client, incident.number) for _ in range(2)]
    broken = await join(database, client, incident.number)
    faults.of[broken] = RPCStatusCode.INTERNAL
    activities, environment = incidents_of(database, client), ActivityEnvironment()
    page = NotifyPage(incident=incident.number, result=incident.results[0])
    assert await environment.run(activities.notify_members, page) == NotifiedPage(told=2, closed=0, last=None)
    assert await environment.run(activities.notify_members, page) == NotifiedPage(told=0, closed=0, last=None)
    await rows(dsn, "UPDATE incident_member SET joined_at = now() - interval '1 hour'")
    faults.of.clear()
    assert await environment.run(activities.notify_overlooked) == 1
    assert [await heard(client, number) for number in (*sound, broken)] == [["incident_result"]] * 3


async def test_a_member_that_cannot_be_reached_keeps_no_other_incident_from_the_sweep(
    database: Database, client: Client, faults: Faults, dsn: str
) -> None:
    """Of two incidents that were overlooked, the first has the ticket that fails."""
    broken = await join(database, client, (await resolved(database)).number)
    sound = await join(database, client, (await resolved(database)).number)
    await rows(dsn, "UPDATE incident_member SET joined_at = now() - interval '1 hour'")
    faults.of[broken] = RPCStatusCode.INVALID_ARGUMENT
    assert await ActivityEnvironment().run(incidents_of(database, client).notify_overlooked) == 1
    assert [await heard(client, number) for number in (broken, sound)] == [[], ["incident_result"]]


async def test_an_engine_that_is_away_has_the_page_tried_again(
    database: Database, client: Client, faults: Faults
) -> None:
    """No member was reached, so none is noted as sent."""
    incident = await resolved(database)
    numbers = [await join(database, client, incident.number) for _ in range(2)]
    faults.of.update(dict.fromkeys(numbers, RPCStatusCode.UNAVAILABLE))
    activities, environment = incidents_of(database, client), ActivityEnvironment()
    page = NotifyPage(incident=incident.number, result=incident.results[0])
    with pytest.raises(RPCError):
        await environment.run(activities.notify_members, page)
    faults.of.clear()
    assert (await environment.run(activities.notify_members, page)).told == 2
    assert [await heard(client, number) for number in numbers] == [["incident_result"]] * 2


async def test_an_unknown_incident_is_not_asked_for_again(database: Database, client: Client) -> None:
    """A wrong number stays wrong."""
    with pytest.raises(ApplicationError) as refused:
        await ActivityEnvironment().run(incidents_of(database, client).brief, "I20990101-000001")
    assert refused.value.non_retryable
    assert refused.value.type == "UnknownCode"

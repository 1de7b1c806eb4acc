"""A result on its way to the members: sent once, noted, and made up for where something was missed."""

import random
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import uuid4

import pytest
from temporalio import workflow
from temporalio.client import Client
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities import incidents as sending
from activities.incidents import Incidents
from domain import incident as rules
from domain.incident import IncidentAccount, Opening, TellPage, ToldPage, WaitingQuery
from domain.messages import TextRef
from readmodel import Database, incidents
from readmodel.vault import Vault
from tests import sample
from tests.domain import outage
from tests.domain.journey import Journey
from tests.readmodel.records import rows, written
from workflows.starting import workflow_id

QUEUE = f"incidents-{uuid4().hex}"


@workflow.defn(name="Ticket", sandboxed=False)
class _StandIn:
    """A ticket's workflow as the sender sees it: it counts what comes."""

    def __init__(self) -> None:
        """Nothing has come."""
        self._heard: list[str] = []

    @workflow.run
    async def run(self) -> None:
        """Wait until the test is over."""
        await workflow.wait_condition(lambda: False)

    @workflow.signal(dynamic=True)
    def hear(self, name: str, _arguments: Sequence[RawValue]) -> None:
        """Note the signal's name."""
        self._heard.append(name)

    @workflow.query
    def heard(self) -> list[str]:
        """Return the names of all signals."""
        return self._heard


@pytest.fixture
async def client(client: Client) -> AsyncIterator[Client]:
    """The client, and a worker for the stand-ins."""
    async with Worker(
        client, task_queue=QUEUE, workflows=[_StandIn], workflow_runner=UnsandboxedWorkflowRunner()
    ):
        yield client


async def resolved(engine: Database) -> rules.Incident:
    """Open an outage and give it a result."""

    def make(number: str, at: Any, about: TextRef) -> Opening:  # noqa: ANN401 - not looked at
        return outage.opening(number).model_copy(update={"opened_at": at, "about": about})

    opening, _ = await incidents.open_incident(engine, Vault(b"k" * 32), uuid4().hex, "b", "停热", make)
    incident = rules.give_result(rules.begin_incident(opening), outage.give_result(), sample.MONDAY)
    await incidents.record(engine, IncidentAccount(incident=incident))
    return incident


async def join(engine: Database, client: Client | None, incident: str) -> str:
    """Write a ticket that has joined, and run a stand-in for it unless there is no `client`."""
    number = f"2026110{random.randint(1, 9)}-{random.randint(0, 999_999):06d}-1"
    journey = Journey(sample.intake(number=number))
    brief = outage.brief().model_copy(update={"number": incident})
    journey.take("join_incident", outage.join(incident=incident), brief)
    await written(engine, journey)
    if client is not None:
        await client.start_workflow("Ticket", id=workflow_id(number), task_queue=QUEUE)
    return number


async def heard(client: Client, number: str) -> list[str]:
    """Return the signals that a ticket got, and end it."""
    handle = client.get_workflow_handle(workflow_id(number))
    found: list[str] = await handle.query("heard")
    await handle.terminate("end of the test")
    return found


async def test_every_member_gets_the_signal_and_one_that_closed_is_noted(
    engine: Database, client: Client
) -> None:
    """Asked again at once, nobody gets it twice."""
    incident = await resolved(engine)
    numbers = [await join(engine, client, incident.number) for _ in range(3)]
    await join(engine, None, incident.number)
    page = TellPage(incident=incident.number, result=incident.results[0])
    activities, environment = Incidents(engine, client), ActivityEnvironment()
    assert await environment.run(activities.tell, page) == ToldPage(told=3, closed=1, last=None)
    assert await environment.run(activities.tell, page) == ToldPage(told=0, closed=0, last=None)
    assert (await incidents.counts(engine, incident.number)).missed == 1
    assert await environment.run(activities.waiting, WaitingQuery(incident=incident.number)) == 3
    assert [await heard(client, number) for number in numbers] == [["incident_result"]] * 3


async def test_members_come_page_by_page(
    engine: Database, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last number of a full page says where the next one begins."""
    monkeypatch.setattr(sending, "PAGE", 2)
    incident = await resolved(engine)
    numbers = sorted([await join(engine, client, incident.number) for _ in range(3)])
    activities, environment = Incidents(engine, client), ActivityEnvironment()
    page = TellPage(incident=incident.number, result=incident.results[0])
    first = await environment.run(activities.tell, page)
    assert first == ToldPage(told=2, closed=0, last=numbers[1])
    rest = await environment.run(activities.tell, page.model_copy(update={"after": first.last}))
    assert rest == ToldPage(told=1, closed=0, last=None)
    assert [await heard(client, number) for number in numbers] == [["incident_result"]] * 3


async def test_the_sweep_makes_up_for_who_joined_in_the_instant_of_the_result(
    engine: Database, client: Client, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody told the incident of the join, and its own rounds are over (peers 23)."""
    incident = await resolved(engine)
    number = await join(engine, client, incident.number)
    environment = ActivityEnvironment()
    assert await environment.run(Incidents(engine, client).tell_overlooked) == 1
    assert await environment.run(Incidents(engine, client).tell_overlooked) == 0
    await rows(database, "UPDATE incident_member SET sent_at = now() - interval '1 hour'")
    assert await environment.run(Incidents(engine, client).tell_overlooked) == 1
    assert await heard(client, number) == ["incident_result"] * 2


async def test_an_unknown_incident_is_not_asked_for_again(engine: Database, client: Client) -> None:
    """A wrong number stays wrong."""
    with pytest.raises(ApplicationError) as refused:
        await ActivityEnvironment().run(Incidents(engine, client).brief, "I20990101-000001")
    assert refused.value.non_retryable
    assert refused.value.type == "UnknownCode"

"""An incident on a real engine: many join, one result reaches each of them once (B5, R018; peers 12, 26)."""

import itertools
from uuid import uuid4

import pytest
from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from domain.facts.incident import JoinedIncident, ResultTaken
from domain.facts.main_line import FeedbackGiven
from domain.incident.incident import CarriedIncident, CloseIncident, IncidentAccount, IncidentReceipt
from domain.incident.incident import Incident as State
from domain.incident.membership import LeaveIncident
from domain.vocabulary import Status
from tests import sample
from tests.domain import outage
from tests.workflows.city import City, Request, completion
from workflows.incident import Incident

CALLERS = 30
CLOSE = CloseIncident(actor=sample.DISPATCHER, reason=sample.TEXT)
_serials = itertools.count(1)


class Outage:
    """One incident, spoken to as the lead unit and the desk do."""

    def __init__(self, city: City, handle: WorkflowHandle[Incident, IncidentReceipt], number: str) -> None:
        """Speak to the incident behind `handle`."""
        self.city = city
        self.handle = handle
        self.number = number

    async def receives(self, act: str, command: object, key: str | None = None) -> IncidentReceipt:
        """Give the incident a command and return its answer."""
        return await self.handle.execute_update(
            act, command, id=key or uuid4().hex, result_type=IncidentReceipt
        )

    async def refuses(self, act: str, command: object) -> str:
        """Give the incident a command it must refuse; return the code of the refusal."""
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await self.receives(act, command)
        assert isinstance(refused.value.cause, ApplicationError)
        return str(refused.value.cause.type)

    async def gets_a_member(self, **wishes: object) -> Request:
        """File a request and let the desk join it."""
        ticket = await self.city.files(**wishes)
        await ticket.receives("join_incident", outage.join(incident=self.number))
        return ticket

    async def status(self) -> State:
        """Ask where the incident stands."""
        return await self.handle.query("status", result_type=State)


async def opens(city: City) -> Outage:
    """Open an incident, written in the tables first, as the API does."""
    number = f"I20261102-{next(_serials):06d}"
    opening = outage.opening(number)
    await city.members.record(IncidentAccount(incident=State(opening=opening)))
    handle = await city.client.start_workflow(
        Incident.run, CarriedIncident(opening=opening), id=f"incident/{number}", task_queue=city.queue
    )
    city.others.append(handle)
    return Outage(city, handle, number)


async def test_one_fix_reaches_every_caller_once(city: City) -> None:
    """Each has one feedback fact and one result notice; joins leave no trace in the incident's history."""
    incident = await opens(city)
    tickets = [await incident.gets_a_member() for _ in range(CALLERS)]
    before = len((await incident.handle.fetch_history()).events)
    assert before <= 4
    await incident.receives("result", outage.give_result())
    for ticket in tickets:
        await ticket.comes_to(Status.FEEDBACK_GIVEN)
        assert len(await ticket.facts_of(FeedbackGiven)) == 1
        assert len(await ticket.facts_of(ResultTaken)) == 1
        await ticket.agrees_with_database()
        notified = [
            notice for notice in city.database.notices(ticket.number).values() if notice.kind == "feedback"
        ]
        assert [notice.to for notice in notified] == ["requester"]


async def test_a_worker_that_dies_while_it_notifies_leaves_nobody_out(city: City) -> None:
    """The activity is tried again; who hears the result twice takes it once (peers 23)."""
    incident = await opens(city)
    tickets = [await incident.gets_a_member() for _ in range(12)]
    city.members.dies_after = 7
    await incident.receives("result", outage.give_result())
    for ticket in tickets:
        await ticket.comes_to(Status.FEEDBACK_GIVEN)
        assert len(await ticket.facts_of(ResultTaken)) == 1
        await ticket.agrees_with_database()


async def test_who_joins_after_the_result_has_it_with_the_join(city: City) -> None:
    """No word to the incident is needed."""
    incident = await opens(city)
    await incident.receives("result", outage.give_result())
    ticket = await incident.gets_a_member()
    assert (await ticket.status()).status is Status.FEEDBACK_GIVEN
    await ticket.agrees_with_database()
    assert "WORKFLOW_EXECUTION_SIGNALED" not in await ticket.event_kinds()


async def test_a_waiting_ticket_is_dispatched_by_its_join(city: City) -> None:
    """The process goes on from there without a dispatcher."""
    incident = await opens(city)
    ticket = await incident.gets_a_member(certain=False)
    view = await ticket.status()
    assert (view.status, view.unit) == (Status.HANDLING, sample.TOWN)
    await ticket.agrees_with_database()


async def test_taken_apart_again_a_ticket_goes_its_own_way(city: City) -> None:
    """Sign, contact, feedback by hand; the incident's result passes it by."""
    incident = await opens(city)
    ticket = await incident.gets_a_member()
    await ticket.receives("leave_incident", LeaveIncident(actor=sample.DISPATCHER, reason=sample.TEXT))
    await incident.receives("result", outage.give_result())
    await ticket.is_handled()
    assert [fact.by_incident for fact in await ticket.facts_of(FeedbackGiven)] == [None]
    await ticket.agrees_with_database()


async def test_an_unknown_incident_is_refused_and_leaves_the_ticket_alone(city: City) -> None:
    """A wrong number is the asker's mistake."""
    ticket = await city.files()
    assert await ticket.refuses("join_incident", outage.join(incident="I20990101-000001")) == "UnknownCode"
    assert not await ticket.facts_of(JoinedIncident)


async def test_a_signal_that_cannot_be_read_becomes_a_remark(city: City) -> None:
    """Nothing sent to a ticket is lost, and nothing stops it."""
    ticket = await city.files()
    await ticket.handle.signal("incident_result", {"nonsense": True})
    await ticket.shows(lambda view: view.version > 6)
    assert (await ticket.kinds())[-1] == "noted"


async def test_a_command_that_is_sent_again_counts_once(city: City) -> None:
    """The update's id is its key."""
    incident = await opens(city)
    first = await incident.receives("result", outage.give_result(), "k1")
    assert await incident.receives("result", outage.give_result(), "k1") == first
    assert len((await incident.status()).results) == 1
    assert await incident.refuses("result", outage.give_result(sample.DISPATCHER)) == "WrongActor"


async def test_an_incident_closes_when_nobody_waits(city: City) -> None:
    """Refused while a member has heard nothing; the end stands in the tables."""
    incident = await opens(city)
    ticket = await incident.gets_a_member()
    assert await incident.refuses("close", CLOSE) == "WrongStage"
    await ticket.receives("leave_incident", LeaveIncident(actor=sample.DISPATCHER, reason=sample.TEXT))
    await ticket.agrees_with_database()
    receipt = await incident.receives("close", CLOSE)
    assert receipt.closed_at is not None
    assert await incident.handle.result() == receipt
    assert city.members.accounts[-1].incident.closed_by == sample.DISPATCHER
    late = await city.files()
    assert await late.refuses("join_incident", outage.join(incident=incident.number)) == "WrongStage"


async def test_a_unit_of_its_own_system_may_speak_while_the_ticket_is_merged(city: City) -> None:
    """The plain signal needs a contact all the same; without one it is a remark, and the result comes."""
    incident = await opens(city)
    ticket = await incident.gets_a_member()
    await ticket.handle.signal("complete", completion())
    await incident.receives("result", outage.give_result())
    await ticket.comes_to(Status.FEEDBACK_GIVEN)
    assert len(await ticket.facts_of(FeedbackGiven)) == 1

"""Members of an incident, and the incident's own workflow; see `scenarios`."""

from datetime import timedelta

import pytest
from temporalio.client import WorkflowHandle, WorkflowHistory, WorkflowUpdateFailedError

from domain.incident.incident import CarriedIncident, CloseIncident, IncidentAccount, IncidentReceipt
from domain.incident.incident import Incident as State
from domain.incident.membership import LeaveIncident
from domain.vocabulary import Status
from tests import sample
from tests.domain import outage
from tests.workflows.city import City, Request
from tests.workflows.scenarios import answered, scenario, waiting
from workflows.incident import Incident

TEXT = sample.TEXT
CLOSE = CloseIncident(actor=sample.DISPATCHER, reason=TEXT)
LEAVE = LeaveIncident(actor=sample.DISPATCHER, reason=TEXT)


class Outage:
    """An incident's own workflow, to be recorded as a ticket is."""

    def __init__(self, city: City, handle: WorkflowHandle[Incident, IncidentReceipt], number: str) -> None:
        """Speak to the incident behind `handle`."""
        self.city = city
        self.handle = handle
        self.number = number

    async def receives(self, act: str, command: object) -> IncidentReceipt:
        """Give the incident a command and return its answer."""
        return await self.handle.execute_update(act, command, result_type=IncidentReceipt)

    async def gets_a_member(self) -> Request:
        """File a request on the dispatcher's list and join it."""
        ticket = await waiting(self.city)
        await ticket.receives("join_incident", outage.join(incident=self.number))
        await ticket.is_recorded()
        return ticket

    async def is_recorded(self) -> None:
        """Nothing to wait for: an incident answers a command when it is in the database."""

    async def history(self) -> WorkflowHistory:
        """Return the history as it stands."""
        return await self.handle.fetch_history()


async def _outage(city: City) -> Outage:
    opening = outage.opening()
    await city.members.record(IncidentAccount(incident=State(opening=opening)))
    handle = await city.client.start_workflow(
        Incident.run, CarriedIncident(opening=opening), id=f"incident/{opening.number}", task_queue=city.queue
    )
    city.others.append(handle)
    return Outage(city, handle, opening.number)


async def _member_with_a_result(city: City) -> tuple[Outage, Request]:
    """Return an incident that has told its result to everybody, and one of its members."""
    incident = await _outage(city)
    ticket = await incident.gets_a_member()
    await incident.receives("result", outage.give_result())
    await ticket.comes_to(Status.SURVEYING)
    await ticket.is_recorded()
    await city.passes(timedelta(seconds=5))
    return incident, ticket


@scenario
async def open_member_of_an_incident(city: City) -> Request:
    """Joined, and waiting for the result."""
    return await (await _outage(city)).gets_a_member()


@scenario
async def open_taken_apart_from_its_incident(city: City) -> Request:
    """Joined, left, signed by itself; the result passes it by as a remark."""
    incident = await _outage(city)
    ticket = await incident.gets_a_member()
    await ticket.receives("leave_incident", LEAVE)
    await ticket.handle.signal("incident_result", outage.result_signal(incident=incident.number))
    await ticket.signs()
    return ticket


@scenario
async def closed_by_the_result_of_an_incident(city: City) -> Request:
    """The incident's result was its feedback; the survey its own."""
    _, ticket = await _member_with_a_result(city)
    await (await answered(ticket)).ends()
    return ticket


@scenario
async def incident_waiting(city: City) -> Outage:
    """A member, and no result yet: it cannot be closed."""
    incident = await _outage(city)
    await incident.gets_a_member()
    with pytest.raises(WorkflowUpdateFailedError):
        await incident.receives("close", CLOSE)
    return incident


@scenario
async def incident_telling(city: City) -> Outage:
    """A result is on its way: not everybody has taken it when the next look is due."""
    incident = await _outage(city)
    ticket = await incident.gets_a_member()
    await incident.receives("result", outage.give_result())
    await ticket.waits(incident.history, lambda history: "TIMER_STARTED" in str(history.events), "no pause")
    return incident


@scenario
async def incident_closed(city: City) -> Outage:
    """Two results told to everybody, and closed."""
    incident, _ = await _member_with_a_result(city)
    await incident.receives("result", outage.give_result())
    await city.passes(timedelta(seconds=5))
    await incident.receives("close", CLOSE)
    await incident.handle.result()
    return incident

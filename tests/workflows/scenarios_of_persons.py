"""Tickets about a unit, read by its head, and asked about by the unit itself; see `scenarios`."""

from domain import messages as m
from domain.handle.head_reading import ReadTicket
from domain.handle.pre_surveying import PreSurvey
from domain.vocabulary import Satisfaction, Status, TryResult
from tests import sample
from tests.workflows.city import City, Request, handler_of
from tests.workflows.scenarios import in_hand, resolved, scenario


@scenario
async def open_complaint_about_the_unit_named(city: City) -> Request:
    """The directory names the unit complained of: the city's desk sends it to another one."""
    ticket = await city.files(against=sample.TOWN)
    await ticket.comes_to(Status.AWAITING_DISPATCH)
    await ticket.receives("dispatch", m.Dispatch(actor=sample.DISPATCHER, unit=sample.OTHER_TOWN.code))
    await ticket.signs(handler_of(sample.OTHER_TOWN.code))
    return ticket


@scenario
async def closed_after_the_unit_checked_itself(city: City) -> Request:
    """Read by the head, asked about twice by the unit, and asked about by the centre."""
    ticket = await in_hand(city)
    await ticket.receives("read_by_head", ReadTicket(actor=sample.HANDLER))
    asked = PreSurvey(actor=sample.HANDLER, result=TryResult.NO_ANSWER)
    await ticket.receives("pre_survey", asked)
    said = {
        "result": TryResult.ANSWERED,
        "contacted": True,
        "resolved": False,
        "satisfied": Satisfaction.DISSATISFIED,
        "comment": sample.TEXT,
    }
    await ticket.receives("pre_survey", asked.model_copy(update=said))
    return await resolved(ticket)

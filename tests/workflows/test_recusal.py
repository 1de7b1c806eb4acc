"""A complaint about a unit on a real engine."""

from domain import messages as m
from domain.handle.assisting import Assist
from domain.vocabulary import Status
from tests import sample
from tests.workflows.city import City, handler_of


async def test_a_complaint_about_a_unit_waits_for_the_city_and_is_handled_by_another(city: City) -> None:
    """The directory names the unit; it never holds the ticket, helps with it or is notified of it."""
    ticket = await city.files(against=sample.TOWN)
    waiting = await ticket.comes_to(Status.AWAITING_DISPATCH)
    assert (waiting.holder, waiting.against) == (sample.CITY_DESK, sample.accused(sample.TOWN))
    assert "须回避" in waiting.why_zh
    for unit in (None, sample.TOWN.code):
        assert (
            await ticket.refuses("dispatch", m.Dispatch(actor=sample.DISPATCHER, unit=unit)) == "WrongStage"
        )
    await ticket.receives("dispatch", m.Dispatch(actor=sample.DISPATCHER, unit=sample.OTHER_TOWN.code))
    other = handler_of(sample.OTHER_TOWN.code)
    await ticket.signs(other)
    helps = Assist(actor=other, unit=sample.TOWN.code, text=sample.TEXT)
    assert await ticket.refuses("assist", helps) == "WrongStage"
    assert await ticket.refuses("note", m.Note(actor=sample.HANDLER, text=sample.TEXT)) == "WrongActor"
    await ticket.reaches_requester(other)
    await ticket.gets_feedback(other)
    everything = {notice.to for notice in (await ticket.everything()).notices}
    assert sample.TOWN.code not in everything
    await ticket.agrees_with_database()

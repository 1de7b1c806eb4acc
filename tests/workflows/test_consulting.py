"""Consultation, district re-dispatch and industry on a real engine."""

from domain import messages as m
from domain.dispatch.consulting import ConcludeConsultation, Consult
from domain.dispatch.industry import ConfirmIndustry, DisownIndustry
from domain.dispatch.redispatching import Redispatch
from domain.facts.dispatch import IndustryDisowned
from domain.vocabulary import Role, Status
from tests import sample
from tests.workflows.city import City, handler_of


async def test_units_confer_and_the_district_that_leads_hands_it_to_a_town(city: City) -> None:
    """Conferred, dispatched to the district, re-dispatched, handled; one promise throughout."""
    ticket = await city.files(certain=False)
    call = Consult(actor=sample.DISPATCHER, units=(sample.DISTRICT.code,), text=sample.TEXT)
    await ticket.receives("consult", call)
    end = ConcludeConsultation(actor=sample.DISPATCHER, unit=sample.DISTRICT.code, minutes=sample.TEXT)
    await ticket.receives("conclude_consultation", end)
    sent = await ticket.receives("dispatch", m.Dispatch(actor=sample.DISPATCHER, unit=sample.DISTRICT.code))
    desk = m.Actor(unit=sample.DISTRICT_DESK.code, role=Role.DISPATCHER)
    given = await ticket.receives(
        "redispatch", Redispatch(actor=desk, unit=sample.TOWN.code, reason=sample.TEXT)
    )
    assert (given.unit, given.promised_at) == (sample.TOWN, sent.promised_at)
    await ticket.is_handled()
    assert (await ticket.status()).status is Status.FEEDBACK_GIVEN
    await ticket.agrees_with_database()


async def test_the_industry_s_department_confirms_and_disowns_a_town_s_ticket(city: City) -> None:
    """Asked from the edition at that moment; nobody else may."""
    ticket = await city.files()
    water = handler_of(sample.WATER.code)
    assert await ticket.refuses("confirm_industry", ConfirmIndustry(actor=sample.HANDLER)) == "WrongActor"
    await ticket.receives("confirm_industry", ConfirmIndustry(actor=water))
    await ticket.receives("disown_industry", DisownIndustry(actor=water, reason=sample.TEXT))
    assert [fact.unit for fact in await ticket.facts_of(IndustryDisowned)] == [sample.WATER]
    await ticket.agrees_with_database()

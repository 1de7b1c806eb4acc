"""Tickets that end without a unit, come back, or whose unit is in question; see `scenarios`."""

from datetime import timedelta

from domain import messages as m
from domain.accept.disposing import ConfirmNuisance, Dispose
from domain.accept.emergency import Acknowledge, Alert, HandOver
from domain.accept.requester import Supplement, Withdraw
from domain.dispatch.consulting import ConcludeConsultation, Consult
from domain.dispatch.industry import ConfirmIndustry, DisownIndustry
from domain.dispatch.objecting import ConsultDuty, DecideObjection, Object
from domain.dispatch.redispatching import Redispatch
from domain.handle.assisting import AnswerTask
from domain.vocabulary import (
    DispatchMode,
    Disposal,
    EmergencyService,
    RiskLevel,
    Role,
    Status,
    Verdict,
)
from tests import sample
from tests.domain.test_dual import dual_intake
from tests.workflows.city import City, Request, handler_of
from tests.workflows.scenarios import SECOND, FormerRun, in_hand, prompt_terms, resolved, scenario, waiting
from tests.workflows.test_citizen import opened_again

TEXT = sample.TEXT
PROOF = (m.ProofRef(kind="photo", ref=TEXT),)
WATER = handler_of(sample.WATER.code)
CITY_SUPERVISOR = m.Actor(unit=sample.CITY_DESK.code, role=Role.SUPERVISOR, person="V9")
REVIEWER = m.Actor(unit=sample.CITY_DESK.code, role=Role.REVIEWER, person="R1")


# ---------------------------------------------------------------- ended without a unit, handed over, alerted


@scenario
async def closed_disposed(city: City) -> Request:
    """Outside public duties, with a copy to a department."""
    ticket = await waiting(city)
    reason, copy_to = Disposal.REFERRED_OUT_OF_SCOPE, sample.WATER.code
    await ticket.receives(
        "dispose", Dispose(actor=sample.DISPATCHER, reason=reason, reply=TEXT, copy_to=copy_to)
    )
    await ticket.ends()
    return ticket


async def _held_for_a_nuisance(city: City) -> Request:
    ticket = await waiting(city)
    dispose = Dispose(actor=sample.DISPATCHER, reason=Disposal.NUISANCE, reply=TEXT, proof=PROOF)
    await ticket.receives("dispose", dispose)
    return ticket


@scenario
async def open_awaiting_the_second_person(city: City) -> Request:
    """A nuisance, says the first."""
    return await _held_for_a_nuisance(city)


@scenario
async def closed_as_a_nuisance(city: City) -> Request:
    """And the second says so as well."""
    ticket = await _held_for_a_nuisance(city)
    await ticket.receives("confirm_nuisance", ConfirmNuisance(actor=CITY_SUPERVISOR, agree=True))
    await ticket.ends()
    return ticket


@scenario
async def open_handed_to_the_fire_service(city: City) -> Request:
    """Nobody has acknowledged, and the alarm has rung."""
    ticket = await in_hand(city)
    hand_over = HandOver(actor=sample.DISPATCHER, service=EmergencyService.FIRE, text=TEXT)
    await ticket.receives("hand_over", hand_over)
    await city.comes_to((await ticket.clocks())["ack_by.ack.1"].due_at + SECOND)
    await ticket.shows(lambda view: any(task.overdue for task in view.tasks))
    return ticket


@scenario
async def closed_acknowledged_by_the_fire_service(city: City) -> Request:
    """Handed over before any unit had it."""
    ticket = await waiting(city)
    await ticket.receives("hand_over", HandOver(actor=sample.DISPATCHER, service=EmergencyService.FIRE))
    acknowledge = Acknowledge(actor=sample.DISPATCHER, task="ack.1", reference="F-1")
    await ticket.receives("acknowledge", acknowledge)
    await ticket.ends()
    return ticket


@scenario
async def open_after_an_alert(city: City) -> Request:
    """A risk reported by the unit, answered by the city's desk; a second one nobody has answered."""
    ticket = await in_hand(city)
    alert = Alert(actor=sample.HANDLER, level=RiskLevel.RED, text=TEXT)
    await ticket.receives("alert", alert)
    await ticket.receives("answer_task", AnswerTask(actor=sample.DISPATCHER, task="risk.1", reply=TEXT))
    await ticket.receives("alert", alert)
    return ticket


# ---------------------------------------------------------------- the requester


@scenario
async def closed_withdrawn(city: City) -> Request:
    """Facts added, then taken back."""
    ticket = await in_hand(city)
    await ticket.receives("supplement", Supplement(actor=sample.REQUESTER, text=TEXT))
    await ticket.receives("withdraw", Withdraw(actor=sample.REQUESTER, reason=TEXT))
    await ticket.ends()
    return ticket


async def _opened_again(city: City) -> Request:
    ticket = await city.files(with_terms=prompt_terms())
    await ticket.receives("withdraw", Withdraw(actor=sample.REQUESTER))
    await ticket.ends()
    again, _ = await opened_again(ticket)
    await FormerRun(again).history()  # two runs later: the one that hears it goes on in another at once
    return again


@scenario
async def continued_by_its_reopening(city: City) -> FormerRun:
    """The run that begins as the ended ticket. On the real server: it is started and told in one act."""
    return FormerRun(await _opened_again(city))


@scenario
async def open_reopened(city: City) -> Request:
    """The run after that. On the real server as well."""
    return await _opened_again(city)


@scenario
async def closed_again_after_reopening(city: City) -> Request:
    """The same, handled and ended for good. On the real server."""
    ticket = await _opened_again(city)
    await ticket.signs()
    await ticket.reaches_requester()
    return await resolved(ticket)


# ---------------------------------------------------------------- whose duty it is


async def _objected(city: City) -> Request:
    ticket = await city.files(with_terms=prompt_terms())
    object_ = Object(actor=sample.HANDLER, reason=TEXT, basis_code="ORD-12", proposed=sample.WATER.code)
    await ticket.receives("object", object_)
    return ticket


@scenario
async def open_objected(city: City) -> Request:
    """Under review; the units have conferred."""
    ticket = await _objected(city)
    consult = ConsultDuty(actor=REVIEWER, units=(sample.WATER.code,), minutes=TEXT)
    await ticket.receives("consult_duty", consult)
    return ticket


@scenario
async def open_after_a_review_that_lapsed(city: City) -> Request:
    """Nobody reviews it: by the review's clock the ticket is the unit's for good."""
    ticket = await _objected(city)
    await city.passes(timedelta(hours=97))
    await ticket.comes_to(Status.AWAITING_SIGN)
    return ticket


@scenario
async def closed_after_an_upheld_objection(city: City) -> Request:
    """Another unit handles it."""
    ticket, verdict = await open_objected(city), Verdict.UPHELD
    decide = DecideObjection(actor=REVIEWER, verdict=verdict, unit=sample.WATER.code, reason=TEXT)
    await ticket.receives("decide_objection", decide)
    await ticket.signs(WATER)
    await ticket.reaches_requester(WATER)
    return await resolved(ticket, WATER)


@scenario
async def closed_after_a_final_assignment(city: City) -> Request:
    """Rejected: the unit that objected handles it after all."""
    ticket = await _objected(city)
    decide = DecideObjection(actor=REVIEWER, verdict=Verdict.REJECTED, reason=TEXT)
    await ticket.receives("decide_objection", decide)
    await ticket.signs()
    await ticket.reaches_requester()
    return await resolved(ticket)


async def _dual(city: City) -> Request:
    intake = await city.intake(with_terms=prompt_terms())
    routing = dual_intake().routing
    assert routing.mode is DispatchMode.DUAL
    ticket = await city.starts(intake.model_copy(update={"routing": routing}))
    await ticket.signs()
    await ticket.reaches_requester()
    return ticket


@scenario
async def open_with_a_parallel_unit(city: City) -> Request:
    """Sent to two: the lead is at work, and the other has not answered."""
    return await _dual(city)


@scenario
async def closed_after_a_dual_dispatch(city: City) -> Request:
    """Both have done their part."""
    ticket = await _dual(city)
    await ticket.receives("answer_task", AnswerTask(actor=WATER, task="parallel.1", reply=TEXT))
    return await resolved(ticket)


async def _consulted(city: City) -> Request:
    ticket = await waiting(city)
    units = (sample.DISTRICT.code, sample.WATER.code)
    await ticket.receives("consult", Consult(actor=sample.DISPATCHER, units=units, text=TEXT))
    return ticket


@scenario
async def open_in_consultation(city: City) -> Request:
    """Called together before dispatch."""
    return await _consulted(city)


@scenario
async def closed_after_consultation_and_redispatch(city: City) -> Request:
    """The district leads and hands it to a town; the department of the industry disowns and confirms it."""
    ticket = await _consulted(city)
    desk = m.Actor(unit=sample.DISTRICT_DESK.code, role=Role.DISPATCHER)
    end = ConcludeConsultation(actor=sample.DISPATCHER, unit=sample.DISTRICT.code, minutes=TEXT)
    await ticket.receives("conclude_consultation", end)
    await ticket.receives("dispatch", m.Dispatch(actor=sample.DISPATCHER, unit=sample.DISTRICT.code))
    await ticket.receives("redispatch", Redispatch(actor=desk, unit=sample.TOWN.code, reason=TEXT))
    await ticket.receives("disown_industry", DisownIndustry(actor=WATER, reason=TEXT))
    await ticket.receives("confirm_industry", ConfirmIndustry(actor=WATER))
    await ticket.signs()
    await ticket.reaches_requester()
    return await resolved(ticket)

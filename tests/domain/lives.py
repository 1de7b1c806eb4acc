"""Lives of tickets made up: whole ones by the ways a ticket can go, and as far as a test wants one."""

from collections.abc import Callable
from typing import Any

from domain import messages as m
from domain.accept.disposing import ConfirmNuisance, Dispose
from domain.accept.emergency import Acknowledge, Alert, HandOver
from domain.accept.requester import Supplement, Withdraw
from domain.adopt.editions import adopt
from domain.dispatch.consulting import ConcludeConsultation, Consult
from domain.dispatch.industry import ConfirmIndustry, DisownIndustry
from domain.dispatch.objecting import ConsultDuty, DecideObjection, Object
from domain.evaluate.reopening import Reopen
from domain.handle.assisting import AnswerTask, Assist, ReportTask, WaiveTask
from domain.handle.deliberating import Deliberate, EndDeliberation
from domain.handle.extending import DecideExtension, Extend
from domain.handle.hanging import (
    ApproveHanging,
    ClearHanging,
    ProposeHanging,
    RefuseHanging,
    ReviewHanging,
    UpdateRequester,
)
from domain.handle.head_reading import ReadTicket
from domain.handle.pre_surveying import PreSurvey
from domain.handle.subassigning import SubAssign
from domain.handle.whistling import BlowWhistle, EndWhistle, RateWhistle, ReportIn
from domain.incident.membership import LeaveIncident, take_result
from domain.supervise.escalating import Escalate
from domain.supervise.supervising import recalculate
from domain.supervise.supervision_orders import ReviewOrder, Supervise
from domain.terms import Resolution
from domain.time.calendar import ServiceHours
from domain.time.limits import Basis
from domain.vocabulary import (
    AdoptionMode,
    ContactResult,
    Disposal,
    EmergencyService,
    EscalateTo,
    Outcome,
    RequestType,
    RiskLevel,
    Role,
    Satisfaction,
    Status,
    StatutoryRoute,
    Tier,
    TryResult,
    Verdict,
    WhistleKind,
)
from tests import sample
from tests.domain.journey import Journey
from tests.domain.outage import brief, join, result_signal

SECOND_MONDAY = "2026-11-09 10:00"
"""An hour after the limit of what was filed on the first Monday at nine."""


def inquiry() -> Journey:
    """Return an inquiry that was answered at once."""
    journey = Journey(sample.intake(RequestType.INQUIRY))
    journey.answer()
    return journey


def silence() -> Journey:
    """Return a ticket that nobody ever touched after dispatch."""
    journey = Journey()
    journey.left_alone()
    return journey


def full_life() -> Journey:
    """Return a ticket to which nearly everything happened that can happen."""
    terms = sample.terms(door=True, proof="photo", basis=Basis.WORKING)
    journey = Journey(sample.intake(with_terms=terms, certain=False))
    journey.classify(Resolution(terms=terms, routing=sample.routing(), resolved_at=journey.now))
    journey.sign()
    journey.until("2026-11-02 13:00")
    journey.urge()
    journey.note(sample.DISTRICT_SUPERVISOR)
    journey.reassign(sample.assignment(sample.OTHER_TOWN, ServiceHours.parse("Mon-Fri 09:00-17:00")))
    journey.sign()
    for result in ContactResult:
        journey.contact(result)
    journey.visit()
    known = sample.calendar().model_copy(update={"holidays": (sample.calendar().known_until,)})
    journey.act(recalculate(journey.ticket, known, journey.now))
    journey.complete()
    journey.feedback(Outcome.PARTLY, m.ProofRef(kind="photo", ref=sample.TEXT))
    journey.until("2026-11-12 10:00")
    journey.says(resolved=False, satisfied=Satisfaction.VERY_DISSATISFIED)
    journey.left_alone()
    return journey


def reclassified() -> Journey:
    """Return a ticket whose tier was changed on the way, with a limit of its own afterwards."""
    journey = Journey()
    journey.classify(Resolution(terms=sample.terms(Tier.TIER_2), routing=sample.routing()))
    journey.left_alone()
    return journey


def helped() -> Journey:
    """Return a ticket with tasks that were answered, reported on and waived."""
    journey = Journey()
    journey.sign()
    for unit in (sample.WATER, sample.HEATING):
        journey.take("assist", Assist(actor=sample.HANDLER, unit=unit.code, text=sample.TEXT))
    water = m.Actor(unit=sample.WATER.code, role=Role.HANDLER)
    journey.take("report_task", ReportTask(actor=water, task="assist.1", text=sample.TEXT))
    journey.take("answer_task", AnswerTask(actor=water, task="assist.1", reply=sample.TEXT))
    journey.take("waive_task", WaiveTask(actor=sample.HANDLER, task="assist.2", reason=sample.TEXT))
    journey.left_alone()
    return journey


def ended_at_the_centre() -> Journey:
    """Return a ticket that was taken for a nuisance, was none, and ended as a duplicate."""
    journey = Journey(sample.intake(certain=False))
    proof = (m.ProofRef(kind="recording", ref=sample.TEXT),)
    desk = m.Actor(unit=sample.CITY_DESK.code, role=Role.DISPATCHER, person="D9")
    words: dict[str, Any] = {"actor": sample.DISPATCHER, "reply": sample.TEXT}
    journey.take("dispose", Dispose(reason=Disposal.NUISANCE, proof=proof, **words))
    journey.take("confirm_nuisance", ConfirmNuisance(actor=desk, agree=False, reason=sample.TEXT))
    route = StatutoryRoute.PETITION
    journey.take("dispose", Dispose(reason=Disposal.REFERRED_STATUTORY, route=route, **words))
    return journey


def alarmed() -> Journey:
    """Return a ticket handed to two emergency services, with a risk reported, and taken back in the end."""
    journey = Journey()
    for service in (EmergencyService.FIRE, EmergencyService.AMBULANCE):
        journey.take("hand_over", HandOver(actor=sample.DISPATCHER, service=service, text=sample.TEXT))
    journey.take("acknowledge", Acknowledge(actor=sample.DISPATCHER, task="ack.1", reference="F-1"))
    journey.take("alert", Alert(actor=sample.HANDLER, level=RiskLevel.ORANGE, text=sample.TEXT))
    journey.take("supplement", Supplement(actor=sample.REQUESTER, text=sample.TEXT))
    journey.take("withdraw", Withdraw(actor=sample.REQUESTER, reason=sample.TEXT))
    journey.take("answer_task", AnswerTask(actor=sample.DISPATCHER, task="risk.1", reply=sample.TEXT))
    journey.take("reopen", Reopen(actor=sample.REQUESTER, reason=sample.TEXT))
    journey.left_alone()
    return journey


def extended() -> Journey:
    """Return a ticket with more time refused, then granted."""
    journey = Journey()
    journey.sign()
    proof = m.ProofRef(kind="call", ref=sample.TEXT)
    apply = Extend(actor=sample.HANDLER, basis=sample.TEXT, reason=sample.TEXT, proof=(proof,), days=3)
    for number, granted in ((1, False), (2, True)):
        journey.take("extend", apply)
        decide = DecideExtension(
            actor=sample.DISTRICT_SUPERVISOR, task=f"extension.{number}", granted=granted, reason=sample.TEXT
        )
        journey.take("decide_extension", decide)
    journey.left_alone()
    return journey


def ordered() -> Journey:
    """Return a ticket with an order that went back once."""
    journey = Journey()
    journey.sign()
    journey.take("supervise", Supervise(actor=sample.DISTRICT_SUPERVISOR, text=sample.TEXT))
    journey.take("alert", Alert(actor=sample.HANDLER, level=RiskLevel.ORANGE, text=sample.TEXT))
    for number, satisfied in ((1, False), (2, True)):
        key = f"order.{number}"
        journey.take("answer_task", AnswerTask(actor=sample.HANDLER, task=key, reply=sample.TEXT))
        review = ReviewOrder(
            actor=sample.DISTRICT_SUPERVISOR, task=key, satisfied=satisfied, text=sample.TEXT
        )
        journey.take("review_order", review)
    journey.left_alone()
    return journey


def hung() -> Journey:
    """Return a ticket that was refused and then taken on the hold ledger, and left it."""
    journey = Journey()
    journey.sign()
    proof = m.ProofRef(kind="survey", ref=sample.TEXT)
    propose = ProposeHanging(actor=sample.HANDLER, plan=sample.TEXT, proof=(proof,))
    desk = sample.DISTRICT_SUPERVISOR
    journey.take("propose_hanging", propose)
    journey.take("refuse_hanging", RefuseHanging(actor=desk, reason=sample.TEXT))
    journey.take("propose_hanging", propose)
    journey.take("approve_hanging", ApproveHanging(actor=desk, reason=sample.TEXT))
    journey.wait(days=20)
    journey.take("update_requester", UpdateRequester(actor=sample.HANDLER, text=sample.TEXT))
    journey.take("review_hanging", ReviewHanging(actor=desk, text=sample.TEXT))
    journey.take("clear_hanging", ClearHanging(actor=sample.HANDLER, reason=sample.TEXT))
    journey.left_alone()
    return journey


def merged() -> Journey:
    """Return a ticket that joined an incident, left it, joined again and took its result."""
    journey = Journey()
    journey.take("join_incident", join(), brief())
    journey.take("leave_incident", LeaveIncident(actor=sample.DISPATCHER, reason=sample.TEXT))
    journey.take("join_incident", join(), brief())
    journey.act(take_result(journey.ticket, result_signal(), journey.now))
    journey.left_alone()
    return journey


def quarrelled() -> Journey:
    """Return a ticket about which two units objected, with minutes, a verdict each way, and an end."""
    journey = Journey()
    reviewer = m.Actor(unit=sample.CITY_DESK.code, role=Role.REVIEWER, person="R1")
    for verdict, unit, person in (
        (Verdict.UPHELD, sample.WATER.code, "R1"),
        (Verdict.REJECTED, None, "R2"),
    ):
        actor = reviewer.model_copy(update={"person": person})
        journey.take("object", Object(actor=journey.handler, reason=sample.TEXT, basis_code="ORD-12"))
        consult = ConsultDuty(actor=actor, units=(sample.HEATING.code,), minutes=sample.TEXT)
        journey.take("consult_duty", consult)
        decide = DecideObjection(actor=actor, verdict=verdict, unit=unit, reason=sample.TEXT)
        journey.take("decide_objection", decide)
    journey.left_alone()
    return journey


def conferred() -> Journey:
    """Return a ticket that units conferred about, and that its industry confirmed and disowned."""
    journey = Journey(sample.intake(certain=False))
    called = Consult(actor=sample.DISPATCHER, units=(sample.WATER.code,), text=sample.TEXT)
    journey.take("consult", called)
    end = ConcludeConsultation(actor=sample.DISPATCHER, unit=sample.WATER.code, minutes=sample.TEXT)
    journey.take("conclude_consultation", end)
    journey.dispatch(sample.assignment(sample.WATER))
    journey.take("confirm_industry", ConfirmIndustry(actor=journey.handler))
    journey.take("disown_industry", DisownIndustry(actor=journey.handler, reason=sample.TEXT))
    journey.left_alone()
    return journey


def whistled() -> Journey:
    """Return a town's ticket: escalated, handed down, whistled for, and answered once more too late."""
    journey = Journey()
    journey.sign()
    town, text = sample.HANDLER, sample.TEXT
    journey.take("escalate", Escalate(actor=town, to=EscalateTo.CITY, opinion=text, measures=text))
    journey.take("sub_assign", SubAssign(actor=town, sub_unit=f"{sample.TOWN.code}/north", text=text))
    answer = AnswerTask(actor=town, task="subassignment.1", reply=text)
    journey.take("answer_task", answer)
    journey.take("answer_task", answer)
    journey.take("deliberate", Deliberate(actor=town, text=text))
    journey.take("end_deliberation", EndDeliberation(actor=town, result=text, attended=23))
    called = (sample.WATER.code, sample.HEATING.code)
    what = WhistleKind.EMERGENCY
    journey.take("whistle", BlowWhistle(actor=town, kind=what, called=called, place=text, text=text))
    water = m.Actor(unit=sample.WATER.code, role=Role.HANDLER)
    journey.take("report_in", ReportIn(actor=water, task="whistle.1", place=text))
    journey.take("end_whistle", EndWhistle(actor=town, result=text))
    journey.take("rate_whistle", RateWhistle(actor=water, grade=Satisfaction.SATISFIED, comment=text))
    journey.left_alone()
    return journey


def under_another_edition() -> Journey:
    """Return a ticket that adopted another edition on its way."""
    journey = Journey()
    order = m.AdoptEdition(actor=m.SYSTEM, edition="test@bbbbbbbbbbbb", mode=AdoptionMode.NOW)
    terms = sample.terms(Tier.TIER_2).model_copy(update={"edition": order.edition})
    journey.act(adopt(journey.ticket, order, terms, journey.now))
    journey.left_alone()
    return journey


def signed() -> Journey:
    """Return a ticket that a unit handles."""
    journey = Journey()
    journey.sign()
    return journey


def surveyed() -> Journey:
    """Return a ticket whose requester is being called."""
    journey = Journey().handled()
    while journey.ticket.status is Status.FEEDBACK_GIVEN:
        journey.until(journey.wakes_at() or journey.now)
    return journey


def asked() -> Journey:
    """Return a ticket handled on Monday whose survey is open since the limit, the second Monday at nine."""
    journey = Journey().handled()
    journey.until(SECOND_MONDAY)
    return journey


def checked_by_itself() -> Journey:
    """Return a complaint about one unit that another handled, read by its head and asked after by itself."""
    journey = Journey(sample.intake(against=sample.WATER))
    journey.take("read_by_head", ReadTicket(actor=sample.HANDLER))
    journey.sign()
    journey.take("pre_survey", PreSurvey(actor=sample.HANDLER, result=TryResult.NO_ANSWER))
    said = {"contacted": True, "resolved": False, "satisfied": Satisfaction.DISSATISFIED}
    answered = PreSurvey(actor=sample.HANDLER, result=TryResult.ANSWERED, comment=sample.TEXT)
    journey.take("pre_survey", answered.model_copy(update=said))
    journey.left_alone()
    return journey


LIVES: list[Callable[[], Journey]] = [
    inquiry,
    silence,
    full_life,
    reclassified,
    helped,
    ended_at_the_centre,
    alarmed,
    extended,
    ordered,
    hung,
    merged,
    quarrelled,
    conferred,
    whistled,
    under_another_edition,
    checked_by_itself,
]
"""One of each; together they hold every kind of fact."""

"""Facts and the state that follows from them: round trips through JSON, and the log as the only truth."""

from typing import Any, get_args

import pytest
from pydantic import ValidationError

from domain import facts as f
from domain import messages as m
from domain.alerting import Alert
from domain.assisting import AnswerTask, Assist, ReportTask, WaiveTask
from domain.calendar import ServiceHours
from domain.citizen import Supplement, Withdraw
from domain.consulting import ConcludeConsultation, Consult
from domain.deliberating import Deliberate, EndDeliberation
from domain.disposing import ConfirmNuisance, Dispose
from domain.editions import adopt
from domain.emergency import Acknowledge, HandOver
from domain.escalating import Escalate
from domain.extending import DecideExtension, Extend
from domain.hanging import (
    ApproveHanging,
    ClearHanging,
    ProposeHanging,
    RefuseHanging,
    ReviewHanging,
    UpdateRequester,
)
from domain.head_reading import ReadTicket
from domain.incidents import LeaveIncident, take_result
from domain.industry import ConfirmIndustry, DisownIndustry
from domain.limits import Basis
from domain.objecting import ConsultDuty, DecideObjection, Object
from domain.pre_surveying import PreSurvey
from domain.reopening import Reopen
from domain.subassigning import SubAssign
from domain.supervising import recalculate
from domain.supervision_orders import ReviewOrder, Supervise
from domain.terms import Resolution
from domain.ticket import Beginning, Carried, Ticket, begin, evolve, filed
from domain.vocabulary import (
    AdoptionMode,
    ContactResult,
    Disposal,
    EmergencyService,
    EscalateTo,
    RequestType,
    RiskLevel,
    Role,
    Satisfaction,
    StatutoryRoute,
    Tier,
    TryResult,
    Verdict,
    WhistleKind,
)
from domain.whistling import BlowWhistle, EndWhistle, RateWhistle, ReportIn
from tests import sample
from tests.domain.journey import Journey
from tests.domain.outage import brief, join, result_signal


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
    journey.feedback(sample_outcome(), m.ProofRef(kind="photo", ref=sample.TEXT))
    journey.until("2026-11-12 10:00")
    journey.says(resolved=False, satisfied=Satisfaction.VERY_DISSATISFIED)
    journey.left_alone()
    return journey


def sample_outcome() -> f.Outcome:
    """Return an outcome."""
    return f.Outcome.PARTLY


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
    told = m.ProofRef(kind="call", ref=sample.TEXT)
    apply = Extend(actor=sample.HANDLER, basis=sample.TEXT, reason=sample.TEXT, proof=(told,), days=3)
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
    """Return a ticket that was refused and then taken on the hung ledger, and left it."""
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


LIVES = [
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


@pytest.fixture(params=LIVES, ids=lambda life: life.__name__)
def life(request: pytest.FixtureRequest) -> Journey:
    """A ticket that has reached its end, on one of several ways."""
    journey: Journey = request.param()
    return journey


def test_the_lives_of_these_tests_hold_every_kind_of_fact() -> None:
    """Otherwise a kind would go through JSON untested."""
    kinds = {fact.kind for make in LIVES for fact in make().log}
    assert kinds == {fact.model_fields["kind"].default for fact in get_args(f.AnyFact)}


def test_every_fact_comes_back_from_json_as_it_was(life: Journey) -> None:
    """Kind by kind, with all its fields."""
    for fact in life.log:
        assert f.FACT.validate_json(f.FACT.dump_json(fact)) == fact


def test_the_log_alone_rebuilds_the_state(life: Journey) -> None:
    """From the intake and the facts after the first, also when both have been through JSON (D1, D10)."""
    intake = m.Intake.model_validate_json(life.intake.model_dump_json())
    assert intake == life.intake
    ticket = begin(intake)
    for fact in life.log[1:]:
        ticket = evolve(ticket, f.FACT.validate_json(f.FACT.dump_json(fact)))
    assert ticket == life.ticket


def test_the_version_is_the_number_of_facts(life: Journey) -> None:
    """Fact n has version n."""
    assert life.ticket.version == len(life.log)


def test_what_a_run_hands_on_comes_back_from_json_as_it_was(life: Journey) -> None:
    """A history that begins anew carries state, facts and answers, in the order of the clocks."""
    carried = Carried(
        ticket=life.ticket, facts=tuple(life.log), recorded=3, answers={"k": life.ticket.receipt()}
    )
    beginning = Beginning(intake=life.intake, carried=carried)
    back = Beginning.model_validate_json(beginning.model_dump_json())
    assert back == beginning
    assert back.carried is not None
    assert list(back.carried.ticket.clocks) == list(life.ticket.clocks)
    assert back.carried.ticket.feedback_clock == life.ticket.feedback_clock


def test_fact_one_says_what_was_filed_and_nothing_of_who_filed_it() -> None:
    """Codes and the text's id; the requester has no name, no unit, no phone in it (D3)."""
    first = filed(sample.intake())
    assert first.actor == sample.REQUESTER
    assert (first.description, first.category.code) == (sample.TEXT, "environment.noise")


@pytest.mark.parametrize("text", ["{}", '{"kind": "nonsense"}', '{"kind": "signed"}'])
def test_what_is_no_fact_is_not_read_as_one(text: str) -> None:
    """Without kind, of an unknown kind, without its fields."""
    with pytest.raises(ValidationError):
        f.FACT.validate_json(text)


def test_every_reason_and_text_of_a_command_stands_in_the_timeline() -> None:
    """Transfer notes, urging, remarks, replies, comments: none is dropped on the way (peers' bug 20)."""
    fields = {"reason", "note", "reply", "text", "comment"}
    spoken = {
        fact.kind for fact in full_life().log for field in fields if getattr(fact, field, None) == sample.TEXT
    }
    asked = {kind for kind in spoken if kind != "filed"}
    assert asked == {
        "classified",
        "contact_attempted",
        "feedback_given",
        "noted",
        "reassigned",
        "surveyed",
        "urged",
    }
    journey = Journey(sample.intake(certain=False))
    assert getattr(journey.dispatch()[1], "reason", None) == sample.TEXT
    assert getattr(inquiry().log[3], "reply", None) == sample.TEXT


# ---------------------------------------------------------------- what is read off the state


def test_a_new_ticket_is_open_and_has_climbed_nowhere() -> None:
    """Version 1, no clock, no unit."""
    ticket = begin(sample.intake())
    assert (ticket.version, ticket.is_open, ticket.level.value, ticket.is_overdue) == (1, True, "unit", False)
    assert ticket.feedback_clock is None
    assert not ticket.is_unanswered
    assert ticket.open_clocks() == ()


@pytest.mark.parametrize(
    ("at", "level", "overdue"),
    [
        ("2026-11-02 11:00", "unit", False),
        ("2026-11-02 12:00", "district", True),
        ("2026-11-02 16:00", "city", True),
    ],
)
def test_the_level_is_how_high_the_open_clocks_have_climbed(at: str, level: str, overdue: bool) -> None:
    """Nobody signs on Monday: district after eleven, city after three; signed, it is the unit's again."""
    journey = Journey()
    journey.until(at)
    assert (journey.ticket.level.value, journey.ticket.is_overdue) == (level, overdue)
    journey.sign()
    assert (journey.ticket.level.value, journey.ticket.is_overdue) == ("unit", False)


def test_the_receipt_says_where_the_ticket_stands() -> None:
    """Before dispatch without unit and promise, afterwards with both, at the end with the ending."""
    waiting = Journey(sample.intake(certain=False)).ticket.receipt()
    assert (waiting.unit, waiting.promised_at, waiting.stage.value) == (None, None, "dispatch")
    sent = Journey().ticket.receipt()
    assert sent.unit == sample.TOWN
    assert sent.promised_at is not None
    closed = silence().ticket.receipt()
    assert (closed.ending, closed.status.value, closed.number) == ("unanswered", "closed", sample.NUMBER)


def test_a_ticket_cannot_be_changed_from_outside() -> None:
    """State is made by facts alone (D1)."""
    ticket = begin(sample.intake())
    with pytest.raises(ValidationError, match="frozen"):
        setattr(ticket, "version", 7)  # noqa: B010 - the type checker refuses the plain way already
    with pytest.raises(ValidationError, match="extra"):
        Ticket.model_validate(ticket.model_dump() | {"colour": "red"})

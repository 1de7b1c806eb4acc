"""Objections: said once, reviewed by somebody who is no party, final in the end. Ordinance art. 12."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import messages as m
from domain.accept.requester import Withdraw
from domain.dispatch.objecting import (
    ConsultDuty,
    DecideObjection,
    Object,
    consult_duty,
    decide_objection,
    object_,
)
from domain.errors import Incomplete, Refused, WrongActor, WrongStage
from domain.evaluate.reopening import Reopen
from domain.facts import main_line as f
from domain.facts.dispatch import ObjectionDecided, proposal_of
from domain.show.standing import holder_of, sentence
from domain.terms import Named
from domain.vocabulary import ClockName, Level, Role, SignLapse, Status, Tier, Verdict
from tests import sample
from tests.domain.journey import Journey

REVIEWER = m.Actor(unit=sample.CITY_DESK.code, role=Role.REVIEWER, person="R1")
OTHER_REVIEWER = m.Actor(unit=sample.CITY_DESK.code, role=Role.REVIEWER, person="R2")


def objects(journey: Journey, proposed: Named | None = sample.WATER, **changed: object) -> None:
    """Let the unit the ticket lies with object."""
    command = Object(
        actor=journey.handler,
        reason=sample.TEXT,
        basis=sample.TEXT,
        proposed=proposed.code if proposed else None,
    )
    journey.take("object", command.model_copy(update=changed))


def decides(journey: Journey, verdict: Verdict, unit: Named | None = None, actor: m.Actor = REVIEWER) -> None:
    """Let a reviewer decide."""
    command = DecideObjection(
        actor=actor,
        verdict=verdict,
        unit=unit.code if unit else None,
        reason=sample.TEXT,
        basis_code="ORD-12",
    )
    journey.take("decide_objection", command)


def objected() -> Journey:
    """Return a ticket whose town says that water is not its matter."""
    journey = Journey()
    objects(journey)
    return journey


def test_a_unit_objects_and_the_ticket_lies_with_the_city_while_the_requester_s_clock_runs_on() -> None:
    """B17: sign and contact lapse, a review clock starts, the promise stays."""
    journey = Journey()
    promised = journey.ticket.promised_at
    objects(journey)
    ticket = journey.ticket
    assert (ticket.status, ticket.promised_at) == (Status.OBJECTED, promised)
    standing = {name: clock.standing for name, clock in ticket.clocks.items()}
    assert standing == {
        "dispatch_by.0": "met",
        "sign_by.1": "waived",
        "contact_by.1": "waived",
        "feedback_by.1": "running",
        "review_by.1": "running",
    }
    assert ticket.clocks["review_by.1"].holder == holder_of(ticket) == sample.CITY_DESK
    assert sample.CITY_DESK.zh in sentence(ticket).zh
    notified = [notice.to for notice in journey.notices if notice.kind == "objection_to_review"]
    assert notified == [sample.CITY_DESK.code]


def test_an_upheld_objection_gives_the_ticket_to_the_unit_the_review_names() -> None:
    """B19: it signs again, under the same promise."""
    journey = objected()
    promised = journey.ticket.promised_at
    decides(journey, Verdict.UPHELD, sample.WATER)
    ticket = journey.ticket
    assert (ticket.status, ticket.turn, ticket.promised_at) == (Status.AWAITING_SIGN, 2, promised)
    assert ticket.assignment is not None
    assert ticket.assignment.unit == sample.WATER
    assert ticket.clocks["review_by.1"].standing == "met"
    assert ticket.clocks["sign_by.2"].holder == sample.WATER
    given_to = [fact for fact in journey.log if isinstance(fact, f.Reassigned)][-1]
    assert (given_to.row, given_to.edition) == ("directory.csv:2", ticket.terms.edition)


def test_a_rejected_objection_leaves_the_ticket_with_its_unit_for_good() -> None:
    """B19: sign and contact restart, and it cannot object again (审定)."""
    journey = objected()
    promised = journey.ticket.promised_at
    decides(journey, Verdict.REJECTED)
    ticket = journey.ticket
    assert ticket.assignment is not None
    assert (ticket.status, ticket.assignment.unit) == (Status.AWAITING_SIGN, sample.TOWN)
    assert ticket.promised_at == promised
    assert {ticket.clocks[key].standing for key in ("sign_by.2", "contact_by.2")} == {"running"}
    with pytest.raises(WrongStage, match="最终派单"):
        objects(journey)
    journey.handled()
    assert journey.ticket.status is Status.FEEDBACK_GIVEN


def test_after_the_edition_s_number_of_reviews_the_assignment_is_final_for_any_holder() -> None:
    """Peers' row 24: bounded rounds, a binding end."""
    journey = objected()
    decides(journey, Verdict.UPHELD, sample.WATER)
    objects(journey, sample.HEATING)
    decides(journey, Verdict.UPHELD, sample.HEATING, OTHER_REVIEWER)
    with pytest.raises(WrongStage, match="最终派单"):
        objects(journey, sample.OTHER_TOWN)
    assert journey.ticket.objections.over
    journey.handled()


def test_the_sender_of_the_ticket_is_a_party_to_the_next_objection() -> None:
    """A reviewer does not judge her own verdict, a dispatcher not his own dispatch."""
    journey = objected()
    decides(journey, Verdict.UPHELD, sample.WATER)
    objects(journey, sample.HEATING)
    with pytest.raises(WrongActor, match="当事方"):
        decides(journey, Verdict.REJECTED)
    sent = Journey(sample.intake(certain=False))
    sent.dispatch()
    objects(sent)
    with pytest.raises(WrongActor, match="当事方"):
        decides(sent, Verdict.REJECTED, actor=REVIEWER.model_copy(update={"person": "D1"}))


@pytest.mark.parametrize(
    "actor",
    [
        sample.DISPATCHER,
        sample.HANDLER,
        sample.DISTRICT_SUPERVISOR,
        m.Actor(unit=sample.WATER.code, role=Role.REVIEWER, person="W1"),
        m.Actor(unit=sample.TOWN.code, role=Role.REVIEWER, person="T1"),
        m.Actor(unit=sample.CITY_DESK.code, role=Role.REVIEWER),
        m.Actor(unit=sample.CITY_DESK.code, role=Role.REVIEWER, person="P1"),
    ],
)
def test_no_party_and_nobody_without_a_name_reviews(actor: m.Actor) -> None:
    """Neither dispatcher, nor the unit, nor the one proposed, nor the objector in another role."""
    with pytest.raises(WrongActor):
        decides(objected(), Verdict.REJECTED, actor=actor)


@pytest.mark.parametrize(
    ("act", "refused"),
    [
        (lambda journey: objects(journey, basis=None), Incomplete),
        (lambda journey: objects(journey, sample.TOWN), WrongStage),
        (lambda journey: objects(journey, actor=sample.DISPATCHER), WrongActor),
        (lambda journey: (journey.sign(), objects(journey)), WrongStage),
    ],
)
def test_an_objection_needs_a_basis_another_unit_and_the_time_before_signing(
    act: Callable[[Journey], object], refused: type[Refused]
) -> None:
    """Each refusal with its sentence."""
    journey = Journey()
    with pytest.raises(refused):
        act(journey)
    assert journey.ticket.objections.under_review is None


def test_an_edition_may_allow_objections_for_some_hours_after_signing() -> None:
    """Within the window they count, after it they are refused; contact restarts with the verdict."""
    given = sample.given()
    numbers = {**given.terms.numbers, "object_after_sign_hours": 4}
    window = given.model_copy(update={"terms": given.terms.model_copy(update={"numbers": numbers})})
    journey = Journey()
    command = Object(actor=journey.handler, reason=sample.TEXT, basis=sample.TEXT)
    journey.sign()
    journey.contact()
    journey.wait(hours=5)
    with pytest.raises(WrongStage, match="签收后"):
        object_(journey.ticket, command, window, journey.now)
    journey = Journey()
    journey.sign()
    journey.contact()
    journey.wait(hours=3)
    journey.act(object_(journey.ticket, command, window, journey.now))
    assert journey.ticket.status is Status.OBJECTED
    decides(journey, Verdict.REJECTED)
    assert not journey.ticket.contacted
    assert journey.ticket.clocks["contact_by.2"].standing == "running"


@pytest.mark.parametrize(
    ("verdict", "unit", "refused"),
    [
        (Verdict.UPHELD, None, Incomplete),
        (Verdict.UPHELD, sample.TOWN, WrongStage),
        (Verdict.REJECTED, sample.WATER, WrongStage),
        (Verdict.LAPSED, None, WrongStage),
    ],
)
def test_a_verdict_says_who_is_responsible(
    verdict: Verdict, unit: Named | None, refused: type[Refused]
) -> None:
    """Upheld names another unit, rejected names none, and nobody lets a review lapse by hand."""
    journey = objected()
    with pytest.raises(refused):
        decides(journey, verdict, unit)
    assert journey.ticket.status is Status.OBJECTED


def test_nothing_goes_around_a_review() -> None:
    """No reassignment, no signing, no feedback, no second objection while it is open."""
    journey = objected()
    for act in (journey.sign, journey.contact, journey.feedback, lambda: objects(journey)):
        with pytest.raises(WrongStage):
            act()
    with pytest.raises(WrongStage, match="审核结论"):
        journey.reassign(sample.assignment(sample.HEATING))


def test_a_review_nobody_makes_climbs_and_ends_with_the_assignment_standing() -> None:
    """The ticket does not fly in the air: the unit has it again, for good."""
    journey = objected()
    journey.wait(hours=49)
    assert journey.ticket.clocks["review_by.1"].climbed == (Level.CITY,)
    journey.wait(hours=48)
    assert journey.ticket.status is Status.AWAITING_SIGN
    verdict = next(fact for fact in journey.log if isinstance(fact, ObjectionDecided))
    assert (verdict.verdict, verdict.to) == (Verdict.LAPSED, sample.TOWN)
    assert journey.ticket.clocks["review_by.1"].standing == "missed"
    with pytest.raises(WrongStage, match="最终派单"):
        objects(journey)


def test_a_requester_who_waited_long_enough_is_asked_whatever_the_units_quarrel_about() -> None:
    """The limit of two hours passes under review; the survey comes and the review is dropped."""
    journey = Journey(sample.intake(with_terms=sample.terms(Tier.TIER_1)))
    journey.wait(hours=1)
    objects(journey)
    journey.left_alone()
    assert journey.ticket.status is Status.CLOSED
    assert not journey.ticket.open_clocks()
    assert journey.ticket.objections.under_review is None


def test_minutes_of_a_consultation_stand_with_the_open_objection() -> None:
    """B18: who conferred, and the minutes in the vault."""
    journey = objected()
    units = (sample.WATER.code, sample.HEATING.code)
    journey.take("consult_duty", ConsultDuty(actor=REVIEWER, units=units, minutes=sample.TEXT))
    assert journey.log[-1].model_dump()["units"] == tuple(
        unit.model_dump() for unit in (sample.WATER, sample.HEATING)
    )
    decides(journey, Verdict.REJECTED)
    with pytest.raises(WrongStage):
        journey.take("consult_duty", ConsultDuty(actor=REVIEWER, units=units, minutes=sample.TEXT))


def test_an_upheld_verdict_is_offered_to_the_directory_and_a_rejected_one_is_not() -> None:
    """Matter, place, the unit that leads from now on, the row that was wrong, the ticket as its basis."""
    upheld, rejected = objected(), objected()
    decides(upheld, Verdict.UPHELD, sample.WATER)
    decides(rejected, Verdict.REJECTED)
    found = [
        proposal_of(sample.NUMBER, fact)
        for journey in (upheld, rejected)
        for fact in journey.log
        if isinstance(fact, ObjectionDecided)
    ]
    assert found[1] is None
    assert found[0] is not None
    assert (found[0].lead, found[0].instead_of, found[0].row) == (
        sample.WATER,
        sample.TOWN,
        "directory.csv:2",
    )
    assert (found[0].number, found[0].basis_code) == (sample.NUMBER, "ORD-12")


def test_an_edition_may_let_the_system_sign_for_a_unit_that_does_not() -> None:
    """B15: at the missed instant, on record as late, and no desk is troubled; the unit handles on."""
    terms = sample.terms().model_copy(update={"sign_lapse": SignLapse.AUTO_SIGN})
    journey = Journey(sample.intake(with_terms=terms))
    journey.wait(hours=3)
    signed = next(fact for fact in journey.log if isinstance(fact, f.Signed))
    assert signed.actor == m.SYSTEM
    assert journey.ticket.status is Status.HANDLING
    assert journey.ticket.clocks["sign_by.1"].standing == "late"
    assert not [notice for notice in journey.notices if notice.kind == "escalated"]


ACTS: dict[str, Callable[[Journey], object]] = {
    "object": lambda journey: objects(journey, sample.OTHER_TOWN),
    "uphold": lambda journey: decides(journey, Verdict.UPHELD, sample.WATER),
    "uphold for another": lambda journey: decides(journey, Verdict.UPHELD, sample.HEATING, OTHER_REVIEWER),
    "reject": lambda journey: decides(journey, Verdict.REJECTED),
    "reassign": lambda journey: journey.reassign(sample.assignment(sample.OTHER_TOWN)),
    "sign": Journey.sign,
    "wait": lambda journey: journey.wait(hours=11),
}


@given(acts=st.lists(st.sampled_from(sorted(ACTS)), max_size=25))
def test_no_sequence_of_objections_moves_the_requester_s_deadline(acts: list[str]) -> None:
    """R038: whatever the units quarrel about, the promise stands until the round is over, and it ends."""
    journey = Journey()
    promised = journey.ticket.promised_at
    for name in acts:
        try:
            ACTS[name](journey)
        except Refused:
            continue
        if journey.ticket.round == 1:
            assert journey.ticket.promised_at == promised
            clock = journey.ticket.clocks["feedback_by.1"]
            assert clock.ledger.started_at == sample.MONDAY
    journey.left_alone()
    assert journey.ticket.status is Status.CLOSED
    assert not journey.ticket.open_clocks()
    assert journey.ticket.objections.decided <= sample.NUMBERS["objection_rounds"]


def test_a_review_after_a_reopening_has_a_clock_of_its_own() -> None:
    """The one that ended with the ticket stays on record as it was."""
    journey = objected()
    journey.take("withdraw", Withdraw(actor=sample.REQUESTER))
    journey.take("reopen", Reopen(actor=sample.REQUESTER, reason=sample.TEXT))
    journey.reassign(sample.assignment(sample.OTHER_TOWN))
    objects(journey)
    reviews = [clock for clock in journey.ticket.clocks.values() if clock.name is ClockName.REVIEW_BY]
    assert [clock.standing for clock in reviews] == ["waived", "running"]


def test_where_no_objection_is_under_review_there_is_nothing_to_decide_or_to_consult_on() -> None:
    """The rules say so themselves, whatever status the ticket is in."""
    ticket, given_ = Journey().ticket, sample.given(sample.HEATING)
    verdict = DecideObjection(actor=REVIEWER, verdict=Verdict.REJECTED, reason=sample.TEXT)
    minutes = ConsultDuty(actor=REVIEWER, units=(sample.HEATING.code,), minutes=sample.TEXT)
    with pytest.raises(WrongStage, match="No objection is under review"):
        decide_objection(ticket, verdict, given_, sample.MONDAY)
    with pytest.raises(WrongStage, match="No objection is under review"):
        consult_duty(ticket, minutes, given_, sample.MONDAY)

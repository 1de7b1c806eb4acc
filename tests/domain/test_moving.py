"""What moves a ticket between units, and what that never does: to the requester's limit, to a verdict."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import facts as f
from domain import messages as m
from domain.assisting import AnswerTask, Assist
from domain.citizen import Supplement, Withdraw
from domain.deliberating import Deliberate
from domain.disposing import Dispose
from domain.errors import Refused, WrongActor, WrongStage
from domain.escalating import Escalate, escalate
from domain.explaining import explain
from domain.notices import REQUESTER
from domain.objecting import Object, object_
from domain.objection_facts import ObjectionDecided
from domain.redispatching import Redispatch
from domain.reopening import Reopen
from domain.subassigning import SubAssign
from domain.terms import Named, Resolution
from domain.views import clock_views
from domain.vocabulary import (
    AdoptionMode,
    ClockName,
    Disposal,
    EscalateTo,
    RedoTo,
    Role,
    Satisfaction,
    Status,
    TaskStanding,
    Tier,
    Verdict,
)
from tests import sample
from tests.domain.journey import Journey
from tests.domain.test_editions import adopts, new_terms
from tests.domain.test_objecting import OTHER_REVIEWER, decides, objects

DISTRICT_DISPATCHER = m.Actor(unit=sample.DISTRICT_DESK.code, role=Role.DISPATCHER, person="D2")
OTHER = sample.assignment(sample.OTHER_TOWN)


def redispatch(journey: Journey, to: Named = sample.TOWN) -> None:
    """Let the district's desk give the ticket to one of its units."""
    command = Redispatch(actor=DISTRICT_DISPATCHER, unit=to.code, reason=sample.TEXT)
    journey.take("redispatch", command)


def unit_of(journey: Journey) -> Named | None:
    """Return the responsible unit."""
    return journey.ticket.assignment.unit if journey.ticket.assignment else None


def redone(to: RedoTo = RedoTo.ONE_LEVEL_UP) -> Journey:
    """Return a ticket whose town has handled it, to the requester's discontent."""
    terms = sample.terms(at_feedback=True, always_open=True, redo_rounds=2)
    journey = Journey(sample.intake(with_terms=terms.model_copy(update={"redo_to": to})))
    journey.handled()
    journey.says(resolved=False, satisfied=Satisfaction.DISSATISFIED)
    return journey


# ---------------------------------------------------------------- the requester's limit


def test_an_edition_from_the_next_step_moves_no_limit_when_the_unit_changes() -> None:
    """The seven days of the filing stand, though the edition adopted since gives one; hours may be new."""
    for move in (
        lambda journey: journey.reassign(OTHER),
        lambda journey: (objects(journey), decides(journey, Verdict.UPHELD, sample.WATER)),
    ):
        journey = Journey()
        limit, promised = journey.ticket.clocks["feedback_by.1"].limit, journey.ticket.promised_at
        adopts(journey, AdoptionMode.NEXT_STEP)
        move(journey)
        clock = journey.ticket.clocks["feedback_by.1"]
        assert (clock.limit, clock.due_at, journey.ticket.promised_at) == (limit, promised, promised)
        assert clock.holder == unit_of(journey)


def test_a_visit_the_new_edition_does_not_ask_for_is_still_owed_by_whoever_has_the_ticket() -> None:
    """From the next step: the promise that runs goes on, and has one holder."""
    journey = Journey(sample.intake(with_terms=sample.terms(door=True)))
    due_at = journey.ticket.clocks["door_by.1"].due_at
    adopts(journey, AdoptionMode.NEXT_STEP)
    journey.reassign(OTHER)
    door = journey.ticket.clocks["door_by.1"]
    assert (door.holder, door.due_at, door.standing) == (sample.OTHER_TOWN, due_at, "running")


ACTS: dict[str, Callable[[Journey], object]] = {
    "adopt a day": lambda journey: adopts(journey, AdoptionMode.NEXT_STEP, new_terms()),
    "adopt two weeks": lambda journey: adopts(
        journey, AdoptionMode.NEXT_STEP, new_terms(Tier.TIER_4, "c@cccccccccccc", sign_hours=9)
    ),
    "pin": lambda journey: adopts(journey, AdoptionMode.PINNED, new_terms(edition="d@dddddddddddd")),
    "object": lambda journey: objects(journey, None),
    "uphold": lambda journey: decides(journey, Verdict.UPHELD, sample.WATER),
    "uphold for the district": lambda journey: decides(journey, Verdict.UPHELD, sample.DISTRICT),
    "reject": lambda journey: decides(journey, Verdict.REJECTED, actor=OTHER_REVIEWER),
    "reassign": lambda journey: journey.reassign(OTHER),
    "reassign to the district": lambda journey: journey.reassign(sample.assignment(sample.DISTRICT)),
    "reassign by the district": lambda journey: journey.reassign(OTHER, sample.DISTRICT_SUPERVISOR),
    "redispatch": redispatch,
    "sign": Journey.sign,
    "wait": lambda journey: journey.wait(hours=7),
}


@given(acts=st.lists(st.sampled_from(sorted(ACTS)), max_size=25))
def test_no_mix_of_editions_to_come_and_moves_between_units_moves_the_limit(acts: list[str]) -> None:
    """R038: kept out or from the next step on, objected, reassigned, redispatched: the promise stands."""
    journey = Journey()
    first, promised = journey.ticket.clocks["feedback_by.1"], journey.ticket.promised_at
    for name in acts:
        try:
            ACTS[name](journey)
        except Refused:
            continue
        if journey.ticket.round > 1:
            break
        clock = journey.ticket.clocks["feedback_by.1"]
        assert (clock.due_at, clock.limit, clock.ledger) == (first.due_at, first.limit, first.ledger)
        assert journey.ticket.promised_at == promised


# ---------------------------------------------------------------- who reassigns


def test_who_only_watches_does_not_reassign() -> None:
    """A copy gives no say: the desk above does, and the city's."""
    journey = Journey(sample.intake(certain=False))
    copied = sample.assignment().model_copy(update={"watchers": (sample.WATER,)})
    journey.dispatch(copied)
    with pytest.raises(WrongActor):
        journey.reassign(OTHER, m.Actor(unit=sample.WATER.code, role=Role.SUPERVISOR, person="W1"))
    journey.reassign(OTHER, sample.DISTRICT_SUPERVISOR)
    assert unit_of(journey) == sample.OTHER_TOWN


@pytest.mark.parametrize("unit", [sample.HEATING, sample.WATER])
def test_a_district_gives_a_ticket_to_units_of_its_own_and_the_city_to_any(unit: Named) -> None:
    """What is not the district's goes to the city's desk."""
    journey = Journey()
    with pytest.raises(WrongStage, match="本区单位"):
        journey.reassign(sample.assignment(unit), sample.DISTRICT_SUPERVISOR)
    journey.reassign(sample.assignment(unit))
    assert unit_of(journey) == unit


@pytest.mark.parametrize("actor", [sample.DISPATCHER, sample.DISTRICT_SUPERVISOR])
def test_a_final_assignment_is_reassigned_by_nobody(actor: m.Actor) -> None:
    """Rejected once: bound. After the last review: whoever holds it."""
    bound, over = Journey(), Journey()
    objects(bound)
    decides(bound, Verdict.REJECTED)
    objects(over)
    decides(over, Verdict.UPHELD, sample.OTHER_TOWN)
    objects(over)
    decides(over, Verdict.UPHELD, sample.TOWN, OTHER_REVIEWER)
    assert over.ticket.objections.over
    for journey, to in ((bound, sample.OTHER_TOWN), (over, sample.OTHER_TOWN)):
        with pytest.raises(WrongStage, match="最终派单"):
            journey.reassign(sample.assignment(to), actor)


def test_a_district_does_not_give_a_ticket_back_and_the_city_s_desk_may() -> None:
    """It has been with that unit in this round."""
    journey = Journey()
    journey.reassign(OTHER, sample.DISTRICT_SUPERVISOR)
    with pytest.raises(WrongStage, match="本轮已承办过"):
        journey.reassign(sample.assignment(), sample.DISTRICT_SUPERVISOR)
    journey.reassign(sample.assignment())
    assert unit_of(journey) == sample.TOWN


def test_a_district_takes_nothing_from_the_unit_that_must_do_it_again() -> None:
    """The redo is that unit's; the city's desk may see it otherwise."""
    journey = redone(RedoTo.SAME_UNIT)
    with pytest.raises(WrongStage, match="重办"):
        journey.reassign(OTHER, sample.DISTRICT_SUPERVISOR)
    journey.reassign(OTHER)
    assert unit_of(journey) == sample.OTHER_TOWN


# ---------------------------------------------------------------- what a district may not undo


def test_a_verdict_is_not_undone_by_the_district_that_lost_it() -> None:
    """The town was right; the district keeps it, or gives it to another unit of its own."""
    journey = Journey()
    objects(journey)
    decides(journey, Verdict.UPHELD, sample.DISTRICT)
    with pytest.raises(WrongStage, match="异议已经成立"):
        redispatch(journey)
    redispatch(journey, sample.OTHER_TOWN)
    with pytest.raises(WrongStage, match="异议已经成立"):
        journey.reassign(sample.assignment(), sample.DISTRICT_SUPERVISOR)


def test_a_redo_one_level_up_does_not_go_back_to_the_town_that_failed() -> None:
    """Its district does it, or has another unit do it, also in a round after that."""
    journey = redone()
    assert unit_of(journey) == sample.DISTRICT
    with pytest.raises(WrongStage, match="上提重办"):
        redispatch(journey)
    journey.handled()
    journey.says(resolved=False, satisfied=Satisfaction.DISSATISFIED)
    assert journey.ticket.status is Status.AWAITING_SIGN
    with pytest.raises(WrongStage, match="上提重办"):
        redispatch(journey)
    redispatch(journey, sample.OTHER_TOWN)
    assert journey.ticket.clocks["feedback_by.3"].name is ClockName.FEEDBACK_BY


def test_a_district_that_got_a_ticket_from_its_town_does_not_hand_it_back() -> None:
    """The city's desk has taken it from the town in this round."""
    journey = Journey()
    journey.reassign(sample.assignment(sample.DISTRICT))
    with pytest.raises(WrongStage, match="本轮已承办过"):
        redispatch(journey)


# ---------------------------------------------------------------- when a unit objects


def test_an_objection_has_its_time_and_a_silent_unit_does_not_pass_the_matter_on_at_the_end() -> None:
    """Counted from the dispatch; the next unit would have an hour left of the requester's seven days."""
    early, late = Journey(), Journey()
    early.wait(hours=24)
    objects(early)
    assert early.ticket.status is Status.OBJECTED
    late.wait(hours=24.1)
    with pytest.raises(WrongStage, match="24小时内"):
        objects(late)


def test_the_time_to_object_begins_anew_with_every_unit() -> None:
    """The one that gets it on the sixth day has had no time yet."""
    journey = Journey()
    journey.wait(days=6)
    journey.reassign(OTHER)
    journey.wait(hours=2)
    objects(journey)
    assert journey.ticket.status is Status.OBJECTED


def test_an_edition_that_names_no_time_to_object_has_none() -> None:
    """Editions that were kept before it was known."""
    numbers = {name: number for name, number in sample.NUMBERS.items() if name != "object_within_hours"}
    told = sample.given()
    silent = told.model_copy(update={"terms": told.terms.model_copy(update={"numbers": numbers})})
    journey = Journey()
    journey.wait(days=3)
    command = Object(actor=journey.handler, reason=sample.TEXT, basis=sample.TEXT)
    journey.act(object_(journey.ticket, command, silent, journey.now))
    assert journey.ticket.status is Status.OBJECTED


def test_who_has_signed_the_ticket_once_objects_no_more() -> None:
    """In a redo, after a reopening, and when the city gives it back: it has made the matter its own."""
    reopened, back = redone(RedoTo.SAME_UNIT), Journey()
    reopened.left_alone()
    reopened.take("reopen", Reopen(actor=sample.REQUESTER, reason=sample.TEXT))
    back.sign()
    back.reassign(OTHER)
    back.reassign(sample.assignment())
    for journey in (redone(RedoTo.SAME_UNIT), reopened, back):
        assert (journey.ticket.status, unit_of(journey)) == (Status.AWAITING_SIGN, sample.TOWN)
        with pytest.raises(WrongStage, match="签收后"):
            objects(journey)


def test_an_objection_after_a_reopening_has_a_review_of_its_own() -> None:
    """The one that a withdrawal ended stays on record with its clock, and the desk is told of both."""
    journey = Journey()
    objects(journey)
    journey.wait(hours=1)
    journey.take("withdraw", Withdraw(actor=sample.REQUESTER))
    journey.take("reopen", Reopen(actor=sample.REQUESTER, reason=sample.TEXT))
    objects(journey)
    assert journey.ticket.clocks["review_by.1"].standing == "waived"
    assert journey.ticket.clocks["review_by.2"].standing == "running"
    keys = [notice.key for notice in journey.notices if notice.kind == "objection_to_review"]
    assert len(set(keys)) == 2


# ---------------------------------------------------------------- the guard, the record


def test_a_company_s_duty_is_not_handed_down_to_a_town_as_a_part_either() -> None:
    """The city has sent it to the district, which must not do by halves what it may not do at once."""
    journey = Journey(sample.intake(unit=sample.HEATING, certain=True))
    journey.reassign(sample.assignment(sample.DISTRICT))
    journey.sign()
    part = SubAssign(actor=journey.handler, unit=sample.TOWN.code, text=sample.TEXT)
    with pytest.raises(WrongStage, match="不得分派给街道乡镇"):
        journey.take("sub_assign", part)
    own = part.model_copy(update={"unit": None, "sub_unit": f"{sample.DISTRICT.code}/heating"})
    journey.take("sub_assign", own)
    assert journey.ticket.tasks["subassignment.1"].is_open


def test_what_one_unit_missed_stays_its_miss_when_another_has_the_ticket() -> None:
    """The town was late; the water authority took over what stood."""
    journey = Journey(sample.intake(with_terms=sample.terms(Tier.TIER_1)))
    journey.wait(hours=3)
    journey.reassign(sample.assignment(sample.WATER))
    clock = journey.ticket.clocks["feedback_by.1"]
    assert (clock.holder, clock.missed_by) == (sample.WATER, sample.TOWN)
    views = {view.clock: view for view in clock_views(journey.ticket)}
    assert views["feedback_by.1"].missed_by == sample.TOWN
    told = explain(journey.intake, journey.log, journey.now).level
    assert {missed.holder.code for missed in told.missed} == {sample.TOWN.code}
    assert sample.WATER.zh not in "".join(sentence.zh for sentence in told.sentences)


def test_a_fact_names_the_edition_its_row_was_looked_up_in() -> None:
    """The ticket adopts another edition while it waits: the row is still the old directory's."""
    intake = sample.intake(certain=False)
    looked_up = intake.routing.model_copy(update={"edition": "test@000000000000"})
    journey = Journey(intake.model_copy(update={"routing": looked_up}))
    adopts(journey, AdoptionMode.NOW)
    journey.dispatch()
    objects(journey)
    decides(journey, Verdict.UPHELD, sample.WATER)
    assert journey.ticket.terms.edition != looked_up.edition
    named = [
        fact.edition
        for fact in journey.log
        if isinstance(fact, f.Dispatched | f.Reassigned | ObjectionDecided)
    ]
    assert named == [looked_up.edition] * 3


# ---------------------------------------------------------------- what goes along with the ticket


def told(journey: Journey, *kinds: str) -> list[tuple[str, str]]:
    """Return kind and recipient of the notices of `kinds`, in order."""
    return [(notice.kind, notice.to) for notice in journey.notices if notice.kind in kinds]


def test_an_answer_to_the_old_lead_s_question_reaches_the_one_who_leads_now() -> None:
    """Asker and lead, each once; before a reassignment they are one."""
    journey = Journey()
    journey.sign()
    journey.take("assist", Assist(actor=journey.handler, unit=sample.WATER.code, text=sample.TEXT))
    lifted = Escalate(
        actor=journey.handler, to=EscalateTo.DISTRICT, opinion=sample.TEXT, measures=sample.TEXT
    )
    journey.take("escalate", lifted)
    journey.reassign(OTHER)
    desk = m.Actor(unit=sample.DISTRICT_DESK.code, role=Role.HANDLER, person="V2")
    water = m.Actor(unit=sample.WATER.code, role=Role.HANDLER, person="W1")
    for actor, task in ((water, "assist.1"), (desk, "escalation.1"), (water, "assist.1")):
        journey.take("answer_task", AnswerTask(actor=actor, task=task, reply=sample.TEXT))
    kinds = ("assist_done", "escalation_done", "assist_late_answer")
    assert told(journey, *kinds) == [
        (kind, unit.code) for kind in kinds for unit in (sample.TOWN, sample.OTHER_TOWN)
    ]


def test_a_deliberation_of_the_old_unit_lapses_with_its_parts() -> None:
    """The residents' talk was that unit's; the new one is not held up by it."""
    journey = Journey()
    journey.sign()
    journey.take("deliberate", Deliberate(actor=journey.handler, text=sample.TEXT))
    journey.reassign(OTHER)
    assert journey.ticket.tasks["deliberation.1"].standing is TaskStanding.WAIVED
    assert ("deliberation_waived", sample.TOWN.code) in told(journey, "deliberation_waived")
    journey.handled()
    assert journey.ticket.status is Status.FEEDBACK_GIVEN


def test_nobody_escalates_to_the_department_that_handles_the_matter() -> None:
    """Neither itself nor a desk above it."""
    journey = Journey(sample.intake(unit=sample.WATER))
    lifted = Escalate(
        actor=sample.DISPATCHER,
        to=EscalateTo.INDUSTRY,
        unit=sample.WATER.code,
        opinion=sample.TEXT,
        measures=sample.TEXT,
    )
    department = sample.assignment(sample.WATER)
    known = sample.given().model_copy(update={"units": {sample.WATER.code: department}})
    with pytest.raises(WrongStage, match="正是承办单位"):
        escalate(journey.ticket, lifted, known, journey.now)


def test_who_was_escalated_to_and_leads_by_now_owes_itself_no_opinion() -> None:
    """The department has the whole matter: the question to it lapses."""
    journey = Journey()
    journey.sign()
    department = sample.assignment(sample.WATER)
    known = sample.given().model_copy(update={"units": {sample.WATER.code: department}})
    lifted = Escalate(
        actor=journey.handler,
        to=EscalateTo.INDUSTRY,
        unit=sample.WATER.code,
        opinion=sample.TEXT,
        measures=sample.TEXT,
    )
    journey.act(escalate(journey.ticket, lifted, known, journey.now))
    journey.reassign(department)
    assert journey.ticket.tasks["escalation.1"].standing is TaskStanding.WAIVED


# ---------------------------------------------------------------- who is told


def test_the_requester_hears_who_has_the_request_now() -> None:
    """Once for each move, with the unit; whoever of them moved it."""
    journey = Journey()
    journey.reassign(OTHER)
    objects(journey)
    decides(journey, Verdict.UPHELD, sample.WATER)
    heard = [
        notice.about for notice in journey.notices if (notice.to, notice.kind) == (REQUESTER, "reassigned")
    ]
    assert heard == [{"unit": sample.OTHER_TOWN.code}, {"unit": sample.WATER.code}]


@pytest.mark.parametrize(
    ("to", "about"),
    [
        (RedoTo.SAME_UNIT, {"unit": sample.TOWN.code}),
        (RedoTo.ONE_LEVEL_UP, {"unit": sample.DISTRICT.code, "level": "district"}),
    ],
)
def test_the_requester_hears_of_a_redo_and_that_it_is_one_level_up(to: RedoTo, about: dict[str, str]) -> None:
    """Who does it again."""
    heard = [notice for notice in redone(to).notices if (notice.to, notice.kind) == (REQUESTER, "redo")]
    assert [notice.about for notice in heard] == [about]


def test_the_requester_hears_of_a_promise_that_moves_with_the_old_and_the_new_time() -> None:
    """By a classification, by an edition adopted at once; one that moves nothing is not told."""
    classified, adopted = Journey(), Journey()
    for _ in range(2):  # the second time nothing moves any more
        classified.classify(Resolution(terms=sample.terms(Tier.TIER_2), routing=sample.routing()))
    adopts(adopted, AdoptionMode.NOW)
    week, day = (sample.MONDAY + timedelta(days=days) for days in (7, 1))
    for journey in (classified, adopted):
        heard = [notice for notice in journey.notices if notice.kind == "promise_moved"]
        assert [notice.to for notice in heard] == [REQUESTER]
        assert heard[0].about == {"was_due_at": week.isoformat(), "due_at": day.isoformat()}
    later = Journey()
    adopts(later, AdoptionMode.NEXT_STEP)
    later.reassign(sample.assignment(sample.WATER))
    assert not told(later, "promise_moved")


def test_while_an_objection_is_under_review_the_requester_is_heard_by_the_desk_that_reviews() -> None:
    """Urging and further facts go to whoever must act; afterwards to the unit again."""
    journey = Journey()
    objects(journey)
    more = Supplement(actor=sample.REQUESTER, text=sample.TEXT)
    journey.urge()
    journey.take("supplement", more)
    decides(journey, Verdict.REJECTED)
    journey.urge()
    journey.take("supplement", more)
    assert told(journey, "urged", "supplemented") == [
        (kind, unit.code) for unit in (sample.CITY_DESK, sample.TOWN) for kind in ("urged", "supplemented")
    ]


def test_a_dispatch_by_hand_decides_that_it_is_no_nuisance_and_whoever_said_so_hears_it() -> None:
    """No proposal waits for a second person for ever; who dispatches her own needs no notice."""
    proof = (m.ProofRef(kind="recording", ref=sample.TEXT),)
    for person, hears in (("D1", 0), ("A1", 1)):
        journey = Journey(sample.intake(certain=False))
        proposer = sample.DISPATCHER.model_copy(update={"person": person})
        journey.take(
            "dispose",
            Dispose(actor=proposer, reason=Disposal.NUISANCE, reply=sample.TEXT, proof=proof),
        )
        journey.dispatch()
        assert journey.ticket.nuisance is None
        heard = [notice for notice in journey.notices if notice.kind == "nuisance_settled"]
        assert [(one.to, one.about) for one in heard] == [(sample.CITY_DESK.code, {"person": person})] * hears

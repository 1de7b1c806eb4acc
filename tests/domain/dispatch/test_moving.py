"""What moves a ticket between units, and what that never does: to the requester's limit, to a verdict."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import messages as m
from domain.dispatch.redispatching import Redispatch
from domain.errors import Refused, WrongActor, WrongStage
from domain.facts import main_line as f
from domain.facts.dispatch import ObjectionDecided
from domain.handle.subassigning import SubAssign
from domain.show.explaining import explain
from domain.show.views import clock_views
from domain.terms import Named
from domain.vocabulary import (
    AdoptionMode,
    ClockName,
    RedoTo,
    Role,
    Satisfaction,
    Status,
    Tier,
    Verdict,
)
from tests import sample
from tests.domain.adopt.test_editions import adopts, new_terms
from tests.domain.dispatch.test_objecting import OTHER_REVIEWER, decides, objects
from tests.domain.journey import Journey
from tests.domain.states import OTHER, redone, unit_of

DISTRICT_DISPATCHER = m.Actor(unit=sample.DISTRICT_DESK.code, role=Role.DISPATCHER, person="D2")


def redispatch(journey: Journey, to: Named = sample.TOWN) -> None:
    """Let the district's desk give the ticket to one of its units."""
    command = Redispatch(actor=DISTRICT_DISPATCHER, unit=to.code, reason=sample.TEXT)
    journey.take("redispatch", command)


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


def test_a_visit_the_new_edition_does_not_ask_for_is_still_owed_by_the_holder_of_the_ticket() -> None:
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
    explanation = explain(journey.intake, journey.log, journey.now).level
    assert {missed.holder.code for missed in explanation.missed} == {sample.TOWN.code}
    assert sample.WATER.zh not in "".join(sentence.zh for sentence in explanation.sentences)


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

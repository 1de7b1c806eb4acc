"""What an earlier round, unit or classification leaves behind: it ends, spares and binds no later one."""

from domain import messages as m
from domain.accept.disposing import Dispose
from domain.adopt.editions import adopt
from domain.handle.assisting import Assist
from domain.handle.extending import DecideExtension, Extend
from domain.supervise.supervision_orders import Supervise
from domain.terms import Resolution
from domain.vocabulary import AdoptionMode, ClockName, Disposal, Ending, RedoTo, Satisfaction, Tier
from tests import sample
from tests.domain.journey import Journey
from tests.domain.outage import brief, join
from tests.domain.states import ACKNOWLEDGE, HAND_OVER, PROPOSE, WITHDRAW, review_the_order, surveyed


def test_a_redo_is_not_ended_by_what_was_before_it() -> None:
    """Neither an emergency service that had the first round nor a withdrawal that came too late ends it."""
    handed = Journey()
    handed.take("hand_over", HAND_OVER)
    handed.handled()
    handed.take("acknowledge", ACKNOWLEDGE)
    wished = Journey()
    wished.take("supervise", Supervise(actor=sample.DISTRICT_SUPERVISOR, text=sample.TEXT))
    wished.take("withdraw", WITHDRAW)
    wished.handled()
    for journey in (handed, wished):
        surveyed(journey).says(resolved=False, satisfied=Satisfaction.DISSATISFIED)
        assert journey.ticket.redos == 1
        journey.wait(days=3)
        assert journey.ticket.is_open
    if wished.ticket.tasks["order.1"].is_open:
        review_the_order(wished)
    assert wished.ticket.is_open
    wished.take("withdraw", WITHDRAW)
    assert wished.ticket.ending is Ending.WITHDRAWN


def test_a_redo_one_level_up_begins_without_what_the_unit_below_had_asked_for() -> None:
    """Nobody approves the failed unit's plan for it, and the district owes itself no assist."""
    terms = sample.terms().model_copy(update={"redo_after_silence": True, "redo_to": RedoTo.ONE_LEVEL_UP})
    journey = Journey(sample.intake(with_terms=terms))
    journey.sign()
    journey.take("propose_hanging", PROPOSE)
    journey.take("assist", Assist(actor=sample.HANDLER, unit=sample.DISTRICT.code, text=sample.TEXT))
    surveyed(journey).says(resolved=False, satisfied=Satisfaction.DISSATISFIED)
    assert journey.ticket.assignment is not None
    assert journey.ticket.assignment.unit == sample.DISTRICT
    assert not [task.key for task in journey.ticket.tasks.values() if task.is_open]


def test_a_promised_visit_is_owed_by_the_unit_that_takes_a_ticket_out_of_its_incident() -> None:
    """With the incident nobody owed it singly; handled by itself again somebody does."""
    journey = Journey(sample.intake(with_terms=sample.terms(door=True)))
    journey.take("join_incident", join(), brief())
    journey.reassign(sample.assignment(sample.WATER))
    assert ClockName.DOOR_BY in {clock.name for clock in journey.ticket.open_clocks()}


def test_a_visit_that_is_promised_again_is_owed_again() -> None:
    """Classified away and back within one turn; as a member of an incident nobody owes it."""
    with_visit, without = (
        Resolution(terms=sample.terms(door=door), routing=sample.routing()) for door in (True, False)
    )
    journey = Journey(sample.intake(with_terms=with_visit.terms))
    journey.classify(without)
    journey.classify(with_visit)
    running = [clock.key for clock in journey.ticket.open_clocks() if clock.name is ClockName.DOOR_BY]
    assert running == ["door_by.1.2"]
    member = Journey()
    member.take("join_incident", join(), brief())
    member.classify(with_visit)
    assert ClockName.DOOR_BY not in {clock.name for clock in member.ticket.open_clocks()}


def test_a_new_unit_is_warned_of_an_extended_end_as_the_old_one_was() -> None:
    """A reassignment after a grant counts the same limit again: its reminders keep their names."""
    journey = Journey()
    journey.sign()
    journey.until("2026-11-08 09:00")
    proof = m.ProofRef(kind="call", ref=sample.TEXT)
    extend = Extend(actor=sample.HANDLER, basis=sample.TEXT, reason=sample.TEXT, proof=(proof,), days=7)
    journey.take("extend", extend)
    decide = DecideExtension(
        actor=sample.DISTRICT_SUPERVISOR, task="extension.1", granted=True, reason=sample.TEXT
    )
    journey.take("decide_extension", decide)
    limit = journey.ticket.feedback_clock
    journey.reassign(sample.assignment(sample.WATER))
    after = journey.ticket.feedback_clock
    assert limit is not None
    assert after is not None
    assert [rung for rung, _ in after.reminders] == [rung for rung, _ in limit.reminders]
    assert "extension.1/80%" in dict(after.reminders)


def test_a_hand_off_that_nobody_acknowledged_to_the_last_rung_holds_nothing_open() -> None:
    """It stands on record as missed; the centre may end the request."""
    journey = Journey(sample.intake(certain=False))
    journey.take("hand_over", HAND_OVER.model_copy(update={"also_handle": True}))
    journey.wait(days=6)
    assert journey.ticket.clocks["ack_by.ack.1"].exhausted
    journey.take("dispose", Dispose(actor=sample.DISPATCHER, reason=Disposal.DISSUADED, reply=sample.TEXT))
    assert journey.ticket.ending is Ending.DISSUADED


def test_no_part_is_due_after_a_whole_that_a_new_edition_has_brought_forward() -> None:
    """Adopted at once, the requester's limit is a day: the assist is due by then."""
    journey = Journey()
    journey.sign()
    journey.take("assist", Assist(actor=sample.HANDLER, unit=sample.WATER.code, text=sample.TEXT))
    terms = sample.terms(Tier.TIER_2).model_copy(update={"edition": "test@bbbbbbbbbbbb"})
    order = m.AdoptEdition(actor=m.SYSTEM, edition=terms.edition, mode=AdoptionMode.NOW)
    journey.act(adopt(journey.ticket, order, terms, journey.now))
    limit, part = journey.ticket.feedback_clock, journey.ticket.newest(ClockName.ASSIST_BY)
    assert limit is not None
    assert part is not None
    assert part.due_at <= limit.due_at

"""The hold ledger: in by approval, watched by reviews, told to the requester, out to the unit again."""

from datetime import timedelta

import pytest

from domain import messages as m
from domain.errors import Incomplete, UnknownCode, WrongActor, WrongStage
from domain.facts.handle import HangingFact
from domain.handle.extending import Extend
from domain.handle.hanging import (
    AddMilestone,
    ApproveHanging,
    ClearHanging,
    ProposeHanging,
    ReachMilestone,
    RefuseHanging,
    ReviewHanging,
    UpdateRequester,
)
from domain.show.views import status_view
from domain.ticket.draft import REQUESTER
from domain.vocabulary import Ending, Level, Role, Stage, Status, TaskStanding
from tests import sample
from tests.domain.calendar_strategies import beijing
from tests.domain.journey import Journey

DESK = sample.DISTRICT_SUPERVISOR
CITY_SUPERVISOR = m.Actor(unit=sample.CITY_DESK.code, role=Role.SUPERVISOR)
PROOF = (m.ProofRef(kind="survey", ref=sample.TEXT),)
PROPOSAL = ProposeHanging(actor=sample.HANDLER, plan=sample.TEXT, proof=PROOF)


def proposed() -> Journey:
    """Return a signed ticket whose unit has reached the requester and proposed the ledger."""
    journey = Journey()
    journey.sign()
    journey.contact()
    journey.take("propose_hanging", PROPOSAL)
    return journey


def hung(*, after_hours: float = 24) -> Journey:
    """Return a ticket on the ledger, approved `after_hours` of its limit."""
    journey = proposed()
    journey.wait(hours=after_hours)
    journey.take("approve_hanging", ApproveHanging(actor=DESK))
    return journey


def review(journey: Journey, *, go_on: bool = True, actor: m.Actor = DESK) -> None:
    """Let a desk review."""
    journey.take("review_hanging", ReviewHanging(actor=actor, text=sample.TEXT, go_on=go_on))


def tell(journey: Journey) -> None:
    """Let the unit tell the requester how it stands."""
    journey.take("update_requester", UpdateRequester(actor=sample.HANDLER, text=sample.TEXT))


def clear(journey: Journey, actor: m.Actor = sample.HANDLER) -> None:
    """Let somebody take it off the ledger."""
    journey.take("clear_hanging", ClearHanging(actor=actor, reason=sample.TEXT, proof=PROOF))


def test_what_cannot_be_solved_now_is_hung_by_approval_and_the_clock_ends_on_record() -> None:
    """B30: the unit keeps it, the requester is notified, and how much of his limit had run stands there."""
    journey = hung()
    ticket = journey.ticket
    assert (ticket.status, ticket.stage) == (Status.HUNG, Stage.HANDLE)
    assert status_view(ticket).holder == sample.TOWN
    (entry,) = [fact for fact in journey.log if isinstance(fact, HangingFact) and fact.kind == "hung"]
    assert entry.elapsed == timedelta(hours=24)
    assert ticket.clocks["feedback_by.1"].standing == "waived"
    assert ticket.promised_at is None
    assert {task.key for task in ticket.tasks.values() if task.is_open} == {"hung_review.1", "hung_update.1"}
    assert (ticket.tasks["hung_review.1"].holder, ticket.tasks["hung_update.1"].holder) == (
        sample.DISTRICT_DESK,
        sample.TOWN,
    )
    assert ("hung", REQUESTER) in {(notice.kind, notice.to) for notice in journey.notices}


def test_until_a_desk_decides_the_requesters_clock_runs_on() -> None:
    """A proposal buys no time, and its own clock is due before the requester's."""
    journey = proposed()
    limit = journey.ticket.promised_at
    assert limit == beijing("2026-11-09 09:00")
    journey.until("2026-11-09 10:00")
    assert journey.ticket.clocks["feedback_by.1"].is_overdue
    assert journey.ticket.promised_at == limit


def test_a_refusal_leaves_it_with_the_unit_which_may_propose_again() -> None:
    """With the reason, told to the unit."""
    journey = proposed()
    journey.take("refuse_hanging", RefuseHanging(actor=DESK, reason=sample.TEXT))
    assert journey.ticket.status is Status.HANDLING
    assert ("hanging_refused", sample.TOWN.code) in {(one.kind, one.to) for one in journey.notices}
    journey.take("propose_hanging", PROPOSAL)
    assert journey.ticket.tasks["hanging.2"].is_open


def test_a_review_begins_the_next_one_and_may_set_a_milestone() -> None:
    """Thirty days from the review; the milestone is the unit's, due when it says."""
    journey = hung()
    journey.wait(days=29)
    due = journey.now + timedelta(days=90)
    command = ReviewHanging(actor=DESK, text=sample.TEXT, milestone=sample.TEXT, due=due)
    journey.take("review_hanging", command)
    clocks = journey.ticket.clocks
    assert clocks["hung_review_by.hung_review.1"].standing == "met"
    assert clocks["hung_review_by.hung_review.2"].due_at == journey.now + timedelta(days=30)
    assert clocks["milestone_by.milestone.1"].due_at == due
    assert journey.ticket.hanging is not None
    assert journey.ticket.hanging.reviews == 1


def test_a_milestone_is_reached_on_proof_in_time_or_stands_as_late() -> None:
    """Missed ones climb to the city's desk."""
    journey = hung()
    for days in (10, 20):
        due = journey.now + timedelta(days=days)
        journey.take("add_milestone", AddMilestone(actor=sample.HANDLER, text=sample.TEXT, due=due))
    with pytest.raises(Incomplete):
        journey.take(
            "reach_milestone", ReachMilestone(actor=sample.HANDLER, task="milestone.1", text=sample.TEXT)
        )
    reach = ReachMilestone(actor=sample.HANDLER, task="milestone.1", text=sample.TEXT, proof=PROOF)
    journey.take("reach_milestone", reach)
    journey.wait(days=21)
    late = journey.ticket.clocks["milestone_by.milestone.2"]
    assert (late.is_overdue, late.climbed) == (True, (Level.CITY,))
    journey.take("reach_milestone", reach.model_copy(update={"task": "milestone.2"}))
    standings = [journey.ticket.clocks[f"milestone_by.milestone.{number}"].standing for number in (1, 2)]
    assert standings == ["met", "late"]
    with pytest.raises(UnknownCode):
        journey.take("reach_milestone", reach.model_copy(update={"task": "milestone.9"}))


@pytest.mark.parametrize("days", [-1, 0, 731])
def test_a_milestone_lies_ahead_and_not_too_far(days: int) -> None:
    """At most as far as the edition says."""
    journey = hung()
    due = journey.now + timedelta(days=days)
    with pytest.raises(WrongStage, match="节点期限"):
        journey.take("add_milestone", AddMilestone(actor=DESK, text=sample.TEXT, due=due))


def test_a_milestone_of_a_review_has_text_and_time() -> None:
    """Neither alone."""
    with pytest.raises(Incomplete):
        hung().take("review_hanging", ReviewHanging(actor=DESK, text=sample.TEXT, milestone=sample.TEXT))


def test_the_requester_is_notified_in_every_period_or_the_unit_is_late() -> None:
    """Each word goes out as a notice of its own; silence climbs to the city."""
    journey = hung()
    for _ in range(2):
        journey.wait(days=15)
        tell(journey)
    review(journey)
    journey.wait(days=29)
    review(journey)
    journey.wait(days=2)
    clock = journey.ticket.clocks["hung_update_by.hung_update.3"]
    assert (clock.is_overdue, clock.climbed) == (True, (Level.CITY,))
    tell(journey)
    assert journey.ticket.clocks["hung_update_by.hung_update.3"].standing == "late"
    notified = [notice.key for notice in journey.notices if notice.kind == "hung_update"]
    assert len(notified) == len(set(notified)) == 3


def test_off_the_ledger_the_unit_handles_it_with_the_whole_limit_and_gives_feedback_as_ever() -> None:
    """What was owed to the ledger lapses; after the survey the matter may be resolved."""
    journey = hung()
    journey.wait(days=20)
    clear(journey)
    assert journey.ticket.status is Status.HANDLING
    assert journey.ticket.promised_at == journey.now + timedelta(days=7)
    assert [clock.key for clock in journey.ticket.open_clocks()] == ["feedback_by.2"]
    journey.feedback()
    journey.wait(days=8)
    journey.says()
    assert journey.ticket.ending is Ending.RESOLVED


def test_it_may_be_hung_again_and_every_key_stays_its_own() -> None:
    """Twice on the ledger, each entry with what had run."""
    journey = hung()
    clear(journey, DESK)
    journey.take("propose_hanging", PROPOSAL)
    journey.wait(hours=10)
    journey.take("approve_hanging", ApproveHanging(actor=CITY_SUPERVISOR))
    entries = [fact.elapsed for fact in journey.log if fact.kind == "hung"]
    assert entries == [timedelta(hours=24), timedelta(hours=10)]
    assert journey.ticket.tasks["hung_review.2"].holder == sample.CITY_DESK
    keys = [notice.key for notice in journey.notices]
    assert len(keys) == len(set(keys))


def test_a_review_may_send_it_back_to_the_unit() -> None:
    """The same exit, by the desk's judgement."""
    journey = hung()
    review(journey, go_on=False)
    assert journey.ticket.status is Status.HANDLING
    assert journey.ticket.hanging is None
    assert not [task for task in journey.ticket.tasks.values() if task.is_open]


def test_nothing_hangs_unwatched_for_ever() -> None:
    """A review nobody makes climbs, and then the matter is off the ledger and goes to its end by itself."""
    journey = hung()
    journey.wait(days=31)
    assert journey.ticket.clocks["hung_review_by.hung_review.1"].climbed == (Level.CITY,)
    journey.left_alone()
    (gone,) = [fact for fact in journey.log if fact.kind == "taken_off"]
    assert gone.because == "not_reviewed"
    assert journey.ticket.ending is Ending.UNANSWERED
    assert not journey.ticket.open_clocks()


def test_an_overdue_matter_is_hung_as_missed_and_its_escalation_lapses() -> None:
    """Hanging makes nothing undone."""
    journey = proposed()
    journey.until("2026-11-09 10:00")
    journey.take("approve_hanging", ApproveHanging(actor=DESK))
    assert journey.ticket.clocks["feedback_by.1"].standing == "missed"
    assert journey.ticket.level is Level.UNIT
    journey.wait(days=3)
    assert journey.ticket.status is Status.HUNG


def test_once_its_limit_has_climbed_to_the_last_rung_it_is_too_late_to_hang_it() -> None:
    """The requester is asked next, in the morning."""
    journey = Journey(sample.intake(filed_at=sample.MONDAY + timedelta(hours=6)))
    journey.sign()
    journey.take("propose_hanging", PROPOSAL)
    journey.until("2026-11-09 23:30")
    assert journey.ticket.is_unanswered
    assert journey.ticket.status is Status.HANDLING
    with pytest.raises(WrongStage, match="不能再挂账"):
        journey.take("approve_hanging", ApproveHanging(actor=CITY_SUPERVISOR))
    with pytest.raises(WrongStage, match="不能再挂账"):
        journey.take("propose_hanging", PROPOSAL)


@pytest.mark.parametrize("act", [Journey.feedback, Journey.sign, Journey.contact])
def test_a_hung_ticket_takes_no_acts_of_handling(act: object) -> None:
    """First off the ledger, then feedback."""
    assert callable(act)
    with pytest.raises(WrongStage, match="挂账"):
        act(hung())


def test_only_the_unit_proposes_and_only_a_desk_above_it_decides_and_reviews() -> None:
    """Nobody judges his own cause."""
    journey = proposed()
    for name, command in (
        ("propose_hanging", PROPOSAL.model_copy(update={"actor": DESK})),
        ("approve_hanging", ApproveHanging(actor=sample.HANDLER)),
        ("approve_hanging", ApproveHanging(actor=m.Actor(unit=sample.TOWN.code, role=Role.SUPERVISOR))),
        ("refuse_hanging", RefuseHanging(actor=sample.DISPATCHER, reason=sample.TEXT)),
    ):
        with pytest.raises(WrongActor):
            journey.take(name, command)
    on_the_ledger = hung()
    with pytest.raises(WrongActor):
        review(on_the_ledger, actor=sample.HANDLER)
    with pytest.raises(WrongActor):
        clear(on_the_ledger, sample.REQUESTER)


def test_a_proposal_needs_proof_comes_once_at_a_time_and_is_there_before_it_is_decided() -> None:
    """Each refusal says what is the matter."""
    journey = Journey()
    journey.sign()
    with pytest.raises(Incomplete, match="证明材料"):
        journey.take("propose_hanging", PROPOSAL.model_copy(update={"proof": ()}))
    with pytest.raises(WrongStage, match="没有待审批"):
        journey.take("approve_hanging", ApproveHanging(actor=DESK))
    journey.take("propose_hanging", PROPOSAL)
    with pytest.raises(WrongStage, match="待审批"):
        journey.take("propose_hanging", PROPOSAL)


def test_what_was_asked_of_the_desk_lapses_with_feedback_and_with_the_ledger() -> None:
    """A proposal by feedback, an application for more time by the ledger."""
    journey = proposed()
    proof = m.ProofRef(kind="call", ref=sample.TEXT)
    more = Extend(actor=sample.HANDLER, basis=sample.TEXT, reason=sample.TEXT, proof=(proof,), days=1)
    journey.take("extend", more)
    journey.take("approve_hanging", ApproveHanging(actor=DESK))
    assert journey.ticket.tasks["extension.1"].standing is TaskStanding.WAIVED
    other = proposed()
    other.feedback()
    assert other.ticket.tasks["hanging.1"].standing is TaskStanding.WAIVED


def test_a_promised_visit_and_a_contact_not_made_are_owed_afresh_off_the_ledger() -> None:
    """Under the new limit."""
    journey = Journey(sample.intake(with_terms=sample.terms(door=True)))
    journey.sign()
    journey.take("propose_hanging", PROPOSAL)
    journey.take("approve_hanging", ApproveHanging(actor=DESK))
    assert not [clock for clock in journey.ticket.open_clocks() if clock.name in journey.ticket.terms.norms]
    clear(journey)
    owed = {clock.key for clock in journey.ticket.open_clocks()}
    assert owed == {"contact_by.2", "door_by.2", "feedback_by.2"}


def test_what_leaves_the_ledger_gets_no_next_milestone() -> None:
    """A text that leads nowhere would be lost."""
    journey = hung()
    journey.wait(days=20)
    command = ReviewHanging(
        actor=sample.DISTRICT_SUPERVISOR,
        text=sample.TEXT,
        go_on=False,
        milestone=sample.TEXT,
        due=journey.now + timedelta(days=10),
    )
    with pytest.raises(Incomplete):
        journey.take("review_hanging", command)

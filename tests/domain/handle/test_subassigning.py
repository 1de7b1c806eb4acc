"""Handing down: to any depth, each part inside its whole, nothing finished before its parts (B23, R041)."""

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import messages as m
from domain.errors import Incomplete, Malformed, Refused, UnknownCode, WrongActor, WrongStage
from domain.handle.assisting import AnswerTask, Assist, ReportTask, WaiveTask
from domain.handle.subassigning import SubAssign, WithdrawTask
from domain.terms import Resolution
from domain.ticket.ticket import Ticket
from domain.vocabulary import ClockName, Level, Role, Status, TaskStanding, Tier
from tests import sample
from tests.domain.journey import Journey
from tests.domain.lives import signed

TEXT = sample.TEXT


def unit(code: str) -> m.Actor:
    """Return somebody of the unit `code`."""
    return m.Actor(unit=code, role=Role.HANDLER, person="X1")


def down(actor: m.Actor, tail: str, task: str | None = None, *, mandatory: bool = True) -> SubAssign:
    """Return the command that gives a part to the actor's own unit `tail`."""
    return SubAssign(
        actor=actor, task=task, sub_unit=f"{actor.unit}/{tail}", name=TEXT, text=TEXT, mandatory=mandatory
    )


def handed_down(depth: int) -> tuple[Journey, list[m.Actor]]:
    """Return a ticket handed down `depth` times, and who handed it down, the last one having it now."""
    journey, people = signed(), [sample.HANDLER]
    for level in range(1, depth + 1):
        whole = f"subassignment.{level - 1}" if level > 1 else None
        journey.take("sub_assign", down(people[-1], f"d{level}", whole))
        people.append(unit(f"{people[-1].unit}/d{level}"))
    return journey, people


def answer(actor: m.Actor, task: str) -> AnswerTask:
    """Return a result."""
    return AnswerTask(actor=actor, task=task, reply=TEXT)


def test_a_matter_is_handed_down_five_levels_and_comes_back_level_by_level() -> None:
    """Nobody finishes before the part below; at the end the unit gives feedback (B23)."""
    journey, people = handed_down(5)
    journey.contact()
    assert [task.holder.code for task in journey.ticket.tasks.values()] == [one.unit for one in people[1:]]
    with pytest.raises(Incomplete, match=r"subassignment\.5"):
        journey.take("answer_task", answer(people[4], "subassignment.4"))
    with pytest.raises(Incomplete):
        journey.feedback()
    for level in range(5, 0, -1):
        journey.take("answer_task", answer(people[level], f"subassignment.{level}"))
        notified = [notice.to for notice in journey.notices if notice.kind == "subassignment_done"]
        assert notified[-1] == people[level - 1].unit
    journey.feedback()
    assert journey.ticket.status is Status.FEEDBACK_GIVEN


def test_facts_hold_the_code_of_a_units_own_unit_and_the_reference_to_its_name() -> None:
    """The name itself lies in the vault (D3)."""
    journey, _ = handed_down(1)
    task = journey.ticket.tasks["subassignment.1"]
    assert (task.holder.code, task.holder.zh) == (f"{sample.TOWN.code}/d1", "回龙观街道/d1")
    assert task.name == TEXT


def test_a_part_goes_to_a_company_of_the_citys_table() -> None:
    """By its own code; it answers for itself."""
    journey = signed()
    command = SubAssign(actor=sample.HANDLER, unit=sample.HEATING.code, text=TEXT)
    journey.take("sub_assign", command)
    assert journey.ticket.tasks["subassignment.1"].holder == sample.HEATING
    journey.take("answer_task", answer(unit(sample.HEATING.code), "subassignment.1"))
    assert journey.ticket.tasks["subassignment.1"].standing is TaskStanding.DONE


def test_a_unit_speaks_for_its_own_units_which_have_no_account_with_the_city() -> None:
    """The town answers for its community, a neighbouring town does not."""
    journey, _ = handed_down(1)
    with pytest.raises(WrongActor):
        journey.take("answer_task", answer(unit(sample.OTHER_TOWN.code), "subassignment.1"))
    journey.take("answer_task", answer(sample.HANDLER, "subassignment.1"))
    assert not journey.ticket.tasks["subassignment.1"].is_open


@pytest.mark.parametrize("to", [sample.TOWN, sample.WATER, sample.OTHER_TOWN])
def test_nothing_is_handed_down_to_a_unit_beside_or_above(to: sample.Named) -> None:
    """Not to oneself, not to a department of the city, not to the next town: those are asked to assist."""
    with pytest.raises(WrongStage):
        signed().take("sub_assign", SubAssign(actor=sample.HANDLER, unit=to.code, text=TEXT))


def test_a_part_does_not_go_round_in_circles() -> None:
    """Who has the whole cannot get a part of it."""
    journey = signed()
    journey.take("sub_assign", SubAssign(actor=sample.HANDLER, unit=sample.HEATING.code, text=TEXT))
    heating = unit(sample.HEATING.code)
    command = SubAssign(actor=heating, task="subassignment.1", unit=sample.HEATING.code, text=TEXT)
    with pytest.raises(WrongStage):
        journey.take("sub_assign", command)


@pytest.mark.parametrize(
    "code", ["110114016/d1", sample.TOWN.code, f"{sample.TOWN.code}x", f"{sample.TOWN.code}//"]
)
def test_a_code_of_ones_own_begins_with_ones_own(code: str) -> None:
    """Neither another unit's, nor one that only looks like it."""
    with pytest.raises(Malformed):
        signed().take("sub_assign", SubAssign(actor=sample.HANDLER, sub_unit=code, text=TEXT))


def test_a_code_of_ones_own_holds_nothing_personal() -> None:
    """A phone number stands in no history (D3)."""
    with pytest.raises(Malformed):
        signed().take("sub_assign", down(sample.HANDLER, "13800138000"))


def test_one_unit_is_named_neither_none_nor_two() -> None:
    """Of the city's table, or one's own."""
    both = SubAssign(actor=sample.HANDLER, unit=sample.HEATING.code, sub_unit="110114015/d1", text=TEXT)
    for command in (both, SubAssign(actor=sample.HANDLER, text=TEXT)):
        with pytest.raises(Incomplete):
            signed().take("sub_assign", command)


def test_who_has_nothing_hands_nothing_down() -> None:
    """Neither a stranger, nor a holder the ticket itself, nor the lead what lies with another."""
    journey = signed()
    assist = Assist(actor=sample.HANDLER, unit=sample.WATER.code, text=TEXT)
    journey.take("assist", assist)
    water = unit(sample.WATER.code)
    for command in (
        down(unit(sample.HEATING.code), "d1"),
        down(water, "d1"),
        down(sample.HANDLER, "d1", "assist.1"),
    ):
        with pytest.raises(WrongActor):
            journey.take("sub_assign", command)
    with pytest.raises(UnknownCode):
        journey.take("sub_assign", down(sample.HANDLER, "d1", "assist.9"))
    journey.take("sub_assign", down(water, "d1", "assist.1"))
    assert journey.ticket.tasks["subassignment.1"].of == "assist.1"


def test_nothing_is_handed_down_before_signing() -> None:
    """First the unit takes it on."""
    with pytest.raises(WrongStage):
        Journey().take("sub_assign", down(sample.HANDLER, "d1"))


def test_the_unit_that_asked_withdraws_with_a_reason_and_the_parts_below_lapse() -> None:
    """So the whole can be finished; the clocks are waived, not forgotten."""
    journey, people = handed_down(3)
    journey.contact()
    other = WithdrawTask(actor=people[3], task="subassignment.2", reason=TEXT)
    with pytest.raises(WrongActor):
        journey.take("withdraw_task", other)
    journey.take("withdraw_task", WithdrawTask(actor=people[1], task="subassignment.2", reason=TEXT))
    standing = [task.standing for task in journey.ticket.tasks.values()]
    assert standing == [TaskStanding.OPEN, TaskStanding.WAIVED, TaskStanding.WAIVED]
    journey.take("answer_task", answer(people[1], "subassignment.1"))
    journey.feedback()
    assert not [one for one in journey.ticket.open_clocks() if one.name is ClockName.SUBASSIGNMENT_BY]


def test_the_lead_that_waives_an_assist_waives_its_parts() -> None:
    """Nothing stays open below something that is over."""
    journey = signed()
    journey.take("assist", Assist(actor=sample.HANDLER, unit=sample.WATER.code, text=TEXT))
    journey.take("sub_assign", down(unit(sample.WATER.code), "d1", "assist.1"))
    journey.take("waive_task", WaiveTask(actor=sample.HANDLER, task="assist.1", reason=TEXT))
    assert not any(task.is_open for task in journey.ticket.tasks.values())


def test_a_part_of_something_voluntary_does_not_hold_up_the_ticket() -> None:
    """It binds its own whole alone."""
    journey = signed()
    journey.contact()
    journey.take("sub_assign", down(sample.HANDLER, "d1", mandatory=False))
    journey.take("sub_assign", down(unit(f"{sample.TOWN.code}/d1"), "d2", "subassignment.1"))
    with pytest.raises(Incomplete):
        journey.take("answer_task", answer(unit(f"{sample.TOWN.code}/d1"), "subassignment.1"))
    journey.feedback()
    assert journey.ticket.status is Status.FEEDBACK_GIVEN


def test_silence_below_climbs_to_the_district_then_to_the_city() -> None:
    """As with the unit itself: nobody is hidden by standing further down."""
    journey, _ = handed_down(2)
    journey.wait(hours=49)
    assert journey.ticket.clocks["subassignment_by.subassignment.2"].climbed == (Level.DISTRICT,)
    journey.wait(hours=48)
    assert journey.ticket.clocks["subassignment_by.subassignment.2"].climbed == (Level.DISTRICT, Level.CITY)


def test_a_shorter_limit_of_the_ticket_takes_its_parts_with_it() -> None:
    """Reclassified as urgent, the parts are due with the whole at the latest."""
    journey, _ = handed_down(3)
    tier = Resolution(terms=sample.terms(Tier.TIER_2), routing=sample.routing())
    journey.classify(tier)
    assert journey.ticket.promised_at is not None
    for task in journey.ticket.tasks.values():
        assert journey.ticket.clocks[task.clock].due_at <= journey.ticket.promised_at


def wholes(ticket: Ticket, key: str) -> list[str]:
    """Return the clocks of everything that the task `key` is a part of."""
    limit, of, found = ticket.feedback_clock, ticket.tasks[key].of, list[str]()
    while of is not None:
        found.append(ticket.tasks[of].clock)
        of = ticket.tasks[of].of
    return [*found, limit.key] if limit else found


@given(data=st.data())
def test_no_part_is_ever_due_after_its_whole(data: st.DataObject) -> None:
    """Whoever hands down, reports, withdraws or classifies, in any order (R041).

    A whole that was overdue when its part was asked for gives no limit: nobody is late from the start.
    """
    journey = signed()
    for _ in range(data.draw(st.integers(1, 12))):
        held = {task.key: task.holder.code for task in journey.ticket.tasks.values() if task.is_open}
        key = data.draw(st.sampled_from([None, *held]))
        actor = unit(held[key]) if key else sample.HANDLER
        what = data.draw(st.sampled_from(["down", "down", "down", "report", "answer", "classify"]))
        with suppress(Refused):
            if what == "down":
                journey.take("sub_assign", down(actor, f"d{len(journey.log)}", key))
            elif what == "classify":
                tier = data.draw(st.sampled_from(Tier))
                journey.classify(Resolution(terms=sample.terms(tier), routing=sample.routing()))
            elif key and what == "report":
                journey.take("report_task", ReportTask(actor=actor, task=key, text=TEXT))
            elif key:
                journey.take("answer_task", answer(actor, key))
        ticket = journey.ticket
        for task in ticket.tasks.values():
            mine = ticket.clocks[task.clock]
            for whole in wholes(ticket, task.key):
                is_spent = ticket.clocks[whole].due_at <= max(mine.ledger.started_at, journey.now)
                assert not task.is_open or is_spent or mine.due_at <= ticket.clocks[whole].due_at
        journey.wait(hours=data.draw(st.sampled_from([0, 1, 20, 50])))


def test_a_part_asked_for_after_its_whole_was_due_has_the_time_of_its_kind() -> None:
    """Nobody is late the moment he is asked."""
    journey = signed()
    journey.wait(days=7, hours=1)
    journey.take("sub_assign", down(sample.HANDLER, "d1"))
    assert journey.ticket.clocks["subassignment_by.subassignment.1"].due_at == journey.now + timedelta(
        hours=48
    )

"""Whistle: a town calls, units come, nobody leaves until it is done, both sides rate (B24–B26, R050)."""

from datetime import UTC, datetime, timedelta

import pytest

from domain import messages as m
from domain.accept.requester import Withdraw
from domain.errors import Incomplete, Malformed, Refused, UnknownCode, WrongActor, WrongStage
from domain.evaluate.reopening import Reopen
from domain.handle.assisting import AnswerTask, ReportTask, WaiveTask
from domain.handle.subassigning import WithdrawTask
from domain.handle.whistling import BlowWhistle, EndWhistle, RateWhistle, ReportIn
from domain.vocabulary import (
    Level,
    Role,
    Satisfaction,
    Status,
    TaskStanding,
    WhistleKind,
)
from tests import sample
from tests.domain.journey import Journey

TEXT = sample.TEXT
TOWN = sample.HANDLER
WATER = m.Actor(unit=sample.WATER.code, role=Role.HANDLER, person="W1")
HEATING = m.Actor(unit=sample.HEATING.code, role=Role.HANDLER, person="H1")
BOTH = (sample.WATER.code, sample.HEATING.code)


def call(
    what: WhistleKind = WhistleKind.HARD_MATTER,
    called: tuple[str, ...] = BOTH,
    meets_at: datetime | None = None,
) -> BlowWhistle:
    """Return the town's whistle."""
    return BlowWhistle(actor=TOWN, kind=what, called=called, place=TEXT, meets_at=meets_at, text=TEXT)


def blown(
    what: WhistleKind = WhistleKind.HARD_MATTER,
    called: tuple[str, ...] = BOTH,
    unit: sample.Named = sample.TOWN,
) -> Journey:
    """Return a signed ticket of `unit` with a whistle blown."""
    journey = Journey(sample.intake(unit=unit))
    journey.sign()
    journey.contact()
    journey.take("whistle", call(what, called))
    return journey


def comes(journey: Journey, actor: m.Actor = WATER, task: str = "whistle.1") -> None:
    """Let a called unit report in."""
    journey.take("report_in", ReportIn(actor=actor, task=task, place=TEXT))


def ends(journey: Journey) -> None:
    """Let the town end the whistle."""
    journey.take("end_whistle", EndWhistle(actor=TOWN, result=TEXT))


@pytest.mark.parametrize("what", WhistleKind)
def test_a_town_whistles_in_three_kinds_and_every_called_unit_has_a_task(what: WhistleKind) -> None:
    """The ticket stays with the town; each unit is notified and has its own clock (B24)."""
    journey = blown(what)
    assert journey.ticket.assignment == sample.assignment()
    tasks = journey.ticket.tasks.values()
    assert [task.holder for task in tasks] == [sample.WATER, sample.HEATING]
    assert [notice.to for notice in journey.notices if notice.kind == "whistle_asked"] == list(BOTH)
    waits = timedelta(minutes=30) if what is WhistleKind.EMERGENCY else timedelta(hours=24)
    for task in tasks:
        assert journey.ticket.clocks[task.clock].due_at == journey.now + waits


def test_only_a_town_whistles() -> None:
    """A company has assist and escalation."""
    journey = Journey(sample.intake(unit=sample.HEATING))
    journey.sign()
    with pytest.raises(WrongActor, match="街道乡镇"):
        journey.take("whistle", call().model_copy(update={"actor": HEATING, "called": (sample.WATER.code,)}))


def test_units_are_called_to_a_meeting_and_have_to_be_there_by_then() -> None:
    """The time of meeting is the limit."""
    journey = Journey()
    journey.sign()
    meets_at = journey.now + timedelta(hours=50)
    journey.take("whistle", call(meets_at=meets_at))
    assert {clock.due_at for clock in journey.ticket.open_clocks() if clock.name == "report_in_by"} == {
        meets_at
    }


@pytest.mark.parametrize(
    ("command", "refused"),
    [
        (call(called=()), Incomplete),
        (call(called=(sample.TOWN.code,)), WrongStage),
        (call(meets_at=sample.MONDAY - timedelta(hours=1)), WrongStage),
        (call(meets_at=sample.MONDAY + timedelta(days=8)), WrongStage),
        (call(WhistleKind.EMERGENCY, meets_at=sample.MONDAY + timedelta(hours=1)), Malformed),
    ],
)
def test_a_whistle_that_makes_no_sense_is_refused(command: BlowWhistle, refused: type[Refused]) -> None:
    """Nobody called, oneself called, a meeting that is over, beyond the limit, or in an emergency."""
    journey = Journey()
    journey.sign()
    with pytest.raises(refused):
        journey.take("whistle", command)


@pytest.mark.parametrize("meets_at", [datetime(2060, 1, 1, tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_an_overdue_matter_is_not_put_off_by_a_meeting_far_away(meets_at: datetime) -> None:
    """Nobody has longer to come than without a time of meeting; a year beyond all limits is no error."""
    journey = Journey()
    journey.sign()
    journey.contact()
    journey.until(journey.ticket.open_clocks()[-1].due_at + timedelta(hours=1))
    assert journey.ticket.status is Status.HANDLING
    with pytest.raises(WrongStage, match=r"24小时之内.*within 24 hours"):
        journey.take("whistle", call(meets_at=meets_at))
    journey.take("whistle", call(meets_at=journey.now + timedelta(hours=24)))
    task = journey.ticket.tasks["whistle.1"]
    assert journey.ticket.clocks[task.clock].due_at == journey.now + timedelta(hours=24)


def test_a_unit_is_not_called_twice_at_a_time() -> None:
    """After the end it may be called again."""
    journey = blown()
    with pytest.raises(WrongStage, match="市水务局"):
        journey.take("whistle", call())
    ends(journey)
    journey.take("whistle", call())
    assert list(journey.ticket.whistles) == ["w1", "w2"]


def test_being_there_meets_the_first_clock_and_starts_the_second() -> None:
    """Reported in with time and place; the town is notified (B25)."""
    journey = blown()
    comes(journey)
    clocks = journey.ticket.clocks
    assert clocks["report_in_by.whistle.1"].standing == "met"
    assert clocks["joint_by.whistle.1"].standing == "running"
    assert clocks["joint_by.whistle.1"].due_at <= clocks["feedback_by.1"].due_at
    assert journey.ticket.whistles["w1"].present == (sample.WATER.code,)
    assert [notice.to for notice in journey.notices if notice.kind == "reported_in"] == [sample.TOWN.code]
    with pytest.raises(WrongStage, match="已报到"):
        comes(journey)


def test_nobody_reports_in_for_another() -> None:
    """Neither the town nor another called unit."""
    for actor in (TOWN, HEATING):
        with pytest.raises(WrongActor):
            comes(blown(), actor)


def test_nobody_leaves_until_it_is_done() -> None:
    """A called unit cannot end its task, nor the town give feedback, before the whistle has ended (B25)."""
    journey = blown()
    comes(journey)
    for name, command in (
        ("answer_task", AnswerTask(actor=WATER, task="whistle.1", reply=TEXT)),
        ("report_task", ReportTask(actor=WATER, task="whistle.1", text=TEXT)),
    ):
        with pytest.raises(WrongStage):
            journey.take(name, command)
    with pytest.raises(WrongStage, match="事不完、人不撤"):
        journey.take("answer_task", AnswerTask(actor=WATER, task="whistle.1", reply=TEXT))
    for name, command in (
        ("waive_task", WaiveTask(actor=TOWN, task="whistle.1", reason=TEXT)),
        ("withdraw_task", WithdrawTask(actor=TOWN, task="whistle.1", reason=TEXT)),
    ):
        with pytest.raises(UnknownCode):
            journey.take(name, command)
    with pytest.raises(Incomplete):
        journey.feedback()
    ends(journey)
    journey.feedback()
    assert journey.ticket.status is Status.FEEDBACK_GIVEN


def test_the_end_says_who_came_and_who_did_not() -> None:
    """Who came has done it; who did not is on record, its clock missed and not forgotten."""
    journey = blown()
    comes(journey)
    journey.wait(hours=25)
    ends(journey)
    tasks, clocks = journey.ticket.tasks, journey.ticket.clocks
    assert (tasks["whistle.1"].standing, tasks["whistle.2"].standing) == (
        TaskStanding.DONE,
        TaskStanding.WAIVED,
    )
    assert (clocks["joint_by.whistle.1"].standing, clocks["report_in_by.whistle.2"].standing) == (
        "met",
        "missed",
    )
    ended = [fact for fact in journey.log if fact.kind == "whistle_ended"]
    assert [getattr(fact, "absent", None) for fact in ended] == [(sample.HEATING.code,)]
    assert [notice.to for notice in journey.notices if notice.kind == "whistle_ended"] == list(BOTH)


def test_who_still_had_time_to_come_when_the_town_was_done_is_not_absent() -> None:
    """A minute after the call nobody has failed to come; the task lapses, its clock as waived."""
    journey = blown()
    journey.wait(minutes=1)
    comes(journey)
    ends(journey)
    (ended,) = [fact for fact in journey.log if fact.kind == "whistle_ended"]
    assert getattr(ended, "absent", None) == ()
    assert journey.ticket.tasks["whistle.2"].standing is TaskStanding.WAIVED
    assert journey.ticket.clocks["report_in_by.whistle.2"].standing == "waived"


def test_the_joint_work_is_the_town_s_to_end_in_time_also_when_others_took_over() -> None:
    """The unit that came cannot end it, so its record does not suffer from it."""
    journey = blown()
    comes(journey)
    assert journey.ticket.clocks["joint_by.whistle.1"].holder == sample.TOWN
    journey.reassign(sample.assignment(sample.OTHER_TOWN))
    comes(journey, HEATING, "whistle.2")
    assert journey.ticket.clocks["joint_by.whistle.2"].holder == sample.TOWN


def test_the_end_of_a_ticket_ends_its_whistles() -> None:
    """Withdrawn and opened again, it asks for none of the old ones; who came may be rated then."""
    journey = blown()
    comes(journey)
    journey.take("withdraw", Withdraw(actor=sample.REQUESTER))
    assert journey.ticket.whistles["w1"].ended_at == journey.now
    journey.take("reopen", Reopen(actor=sample.REQUESTER, reason=TEXT))
    journey.sign()
    journey.take("whistle", call())
    ends(journey)
    assert [one.ended_at is None for one in journey.ticket.whistles.values()] == [False, False]
    rating = RateWhistle(actor=WATER, whistle="w1", grade=Satisfaction.SATISFIED)
    journey.take("rate_whistle", rating)
    assert [one.by for one in journey.ticket.whistles["w1"].ratings] == [sample.WATER.code]


def test_only_the_town_ends_its_whistle_and_only_an_open_one() -> None:
    """Not the units that were called."""
    journey = blown()
    with pytest.raises(WrongActor):
        journey.take("end_whistle", EndWhistle(actor=WATER, result=TEXT))
    with pytest.raises(UnknownCode):
        journey.take("end_whistle", EndWhistle(actor=TOWN, whistle="w9", result=TEXT))
    ends(journey)
    with pytest.raises(WrongStage):
        ends(journey)


def test_of_two_open_whistles_the_one_that_ends_is_named() -> None:
    """Otherwise the wrong units would be let go."""
    journey = blown(called=(sample.WATER.code,))
    journey.take("whistle", call(called=(sample.HEATING.code,)))
    with pytest.raises(WrongStage, match="w1、w2"):
        ends(journey)
    journey.take("end_whistle", EndWhistle(actor=TOWN, whistle="w2", result=TEXT))
    assert [one.key for one in journey.ticket.whistles.values() if one.ended_at is None] == ["w1"]


def test_a_whistle_nobody_is_called_by_any_more_is_not_asked_about() -> None:
    """The unit that was called leads by now; of the two whistles only its own has anybody to let go."""
    journey = blown(called=(sample.OTHER_TOWN.code,))
    journey.reassign(sample.assignment(sample.OTHER_TOWN))
    journey.sign()
    other = journey.handler
    again = call(called=(sample.WATER.code,)).model_copy(update={"actor": other})
    journey.take("whistle", again)
    journey.take("end_whistle", EndWhistle(actor=other, result=TEXT))
    assert [one.key for one in journey.ticket.whistles.values() if one.ended_at is not None] == ["w2"]


def test_who_does_not_come_to_an_emergency_is_shown_to_district_and_city_at_once() -> None:
    """Half an hour after the whistle, both desks; in other kinds rung by rung."""
    journey = blown(WhistleKind.EMERGENCY)
    comes(journey)
    journey.wait(minutes=31)
    assert journey.ticket.clocks["emergency_by.whistle.2"].climbed == (Level.DISTRICT, Level.CITY)
    assert journey.ticket.level is Level.CITY
    assert journey.ticket.clocks["emergency_by.whistle.1"].climbed == ()
    slow = blown()
    slow.wait(hours=25)
    assert slow.ticket.clocks["report_in_by.whistle.1"].climbed == (Level.DISTRICT,)


def test_who_comes_late_is_late_and_the_desks_are_relieved() -> None:
    """Better late than never, and on record."""
    journey = blown(WhistleKind.EMERGENCY, (sample.WATER.code,))
    journey.wait(minutes=40)
    comes(journey)
    assert journey.ticket.clocks["emergency_by.whistle.1"].standing == "late"
    assert not [clock for clock in journey.ticket.open_clocks() if clock.of == "emergency_by.whistle.1"]


def test_both_sides_rate_each_other_once_when_the_whistle_has_ended() -> None:
    """The town every unit that came, every such unit the town, as facts (B26, R051)."""
    journey = blown()
    comes(journey)
    comes(journey, HEATING, "whistle.2")
    by_town = RateWhistle(actor=TOWN, unit=sample.WATER.code, grade=Satisfaction.SATISFIED)
    by_unit = RateWhistle(actor=WATER, grade=Satisfaction.DISSATISFIED, comment=TEXT)
    with pytest.raises(WrongStage, match="结束后"):
        journey.take("rate_whistle", by_town)
    ends(journey)
    for rating in (by_town, by_unit, by_town.model_copy(update={"unit": sample.HEATING.code})):
        journey.take("rate_whistle", rating)
        with pytest.raises(WrongStage, match="只评一次"):
            journey.take("rate_whistle", rating)
    given = [(one.by, one.of, one.grade.value) for one in journey.ticket.whistles["w1"].ratings]
    town, water, heating = sample.TOWN.code, sample.WATER.code, sample.HEATING.code
    assert given == [
        (town, water, "satisfied"),
        (water, town, "dissatisfied"),
        (town, heating, "satisfied"),
    ]
    assert getattr(journey.log[-2], "comment", TEXT) == TEXT


@pytest.mark.parametrize(
    ("command", "refused"),
    [
        (RateWhistle(actor=TOWN, grade=Satisfaction.SATISFIED), UnknownCode),
        (RateWhistle(actor=TOWN, unit=sample.OTHER_TOWN.code, grade=Satisfaction.SATISFIED), UnknownCode),
        (RateWhistle(actor=WATER, unit=sample.HEATING.code, grade=Satisfaction.SATISFIED), WrongActor),
        (RateWhistle(actor=HEATING, grade=Satisfaction.SATISFIED), WrongActor),
        (RateWhistle(actor=TOWN, unit=sample.HEATING.code, grade=Satisfaction.SATISFIED), UnknownCode),
        (RateWhistle(actor=TOWN, whistle="w7", grade=Satisfaction.SATISFIED), UnknownCode),
        (
            RateWhistle(
                actor=m.Actor(unit=sample.OTHER_TOWN.code, role=Role.HANDLER), grade=Satisfaction.SATISFIED
            ),
            WrongActor,
        ),
    ],
)
def test_nobody_else_is_rated_and_nobody_else_rates(command: RateWhistle, refused: type[Refused]) -> None:
    """The town and the units that came, nobody beside them; nor who was called and stayed away."""
    journey = blown()
    comes(journey)
    ends(journey)
    with pytest.raises(refused):
        journey.take("rate_whistle", command)


def test_a_whistle_that_nobody_ends_lapses_with_the_ticket_and_stands_on_record() -> None:
    """Every path ends, nothing is forgotten."""
    journey = blown(WhistleKind.EMERGENCY)
    journey.left_alone()
    assert journey.ticket.status is Status.CLOSED
    assert not journey.ticket.open_clocks()
    assert journey.ticket.clocks["emergency_by.whistle.1"].standing == "missed"
    assert journey.ticket.whistles["w1"].ended_at == journey.ticket.closed_at


def test_a_called_unit_that_leads_by_now_owes_the_whistle_nothing_more_when_it_ends() -> None:
    """Its part lapsed when it got the whole; the other's part ends with the whistle."""
    journey = blown()
    journey.reassign(sample.assignment(sample.WATER))
    its_own = journey.ticket.tasks["whistle.1"]
    assert its_own.standing is TaskStanding.WAIVED
    journey.wait(hours=1)
    ends(journey)
    assert journey.ticket.tasks["whistle.1"] == its_own
    assert journey.ticket.tasks["whistle.2"].standing is TaskStanding.WAIVED

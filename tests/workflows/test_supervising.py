"""Supervise: reminders, overdue clocks, the ladder rung by rung, urging and remarks."""

from datetime import time, timedelta

from domain import messages as m
from domain.facts import main_line as f
from domain.vocabulary import ClockName, Ending, Level, Status
from tests import sample
from tests.workflows.city import BEIJING, City, handler_of

SECOND = timedelta(seconds=1)
CITY_SUPERVISOR = sample.DISTRICT_SUPERVISOR.model_copy(update={"unit": sample.CITY_DESK.code})


async def test_a_running_clock_warns_at_half_at_four_fifths_and_before_its_end(city: City) -> None:
    """Seven days from Monday warn on Thursday evening, late on Saturday, and two hours before the end."""
    ticket = await city.files()
    await ticket.comes_to(Status.AWAITING_SIGN)
    await ticket.signs()
    await ticket.reaches_requester()
    (dispatched,) = await ticket.facts_of(f.Dispatched)
    due = (await ticket.clock(ClockName.FEEDBACK_BY)).due_at
    await city.comes_to(due - SECOND)
    warned = await ticket.waits_for(f.ClockWarned, 3)
    assert [(warning.clock, warning.rung) for warning in warned] == [
        ("feedback_by.1", "50%"),
        ("feedback_by.1", "80%"),
        ("feedback_by.1", "last_call"),
    ]
    awaited = [
        timedelta(days=3, hours=12),
        timedelta(days=5, hours=14, minutes=24),
        timedelta(days=6, hours=22),
    ]
    for warning, offset in zip(warned, awaited, strict=True):
        assert timedelta(0) <= warning.at - dispatched.at - offset < SECOND
    await ticket.agrees_with_database()
    reminders = [
        notice for notice in city.database.notices(ticket.number).values() if notice.kind == "reminder"
    ]
    assert {notice.to for notice in reminders} == {sample.TOWN.code}
    assert len(reminders) == 3


async def test_silence_climbs_to_the_district_then_to_the_city_each_once(city: City) -> None:
    """Nobody signs on Monday: the district's desk after two hours, the city's four hours later, no more."""
    ticket = await city.files()
    await ticket.comes_to(Status.AWAITING_SIGN)
    due = (await ticket.clock(ClockName.SIGN_BY)).due_at
    await city.comes_to(due + SECOND)
    view = await ticket.shows(lambda view: view.level is Level.DISTRICT)
    assert view.overdue
    await city.passes(timedelta(hours=4))
    await ticket.shows(lambda view: view.level is Level.CITY)
    await city.passes(timedelta(hours=4))
    (exhausted,) = await ticket.waits_for(f.LadderExhausted)
    assert exhausted.clock == "sign_by.1"
    escalated = [fact for fact in await ticket.facts_of(f.Escalated) if fact.clock == "sign_by.1"]
    assert [(fact.level, fact.desk) for fact in escalated] == [
        (Level.DISTRICT, sample.DISTRICT_DESK),
        (Level.CITY, sample.CITY_DESK),
    ]
    clocks = await ticket.clocks()
    for level, desk in ((Level.DISTRICT, sample.DISTRICT_DESK), (Level.CITY, sample.CITY_DESK)):
        answer_by = clocks[f"sign_by.1/{level}"]
        assert (answer_by.holder, answer_by.standing) == (desk, "overdue")
    await ticket.agrees_with_database()
    notices = city.database.notices(ticket.number).values()
    assert [notice.to for notice in notices if notice.kind == "escalated"] == [
        sample.DISTRICT_DESK.code,
        sample.CITY_DESK.code,
    ]


async def test_an_act_of_the_unit_ends_its_escalation(city: City) -> None:
    """A late signature takes the matter off the district's desk; the city never hears of it."""
    ticket = await city.files()
    await ticket.comes_to(Status.AWAITING_SIGN)
    await city.comes_to((await ticket.clock(ClockName.SIGN_BY)).due_at + SECOND)
    await ticket.shows(lambda view: view.level is Level.DISTRICT)
    await ticket.signs()
    view = await ticket.status()
    assert (view.level, view.overdue) == (Level.UNIT, False)
    clocks = await ticket.clocks()
    assert (clocks["sign_by.1"].standing, clocks["sign_by.1/district"].standing) == ("late", "waived")
    await ticket.reaches_requester()
    await city.passes(timedelta(days=1))
    assert [fact.level for fact in await ticket.facts_of(f.Escalated)] == [Level.DISTRICT]


async def test_a_desk_that_answers_meets_its_clock_and_the_matter_still_climbs(city: City) -> None:
    """The district desk urges in time; its four hours over and nobody has signed, the city is notified."""
    ticket = await city.files()
    await ticket.comes_to(Status.AWAITING_SIGN)
    await city.comes_to((await ticket.clock(ClockName.SIGN_BY)).due_at + SECOND)
    await ticket.shows(lambda view: view.level is Level.DISTRICT)
    await ticket.receives("urge", m.Urge(actor=sample.DISTRICT_SUPERVISOR))
    assert (await ticket.clocks())["sign_by.1/district"].standing == "met"
    await city.passes(timedelta(hours=4))
    await ticket.shows(lambda view: view.level is Level.CITY)


async def test_a_unit_of_the_city_climbs_straight_to_the_city(city: City) -> None:
    """The heating company has no district above it."""
    ticket = await city.files(unit=sample.HEATING)
    await ticket.comes_to(Status.AWAITING_SIGN)
    await city.comes_to((await ticket.clock(ClockName.SIGN_BY)).due_at + SECOND)
    await ticket.shows(lambda view: view.level is Level.CITY)
    await city.passes(timedelta(hours=5))
    assert [fact.level for fact in await ticket.facts_of(f.Escalated) if fact.clock == "sign_by.1"] == [
        Level.CITY
    ]


async def test_silence_to_the_last_rung_is_surveyed_and_closes_as_unanswered(city: City) -> None:
    """Nobody ever acts: every clock climbs its own ladder once, the requester is asked all the same."""
    ticket = await city.files()
    await ticket.comes_to(Status.AWAITING_SIGN)
    await city.comes_to((await ticket.clock(ClockName.FEEDBACK_BY)).due_at + timedelta(hours=25))
    await ticket.comes_to(Status.SURVEYING)
    climbed = [(fact.clock, fact.level) for fact in await ticket.facts_of(f.Escalated)]
    names = ("sign_by.1", "contact_by.1", "feedback_by.1")
    assert climbed == [(name, level) for name in names for level in (Level.DISTRICT, Level.CITY)]
    await ticket.gets_answers()
    assert (await ticket.ends()).ending is Ending.UNANSWERED


async def test_feedback_after_the_last_rung_and_before_the_survey_still_counts(city: City) -> None:
    """The ladder ends on Monday at nine in the evening, the unit answers at night, the call is on Tuesday."""
    await city.passes(timedelta(hours=4))
    ticket = await city.files()
    await ticket.comes_to(Status.AWAITING_SIGN)
    await ticket.signs()
    await ticket.reaches_requester()
    await city.comes_to((await ticket.clock(ClockName.FEEDBACK_BY)).due_at + timedelta(hours=14))
    assert (await ticket.status()).status is Status.HANDLING
    await ticket.gets_feedback()
    await city.passes(timedelta(hours=12))
    await ticket.comes_to(Status.SURVEYING)
    await ticket.gets_answers()
    assert (await ticket.ends()).ending is Ending.RESOLVED


async def test_a_requester_may_urge_and_the_unit_is_notified(city: City) -> None:
    """Each urging counts, reaches the unit once, and moves no clock."""
    ticket = await city.files()
    await ticket.comes_to(Status.AWAITING_SIGN)
    promised = (await ticket.status()).promised_at
    for _ in range(2):
        await ticket.receives("urge", m.Urge(actor=sample.REQUESTER, reason=sample.TEXT))
    view = await ticket.status()
    assert (view.urged, view.promised_at) == (2, promised)
    await ticket.agrees_with_database()
    notices = city.database.notices(ticket.number).values()
    assert [notice.to for notice in notices if notice.kind == "urged"] == [sample.TOWN.code] * 2


async def test_a_remark_stands_in_the_timeline(city: City) -> None:
    """A note changes nothing but the record."""
    ticket = await city.files()
    before = await ticket.comes_to(Status.AWAITING_SIGN)
    await ticket.receives("note", m.Note(actor=CITY_SUPERVISOR, text=sample.TEXT))
    after = await ticket.status()
    assert (after.status, after.version) == (before.status, before.version + 1)
    (noted,) = await ticket.facts_of(f.Noted)
    assert (noted.text, noted.actor) == (sample.TEXT, CITY_SUPERVISOR)


async def test_a_reminder_waits_for_the_unit_to_open(city: City) -> None:
    """24 hours from Monday at two are half over in the night: the unit is notified on Tuesday at nine."""
    await city.passes(timedelta(hours=5))
    hours = sample.ServiceHours.parse("Mon-Fri 09:00-18:00")
    intake = await city.intake(with_terms=sample.terms(sample.Tier.TIER_2))
    routing = intake.routing.model_copy(update={"assignment": sample.assignment(service_hours=hours)})
    ticket = await city.starts(intake.model_copy(update={"routing": routing}))
    await ticket.comes_to(Status.AWAITING_SIGN)
    await ticket.signs()
    await ticket.reaches_requester()
    await city.comes_to((await ticket.clock(ClockName.FEEDBACK_BY)).due_at - SECOND)
    warned = await ticket.waits_for(f.ClockWarned, 3)
    assert [fact.rung for fact in warned] == ["50%", "80%", "last_call"]
    times = [fact.at.astimezone(BEIJING).time().replace(second=0, microsecond=0) for fact in warned]
    assert times == [time(9), time(9, 12), time(12)]


async def test_an_unknown_actor_moves_nothing(city: City) -> None:
    """A handler of another town may not even add a remark."""
    ticket = await city.files()
    await ticket.comes_to(Status.AWAITING_SIGN)
    stranger = handler_of(sample.OTHER_TOWN.code)
    assert await ticket.refuses("note", m.Note(actor=stranger, text=sample.TEXT)) == "WrongActor"
    assert await ticket.refuses("sign", m.Sign(actor=stranger)) == "WrongActor"

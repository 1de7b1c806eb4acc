"""Whistle and escalation on a real engine: called, come, done, rated, and shown above when nobody comes."""

from datetime import timedelta

from domain import messages as m
from domain.facts.handle import WhistleEnded, WhistleRated
from domain.handle.assisting import AnswerTask
from domain.handle.whistling import BlowWhistle, EndWhistle, RateWhistle, ReportIn
from domain.supervise.escalating import Escalate
from domain.vocabulary import EscalateTo, Level, Role, Satisfaction, WhistleKind
from tests import sample
from tests.workflows.city import City, feedback

TEXT = sample.TEXT
WATER = m.Actor(unit=sample.WATER.code, role=Role.HANDLER)
CITY = m.Actor(unit=sample.CITY_DESK.code, role=Role.SUPERVISOR)


def whistle(called: tuple[str, ...]) -> BlowWhistle:
    """Return the town's whistle in an emergency."""
    what = WhistleKind.EMERGENCY
    return BlowWhistle(actor=sample.HANDLER, kind=what, called=called, place=TEXT, text=TEXT)


async def test_units_come_to_a_whistle_and_stay_until_the_town_ends_it(city: City) -> None:
    """One comes, one does not and is shown to district and city; feedback waits for the end; a rating."""
    ticket = await city.files()
    await ticket.signs()
    await ticket.reaches_requester()
    await ticket.receives("whistle", whistle((sample.WATER.code, sample.HEATING.code)))
    await ticket.receives("report_in", ReportIn(actor=WATER, task="whistle.1", place=TEXT))
    leaves = AnswerTask(actor=WATER, task="whistle.1", reply=TEXT)
    assert await ticket.refuses("answer_task", leaves) == "WrongStage"
    await city.passes(timedelta(minutes=31))
    view = await ticket.shows(lambda view: view.level is Level.CITY)
    assert [task.overdue for task in view.tasks] == [False, True]
    climbed = (await ticket.clocks())["emergency_by.whistle.2"].climbed
    assert climbed == (Level.DISTRICT, Level.CITY)
    assert await ticket.refuses("feedback", feedback()) == "Incomplete"
    await ticket.receives("end_whistle", EndWhistle(actor=sample.HANDLER, result=TEXT))
    await ticket.receives("rate_whistle", RateWhistle(actor=WATER, grade=Satisfaction.SATISFIED))
    await ticket.gets_feedback()
    assert [ended.absent for ended in await ticket.facts_of(WhistleEnded)] == [(sample.HEATING.code,)]
    assert len(await ticket.facts_of(WhistleRated)) == 1
    await ticket.agrees_with_database()


async def test_an_escalation_by_hand_shows_the_level_and_is_answered_with_an_opinion(city: City) -> None:
    """The level rises and falls back, the promise to the requester stands."""
    ticket = await city.files()
    await ticket.signs()
    promised = (await ticket.status()).promised_at
    escalation = Escalate(actor=sample.HANDLER, to=EscalateTo.CITY, opinion=TEXT, measures=TEXT)
    await ticket.receives("escalate", escalation)
    view = await ticket.status()
    assert (view.level, view.promised_at) == (Level.CITY, promised)
    await ticket.receives("answer_task", AnswerTask(actor=CITY, task="escalation.1", reply=TEXT))
    view = await ticket.status()
    assert (view.level, view.promised_at, view.tasks) == (Level.UNIT, promised, ())
    await ticket.agrees_with_database()

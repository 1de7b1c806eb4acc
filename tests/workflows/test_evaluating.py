"""Evaluate: when the requester is asked, how often, and what follows from the answers."""

from datetime import datetime, time, timedelta

from domain import messages as m
from domain.facts import main_line as f
from domain.vocabulary import ClockName, Ending, Satisfaction, Status, TryResult
from tests import sample
from tests.workflows.city import BEIJING, City, Request, answers

SECOND = timedelta(seconds=1)


async def surveyed_at_once(city: City, redo_rounds: int = 1) -> Request:
    """Return a ticket whose survey begins with its feedback, the feedback given and the first try open."""
    ticket = await city.files(with_terms=sample.terms(at_feedback=True, redo_rounds=redo_rounds))
    await ticket.comes_to(Status.AWAITING_SIGN)
    await ticket.is_handled()
    await ticket.comes_to(Status.SURVEYING)
    return ticket


async def test_the_survey_waits_for_the_limit(city: City) -> None:
    """Feedback on Monday, the limit a week later: nobody is called before."""
    ticket = await city.files()
    await ticket.comes_to(Status.AWAITING_SIGN)
    await ticket.is_handled()
    assert await ticket.refuses("survey", answers()) == "WrongStage"
    limit = (await ticket.clock(ClockName.FEEDBACK_BY)).due_at
    await city.comes_to(limit - SECOND)
    assert (await ticket.status()).status is Status.FEEDBACK_GIVEN
    await city.comes_to(limit + SECOND)
    await ticket.comes_to(Status.SURVEYING)


async def test_a_limit_in_the_night_is_surveyed_in_the_morning(city: City) -> None:
    """Filed on Monday at nine in the evening: the call is made on the Tuesday a week later, from nine on."""
    await city.passes(timedelta(hours=12))
    ticket = await city.files()
    await ticket.comes_to(Status.AWAITING_SIGN)
    await ticket.is_handled()
    limit = (await ticket.clock(ClockName.FEEDBACK_BY)).due_at
    await city.comes_to(limit + timedelta(hours=11, minutes=59))
    assert (await ticket.status()).status is Status.FEEDBACK_GIVEN
    await city.comes_to(limit + timedelta(hours=12, seconds=1))
    await ticket.comes_to(Status.SURVEYING)
    (opened,) = await ticket.facts_of(f.SurveyOpened)
    local = opened.at.astimezone(BEIJING)
    assert (local.hour, local.minute) == (9, 0)


async def test_an_edition_may_survey_at_feedback(city: City) -> None:
    """The first try is open right after feedback, and the ticket closes on the same day."""
    ticket = await surveyed_at_once(city)
    await ticket.gets_answers()
    assert (await ticket.ends()).ending is Ending.RESOLVED


async def test_three_calls_on_three_days_reach_nobody(city: City) -> None:
    """Each call that nobody takes is followed by one on the next day; after the third the ticket closes."""
    ticket = await surveyed_at_once(city)
    await ticket.reaches_nobody()
    no_answer = m.Survey(actor=sample.SURVEYOR, result=TryResult.NO_ANSWER)
    assert await ticket.refuses("survey", no_answer) == "WrongStage"
    for _ in range(2):
        await city.passes(timedelta(days=1))
        await ticket.shows(lambda view: view.next_clock is ClockName.SURVEY_BY)
        await ticket.reaches_nobody()
    assert (await ticket.ends()).ending is Ending.UNREACHABLE
    tries = await ticket.facts_of(f.SurveyTried)
    assert [(fact.attempt, fact.made) for fact in tries] == [(1, True), (2, True), (3, True)]
    assert len({fact.at.astimezone(BEIJING).date() for fact in tries}) == 3


async def test_calls_nobody_makes_count_as_tries_and_are_the_city_desk_s_fault(city: City) -> None:
    """The desk sleeps for three days: each try lapses at eight in the evening, and the desk is notified."""
    ticket = await surveyed_at_once(city)
    await city.passes(timedelta(days=4))
    assert (await ticket.ends()).ending is Ending.UNREACHABLE
    tries = await ticket.facts_of(f.SurveyTried)
    assert [fact.made for fact in tries] == [False] * 3
    assert {evening(fact.at) for fact in tries} == {time(20)}
    overdue = [notice for notice in city.database.notices(ticket.number).values() if notice.kind == "overdue"]
    assert {notice.to for notice in overdue} == {sample.CITY_DESK.code}


async def test_the_requester_may_answer_between_two_calls(city: City) -> None:
    """Nobody took the call on Monday; by the link in the message the answers come in the evening."""
    ticket = await surveyed_at_once(city)
    await ticket.reaches_nobody()
    own = answers().model_copy(update={"actor": sample.REQUESTER})
    await ticket.receives("survey", own)
    assert (await ticket.ends()).ending is Ending.RESOLVED


async def test_a_second_call_may_be_answered(city: City) -> None:
    """One try in vain, the second one decides."""
    ticket = await surveyed_at_once(city)
    await ticket.reaches_nobody()
    await city.passes(timedelta(days=1))
    await ticket.shows(lambda view: view.survey_tries == 2)
    await ticket.gets_answers()
    assert (await ticket.ends()).ending is Ending.RESOLVED


async def test_a_discontent_requester_gets_one_redo_with_a_full_limit(city: City) -> None:
    """Dissatisfied: the same unit has seven days again; satisfied then: resolved, the first result stands."""
    ticket = await surveyed_at_once(city)
    await ticket.gets_answers(Satisfaction.VERY_DISSATISFIED)
    view = await ticket.comes_to(Status.AWAITING_SIGN)
    assert (view.round, view.unit, view.outcome) == (2, sample.TOWN, None)
    (redo,) = await ticket.facts_of(f.RedoOrdered)
    clocks = await ticket.clocks()
    assert clocks["feedback_by.2"].due_at - redo.at == timedelta(days=7)
    assert clocks["sign_by.2"].standing == "running"
    await ticket.is_handled()
    await ticket.comes_to(Status.SURVEYING)
    await ticket.gets_answers(Satisfaction.VERY_SATISFIED)
    assert (await ticket.ends()).ending is Ending.RESOLVED
    assert (await ticket.status()).survey_satisfied is Satisfaction.VERY_DISSATISFIED


async def test_not_resolved_calls_for_a_redo_whatever_the_grade(city: City) -> None:
    """A polite grade does not hide that the matter is open."""
    ticket = await surveyed_at_once(city)
    await ticket.gets_answers(Satisfaction.SATISFIED, resolved=False)
    await ticket.comes_to(Status.AWAITING_SIGN)


async def test_a_second_discontent_answer_closes_the_ticket_as_unresolved(city: City) -> None:
    """There is one redo round; what comes after it is no endless loop."""
    ticket = await surveyed_at_once(city)
    for _ in range(2):
        await ticket.gets_answers(Satisfaction.DISSATISFIED)
        if (await ticket.comes_to(Status.AWAITING_SIGN, Status.CLOSED)).status is Status.CLOSED:
            break
        await ticket.is_handled()
        await ticket.comes_to(Status.SURVEYING)
    assert (await ticket.ends()).ending is Ending.CLOSED_UNRESOLVED
    assert len(await ticket.facts_of(f.RedoOrdered)) == 1


async def test_a_redo_nobody_answers_ends_as_unresolved(city: City) -> None:
    """The second round has its own ladder; silence does not undo that the requester was discontent."""
    ticket = await surveyed_at_once(city)
    await ticket.gets_answers(Satisfaction.DISSATISFIED)
    await ticket.comes_to(Status.AWAITING_SIGN)
    await city.passes(timedelta(days=14))
    assert (await ticket.ends()).ending is Ending.CLOSED_UNRESOLVED
    assert [fact.clock for fact in await ticket.facts_of(f.Escalated)].count("feedback_by.2") == 2


async def test_an_edition_without_redo_closes_at_once(city: City) -> None:
    """No round left: the discontent answer stands, and the ticket closes unresolved."""
    ticket = await surveyed_at_once(city, redo_rounds=0)
    await ticket.gets_answers(Satisfaction.DISSATISFIED)
    assert (await ticket.ends()).ending is Ending.CLOSED_UNRESOLVED


async def test_answers_need_all_three_of_the_requester_s_words(city: City) -> None:
    """Contacted, resolved, satisfied: one missing is refused."""
    ticket = await surveyed_at_once(city)
    half = m.Survey(actor=sample.SURVEYOR, result=TryResult.ANSWERED, contacted=True, resolved=True)
    assert await ticket.refuses("survey", half) == "Incomplete"


def evening(at: datetime) -> time:
    """Return the time of day in Beijing, to the minute."""
    return at.astimezone(BEIJING).time().replace(second=0, microsecond=0)

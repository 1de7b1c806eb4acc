"""Handle and give feedback: sign, contact, visit, outcome, and the plain signal of a unit's own system."""

from datetime import timedelta

from domain import messages as m
from domain.facts import main_line as f
from domain.vocabulary import ClockName, ContactResult, Ending, Outcome, Status
from tests import sample
from tests.workflows.city import City, completion, feedback

NOBODY_THERE = m.Contact(actor=sample.HANDLER, result=ContactResult.NO_ANSWER)
VISIT = m.Visit(actor=sample.HANDLER)
PHOTO = m.ProofRef(kind="photo", ref=sample.TEXT)


async def test_each_act_in_time_meets_its_clock(city: City) -> None:
    """Sign, contact and feedback each end an obligation of their own, and none leaves a reminder behind."""
    ticket = await city.files()
    await ticket.comes_to(Status.AWAITING_SIGN)
    for act, name in (
        (ticket.signs, ClockName.SIGN_BY),
        (ticket.reaches_requester, ClockName.CONTACT_BY),
        (ticket.gets_feedback, ClockName.FEEDBACK_BY),
    ):
        assert (await ticket.clock(name)).standing == "running"
        await act()
        assert (await ticket.clock(name)).standing == "met"
    await city.passes(timedelta(days=5))
    assert await ticket.facts_of(f.ClockWarned) == []


async def test_three_calls_nobody_takes_meet_the_duty_to_contact(city: City) -> None:
    """Two attempts do not open the way to feedback; the third, by the edition's count, does."""
    ticket = await city.files()
    await ticket.comes_to(Status.AWAITING_SIGN)
    await ticket.signs()
    for _ in range(2):
        await ticket.receives("contact", NOBODY_THERE)
    assert await ticket.refuses("feedback", feedback()) == "Incomplete"
    assert (await ticket.clock(ClockName.CONTACT_BY)).standing == "running"
    await ticket.receives("contact", NOBODY_THERE)
    assert (await ticket.clock(ClockName.CONTACT_BY)).standing == "met"
    assert [attempt.counts for attempt in await ticket.facts_of(f.ContactAttempted)] == [False, False, True]
    await ticket.gets_feedback()


async def test_a_promised_visit_comes_before_feedback(city: City) -> None:
    """Where the norm asks for somebody at the door, feedback without the visit is refused."""
    ticket = await city.files(with_terms=sample.terms(door=True))
    await ticket.comes_to(Status.AWAITING_SIGN)
    await ticket.signs()
    await ticket.reaches_requester()
    assert await ticket.refuses("feedback", feedback()) == "Incomplete"
    await ticket.receives("visit", VISIT)
    assert (await ticket.clock(ClockName.DOOR_BY)).standing == "met"
    assert (await ticket.gets_feedback()).status is Status.FEEDBACK_GIVEN


async def test_feedback_needs_the_proof_its_category_asks_for(city: City) -> None:
    """A document is no photo."""
    ticket = await city.files(with_terms=sample.terms(proof="photo"))
    await ticket.comes_to(Status.AWAITING_SIGN)
    await ticket.signs()
    await ticket.reaches_requester()
    document = PHOTO.model_copy(update={"kind": "document"})
    assert await ticket.refuses("feedback", feedback(proof=[document])) == "Incomplete"
    await ticket.receives("feedback", feedback(proof=[PHOTO]))
    assert (await ticket.facts_of(f.FeedbackGiven))[0].proof == (PHOTO,)


async def test_a_unit_s_own_system_completes_the_ticket_by_signal(city: City) -> None:
    """The plain signal leads to the same fact as the command."""
    ticket = await city.files()
    await ticket.comes_to(Status.AWAITING_SIGN)
    await ticket.signs()
    await ticket.reaches_requester()
    await ticket.completes(completion())
    await ticket.comes_to(Status.FEEDBACK_GIVEN)
    (given,) = await ticket.facts_of(f.FeedbackGiven)
    assert (given.by_signal, given.outcome) == (True, Outcome.RESOLVED)
    assert (await ticket.clock(ClockName.FEEDBACK_BY)).standing == "met"


async def test_a_signal_that_cannot_count_becomes_a_remark(city: City) -> None:
    """Before contact, from a stranger, and after feedback: on record each time, and nothing moves."""
    ticket = await city.files()
    await ticket.comes_to(Status.AWAITING_SIGN)
    await ticket.signs()
    await ticket.completes(completion())
    await ticket.completes(completion(sample.HANDLER.model_copy(update={"unit": "STRANGER"})))
    await ticket.waits_for(f.Noted, 2)
    await ticket.reaches_requester()
    await ticket.gets_feedback()
    await ticket.completes(completion())
    about = [remark.about for remark in await ticket.waits_for(f.Noted, 3)]
    assert about == ["complete:Incomplete", "complete:WrongActor", "complete:WrongStage"]
    assert len(await ticket.facts_of(f.FeedbackGiven)) == 1
    await ticket.agrees_with_database()


async def test_a_repeated_signal_with_one_key_counts_once(city: City) -> None:
    """The same key three times is one feedback and no remark; another key is a remark."""
    ticket = await city.files()
    await ticket.comes_to(Status.AWAITING_SIGN)
    await ticket.signs()
    await ticket.reaches_requester()
    for key in ("k-1", "k-1", "k-1", "k-2"):
        await ticket.completes(completion(key=key))
    remarks = await ticket.waits_for(f.Noted)
    assert [remark.about for remark in remarks] == ["complete:WrongStage"]
    assert len(await ticket.facts_of(f.FeedbackGiven)) == 1


async def test_a_signal_nobody_can_read_leaves_the_ticket_alive(city: City) -> None:
    """A foreign system that sends an outcome outside the list harms nobody."""
    ticket = await city.files()
    await ticket.comes_to(Status.AWAITING_SIGN)
    await ticket.handle.signal("complete", {"actor": {"role": "handler"}, "outcome": "done and dusted"})
    await ticket.signs()
    assert (await ticket.status()).status is Status.HANDLING


async def test_a_plain_json_signal_of_another_language_counts(city: City) -> None:
    """What the engine's own command line sends is plain JSON; unknown fields are left alone."""
    ticket = await city.files()
    await ticket.comes_to(Status.AWAITING_SIGN)
    await ticket.signs()
    await ticket.reaches_requester()
    message = {
        "actor": {"unit": sample.TOWN.code, "role": "handler", "person": "P9"},
        "outcome": "explained",
        "reply": {"id": "t-2", "hash": "h-2"},
        "sent_by": "the town's own system",
    }
    await ticket.handle.signal("complete", message)
    await ticket.comes_to(Status.FEEDBACK_GIVEN)
    assert (await ticket.facts_of(f.FeedbackGiven))[0].outcome is Outcome.EXPLAINED


async def test_late_feedback_is_late_and_still_ends_the_matter(city: City) -> None:
    """Feedback a day after the promise: the clock stands as late, the survey follows, the ticket closes."""
    ticket = await city.files()
    await ticket.comes_to(Status.AWAITING_SIGN)
    await ticket.signs()
    await ticket.reaches_requester()
    limit = (await ticket.clock(ClockName.FEEDBACK_BY)).due_at
    await city.comes_to(limit + timedelta(hours=2))
    await ticket.shows(lambda view: view.overdue)
    await ticket.gets_feedback()
    assert (await ticket.clock(ClockName.FEEDBACK_BY)).standing == "late"
    await ticket.comes_to(Status.SURVEYING)
    await ticket.gets_answers()
    assert (await ticket.ends()).ending is Ending.RESOLVED

"""Accept: what closes without a unit, what waits for an answer first, and what a classification changes."""

from datetime import timedelta

from domain import messages as m
from domain.facts import main_line as f
from domain.vocabulary import ClockName, Ending, RequestType, Role, Status, Tier
from tests import sample
from tests.workflows.city import City
from tests.workflows.fakes import NO_CATEGORY

ANSWER = m.Answer(actor=sample.DISPATCHER, reply=sample.TEXT)


def classification(**wishes: object) -> m.Classify:
    """Return a classification by the dispatcher, with a reason."""
    return m.Classify.model_validate({"actor": sample.DISPATCHER, "reason": sample.TEXT, **wishes})


async def test_praise_is_recorded_and_closes(city: City) -> None:
    """Praise needs no unit and runs against no clock; the unit it is for is notified."""
    ticket = await city.files(type_=RequestType.PRAISE)
    assert (await ticket.ends()).ending is Ending.PRAISE_RECORDED
    assert await ticket.kinds() == ["filed", "closed"]
    notified = {notice.to for notice in city.database.notices(ticket.number).values()}
    assert notified == {"requester", sample.TOWN.code}


async def test_an_inquiry_is_answered_at_once(city: City) -> None:
    """An answer inside the window closes the inquiry; no unit ever hears of it."""
    ticket = await city.files(type_=RequestType.INQUIRY)
    await ticket.comes_to(Status.AWAITING_DISPATCH)
    await city.passes(timedelta(minutes=10))
    await ticket.receives("answer", ANSWER)
    assert (await ticket.ends()).ending is Ending.ANSWERED
    assert "dispatched" not in await ticket.kinds()


async def test_an_inquiry_nobody_answers_goes_to_a_unit(city: City) -> None:
    """When the quarter of an hour is over, the inquiry dispatches itself as any other request."""
    ticket = await city.files(type_=RequestType.INQUIRY)
    await ticket.comes_to(Status.AWAITING_DISPATCH)
    filed = await ticket.facts_of(f.Filed)
    await city.comes_to(filed[0].at + timedelta(minutes=14))
    await ticket.comes_to(Status.AWAITING_DISPATCH)
    await city.comes_to(filed[0].at + timedelta(minutes=15, seconds=1))
    await ticket.comes_to(Status.AWAITING_SIGN)
    assert await ticket.refuses("answer", ANSWER) == "WrongStage"


async def test_an_inquiry_that_waits_for_the_dispatcher_can_still_be_answered(city: City) -> None:
    """The window only delays the dispatch; while no unit has it, an answer still closes it."""
    ticket = await city.files(type_=RequestType.INQUIRY, certain=False)
    await ticket.comes_to(Status.AWAITING_DISPATCH)
    await city.passes(timedelta(hours=3))
    await ticket.receives("answer", ANSWER)
    assert (await ticket.ends()).ending is Ending.ANSWERED


async def test_only_an_inquiry_is_answered_at_once(city: City) -> None:
    """A complaint has to be handled, however quick the agent is."""
    ticket = await city.files(certain=False)
    await ticket.comes_to(Status.AWAITING_DISPATCH)
    assert await ticket.refuses("answer", ANSWER) == "WrongStage"


async def test_a_classification_that_names_one_unit_dispatches_the_ticket(city: City) -> None:
    """A ticket on the dispatcher's list leaves by itself once a person has named the matter."""
    ticket = await city.files(certain=False)
    await ticket.comes_to(Status.AWAITING_DISPATCH)
    await ticket.receives("classify", classification(category="heating.cold", tier=Tier.TIER_1))
    await ticket.comes_to(Status.AWAITING_SIGN)
    (dispatched,) = await ticket.facts_of(f.Dispatched)
    assert dispatched.by_directory
    assert dispatched.actor.role is Role.SYSTEM
    view = await ticket.status()
    assert (view.category.code, view.tier) == ("heating.cold", Tier.TIER_1)
    limit = await ticket.clock(ClockName.FEEDBACK_BY)
    assert limit.due_at - dispatched.at == timedelta(hours=2)


async def test_a_classification_asks_the_edition_the_ticket_carries(city: City) -> None:
    """The question names the ticket's own edition, its category where none is given, and its place."""
    ticket = await city.files(certain=False)
    await ticket.comes_to(Status.AWAITING_DISPATCH)
    await ticket.receives("classify", classification(tier=Tier.TIER_2))
    (asked,) = city.edition.asked
    assert isinstance(asked, m.ResolutionQuery)
    assert asked.edition == sample.terms().edition
    assert asked.category == sample.terms().category.code
    assert asked.place.town == sample.TOWN.code


async def test_what_turns_out_to_be_no_inquiry_does_not_wait_for_an_answer(city: City) -> None:
    """An inquiry that is classified as a complaint leaves for the unit at once."""
    ticket = await city.files(type_=RequestType.INQUIRY)
    await ticket.comes_to(Status.AWAITING_DISPATCH)
    await ticket.receives("classify", classification(type=RequestType.COMPLAINT))
    await ticket.comes_to(Status.AWAITING_SIGN)


async def test_what_turns_out_to_be_an_inquiry_waits_for_an_answer(city: City) -> None:
    """The agent who finds that it is an inquiry has its window to answer it."""
    ticket = await city.files(certain=False)
    await ticket.comes_to(Status.AWAITING_DISPATCH)
    await ticket.receives("classify", classification(type=RequestType.INQUIRY))
    assert (await ticket.status()).status is Status.AWAITING_DISPATCH
    await ticket.receives("answer", ANSWER)
    assert (await ticket.ends()).ending is Ending.ANSWERED


async def test_what_turns_out_to_be_praise_closes(city: City) -> None:
    """A ticket that waits for a dispatcher and is praise ends instead of waiting for ever."""
    ticket = await city.files(certain=False)
    await ticket.comes_to(Status.AWAITING_DISPATCH)
    await ticket.receives("classify", classification(type=RequestType.PRAISE))
    assert (await ticket.ends()).ending is Ending.PRAISE_RECORDED


async def test_a_new_tier_after_dispatch_moves_the_limit_and_keeps_the_time_that_has_run(city: City) -> None:
    """Three days into a week the matter is found to be one of 24 hours: overdue, and at once."""
    ticket = await city.files(with_terms=sample.terms(Tier.TIER_4))
    await ticket.comes_to(Status.AWAITING_SIGN)
    await ticket.signs()
    (dispatched,) = await ticket.facts_of(f.Dispatched)
    await ticket.receives("classify", classification(tier=Tier.TIER_3))
    assert (await ticket.clock(ClockName.FEEDBACK_BY)).due_at == dispatched.at + timedelta(days=7)
    await ticket.reaches_requester()
    await city.comes_to(dispatched.at + timedelta(days=3))
    await ticket.receives("classify", classification(tier=Tier.TIER_2))
    limit = await ticket.clock(ClockName.FEEDBACK_BY)
    assert limit.due_at == dispatched.at + timedelta(days=1)
    view = await ticket.shows(lambda view: view.overdue, "nobody noticed that it is overdue")
    assert view.level == "district"


async def test_a_code_the_edition_does_not_know_is_refused(city: City) -> None:
    """The answer names the unknown category as such; the ticket stays as it was."""
    ticket = await city.files(certain=False)
    await ticket.comes_to(Status.AWAITING_DISPATCH)
    before = await ticket.kinds()
    assert await ticket.refuses("classify", classification(category=NO_CATEGORY)) == "UnknownCode"
    assert await ticket.kinds() == before

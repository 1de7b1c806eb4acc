"""Extension, orders, redo and the hold ledger on a real engine, by years of skipped time where need be."""

from datetime import timedelta

from domain import messages as m
from domain.facts import main_line as f
from domain.facts.handle import ExtensionDecided, HungReviewed, RequesterUpdated, TakenOff
from domain.handle.assisting import AnswerTask
from domain.handle.extending import DecideExtension, Extend
from domain.handle.hanging import (
    AddMilestone,
    ApproveHanging,
    ClearHanging,
    ProposeHanging,
    ReachMilestone,
    ReviewHanging,
    UpdateRequester,
)
from domain.supervise.supervision_orders import ReviewOrder, Supervise
from domain.vocabulary import ClockName, Ending, RedoTo, Role, Satisfaction, Status
from engine.in_step import InStep
from tests import sample
from tests.workflows.city import City, Request, handler_of

DESK = sample.DISTRICT_SUPERVISOR
CITY_SUPERVISOR = m.Actor(unit=sample.CITY_DESK.code, role=Role.SUPERVISOR)
PROOF = (m.ProofRef(kind="photo", ref=sample.TEXT),)
A_MONTH = timedelta(days=29)
MONTHS = 29
"""From one November to the third spring after it: three heating seasons."""


async def in_hand(city: City, **changes: object) -> Request:
    """Return a ticket that was signed and whose requester was reached; surveyed at feedback."""
    terms = sample.terms(at_feedback=True, always_open=True).model_copy(update=changes)
    ticket = await city.files(with_terms=terms)
    await ticket.signs()
    await ticket.reaches_requester()
    return ticket


async def runs(ticket: Request) -> int:
    """Return how many runs the ticket has had."""
    count, run_id = 0, None
    while run_id != "":
        handle = ticket.city.client.get_workflow_handle(ticket.handle.id, run_id=run_id)
        started = (await handle.fetch_history()).events[0].workflow_execution_started_event_attributes
        count, run_id = count + 1, started.continued_execution_run_id
    return count


async def is_hung(city: City) -> Request:
    """Return a ticket on the hold ledger."""
    ticket = await in_hand(city)
    propose = ProposeHanging(actor=sample.HANDLER, plan=sample.TEXT, proof=PROOF)
    await ticket.receives("propose_hanging", propose)
    await ticket.receives("approve_hanging", ApproveHanging(actor=DESK))
    return ticket


async def test_a_granted_extension_moves_the_promise_and_the_timer_with_it(city: City) -> None:
    """At the old limit nothing is late; at the new one it is."""
    ticket = await in_hand(city)
    before = (await ticket.clock(ClockName.FEEDBACK_BY)).due_at
    extend = Extend(actor=sample.HANDLER, basis=sample.TEXT, reason=sample.TEXT, proof=PROOF, days=2)
    await ticket.receives("extend", extend)
    decide = DecideExtension(actor=DESK, task="extension.1", granted=True, reason=sample.TEXT)
    receipt = await ticket.receives("decide_extension", decide)
    assert receipt.promised_at == before + timedelta(days=2)
    await city.comes_to(before + timedelta(hours=1))
    assert not (await ticket.status()).overdue
    await city.comes_to(before + timedelta(days=2, hours=1))
    await ticket.shows(lambda view: view.overdue)
    assert await ticket.refuses("extend", extend) == "WrongStage"
    assert len(await ticket.facts_of(ExtensionDecided)) == 1
    await ticket.agrees_with_database()


async def test_a_content_requester_does_not_close_a_ticket_over_an_open_order(city: City) -> None:
    """The survey is over; the issuer's review closes the ticket at once."""
    ticket = await in_hand(city)
    await ticket.receives("supervise", Supervise(actor=DESK, text=sample.TEXT))
    await ticket.gets_feedback()
    await ticket.comes_to(Status.SURVEYING)
    await ticket.gets_answers()
    answer = AnswerTask(actor=sample.HANDLER, task="order.1", reply=sample.TEXT)
    receipt = await ticket.receives("answer_task", answer)
    assert receipt.status is Status.SURVEYING
    review = ReviewOrder(actor=DESK, task="order.1", satisfied=True, text=sample.TEXT)
    await ticket.receives("review_order", review)
    assert (await ticket.ends()).ending is Ending.RESOLVED


async def test_discontent_goes_one_level_up_and_after_the_last_round_to_supervision(city: City) -> None:
    """The district handles the redo; its order lapses unanswered, and then the ticket closes."""
    ticket = await in_hand(city, redo_to=RedoTo.ONE_LEVEL_UP, order_after_redo=sample.hours(48))
    await ticket.gets_feedback()
    await ticket.comes_to(Status.SURVEYING)
    await ticket.gets_answers(Satisfaction.DISSATISFIED, resolved=False)
    view = await ticket.comes_to(Status.AWAITING_SIGN)
    assert view.unit == sample.DISTRICT
    await ticket.is_handled(handler_of(sample.DISTRICT.code))
    await ticket.comes_to(Status.SURVEYING)
    await ticket.gets_answers(Satisfaction.DISSATISFIED, resolved=False)
    await ticket.shows(lambda view: bool(view.tasks))
    assert (await ticket.status()).status is Status.SURVEYING
    await city.passes(timedelta(hours=97))
    assert (await ticket.ends()).ending is Ending.CLOSED_UNRESOLVED


async def test_a_matter_hangs_over_three_heating_seasons_and_nothing_is_lost(idle_city: City) -> None:
    """A review a month, each the beginning of a new run: short histories, one account, and a good end."""
    # Thirty runs in the sandbox are thirty imports; the product's worker has none either.
    async with idle_city.worker(workflow_runner=InStep()):
        await over_three_seasons(idle_city)


async def over_three_seasons(city: City) -> None:
    """Hang a matter, review it every month, take it off the ledger and resolve it."""
    ticket = await is_hung(city)
    due = await city.now() + timedelta(days=MONTHS * 29)
    add = AddMilestone(actor=DESK, text=sample.TEXT, due=min(due, await city.now() + timedelta(days=700)))
    await ticket.receives("add_milestone", add, "the-milestone")
    longest = 0
    for month in range(MONTHS):
        await city.passes(A_MONTH)
        update = UpdateRequester(actor=sample.HANDLER, text=sample.TEXT)
        await ticket.receives("update_requester", update, f"update-{month}")
        longest = max(longest, await ticket.events()) if month else 0
        if month == 20:
            reach = ReachMilestone(actor=sample.HANDLER, task="milestone.1", text=sample.TEXT, proof=PROOF)
            await ticket.receives("reach_milestone", reach)
        review = ReviewHanging(actor=DESK, text=sample.TEXT)
        await ticket.receives("review_hanging", review, f"review-{month}")
    assert await runs(ticket) == MONTHS + 1
    assert longest < 50
    first = await ticket.receives("add_milestone", add, "the-milestone")
    assert first.version < (await ticket.status()).version
    assert len(await ticket.facts_of(HungReviewed)) == len(await ticket.facts_of(RequesterUpdated)) == MONTHS
    assert not (await ticket.status()).overdue
    await ticket.receives("clear_hanging", ClearHanging(actor=sample.HANDLER, reason=sample.TEXT))
    assert (await ticket.status()).status is Status.HANDLING
    await ticket.gets_feedback()
    await ticket.comes_to(Status.SURVEYING)
    await ticket.gets_answers()
    assert (await ticket.ends()).ending is Ending.RESOLVED
    standings = {view.standing for view in (await ticket.clocks()).values()}
    assert standings == {"met", "waived"}
    assert city.database.written_twice(ticket.number) == []


async def test_on_the_real_server_a_review_begins_a_new_run_that_shows_no_promise(real_city: City) -> None:
    """What the ticket shows of itself goes along: still with the unit, nothing promised for a day."""
    ticket = await is_hung(real_city)
    await ticket.receives("review_hanging", ReviewHanging(actor=DESK, text=sample.TEXT), "the-review")
    await ticket.receives("update_requester", UpdateRequester(actor=sample.HANDLER, text=sample.TEXT))
    assert await runs(ticket) == 2
    attributes = (await ticket.handle.describe()).typed_search_attributes
    shown = {pair.key.name: pair.value for pair in attributes}
    assert (shown["Stage"], shown["Unit"]) == ("handle", sample.TOWN.code)
    assert "Due" not in shown
    await ticket.agrees_with_database()


async def test_a_hung_matter_nobody_reviews_comes_off_the_ledger_by_itself(city: City) -> None:
    """The desk's clock climbs to the city, and then the unit has it again with a limit of its own."""
    ticket = await is_hung(city)
    await city.passes(timedelta(days=61))
    await ticket.waits_for(TakenOff)
    assert (await ticket.status()).status is Status.HANDLING
    assert len(await ticket.facts_of(f.LadderExhausted)) >= 1
    await ticket.agrees_with_database()

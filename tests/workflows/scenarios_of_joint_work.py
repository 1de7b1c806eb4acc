"""Tickets on which several units are at work, or that take longer; see `scenarios`."""

from datetime import timedelta

from domain import messages as m
from domain.facts.adopt import EditionAdopted
from domain.handle.assisting import AnswerTask, Assist, ReportTask, WaiveTask
from domain.handle.deliberating import Deliberate, EndDeliberation
from domain.handle.extending import DecideExtension, Extend
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
from domain.handle.subassigning import SubAssign, WithdrawTask
from domain.handle.whistling import BlowWhistle, EndWhistle, RateWhistle, ReportIn
from domain.supervise.escalating import Escalate
from domain.supervise.supervision_orders import ReviewOrder, Supervise, WaiveOrder
from domain.vocabulary import (
    AdoptionMode,
    ClockName,
    EscalateTo,
    RedoTo,
    Role,
    Satisfaction,
    Tier,
    WhistleKind,
)
from tests import sample
from tests.workflows.city import City, Request, handler_of
from tests.workflows.scenarios import SECOND, FormerRun, answered, in_hand, resolved, scenario

TEXT = sample.TEXT
PROOF = (m.ProofRef(kind="photo", ref=TEXT),)
DESK = sample.DISTRICT_SUPERVISOR
WATER, HEATING = handler_of(sample.WATER.code), handler_of(sample.HEATING.code)


# ---------------------------------------------------------------- together with others


async def _assisted(city: City) -> Request:
    ticket = await in_hand(city)
    await ticket.receives("assist", Assist(actor=sample.HANDLER, unit=sample.WATER.code, text=TEXT))
    return ticket


@scenario
async def open_with_an_assist(city: City) -> Request:
    """Asked and late: the assist has climbed."""
    ticket = await _assisted(city)
    await city.comes_to((await ticket.clocks())["assist_by.assist.1"].due_at + SECOND)
    await ticket.shows(lambda view: any(task.overdue for task in view.tasks))
    return ticket


@scenario
async def closed_after_an_assist(city: City) -> Request:
    """Asked, done, resolved."""
    ticket = await _assisted(city)
    await ticket.receives("answer_task", AnswerTask(actor=WATER, task="assist.1", reply=TEXT))
    return await resolved(ticket)


async def _handed_down(city: City) -> tuple[Request, m.Actor, m.Actor]:
    """Return a ticket handed down two levels, and who holds the first part and the second."""
    ticket = await in_hand(city)
    community, team = handler_of(f"{sample.TOWN.code}/north"), handler_of(f"{sample.TOWN.code}/north/team-4")
    down = SubAssign(actor=sample.HANDLER, sub_unit=community.unit, text=TEXT)
    await ticket.receives("sub_assign", down)
    further = SubAssign(actor=community, task="subassignment.1", sub_unit=team.unit, name=TEXT, text=TEXT)
    await ticket.receives("sub_assign", further)
    return ticket, community, team


@scenario
async def open_handed_down_two_levels(city: City) -> Request:
    """A community's part of a town's ticket, and a team's part of that."""
    ticket, _, _ = await _handed_down(city)
    return ticket


@scenario
async def closed_after_two_levels(city: City) -> Request:
    """Each level answers the one above."""
    ticket, community, team = await _handed_down(city)
    await ticket.receives("answer_task", AnswerTask(actor=team, task="subassignment.2", reply=TEXT))
    await ticket.receives("answer_task", AnswerTask(actor=community, task="subassignment.1", reply=TEXT))
    return await resolved(ticket)


async def _whistled(city: City) -> Request:
    ticket, called = await in_hand(city), (sample.WATER.code, sample.HEATING.code)
    kind = WhistleKind.EMERGENCY
    blow = BlowWhistle(actor=sample.HANDLER, kind=kind, called=called, place=TEXT, text=TEXT)
    await ticket.receives("whistle", blow)
    await ticket.receives("report_in", ReportIn(actor=WATER, task="whistle.1", place=TEXT))
    return ticket


@scenario
async def open_whistled(city: City) -> Request:
    """One has come; the other has not, in half an hour."""
    ticket = await _whistled(city)
    await city.passes(timedelta(minutes=31))
    await ticket.shows(lambda view: [task.overdue for task in view.tasks] == [False, True])
    return ticket


@scenario
async def closed_after_a_rated_whistle(city: City) -> Request:
    """Both have come; ended, and rated from both sides."""
    ticket = await _whistled(city)
    await ticket.receives("report_in", ReportIn(actor=HEATING, task="whistle.2"))
    await ticket.receives("end_whistle", EndWhistle(actor=sample.HANDLER, result=TEXT))
    rate = RateWhistle(actor=WATER, grade=Satisfaction.SATISFIED)
    await ticket.receives("rate_whistle", rate)
    back = {"actor": sample.HANDLER, "unit": sample.WATER.code}
    await ticket.receives("rate_whistle", rate.model_copy(update=back))
    return await resolved(ticket)


@scenario
async def open_escalated_by_hand(city: City) -> Request:
    """The department's opinion is given, the city's is awaited; the residents have met."""
    ticket = await in_hand(city)
    up = Escalate(actor=sample.HANDLER, to=EscalateTo.CITY, opinion=TEXT, measures=TEXT)
    await ticket.receives("escalate", up)
    aside = {"to": EscalateTo.INDUSTRY, "unit": sample.WATER.code}
    await ticket.receives("escalate", up.model_copy(update=aside))
    water = m.Actor(unit=sample.WATER.code, role=Role.SUPERVISOR)
    await ticket.receives("answer_task", AnswerTask(actor=water, task="escalation.2", reply=TEXT))
    await ticket.receives("deliberate", Deliberate(actor=sample.HANDLER, text=TEXT))
    await ticket.receives("end_deliberation", EndDeliberation(actor=sample.HANDLER, result=TEXT, attended=23))
    return ticket


@scenario
async def open_after_much_was_taken_back(city: City) -> Request:
    """An assist waived, a part withdrawn that had been reported on, an order taken back, no ledger."""
    ticket = await in_hand(city)
    for unit in (sample.WATER, sample.HEATING):
        await ticket.receives("assist", Assist(actor=sample.HANDLER, unit=unit.code, text=TEXT))
    await ticket.receives("report_task", ReportTask(actor=WATER, task="assist.1", text=TEXT))
    await ticket.receives("waive_task", WaiveTask(actor=sample.HANDLER, task="assist.1", reason=TEXT))
    await ticket.receives("withdraw_task", WithdrawTask(actor=sample.HANDLER, task="assist.2", reason=TEXT))
    await ticket.receives("supervise", Supervise(actor=DESK, text=TEXT))
    await ticket.receives("waive_order", WaiveOrder(actor=DESK, task="order.1", reason=TEXT))
    await ticket.receives("propose_hanging", ProposeHanging(actor=sample.HANDLER, plan=TEXT, proof=PROOF))
    await ticket.receives("refuse_hanging", RefuseHanging(actor=DESK, reason=TEXT))
    return ticket


# ---------------------------------------------------------------- more time, the hold ledger, supervision


async def _extension_asked(city: City) -> Request:
    ticket = await in_hand(city)
    extend = Extend(actor=sample.HANDLER, basis=TEXT, reason=TEXT, proof=PROOF, days=2)
    await ticket.receives("extend", extend)
    return ticket


@scenario
async def open_after_the_old_limit(city: City) -> Request:
    """Two days more were granted, and one of them is over: the timer went along."""
    ticket = await _extension_asked(city)
    before = (await ticket.clock(ClockName.FEEDBACK_BY)).due_at
    decide = DecideExtension(actor=DESK, task="extension.1", granted=True, reason=TEXT)
    await ticket.receives("decide_extension", decide)
    await city.comes_to(before + timedelta(days=1))
    return ticket


@scenario
async def open_after_a_refused_extension(city: City) -> Request:
    """The limit is what it was."""
    ticket = await _extension_asked(city)
    decide = DecideExtension(actor=DESK, task="extension.1", granted=False, reason=TEXT)
    await ticket.receives("decide_extension", decide)
    return ticket


async def _hung(city: City) -> Request:
    ticket = await in_hand(city)
    await ticket.receives("propose_hanging", ProposeHanging(actor=sample.HANDLER, plan=TEXT, proof=PROOF))
    await ticket.receives("approve_hanging", ApproveHanging(actor=DESK))
    return ticket


@scenario
async def open_hung(city: City) -> Request:
    """On the ledger, with a milestone; nobody has written to the requester for a month."""
    ticket = await _hung(city)
    due = await city.now() + timedelta(days=200)
    await ticket.receives("add_milestone", AddMilestone(actor=DESK, text=TEXT, due=due))
    await city.passes(timedelta(days=30, hours=1))
    await ticket.shows(lambda view: view.overdue)
    return ticket


async def _reviewed(city: City, times: int) -> Request:
    ticket, review = await _hung(city), ReviewHanging(actor=DESK, text=TEXT)
    for month in range(times):
        await city.passes(timedelta(days=29))
        await ticket.receives("update_requester", UpdateRequester(actor=sample.HANDLER, text=TEXT))
        await ticket.receives("review_hanging", review, f"review-{month}")
    await ticket.receives("review_hanging", review, "review-0")  # an old key is answered by the new run
    return ticket


@scenario
async def continued_by_a_review(city: City) -> FormerRun:
    """Hung in its first run, which ended with the review after a month."""
    return FormerRun(await _reviewed(city, 1))


@scenario
async def open_hung_in_its_third_run(city: City) -> Request:
    """Two reviews, each the beginning of a run that took everything along."""
    return await _reviewed(city, 2)


@scenario
async def closed_after_the_ledger(city: City) -> Request:
    """A milestone reached, off the ledger, resolved."""
    ticket = await _hung(city)
    due = await city.now() + timedelta(days=7)
    await ticket.receives("add_milestone", AddMilestone(actor=DESK, text=TEXT, due=due))
    reach = ReachMilestone(actor=sample.HANDLER, task="milestone.1", text=TEXT, proof=PROOF)
    await ticket.receives("reach_milestone", reach)
    await ticket.receives("clear_hanging", ClearHanging(actor=sample.HANDLER, reason=TEXT))
    return await resolved(ticket)


@scenario
async def open_surveyed_under_an_order(city: City) -> Request:
    """The requester is content; the order's issuer was not, and a second order waits."""
    ticket = await in_hand(city)
    await ticket.receives("supervise", Supervise(actor=DESK, text=TEXT))
    await ticket.gets_feedback()
    await answered(ticket)
    await ticket.receives("answer_task", AnswerTask(actor=sample.HANDLER, task="order.1", reply=TEXT))
    review = ReviewOrder(actor=DESK, task="order.1", satisfied=False, text=TEXT)
    await ticket.receives("review_order", review)
    return ticket


@scenario
async def closed_by_the_review_of_an_order(city: City) -> Request:
    """The survey was over before; the review of the second order ends the ticket."""
    ticket = await open_surveyed_under_an_order(city)
    await ticket.receives("answer_task", AnswerTask(actor=sample.HANDLER, task="order.2", reply=TEXT))
    review = ReviewOrder(actor=DESK, task="order.2", satisfied=True, text=TEXT)
    await ticket.receives("review_order", review)
    await ticket.ends()
    return ticket


@scenario
async def open_redo_one_level_up(city: City) -> Request:
    """The requester is not content: the district has it, and has signed."""
    changes = {"redo_to": RedoTo.ONE_LEVEL_UP, "order_after_redo": sample.hours(48)}
    ticket = await in_hand(city, **changes)
    await ticket.gets_feedback()
    await answered(ticket, Satisfaction.DISSATISFIED)
    await ticket.shows(lambda view: view.unit == sample.DISTRICT)
    await ticket.signs(handler_of(sample.DISTRICT.code))
    return ticket


@scenario
async def closed_after_redo_and_supervision(city: City) -> Request:
    """Not content again: an order of supervision, which nobody answers, and the end."""
    ticket, district = await open_redo_one_level_up(city), handler_of(sample.DISTRICT.code)
    await ticket.reaches_requester(district)
    await ticket.gets_feedback(district)
    await answered(ticket, Satisfaction.DISSATISFIED)
    await ticket.shows(lambda view: bool(view.tasks))
    await city.passes(timedelta(hours=97))
    await ticket.ends()
    return ticket


# ---------------------------------------------------------------- another edition


@scenario
async def open_under_another_edition(city: City) -> Request:
    """Told twice, once to count from now on under a limit of one day, which is over at once."""
    ticket = await in_hand(city)
    await city.passes(timedelta(days=2))
    city.edition.terms = sample.terms(Tier.TIER_2).model_copy(update={"edition": "test@bbbbbbbbbbbb"})
    operations = m.Actor(role=Role.SYSTEM, person="OPS-1")
    for mode in (AdoptionMode.PINNED, AdoptionMode.NOW):
        order = m.AdoptEdition(actor=operations, edition="test@bbbbbbbbbbbb", mode=mode)
        await ticket.handle.signal("adopt", order)
    await ticket.waits_for(EditionAdopted, 2)
    await ticket.shows(lambda view: view.overdue)
    return ticket

"""Tickets of release 0.1.0 that its own histories lack, recorded by its own code.

Each holds something that counted by the rules of 0.1.0 and would not by later ones, or a command that no
other history of that release holds. `tests.upgrade.record_released` runs this file inside a checkout of the
release, with the city and the sample that lie there.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from domain import messages as m
from domain.facts import main_line as f
from domain.handle.assisting import AnswerTask, Assist, ReportTask, WaiveTask
from domain.vocabulary import ClockName, Outcome, RequestType, Role, Satisfaction, Status
from tests import sample
from tests.workflows.city import City, Request, handler_of

SCENARIOS: dict[str, Callable[[City], Awaitable[Request]]] = {}
"""Every scenario by its name, which is also the name of its file."""

TEXT = sample.TEXT
HEATING, WATER = handler_of(sample.HEATING.code), handler_of(sample.WATER.code)
OTHER = handler_of(sample.OTHER_TOWN.code)
AT_ONCE = sample.terms(at_feedback=True, always_open=True)


def scenario(tell: Callable[[City], Awaitable[Request]]) -> Callable[[City], Awaitable[Request]]:
    """Take `tell` up under the name it has."""
    SCENARIOS[tell.__name__] = tell
    return tell


async def _dispatched(city: City, **wishes: object) -> Request:
    ticket = await city.files(**wishes)
    await ticket.comes_to(Status.AWAITING_SIGN)
    return ticket


def _reassign(actor: m.Actor, unit: str) -> m.Reassign:
    return m.Reassign(actor=actor, unit=unit, reason=TEXT)


def _cannot_now(actor: m.Actor = sample.HANDLER) -> m.Feedback:
    return m.Feedback(actor=actor, outcome=Outcome.CANNOT_NOW, reply=TEXT)


@scenario
async def open_reassigned_out_of_the_district(city: City) -> Request:
    """The district's desk gives a town's ticket to a company of the city, which signs."""
    ticket = await _dispatched(city)
    await ticket.receives("reassign", _reassign(sample.DISTRICT_SUPERVISOR, sample.HEATING.code))
    await ticket.signs(HEATING)
    return ticket


@scenario
async def closed_after_a_move_out_of_the_district(city: City) -> Request:
    """The same, taken to the end; and it is given back on the way."""
    ticket = await _dispatched(city, with_terms=AT_ONCE)
    await ticket.receives("reassign", _reassign(sample.DISTRICT_SUPERVISOR, sample.WATER.code))
    await ticket.receives("reassign", _reassign(sample.DISPATCHER, sample.HEATING.code))
    await ticket.is_handled(HEATING)
    await ticket.comes_to(Status.SURVEYING)
    await ticket.gets_answers()
    await ticket.ends()
    return ticket


@scenario
async def open_pushed_down_to_the_town(city: City) -> Request:
    """The directory names the company; the city's desk gives the ticket to the town all the same."""
    ticket = await _dispatched(city, unit=sample.HEATING)
    await ticket.receives("reassign", _reassign(sample.DISPATCHER, sample.TOWN.code))
    await ticket.signs()
    return ticket


@scenario
async def open_dispatched_to_the_town_past_the_directory(city: City) -> Request:
    """An inquiry about the company's matter goes to the town by hand within its window."""
    ticket = await city.files(type_=RequestType.INQUIRY, unit=sample.HEATING)
    await ticket.comes_to(Status.AWAITING_DISPATCH)
    await ticket.receives("dispatch", m.Dispatch(actor=sample.DISPATCHER, unit=sample.TOWN.code))
    await ticket.signs()
    return ticket


@scenario
async def open_moved_by_a_watcher(city: City) -> Request:
    """A department that only gets a copy gives the ticket to another town."""
    intake = await city.intake()
    watched = intake.routing.assignment.model_copy(update={"watchers": (sample.WATER,)})
    routing = intake.routing.model_copy(update={"assignment": watched})
    ticket = await city.starts(intake.model_copy(update={"routing": routing}))
    await ticket.comes_to(Status.AWAITING_SIGN)
    watcher = m.Actor(unit=sample.WATER.code, role=Role.SUPERVISOR, person="W1")
    await ticket.receives("reassign", _reassign(watcher, sample.OTHER_TOWN.code))
    await ticket.signs(OTHER)
    return ticket


@scenario
async def open_redo_taken_to_another_town(city: City) -> Request:
    """The requester is not content; the district gives the redo to another town, which signs."""
    ticket = await _dispatched(city, with_terms=AT_ONCE)
    await ticket.is_handled()
    await ticket.comes_to(Status.SURVEYING)
    await ticket.gets_answers(Satisfaction.DISSATISFIED)
    await ticket.comes_to(Status.AWAITING_SIGN)
    await ticket.receives("reassign", _reassign(sample.DISTRICT_SUPERVISOR, sample.OTHER_TOWN.code))
    await ticket.signs(OTHER)
    return ticket


@scenario
async def closed_after_saying_cannot_now(city: City) -> Request:
    """It cannot be solved now, says the unit, and nobody asks for a proof that this was explained."""
    ticket = await _dispatched(city, with_terms=AT_ONCE)
    await ticket.signs()
    await ticket.reaches_requester()
    await ticket.receives("feedback", _cannot_now())
    await ticket.comes_to(Status.SURVEYING)
    await ticket.gets_answers()
    await ticket.ends()
    return ticket


@scenario
async def open_said_cannot_now_by_signal(city: City) -> Request:
    """The same by the plain signal of the unit's own system; an earlier one came before the contact."""
    ticket = await _dispatched(city)
    await ticket.signs()
    message = m.Complete(actor=sample.HANDLER, outcome=Outcome.CANNOT_NOW, reply=TEXT)
    await ticket.completes(message)
    await ticket.waits_for(f.Noted)
    await ticket.reaches_requester()
    await ticket.completes(message)
    await ticket.comes_to(Status.FEEDBACK_GIVEN)
    return ticket


@scenario
async def open_reported_on_again_and_again(city: City) -> Request:
    """A unit that assists reports twice in place of an answer; a second one is asked and let off."""
    ticket = await _dispatched(city)
    await ticket.signs()
    for unit in (sample.WATER, sample.OTHER_TOWN):
        ask = Assist(actor=sample.HANDLER, unit=unit.code, text=TEXT, mandatory=True)
        await ticket.receives("assist", ask)
    for _ in range(2):
        await ticket.receives("report_task", ReportTask(actor=WATER, task="assist.1", text=TEXT))
    await ticket.receives("waive_task", WaiveTask(actor=sample.HANDLER, task="assist.2", reason=TEXT))
    return ticket


@scenario
async def closed_after_an_assist_that_answered(city: City) -> Request:
    """A unit that assists answers; then the lead gives its feedback."""
    ticket = await _dispatched(city, with_terms=AT_ONCE)
    await ticket.signs()
    ask = Assist(actor=sample.HANDLER, unit=sample.WATER.code, text=TEXT, mandatory=True)
    await ticket.receives("assist", ask)
    await ticket.receives("answer_task", AnswerTask(actor=WATER, task="assist.1", reply=TEXT))
    await ticket.reaches_requester()
    await ticket.gets_feedback()
    await ticket.comes_to(Status.SURVEYING)
    await ticket.gets_answers()
    await ticket.ends()
    return ticket


@scenario
async def closed_after_silence_and_answers(city: City) -> Request:
    """Nobody ever handles it; the requester is asked all the same and says that nothing is resolved."""
    ticket = await _dispatched(city)
    await city.comes_to((await ticket.clock(ClockName.FEEDBACK_BY)).due_at + timedelta(days=2))
    await ticket.comes_to(Status.SURVEYING)
    await ticket.gets_answers(Satisfaction.DISSATISFIED, resolved=False)
    await ticket.ends()
    return ticket

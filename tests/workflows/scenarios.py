"""Tickets of the main line brought to every stage and every end, for the histories later code must replay.

Each scenario leaves its ticket where its name says; `tests.record_histories` writes the histories down.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Protocol, TypeVar

from temporalio.client import WorkflowHistory

from domain import messages as m
from domain.facts import main_line as f
from domain.terms import Terms
from domain.vocabulary import ClockName, RequestType, Satisfaction, Status, Tier
from tests import sample
from tests.workflows.city import City, Request, completion, handler_of


class Recorded(Protocol):
    """What a scenario leaves: a ticket, or an incident."""

    async def is_recorded(self) -> None:
        """Wait until the books have it all."""

    async def history(self) -> WorkflowHistory:
        """Return the history as it stands."""
        ...


Scenario = Callable[[City], Awaitable[Recorded]]
Scene = TypeVar("Scene", bound=Scenario)
SCENARIOS: dict[str, Scenario] = {}
"""Every scenario by its name, which is also the name of its file; importing `all_scenarios` completes it."""

SECOND = timedelta(seconds=1)
NOTE = m.Note(actor=sample.REQUESTER, text=sample.TEXT)


class FormerRun:
    """The run before the one a ticket is in: it ended by going on in that."""

    def __init__(self, ticket: Request) -> None:
        """Look back from where `ticket` is now."""
        self.ticket = ticket

    async def is_recorded(self) -> None:
        """Wait until the books have what the newer run took along."""
        await self.ticket.is_recorded()

    async def history(self) -> WorkflowHistory:
        """Return the history of the run that the newest one continues."""
        newest = await self.ticket.waits(
            self.ticket.history, lambda answer: bool(_continued(answer)), "no new run"
        )
        ticket, run = self.ticket.handle.id, _continued(newest)
        return await self.ticket.city.client.get_workflow_handle(ticket, run_id=run).fetch_history()


def _continued(history: WorkflowHistory) -> str:
    return history.events[0].workflow_execution_started_event_attributes.continued_execution_run_id


def scenario(scene: Scene) -> Scene:
    """Register `scene` under the name it has."""
    SCENARIOS[scene.__name__] = scene
    return scene


def prompt_terms(**changes: object) -> Terms:
    """Return terms under which the survey begins with the feedback, at any time of the day."""
    return sample.terms(at_feedback=True, always_open=True).model_copy(update=changes)


async def in_hand(city: City, **changes: object) -> Request:
    """Return a ticket that its unit has signed and whose requester it has reached."""
    ticket = await city.files(with_terms=prompt_terms(**changes))
    await ticket.signs()
    await ticket.reaches_requester()
    return ticket


async def waiting(city: City) -> Request:
    """Return a ticket on the dispatcher's list."""
    ticket = await city.files(certain=False, with_terms=prompt_terms())
    await ticket.comes_to(Status.AWAITING_DISPATCH)
    return ticket


async def answered(ticket: Request, satisfied: Satisfaction = Satisfaction.SATISFIED) -> Request:
    """Let the requester of a ticket with feedback answer the survey."""
    await ticket.comes_to(Status.SURVEYING)
    await ticket.gets_answers(satisfied, resolved=satisfied is Satisfaction.SATISFIED)
    return ticket


async def resolved(ticket: Request, actor: m.Actor = sample.HANDLER) -> Request:
    """Give the feedback, survey it, and see the end."""
    await ticket.gets_feedback(actor)
    await (await answered(ticket)).ends()
    return ticket


async def _dispatched(city: City, **wishes: object) -> Request:
    ticket = await city.files(**wishes)
    await ticket.comes_to(Status.AWAITING_SIGN)
    return ticket


async def _surveyed(city: City) -> Request:
    terms = sample.terms(at_feedback=True, always_open=True)
    ticket = await _dispatched(city, with_terms=terms)
    await ticket.is_handled()
    await ticket.comes_to(Status.SURVEYING)
    return ticket


@scenario
async def open_inquiry_in_its_window(city: City) -> Request:
    """An inquiry that waits to be answered at once."""
    ticket = await city.files(type_=RequestType.INQUIRY)
    await ticket.comes_to(Status.AWAITING_DISPATCH)
    return ticket


@scenario
async def open_awaiting_dispatch(city: City) -> Request:
    """A complaint on the dispatcher's list, the alarm rung, a remark added."""
    ticket = await city.files(certain=False)
    await ticket.comes_to(Status.AWAITING_DISPATCH)
    await ticket.receives("note", NOTE)
    await city.comes_to((await ticket.clock(ClockName.DISPATCH_BY, 0)).due_at + SECOND)
    await ticket.waits_for(f.Escalated)
    return ticket


@scenario
async def open_awaiting_sign(city: City) -> Request:
    """A complaint the unit has not signed, and nothing is late yet."""
    return await _dispatched(city)


@scenario
async def open_awaiting_sign_at_the_district(city: City) -> Request:
    """Nobody signed in time: it lies with the district's desk, which has answered."""
    ticket = await _dispatched(city)
    await city.comes_to((await ticket.clock(ClockName.SIGN_BY)).due_at + SECOND)
    await ticket.waits_for(f.Escalated)
    await ticket.receives("urge", m.Urge(actor=sample.DISTRICT_SUPERVISOR, reason=sample.TEXT))
    return ticket


@scenario
async def open_handling(city: City) -> Request:
    """Signed, one call in vain, one refused act, a visit logged."""
    ticket = await _dispatched(city, with_terms=sample.terms(door=True, proof="photo"))
    await ticket.signs()
    await ticket.receives("contact", m.Contact(actor=sample.HANDLER, result=m.ContactResult.NO_ANSWER))
    await ticket.completes(completion())
    await ticket.waits_for(f.Noted)
    await ticket.receives("visit", m.Visit(actor=sample.HANDLER))
    return ticket


@scenario
async def open_handling_at_the_city(city: City) -> Request:
    """Signed and never answered: the requester's limit has climbed to the city."""
    ticket = await _dispatched(city, unit=sample.HEATING)
    heating = handler_of(sample.HEATING.code)
    await ticket.signs(heating)
    await ticket.reaches_requester(heating)
    await city.comes_to((await ticket.clock(ClockName.FEEDBACK_BY)).due_at + SECOND)
    await ticket.waits_for(f.Escalated)
    return ticket


@scenario
async def open_feedback_given(city: City) -> Request:
    """Feedback given, the limit not yet reached."""
    ticket = await _dispatched(city)
    await ticket.is_handled()
    return ticket


@scenario
async def open_surveying(city: City) -> Request:
    """The first callback try is on the desk's list."""
    return await _surveyed(city)


@scenario
async def open_between_two_tries(city: City) -> Request:
    """One call in vain; the next is another day's."""
    ticket = await _surveyed(city)
    await ticket.reaches_nobody()
    return ticket


@scenario
async def open_redo(city: City) -> Request:
    """The requester is not content, and the unit has signed once more."""
    ticket = await _surveyed(city)
    await ticket.gets_answers(Satisfaction.DISSATISFIED)
    await ticket.comes_to(Status.AWAITING_SIGN)
    await ticket.signs()
    return ticket


@scenario
async def open_counted_anew(city: City) -> Request:
    """A calendar became known while the unit handles it."""
    ticket = await _dispatched(city)
    await ticket.signs()
    known = sample.calendar().model_copy(update={"name": "known"})
    await ticket.handle.signal("recalculate", m.Recalculate(calendar=known))
    await ticket.waits_for(f.CalendarChanged)
    return ticket


@scenario
async def closed_praise(city: City) -> Request:
    """Praise, recorded."""
    ticket = await city.files(type_=RequestType.PRAISE)
    await ticket.ends()
    return ticket


@scenario
async def closed_answered(city: City) -> Request:
    """An inquiry, answered at once."""
    ticket = await open_inquiry_in_its_window(city)
    await ticket.receives("answer", m.Answer(actor=sample.DISPATCHER, reply=sample.TEXT))
    await ticket.ends()
    return ticket


@scenario
async def closed_resolved(city: City) -> Request:
    """The happy path, surveyed at the limit."""
    ticket = await open_feedback_given(city)
    await city.comes_to((await ticket.clock(ClockName.FEEDBACK_BY)).due_at + SECOND)
    await ticket.comes_to(Status.SURVEYING)
    await ticket.gets_answers()
    await ticket.ends()
    return ticket


@scenario
async def closed_resolved_by_signal(city: City) -> Request:
    """Completed by the plain signal, twice with one key; surveyed at feedback."""
    ticket = await _dispatched(city, with_terms=sample.terms(at_feedback=True, always_open=True))
    await ticket.signs()
    await ticket.reaches_requester()
    for _ in range(2):
        await ticket.completes(completion(key="k-1"))
    await ticket.comes_to(Status.SURVEYING)
    await ticket.gets_answers()
    await ticket.ends()
    return ticket


@scenario
async def closed_after_classification_dispatch_and_reassignment(city: City) -> Request:
    """Classified, dispatched by hand, classified again, reassigned, handled by the second unit."""
    terms = sample.terms(at_feedback=True, always_open=True)
    city.edition.terms = terms
    city.edition.is_certain = False
    ticket = await city.files(certain=False, with_terms=terms)
    await ticket.comes_to(Status.AWAITING_DISPATCH)
    classify = m.Classify(actor=sample.DISPATCHER, tier=Tier.TIER_2, reason=sample.TEXT)
    await ticket.receives("classify", classify)
    await ticket.receives("dispatch", m.Dispatch(actor=sample.DISPATCHER, unit=sample.OTHER_TOWN.code))
    await ticket.receives("classify", classify)
    await ticket.receives(
        "reassign", m.Reassign(actor=sample.DISPATCHER, unit=sample.TOWN.code, reason=sample.TEXT)
    )
    await ticket.is_handled()
    await ticket.comes_to(Status.SURVEYING)
    await ticket.gets_answers()
    await ticket.ends()
    city.edition.terms = None
    city.edition.is_certain = True
    return ticket


@scenario
async def closed_unanswered(city: City) -> Request:
    """Nobody ever acts: every rung of every ladder, three calls nobody makes."""
    ticket = await _dispatched(city)
    await city.passes(timedelta(days=20))
    await ticket.ends()
    return ticket


@scenario
async def closed_unreachable(city: City) -> Request:
    """Three calls on three days reach nobody."""
    ticket = await open_between_two_tries(city)
    for _ in range(2):
        await city.passes(timedelta(days=1))
        await ticket.shows(lambda view: view.next_clock is ClockName.SURVEY_BY)
        await ticket.reaches_nobody()
    await ticket.ends()
    return ticket


@scenario
async def closed_unresolved_after_redo(city: City) -> Request:
    """Discontent twice."""
    ticket = await _surveyed(city)
    await ticket.gets_answers(Satisfaction.DISSATISFIED)
    await ticket.comes_to(Status.AWAITING_SIGN)
    await ticket.is_handled()
    await ticket.comes_to(Status.SURVEYING)
    await ticket.gets_answers(resolved=False)
    await ticket.ends()
    return ticket


@scenario
async def closed_although_the_database_was_away(city: City) -> Request:
    """A write that failed inside the task and was made by an activity of its own."""
    ticket = await _dispatched(city, with_terms=sample.terms(at_feedback=True, always_open=True))
    await ticket.is_recorded()
    city.database.breaks_down_for = city.database.attempts + 4
    await ticket.is_handled()
    await ticket.comes_to(Status.SURVEYING)
    await ticket.gets_answers()
    await ticket.ends()
    return ticket


@scenario
async def open_and_continued(city: City) -> Request:
    """A long history: the newest run, with what it took along. On a server that suggests new runs soon."""
    ticket = await _dispatched(city)
    for number in range(6):
        await ticket.receives("note", NOTE, f"k-{number}")
    await ticket.is_handled()
    return ticket

"""A city for one test: a real engine, a worker with fakes behind it, and tickets one can talk to."""

import asyncio
import itertools
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, time, timedelta
from typing import Any, TypeVar, cast
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import (
    Client,
    WorkflowHandle,
    WorkflowHistory,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
)
from temporalio.common import TypedSearchAttributes
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import TimeSkipper, WorkflowEnvironment
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from domain import messages as m
from domain.facts.fact import AnyFact, Fact
from domain.numbers import ticket_number
from domain.rebuild.taking_in import take_in
from domain.show.views import Batch, ClockView, StatusView, search_attributes
from domain.ticket.ticket import TicketInput
from domain.vocabulary import ClockName, ContactResult, Outcome, Satisfaction, Status, TryResult
from engine.in_step import AHEAD, InStep
from tests import sample
from tests.workflows.fakes import Edition, FakeDatabase, Members
from workflows.incident import Incident
from workflows.ticket import Ticket
from workflows.visibility import pairs

BEIJING = ZoneInfo("Asia/Shanghai")
MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = range(7)
PATIENCE = timedelta(seconds=25)
"""How long, by the watch, a test waits for something that must come at once."""

_serials = itertools.count(1)
_Asked = TypeVar("_Asked")


class City:
    """The engine, the worker's queue, the fakes; the clock moves only by `passes` and `comes_to`."""

    def __init__(self, environment: WorkflowEnvironment, database: FakeDatabase, edition: Edition) -> None:
        """Talk to the engine of `environment` on a queue of our own."""
        config = environment.client.config()
        config["data_converter"] = pydantic_data_converter
        config["interceptors"] = []  # the skipping server's would skip time wherever a result is awaited
        self.environment = environment
        self.client = Client(**config)
        self.database = database
        self.edition = edition
        self.members = Members(self.client, database, edition)
        self.queue = f"test-{uuid4().hex}"
        self.tickets: list[Request] = []
        self.filed: list[m.Intake] = []
        self.others: list[WorkflowHandle[Any, Any]] = []

    def worker(self, ticket: type[Ticket] = Ticket, **options: Any) -> Worker:  # noqa: ANN401 - the SDK's options
        """Return a worker as the product builds it, with the fakes behind it and perhaps another workflow."""
        options.setdefault("workflow_runner", InStep(SandboxedWorkflowRunner()))
        return Worker(
            self.client,
            task_queue=self.queue,
            identity="worker",
            workflows=[ticket, Incident],
            activities=[
                self.database.record,
                self.edition.resolve,
                self.edition.assign,
                self.edition.look_up,
                self.edition.brief,
                self.members.record,
                self.members.waiting,
                self.members.notify,
            ],
            **options,
        )

    async def now(self) -> datetime:
        """Return the engine's time; on the real server that is the time of the wall."""
        if self.environment.supports_time_skipping_v1:
            return (await self.environment.get_current_time()).astimezone(UTC)
        return datetime.now(UTC)

    async def passes(self, time_: timedelta) -> None:
        """Let time pass for the whole city."""
        await self.environment.sleep(time_)

    async def comes_to(self, at: datetime) -> None:
        """Let time pass until `at`; nothing happens when that is over."""
        left = at - await self.now()
        if left > timedelta(0):
            await self.passes(left)

    async def comes_to_next(self, weekday: int, at: time) -> datetime:
        """Let time pass until the next `weekday` at `at` of Beijing; return that instant."""
        local = (await self.now()).astimezone(BEIJING)
        day = local.date() + timedelta(days=(weekday - local.weekday()) % 7)
        instant = datetime.combine(day, at, BEIJING)
        if instant <= local:
            instant += timedelta(days=7)
        await self.comes_to(instant)
        return instant.astimezone(UTC)

    async def intake(self, **wishes: Any) -> m.Intake:  # noqa: ANN401 - the wishes of `sample.intake`
        """Return the start argument of a request filed now."""
        now = await self.now()
        number = ticket_number(now, next(_serials), "Asia/Shanghai")
        return sample.intake(number=number, filed_at=now, **wishes)

    async def files(self, **wishes: Any) -> "Request":  # noqa: ANN401 - the wishes of `sample.intake`
        """File a request with the given wishes (those of `sample.intake`) and return its ticket."""
        return await self.starts(await self.intake(**wishes))

    async def starts(self, intake: m.Intake, **options: Any) -> "Request":  # noqa: ANN401 - options of the SDK
        """Start the ticket of `intake`, as the API does: written in the books first."""
        self.database.begin(intake)
        self.filed.append(intake)
        shown = search_attributes(take_in(intake).ticket)
        handle = await self.client.start_workflow(
            Ticket.run,
            TicketInput(intake=intake),
            id=f"ticket/{intake.number}",
            task_queue=self.queue,
            search_attributes=TypedSearchAttributes(pairs(shown)),
            **options,
        )
        return self.knows(handle, intake.number)

    def knows(self, handle: WorkflowHandle[Ticket, m.Receipt], number: str) -> "Request":
        """Return the ticket behind `handle`, ended with the test."""
        ticket = Request(self, handle, number)
        self.tickets.append(ticket)
        return ticket

    async def clears_up(self) -> None:
        """End what is still open, so that no other test meets its timers."""
        for handle in (*self.others, *(ticket.handle for ticket in self.tickets)):
            try:
                await handle.terminate("end of the test")
            except RPCError as error:
                if error.status is not RPCStatusCode.NOT_FOUND:
                    raise


class Request:
    """One ticket, spoken to as its people do: every command is an update with a key of its own."""

    def __init__(self, city: City, handle: WorkflowHandle[Ticket, m.Receipt], number: str) -> None:
        """Speak to the ticket behind `handle`."""
        self.city = city
        self.handle = handle
        self.number = number

    async def receives(self, act: str, command: m.Command, key: str | None = None) -> m.Receipt:
        """Give the ticket a command and return its answer. Raises `WorkflowUpdateFailedError`."""
        receipt = await self.handle.execute_update(
            act, command, id=key or uuid4().hex, result_type=m.Receipt, rpc_timeout=PATIENCE
        )
        return cast("m.Receipt", receipt)

    async def refuses(self, act: str, command: m.Command) -> str:
        """Give the ticket a command it must refuse; return the code of the refusal."""
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await self.receives(act, command)
        cause = refused.value.cause
        assert isinstance(cause, ApplicationError)
        zh, en = cause.details
        assert zh
        assert en
        return str(cause.type)

    async def signs(self, actor: m.Actor = sample.HANDLER) -> m.Receipt:
        """Let the unit sign."""
        return await self.receives("sign", m.Sign(actor=actor))

    async def reaches_requester(self, actor: m.Actor = sample.HANDLER) -> m.Receipt:
        """Let the unit reach the requester."""
        return await self.receives("contact", m.Contact(actor=actor, result=ContactResult.REACHED))

    async def gets_feedback(self, actor: m.Actor = sample.HANDLER) -> m.Receipt:
        """Let the unit report that the matter is resolved."""
        return await self.receives("feedback", feedback(actor))

    async def is_handled(self, actor: m.Actor = sample.HANDLER) -> m.Receipt:
        """Let the unit sign, reach the requester and give feedback."""
        await self.signs(actor)
        await self.reaches_requester(actor)
        return await self.gets_feedback(actor)

    async def gets_answers(
        self, satisfied: Satisfaction = Satisfaction.SATISFIED, *, resolved: bool = True
    ) -> m.Receipt:
        """Let the requester answer the survey."""
        return await self.receives("survey", answers(satisfied, resolved=resolved))

    async def reaches_nobody(self) -> m.Receipt:
        """Let a callback try end without an answer."""
        return await self.receives("survey", m.Survey(actor=sample.SURVEYOR, result=TryResult.NO_ANSWER))

    async def completes(self, message: m.Complete) -> None:
        """Send the plain signal of a unit's own system."""
        await self.handle.signal("complete", message)

    async def _asked(self, query: str, answer: Any) -> Any:  # noqa: ANN401 - what the SDK gives
        """Return the answer to `query`, asked again where the worker that took it was still behind."""
        while True:
            try:
                return await self.handle.query(query, result_type=answer)
            except WorkflowQueryFailedError as failed:
                if AHEAD not in str(failed):
                    raise
            await asyncio.sleep(0.02)

    async def status(self) -> StatusView:
        """Ask where the ticket stands."""
        return cast("StatusView", await self._asked("status", StatusView))

    async def clocks(self) -> dict[str, ClockView]:
        """Ask for every clock, by key."""
        views = await self._asked("clocks", list[ClockView])
        return {view.clock: view for view in cast("list[ClockView]", views)}

    async def clock(self, name: ClockName, turn: int = 1) -> ClockView:
        """Ask for the clock `name` of a turn."""
        return (await self.clocks())[f"{name}.{turn}"]

    async def timeline(self) -> list[AnyFact]:
        """Ask for every fact."""
        return cast("list[AnyFact]", await self._asked("timeline", list[Fact]))

    async def everything(self) -> Batch:
        """Ask for all that the database should hold."""
        return cast("Batch", await self._asked("everything", Batch))

    async def facts_of(self, kind: type[_Asked]) -> list[_Asked]:
        """Ask for the facts of one kind, in order."""
        return [fact for fact in await self.timeline() if isinstance(fact, kind)]

    async def waits_for(self, kind: type[_Asked], times: int = 1) -> list[_Asked]:
        """Wait, by the watch, until facts of `kind` have come `times` times; return them."""
        return await self.waits(
            lambda: self.facts_of(kind), lambda facts: len(facts) >= times, f"no {times} {kind.__name__}"
        )

    async def kinds(self) -> list[str]:
        """Ask for the kinds of all facts, in order."""
        return [fact.kind for fact in await self.timeline()]

    async def comes_to(self, *statuses: Status) -> StatusView:
        """Wait, by the watch, until the ticket stands in one of `statuses`."""
        return await self.shows(lambda view: view.status in statuses, f"it never came to {statuses}")

    async def shows(
        self, wanted: Callable[[StatusView], bool], otherwise: str = "it never came"
    ) -> StatusView:
        """Wait, by the watch, until the ticket shows what is wanted."""
        return await self.waits(self.status, wanted, otherwise)

    async def waits(
        self, ask: Callable[[], Awaitable[_Asked]], wanted: Callable[[_Asked], bool], otherwise: str
    ) -> _Asked:
        """Ask, by the watch, until the answer is as `wanted`. Raises `AssertionError` with the events."""
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                while not wanted(answer := await ask()):  # noqa: ASYNC110 - the engine has no event to wait for
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise AssertionError(f"{otherwise}: {await self.event_kinds()}") from None
        return answer

    async def events(self) -> int:
        """Return the length of the history."""
        return len((await self.history()).events)

    async def event_kinds(self) -> list[str]:
        """Return the kinds of all events of the history."""
        kinds = [EventType.Name(event.event_type) for event in (await self.history()).events]
        return [kind.removeprefix("EVENT_TYPE_") for kind in kinds]

    async def history(self) -> WorkflowHistory:
        """Return the history as it stands."""
        return await self.handle.fetch_history()

    async def ends(self) -> m.Receipt:
        """Wait, by the watch, for the end; check that the books agree with the ticket."""
        await self.comes_to(Status.CLOSED)
        async with asyncio.timeout(PATIENCE.total_seconds()):
            receipt = await self.handle.result()
        await self.agrees_with_database()
        return receipt

    async def agrees_with_database(self) -> None:
        """Check that the books hold every fact and every notice of the ticket, once, and its standing."""
        await self.is_recorded()
        everything = await self.everything()
        facts = {recorded.seq: recorded.fact for recorded in everything.facts}
        assert self.city.database.facts(self.number) == facts
        assert self.city.database.notices(self.number) == {
            notice.key: notice for notice in everything.notices
        }
        assert self.city.database.of(self.number)[-1].view == everything.view

    async def is_recorded(self) -> None:
        """Wait, by the watch, until the books have the ticket's newest version."""
        await self.waits(self.behind, lambda facts: facts == 0, "it was not recorded")

    async def behind(self) -> int:
        """Return how many facts the books lack; asks the ticket only once they have heard of it."""
        written = [batch.view.version for batch in self.city.database.of(self.number)]
        return (await self.status()).version - max(written) if written else 1

    async def fast_forwards(self, time_: timedelta) -> None:
        """Let time pass for this ticket alone, on the real server."""
        await TimeSkipper(self.city.client).fast_forward(self.handle, time_)


def feedback(actor: m.Actor = sample.HANDLER, proof: Sequence[m.ProofRef] = ()) -> m.Feedback:
    """Return the report that the matter is resolved."""
    return m.Feedback(actor=actor, outcome=Outcome.RESOLVED, reply=sample.TEXT, proof=tuple(proof))


def completion(actor: m.Actor = sample.HANDLER, key: str | None = None) -> m.Complete:
    """Return the plain signal that the matter is resolved."""
    return m.Complete(actor=actor, outcome=Outcome.RESOLVED, reply=sample.TEXT, key=key)


def answers(satisfied: Satisfaction = Satisfaction.SATISFIED, *, resolved: bool = True) -> m.Survey:
    """Return the requester's answers in the survey."""
    return m.Survey(
        actor=sample.SURVEYOR,
        result=TryResult.ANSWERED,
        contacted=True,
        resolved=resolved,
        satisfied=satisfied,
    )


def handler_of(code: str) -> m.Actor:
    """Return a handler of the unit `code`."""
    return sample.HANDLER.model_copy(update={"unit": code})


@asynccontextmanager
async def city_of(environment: WorkflowEnvironment, edition: Edition | None = None) -> AsyncGenerator[City]:
    """A city on `environment`, no worker yet; its tickets are ended afterwards."""
    city = City(environment, FakeDatabase(), edition or Edition())
    try:
        yield city
    finally:
        await city.clears_up()

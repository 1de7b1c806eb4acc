"""A ticket under way: its state, its facts, its one timer, and the writer beside it."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.facts.fact import AnyFact
    from domain.messages import Receipt
    from domain.rebuild.taking_in import log_and_notices, take_in
    from domain.show.standing import sentence
    from domain.show.views import Batch, RecordedFact, search_attributes, status_view
    from domain.supervise.supervising import due_facts, next_instant
    from domain.ticket.evolving import evolve
    from domain.ticket.notices import Notice, notices_of
    from domain.ticket.ticket import CarriedState, TicketInput
from workflows import calls
from workflows.measuring import timer_rang
from workflows.visibility import changes


def command_key() -> str:
    """Return the id of the update being handled: the command's idempotency key."""
    update = workflow.current_update_info()
    if update is None:
        message = "a command outside an update"
        raise RuntimeError(message)
    return update.id


def history_is_long() -> bool:
    """Return whether the engine suggests to go on in a new run; asked at every message and every timer."""
    return workflow.info().is_continue_as_new_suggested()


class Case:
    """The engine's side of a ticket. Every change of state goes through `apply`."""

    def __init__(self, beginning: TicketInput) -> None:
        """Begin with what the intake has recorded and shown, or go on with what was carried over."""
        self.intake = beginning.intake
        carried = beginning.carried
        taken_in = take_in(beginning.intake)
        self.ticket = carried.ticket if carried else taken_in.ticket
        self.facts: list[AnyFact] = list(carried.facts) if carried else taken_in.facts
        self.answers: dict[str, Receipt] = dict(carried.answers) if carried else {}
        self.recorded = carried.recorded if carried else taken_in.ticket.version
        self.rolling_over = False
        self._reviews = self._reviews_held()
        self._pending: list[tuple[RecordedFact, list[Notice]]] = []
        self._new_answers: dict[str, Receipt] = {}
        self._appointment: datetime | None = None
        self._last_written_at = workflow.now()
        self._shown = search_attributes(self.ticket)
        self._beside: list[asyncio.Task[None]] = []
        self._tell()

    @property
    def is_under_way(self) -> bool:
        """Return whether the process goes on in this run: not closed, and not about to continue as new."""
        return self.ticket.is_open and not self.rolling_over

    def apply(self, facts: Iterable[AnyFact]) -> None:
        """Let `facts` happen: the state follows, the writer and the screens learn of them."""
        for fact in facts:
            self.ticket = evolve(self.ticket, fact)
            self.facts.append(fact)
            self._pending.append(
                (RecordedFact(seq=self.ticket.version, fact=fact), notices_of(self.ticket, fact))
            )
        self._tell()

    async def answer(self, key: str) -> Receipt:
        """Return where the ticket stands as the answer to command `key`, once that is in the database."""
        receipt = self.answers.get(key)
        if receipt is None:
            receipt = self.ticket.receipt()
            self.answers[key] = self._new_answers[key] = receipt
        version = receipt.version
        await workflow.wait_condition(lambda: self.recorded >= version)
        return receipt

    def set_out(self) -> None:
        """Begin what goes on beside the steps: supervision, and the writer.

        No task group: one waits for its tasks on the way out, and a worker that shuts down drops the tickets
        it holds without that. They end with the run; an error of theirs is raised by the step that waits.
        """
        self._beside = [asyncio.create_task(self.supervise()), asyncio.create_task(self.record())]

    async def until(self, reached: Callable[[], bool], at: datetime | None = None) -> None:
        """Wait until `reached`, or until the instant `at`, which the ticket's one timer serves."""
        self._appointment = at
        await self._wait(lambda: reached() or self.rolling_over or (at is not None and workflow.now() >= at))
        self._appointment = None

    async def supervise(self) -> None:
        """Beside everything else: let the clocks warn, run out and climb, each when it is due.

        One timer serves all clocks. It is left running when an obligation is met, and restarted only for an
        earlier instant, so that acts in time cost no timer events.
        """
        while not self.rolling_over:
            self.apply_due()
            armed = self._wakes_at()
            try:
                await workflow.wait_condition(
                    lambda armed=armed: _is_earlier(self._wakes_at(), armed) or self._has_run_its_length(),
                    timeout=armed - workflow.now() if armed else None,
                    timeout_summary=sentence(self.ticket).zh,
                )
            except TimeoutError:
                timer_rang(armed or workflow.now())
            self.rolling_over = self._has_run_its_length()

    def apply_due(self) -> None:
        """Let happen what the clocks bring about up to now."""
        facts = list(due_facts(self.ticket, workflow.now()))
        if facts:
            self.apply(facts)

    async def record(self) -> None:
        """Beside everything else: write what happened, in order, all that has gathered in one write."""
        while True:
            await workflow.wait_condition(lambda: bool(self._pending or self._new_answers))
            pending, self._pending = self._pending, []
            answers, self._new_answers = self._new_answers, {}
            batch = Batch(
                number=self.ticket.number,
                written_at=self._written_at(),
                facts=tuple(fact for fact, _ in pending),
                notices=tuple(notice for _, notices in pending for notice in notices),
                view=status_view(self.ticket),
                answers=answers,
            )
            self._show()
            await calls.record(batch)
            self.recorded = batch.view.version

    async def settle(self) -> None:
        """Wait until every fact is in the database and every caller has its answer."""
        await self._wait(lambda: self.recorded >= self.ticket.version and workflow.all_handlers_finished())

    def everything(self) -> Batch:
        """Return all facts, notices and answers from fact 1 on, as one batch."""
        log, notices = log_and_notices(self.intake, self.facts)
        return Batch(
            number=self.ticket.number,
            written_at=self._last_written_at,
            facts=log,
            notices=notices,
            view=status_view(self.ticket),
            answers=self.answers,
        )

    def next_run(self) -> TicketInput:
        """Return the start argument of the run that goes on where this one ends."""
        carried = CarriedState(
            ticket=self.ticket, facts=tuple(self.facts), recorded=self.recorded, answers=self.answers
        )
        return TicketInput(intake=self.intake, carried=carried)

    def _has_run_its_length(self) -> bool:
        """Return whether to go on in a new run: the engine suggests it, or a matter on hold was reviewed.

        A ticket hangs for years; from review to review its history stays as short as a month's.
        """
        return history_is_long() or self._reviews_held() > self._reviews

    def _reviews_held(self) -> int:
        return self.ticket.hanging.reviews if self.ticket.hanging else 0

    async def _wait(self, reached: Callable[[], bool]) -> None:
        await workflow.wait_condition(lambda: reached() or bool(self._failed()))
        for task in self._failed():  # a plain error fails the task, which is tried again; never the ticket
            raise RuntimeError("what goes on beside the steps has ended") from task.exception()

    def _failed(self) -> list[asyncio.Task[None]]:
        """Return the tasks beside the steps that ended by an error: a bug, which must fail loudly."""
        return [task for task in self._beside if task.done() and not task.cancelled() and task.exception()]

    def _wakes_at(self) -> datetime | None:
        """Return the next instant at which something happens by itself; clocks and the step's own wait.

        That of a clock may have passed when its limit was recalculated: then it rings at once. A step sees
        by itself that its appointment has come.
        """
        step = self._appointment
        waits = [step] if step is not None and step > workflow.now() else []
        clock = next_instant(self.ticket)
        return min(waits if clock is None else [clock, *waits], default=None)

    def _tell(self) -> None:
        """Say in the Temporal UI where the ticket stands and what comes next; this costs no event."""
        said = sentence(self.ticket)
        workflow.set_current_details(f"**{said.zh}**\n\n{said.en}")

    def _written_at(self) -> datetime:
        """Return the engine's time for the next batch; it never goes back, whatever a server's clock does."""
        self._last_written_at = max(self._last_written_at, workflow.now())
        return self._last_written_at

    def _show(self) -> None:
        """Bring the search attributes up to date, all changes in one event."""
        attributes = search_attributes(self.ticket)
        updates = changes(self._shown, attributes)
        if updates:
            workflow.upsert_search_attributes(updates)  # pyright: ignore[reportUnknownMemberType] - the SDK leaves its type argument open
            self._shown = attributes


def _is_earlier(new: datetime | None, armed: datetime | None) -> bool:
    return new is not None and (armed is None or new < armed)

"""The workflow `Incident`: one cause that many callers report, from its opening to its closing.

The id is `incident/<number>`. It gets no signal of a join: the engine takes 10,000 signals, 2,000 updates a
run, and an outage has more callers than that. It reads its members from the database, page by page, when it
has a result for them.
"""

from collections.abc import Callable
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from domain.facts.incident import Result
    from domain.incident import incident as rules
    from domain.incident.incident import (
        CarriedIncident,
        CloseIncident,
        GiveResult,
        IncidentAccount,
        IncidentReceipt,
        NotifiedPage,
        NotifyPage,
    )
    from domain.incident.incident import Incident as IncidentState
    from phrases import Phrase
from workflows import calls
from workflows.case import command_key, history_is_long
from workflows.errors import faults, refusals
from workflows.replayed import once

PAUSES = tuple(timedelta(seconds=seconds) for seconds in (1, 2, 5, 10, 30, 60, 60, 120, 300))
"""Between the looks at who has not taken the result yet; after the last, the sweep notifies the rest."""


@workflow.defn(name="Incident")
class Incident:
    """One cause, one lead unit: 登记 → 结果 → 送达每一件 → 结束."""

    @workflow.init
    def __init__(self, beginning: CarriedIncident) -> None:
        """Begin as opened, or go on with what was carried over."""
        carried = beginning.carried
        self.incident = carried.incident if carried else IncidentState(opening=beginning.opening)
        self.answers: dict[str, IncidentReceipt] = dict(carried.answers) if carried else {}
        self._kept = len(self.incident.results)
        self._tell()

    @workflow.run
    async def run(self, _beginning: CarriedIncident) -> IncidentReceipt:
        """Bring each result to every member until the incident is closed; return where it ended."""
        while self.incident.is_open and not history_is_long():
            await workflow.wait_condition(
                lambda: self._has_news or not self.incident.is_open or history_is_long()
            )
            if self._has_news and await self._spread(self.incident.results[-1]):
                await self._keep()
        await workflow.wait_condition(workflow.all_handlers_finished)
        if self.incident.is_open:
            workflow.continue_as_new(CarriedIncident(opening=self.incident.opening, carried=self._account()))
        return self.incident.receipt()

    @workflow.update(description=Phrase("the result for all who joined").both())
    async def result(self, command: GiveResult) -> IncidentReceipt:
        """Take the lead unit's result; it is on its way when this answers."""
        return await self._obey(lambda: rules.give_result(self.incident, command, workflow.now()))

    @result.validator
    def _may_give_result(self, command: GiveResult) -> None:
        self._check(lambda: rules.check_result(self.incident, command))

    @workflow.update(description=Phrase("no ticket can join any more").both())
    async def close(self, command: CloseIncident) -> IncidentReceipt:
        """Close, unless a member waits for a result."""
        waiting = await calls.waiting_members(self.incident.number)
        return await self._obey(lambda: rules.close_incident(self.incident, command, waiting, workflow.now()))

    @close.validator
    def _may_close(self, command: CloseIncident) -> None:
        self._check(lambda: rules.check_close(self.incident, command))

    @workflow.query(description=Phrase("where the incident stands").both())
    def status(self) -> IncidentState:
        """Return where the incident stands."""
        return self.incident

    @property
    def _has_news(self) -> bool:
        """Return whether the database has a result that not every member was sent."""
        return self._kept > self.incident.spread

    async def _spread(self, result: Result) -> bool:
        """Send `result` to every member and wait until they have taken it; return whether that is over.

        Not over: the history has become long, and the next run begins with those not reached yet.
        """
        for pause in PAUSES:
            after: str | None = None
            while True:
                page = await self._page(result, after)
                if page.last is None:
                    break
                if history_is_long():
                    return False
                after = page.last
            await workflow.sleep(pause, summary=Phrase("until the tickets have taken it").both())
            if not await calls.waiting_members(self.incident.number, result.number):
                break
        self.incident = rules.all_notified(self.incident, result.number)
        return True

    async def _page(self, result: Result, after: str | None) -> NotifiedPage:
        return await workflow.execute_activity(
            "tell_members",
            NotifyPage(incident=self.incident.number, result=result, after=after),
            result_type=NotifiedPage,
            start_to_close_timeout=timedelta(minutes=10),
            heartbeat_timeout=timedelta(seconds=30),
            retry_policy=RetryPolicy(maximum_interval=timedelta(seconds=30)),
            summary=Phrase(
                "{number} after {after}", number=result.number, after=after or "the beginning"
            ).both(),
        )

    async def _obey(self, act: Callable[[], IncidentState]) -> IncidentReceipt:
        """Let a command happen once; it is answered when it is in the database."""
        key = command_key()
        if key not in self.answers:
            with refusals():
                self.incident = once(key, lambda _is_replay: act())
            self.answers[key] = self.incident.receipt()
        receipt = self.answers[key]
        await self._keep()
        return receipt

    async def _keep(self) -> None:
        """Write everything; a ticket that joins from then on sees it."""
        self._tell()
        account = self._account()
        await calls.record_incident(account)
        self._kept = max(self._kept, len(account.incident.results))

    def _account(self) -> IncidentAccount:
        return IncidentAccount(incident=self.incident, answers=dict(self.answers))

    def _check(self, check: Callable[[], object]) -> None:
        if command_key() not in self.answers:
            with refusals(), faults():
                check()

    def _tell(self) -> None:
        lead = self.incident.opening.lead.unit
        results = len(self.incident.results)
        stands = Phrase("with {lead}, {results} results so far", lead=lead, results=results)
        if not self.incident.is_open:
            stands = Phrase.within("incident", "closed")
        workflow.set_current_details(f"**{stands.zh}**\n\n{stands.en}")

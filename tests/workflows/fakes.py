"""Fakes of the activities a ticket calls, which record their calls: given by constructor, no mocks."""

import asyncio
from collections import Counter

from temporalio import activity
from temporalio.client import Client

from domain.command.given import BranchQuery, Given
from domain.errors import Unavailable, UnknownCode
from domain.facts.fact import AnyFact
from domain.facts.incident import IncidentBrief, Membership
from domain.incident.incident import IncidentAccount, NotifiedPage, NotifyPage, ResultOfIncident, WaitingQuery
from domain.messages import AssignmentQuery, Intake, ResolutionQuery
from domain.rebuild.taking_in import first_account
from domain.show.views import Batch
from domain.terms import Assignment, Resolution, Terms
from domain.ticket.notices import Notice
from phrases import Said
from tests import sample
from workflows.errors import as_application_error

NO_CATEGORY = "no.such"
"""A category the fake edition does not have."""


class FakeDatabase:
    """Stands for the database: keeps every batch it is given, unless it is away."""

    def __init__(self) -> None:
        """Begin empty and present."""
        self.batches: list[Batch] = []
        self.is_away = False
        self.attempts = 0
        self.crash_after_write = 0
        self.breaks_down_for = 0
        self.next_takes = 0.0

    @activity.defn(name="record")
    async def record(self, batch: Batch) -> None:
        """Keep `batch`. Raises `Unavailable` while away, and after a write as often as asked for."""
        self.attempts += 1
        if self.is_away or self.attempts <= self.breaks_down_for:
            raise Unavailable(Said("数据库暂时不可用。", "The database is away."))
        self.batches.append(batch)
        takes, self.next_takes = self.next_takes, 0.0
        await asyncio.sleep(takes)
        if self.crash_after_write:
            self.crash_after_write -= 1
            raise Unavailable(Said("连接在提交后中断。", "The connection broke after the commit."))

    def begin(self, intake: Intake) -> None:
        """Keep what the intake writes before the workflow starts."""
        self.batches.append(first_account(intake))

    def of(self, number: str) -> list[Batch]:
        """Return what was recorded of one ticket, in order."""
        return [batch for batch in self.batches if batch.number == number]

    def facts(self, number: str) -> dict[int, AnyFact]:
        """Return the facts of a ticket by sequence number; of two accounts of one, the later holds.

        A task that the engine did not accept is done again, perhaps with another message first; what its
        first go wrote is then overwritten, number by number.
        """
        in_order = sorted(self.of(number), key=lambda batch: batch.written_at)
        return {recorded.seq: recorded.fact for batch in in_order for recorded in batch.facts}

    def notices(self, number: str) -> dict[str, Notice]:
        """Return the notices of a ticket by key, which is unique: a duplicate replaces the first."""
        in_order = sorted(self.of(number), key=lambda batch: batch.written_at)
        return {notice.key: notice for batch in in_order for notice in batch.notices}

    def written_twice(self, number: str) -> list[int]:
        """Return the sequence numbers that came more than once."""
        times = Counter(recorded.seq for batch in self.of(number) for recorded in batch.facts)
        return sorted(seq for seq, count in times.items() if count > 1)


class Members:
    """Stands for the incidents' tables: who joined is read off the books, as the database has it."""

    def __init__(self, client: Client, database: FakeDatabase, edition: "Edition") -> None:
        """Signal through `client`; joins see what is recorded here through `edition`."""
        self._client = client
        self._database = database
        self._edition = edition
        self.accounts: list[IncidentAccount] = []
        self.sent = 0
        self.dies_after: int | None = None
        self.page = 10

    def of(self, incident: str) -> dict[str, Membership]:
        """Return the open tickets that belong to `incident`."""
        shown = {batch.number: batch.view for batch in self._database.batches}
        return {
            number: view.incident
            for number, view in sorted(shown.items())
            if view.incident is not None and view.incident.number == incident and view.closed_at is None
        }

    @activity.defn(name="record_incident")
    async def record(self, account: IncidentAccount) -> None:
        """Keep `account`; who joins from now on is given its newest result."""
        self.accounts.append(account)
        incident = account.incident
        self._edition.incidents[incident.number] = IncidentBrief(
            number=incident.number,
            lead=incident.opening.lead,
            result=incident.results[-1] if incident.results else None,
            closed=not incident.is_open,
        )

    @activity.defn(name="waiting_members")
    async def waiting(self, query: WaitingQuery) -> int:
        """Return how many open members have not taken the result."""
        return sum(member.told < query.result for member in self.of(query.incident).values())

    @activity.defn(name="tell_members")
    async def notify(self, page: NotifyPage) -> NotifiedPage:
        """Signal the next members; die once in the middle if the test wants that."""
        numbers = [
            number
            for number, member in self.of(page.incident).items()
            if member.told < page.result.number and number > (page.after or "")
        ][: self.page]
        message = ResultOfIncident(incident=page.incident, result=page.result)
        for number in numbers:
            if self.dies_after is not None and self.sent >= self.dies_after:
                self.dies_after = None
                raise RuntimeError("the worker died")
            self.sent += 1
            await self._client.get_workflow_handle(f"ticket/{number}").signal("incident_result", message)
        return NotifiedPage(
            told=len(numbers), closed=0, last=numbers[-1] if len(numbers) == self.page else None
        )


class Edition:
    """Stands for the rules: answers every question with the small city of `tests.sample`."""

    def __init__(self, terms: Terms | None = None) -> None:
        """Answer with `terms` where a matter is asked about; null: those of the tier that was asked for."""
        self.terms = terms
        self.is_certain = True
        self.incidents: dict[str, IncidentBrief] = {}
        self.asked: list[ResolutionQuery | AssignmentQuery] = []

    @activity.defn(name="resolve")
    async def resolve(self, query: ResolutionQuery) -> Resolution:
        """Return terms in the tier asked for, under the category asked for, and the town's routing."""
        self.asked.append(query)
        if query.category == NO_CATEGORY:
            raise as_application_error(UnknownCode(Said("没有此分类。", "There is no such category.")))
        terms = self.terms or (sample.terms(query.tier) if query.tier else sample.terms())
        category = terms.category.model_copy(update={"code": query.category})
        return Resolution(
            terms=terms.model_copy(update={"category": category}),
            routing=sample.routing(certain=self.is_certain),
            resolved_at=query.at,
        )

    @activity.defn(name="look_up")
    async def look_up(self, query: BranchQuery) -> Given:
        """Return the sample's branch terms, and its units."""
        for unit in query.units:
            if unit not in sample.UNITS:
                raise as_application_error(UnknownCode(Said("没有此单位。", "There is no such unit.")))
        return sample.given(*(sample.UNITS[unit] for unit in query.units))

    @activity.defn(name="incident_brief")
    async def brief(self, number: str) -> IncidentBrief:
        """Return one of the incidents the test has put here."""
        if number not in self.incidents:
            raise as_application_error(UnknownCode(Said("没有此事件。", "There is no such incident.")))
        return self.incidents[number]

    @activity.defn(name="assign")
    async def assign(self, query: AssignmentQuery) -> Assignment:
        """Return one of the sample's units."""
        self.asked.append(query)
        if query.unit not in sample.UNITS:
            raise as_application_error(UnknownCode(Said("没有此单位。", "There is no such unit.")))
        return sample.assignment(sample.UNITS[query.unit])

"""The projection re-created while everything runs (重建): from the event log, then from the workflows.

A ticket's log is whole when the ticket is over or its workflow says the same. A workflow that knows less than
the log – the engine was restored from an older copy – overwrites nothing. What the workflow knows beyond
it is written first, as reconciliation does; then the page is compared with what follows from its facts, and
what differs is written, unless the ticket has moved on meanwhile: then it is looked at again.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from temporalio.client import Client, WorkflowExecutionStatus, WorkflowQueryFailedError
from temporalio.service import RPCError

from domain.incident.incident import Incident
from domain.messages import Intake
from domain.rebuild.rebuilding import Account, NoAnswer, Unfoldable, account_of, read_log, text_ids
from domain.rebuild.taking_in import BEFORE_ALL_OTHERS
from domain.show.views import Batch
from engine.starting import workflow_id
from phrases import Phrase
from readmodel import Database, incidents, rebuilding, recording
from readmodel.rebuilding import Difference, Document, Kept
from readmodel.vault import Vault

PAGE = 200
"""How many tickets are read, compared and written at once; all that is held in memory."""
_ASKED_AT_ONCE = 16
_LOOKS = 4
_PAUSE_SECONDS = 1.0
_APART = timedelta(minutes=5)
"""How far the clocks of machines may be apart."""
_PATIENCE = timedelta(seconds=10)
_BEHIND = ("behind",)
_NO_KEY = Phrase("the master key is needed to take it in").both(" / ")

Everything = Callable[[str], Awaitable[Batch | None]]
"""What the workflow of a ticket knows of it; null: it has none. Raises `NoAnswer`."""
Filing = Callable[[str], Awaitable[Intake]]
"""The filing of a ticket, from the first event of its history. Raises `NoAnswer`."""


class Run(NamedTuple):
    """The newest run of a ticket's workflow."""

    started_at: datetime
    is_running: bool


@dataclass(frozen=True)
class Forgotten:
    """The rows of a ticket of which its workflow knows less than the log: they follow from the log."""

    document: Document


Answer = Document | Batch | Forgotten | str
"""The rows of a ticket, or what its workflow knows beyond its log, or why neither can be had."""


@dataclass
class PageResult:
    """What came out of one page.

    `left`: tickets that could not be rebuilt, each with the reason. `found`: tickets of which the database
    knew nothing. `forgotten`: tickets whose log goes on beyond their workflow, because the engine's database
    is an older one; their log holds. `wordless`: tickets whose words, or some of them, the vault has lost.
    """

    tickets: int = 0
    differences: list[Difference] = field(default_factory=list[Difference])
    left: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    found: list[str] = field(default_factory=list[str])
    forgotten: list[str] = field(default_factory=list[str])
    wordless: list[str] = field(default_factory=list[str])


class Rebuilding:
    """Rebuilds the rows of every ticket in the `database`; without `mends` it only reports what differs."""

    def __init__(
        self,
        database: Database,
        client: Client,
        everything: Everything,
        filing: Filing,
        vault: Vault | None,
        now: Callable[[], datetime],
    ) -> None:
        """Ask workflows through `everything` and `filing`; new data keys are wrapped by `vault`."""
        self._now = now
        self._database = database
        self._client = client
        self._everything = everything
        self._filing = filing
        self._vault = vault
        self._asking = asyncio.Semaphore(_ASKED_AT_ONCE)

    async def pages(self, *, mends: bool) -> AsyncGenerator[PageResult]:
        """Yield what came out of each page, by number, tickets the database does not know included."""
        after = ""
        while True:
            kept = await rebuilding.page(self._database, after, PAGE)
            last = kept[-1].number if len(kept) == PAGE else None
            runs = await self._runs(after, last)
            page = PageResult(tickets=len(kept))
            await self._unknown(page, runs.keys() - {one.number for one in kept}, mends=mends)
            await self._compare(page, kept, runs, mends=mends)
            yield page
            if last is None:
                return
            after = last

    async def incidents(self, *, mends: bool) -> PageResult:
        """Return the incidents that are missing, or that the database knows less of than their workflows.

        One that cannot be asked is left, with the reason; so is a missing one without the key to seal by.
        """
        page = PageResult()
        async for execution in self._client.list_workflows('WorkflowType = "Incident"', page_size=1000):
            if execution.status == WorkflowExecutionStatus.CONTINUED_AS_NEW:
                continue
            number = execution.id.removeprefix("incident/")
            try:
                state, known = await self._incident(number)
            except (RPCError, WorkflowQueryFailedError) as error:
                page.left.append(
                    (number, Phrase("its workflow is silent", error=type(error).__name__).both(" / "))
                )
                continue
            if state is None or known == state:
                continue
            page.differences.append(Difference(number, "incident", _BEHIND if known else ("missing",)))
            if mends and known is None and self._vault is None:
                page.left.append((number, _NO_KEY))
            elif mends:
                await rebuilding.keep_incident(self._database, None if known else self._vault, state)
        return page

    async def _incident(self, number: str) -> tuple[Incident | None, Incident | None]:
        """Return what an incident's workflow knows, and what the database; seen twice if they differ.

        Null for the workflow of one that is closed in the database: nothing happens to it any more.
        """
        state = known = None
        handle = self._client.get_workflow_handle(f"incident/{number}")
        for look in range(2):
            kept = await incidents.stored(self._database, number)
            known = kept.incident if kept else None
            if known is not None and not known.is_open:
                return None, known
            state = await handle.query("status", result_type=Incident, rpc_timeout=_PATIENCE)
            if known == state:
                break
            if not look:
                await asyncio.sleep(_PAUSE_SECONDS)
        return state, known

    async def _runs(self, after: str, last: str | None) -> dict[str, Run]:
        """Return the newest runs of the workflows with numbers above `after` up to `last` (null: all)."""
        query = f'WorkflowType = "Ticket" AND WorkflowId > "{workflow_id(after)}"'
        if last is not None:
            query += f' AND WorkflowId <= "{workflow_id(last)}"'
        runs: dict[str, Run] = {}
        async for execution in self._client.list_workflows(query, page_size=1000):
            number = execution.id.removeprefix("ticket/")
            run = Run(execution.start_time, execution.status is WorkflowExecutionStatus.RUNNING)
            runs[number] = max(run, runs.get(number, run))
        return runs

    async def _unknown(self, page: PageResult, numbers: Iterable[str], *, mends: bool) -> None:
        """Take in tickets that only the engine knows; who was filed in this moment is none of them."""
        unknown = set(numbers)
        unknown -= {one.number for one in await rebuilding.these(self._database, sorted(unknown))}
        for number in sorted(unknown):
            try:
                intake = await self._filing(number)
                batch = await self._everything(number)
            except NoAnswer as silent:
                page.left.append((number, str(silent)))
                continue
            page.found.append(number)
            page.differences.append(Difference(number, "request", ("missing",)))
            if not mends or batch is None:
                continue
            if self._vault is None:
                page.left.append((number, _NO_KEY))
                continue
            await rebuilding.keep_found(self._database, self._vault, intake)
            await recording.record(self._database, batch)
        taken = await rebuilding.these(self._database, page.found)
        await self._note_words(page, taken)

    async def _compare(
        self, page: PageResult, kept: list[Kept], runs: dict[str, Run], *, mends: bool
    ) -> None:
        """Compare `kept` with what follows, and mend it; what moves on meanwhile is looked at again."""
        await self._note_words(page, kept)
        for look in range(_LOOKS):
            if not kept:
                return
            if look:
                await asyncio.sleep(_PAUSE_SECONDS)
                kept = await rebuilding.these(self._database, [one.number for one in kept])
            last_look = look == _LOOKS - 1
            again = await self._look(page, kept, runs, mends=mends)
            if last_look:
                page.left += [(number, Phrase("it goes on changing").both(" / ")) for number in sorted(again)]
            kept = [one for one in kept if one.number in again]

    async def _look(
        self, page: PageResult, kept: list[Kept], runs: dict[str, Run], *, mends: bool
    ) -> set[str]:
        """Do one look at `kept`; return the numbers of those to be looked at again."""
        documents: list[Document] = []
        behind: list[tuple[Kept, Batch]] = []
        for one, answer in zip(kept, await self._ask_all(kept, runs), strict=True):
            if isinstance(answer, Forgotten):
                if one.number not in page.forgotten:
                    page.forgotten.append(one.number)
                answer = answer.document  # noqa: PLW2901 - the log holds
            match answer:
                case str():
                    page.left.append((one.number, answer))
                case Batch():
                    behind.append((one, answer))
                case _:
                    documents.append(answer)
        differing = await rebuilding.compare(self._database, documents)
        wrong = {one.number for one in differing}
        if mends:
            spoilt = [document for document in documents if document["number"] in wrong]
            settled = set(await rebuilding.write(self._database, spoilt))
            for one, batch in behind:
                if await recording.record(self._database, batch, one.seen):
                    page.differences.append(_from_workflow(one, batch))
            again = (wrong - settled) | {one.number for one, _ in behind}
        else:
            settled = await self._unmoved([one for one in kept if one.number in wrong], pause=False)
            stale = await self._unmoved([one for one, _ in behind], pause=True)
            page.differences += [_from_workflow(one, batch) for one, batch in behind if one.number in stale]
            again = (wrong - settled) | ({one.number for one, _ in behind} - stale)
        page.differences += [one for one in differing if one.number in settled]
        return again

    async def _unmoved(self, kept: Sequence[Kept], *, pause: bool) -> set[str]:
        """Return which of `kept` are still as they were seen; with a `pause` in which a write arrives."""
        if kept and pause:
            await asyncio.sleep(_PAUSE_SECONDS)
        now = {
            one.number: one for one in await rebuilding.these(self._database, [one.number for one in kept])
        }
        return {one.number for one in kept if one.number in now and now[one.number].seen == one.seen}

    async def _ask_all(self, kept: Sequence[Kept], runs: dict[str, Run]) -> list[Answer]:
        return list(await asyncio.gather(*(self._ask(one, runs.get(one.number)) for one in kept)))

    async def _ask(self, kept: Kept, run: Run | None) -> Answer:
        """Return what the rows of a ticket should be, or what its workflow knows beyond the log.

        A sentence where neither can be had: then nothing of it is touched.
        """
        answer = await self._asked(kept, run)
        if not isinstance(answer, Batch) or answer.view.version >= _length(kept):
            return answer
        await asyncio.sleep(_PAUSE_SECONDS)  # a fact is written a moment before its workflow task is done
        (now,) = await rebuilding.these(self._database, [kept.number])
        if _length(now) != _length(kept):
            return answer  # it goes on: the row is not as it was seen, and nothing is written
        answer = await self._asked(kept, run)
        if not isinstance(answer, Batch) or answer.view.version >= _length(kept):
            return answer
        account, trouble = _folded(kept)
        return trouble if account is None else Forgotten(self._document(kept, account, None))

    async def _asked(self, kept: Kept, run: Run | None) -> Document | Batch | str:
        await asyncio.sleep(0)
        account, trouble = _folded(kept)
        if account is not None and _is_whole(account, run):
            return self._document(kept, account, None)
        try:
            async with self._asking:
                batch = await self._everything(kept.number)
        except NoAnswer as silent:
            return f"{silent}"
        if batch is None:
            if account is None or (kept.seen is not None and kept.seen.version > account.ticket.version):
                early = Phrase("the log ends early, and no workflow remains to supply the rest")
                return trouble or early.both(" / ")
            return self._document(kept, account, None)
        facts = [one.model_dump(mode="json") for one in batch.facts]
        if account is None or facts != [one.model_dump(mode="json") for one in account.batch.facts]:
            return batch
        return self._document(kept, account, batch.written_at)

    def _document(self, kept: Kept, account: Account, until: datetime | None) -> Document:
        """Return the rows that follow from `account`, last written `until` where the workflow has said so.

        When a ticket was last written is no fact: what stands there is kept as long as it can be true. It may
        be later than what the workflow remembers, where the engine lost a task; in the future it would keep
        every later write out.
        """
        at, earliest = None if kept.seen is None else kept.seen.written_at, account.written_from
        if at is None or at < earliest or (until is not None and at > max(until, self._now() + _APART)):
            is_as_filed = at is None and earliest == BEFORE_ALL_OTHERS
            at = earliest if until is None or is_as_filed else max(until, earliest)
        return rebuilding.document(account, kept.seen, at)

    async def _note_words(self, page: PageResult, kept: Sequence[Kept]) -> None:
        """Note whose words the vault has lost, by the ids their filing and facts name."""
        named = {one.number: text_ids([one.intake.model_dump(mode="json"), one.log]) for one in kept}
        lost = await rebuilding.lost_texts(self._database, set[str]().union(*named.values()))
        page.wordless += [number for number, ids in named.items() if ids & lost]


def _length(kept: Kept) -> int:
    """Return the number of the last fact in the log."""
    return max((int(one["seq"]) for one in kept.log), default=0)


def _from_workflow(kept: Kept, batch: Batch) -> Difference:
    """Return how the log of a ticket stands to what its workflow knows."""
    what = _BEHIND if len(kept.log) < len(batch.facts) else ("fact",)
    return Difference(kept.number, "ticket_event", what)


def _folded(kept: Kept) -> tuple[Account | None, str]:
    try:
        return account_of(kept.intake, read_log(kept.intake, kept.log)), ""
    except Unfoldable as broken:
        return None, str(broken)


def _is_whole(account: Account, run: Run | None) -> bool:
    """Return whether the log can lack nothing: the ticket is over, and was not opened again."""
    closed_at = account.ticket.closed_at
    if closed_at is None:
        return False
    return run is None or not (run.is_running or run.started_at > closed_at)

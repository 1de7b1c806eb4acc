"""An outage with thousands of callers in a day: filed, merged, resolved once; every caller hears it once.

The figure is a real one: a heating company's line took 8,814 calls on one day of the heating season's start.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any, TypeVar
from uuid import uuid4

import httpx
from rich.progress import Progress
from temporalio.client import Client

from api.hotline import Hotline, open_hotline
from bench.installation import installation
from bench.report import progress_bars
from domain.ticket.draft import REQUESTER
from engine.starting import incident_workflow_id, workflow_id
from readmodel import notices, tickets
from telemetry.logs import configure_logs

DESK = {"unit": "BJ-DESK", "role": "dispatcher", "person": "D1"}
HEATING = "E-HEAT"
MATTER = "室温不达标"
PLACE = {"district": "昌平区", "town": "回龙观街道"}
BATCH = 200
MOST_EVENTS, MOST_BYTES, MOST_SIGNALS, MOST_UPDATES = 51_200, 50 * 2**20, 10_000, 2_000
"""What the engine allows one run of a workflow."""
PATIENCE_SECONDS = 3600
_MOST_REPEATS = 100
_PAUSE_SECONDS = 1.0

Item = TypeVar("Item")


@dataclass(frozen=True)
class Size:
    """How long a history is."""

    events: int
    bytes: int


@dataclass(frozen=True)
class Report:
    """What an outage of so many callers took; seconds by part, and what was found afterwards."""

    callers: int
    filing_seconds: float
    joining_seconds: float
    notifying_seconds: float
    one_notice: int
    one_feedback: int
    largest_ticket: Size
    incident: Size
    incident_signals: int
    incident_updates: int
    sent_again: int = 0

    @property
    def is_sound(self) -> bool:
        """Return whether each caller was notified once, and every history is within the engine's limits."""
        sizes = (self.largest_ticket, self.incident)
        return (
            self.one_notice == self.one_feedback == self.callers
            and all(size.events < MOST_EVENTS and size.bytes < MOST_BYTES for size in sizes)
            and self.incident_signals < MOST_SIGNALS
            and self.incident_updates < MOST_UPDATES
        )


async def run(callers: int, at_once: int) -> bool:
    """Let `callers` file and join one incident, resolve it, print the report; return whether it is sound.

    The last line printed is for machines.
    """
    configure_logs("warning", "console")
    with installation("beijing") as parts, progress_bars() as progress:
        hotline = await open_hotline(parts.settings)
        address = f"http://{parts.settings.host}:{parts.settings.port}"
        try:
            async with httpx.AsyncClient(base_url=address, timeout=600) as http:
                report = await _Outage(http, hotline, progress, callers, at_once).happens()
        finally:
            await hotline.close()
    _show(report)
    return report.is_sound


class _Outage:
    """One outage from the first call to the last caller notified."""

    def __init__(
        self, http: httpx.AsyncClient, hotline: Hotline, progress: Progress, callers: int, at_once: int
    ) -> None:
        self._http = http
        self._hotline = hotline
        self._progress = progress
        self._callers = callers
        self._at_once = at_once
        self._sent_again = 0

    async def happens(self) -> Report:
        began = time.monotonic()
        numbers = await self._each("登记 filing", range(self._callers), self._file, self._at_once)
        filed = time.monotonic()
        incident = (await self._post("/api/v1/incidents", _opening()))["number"]
        batches = [numbers[first : first + BATCH] for first in range(0, len(numbers), BATCH)]
        joined = await self._each("并单 joining", batches, lambda batch: self._join(incident, batch), 2)
        if sum(joined) != self._callers:
            raise RuntimeError(f"only {sum(joined)} of {self._callers} joined")
        merged = time.monotonic()
        await self._resolve(incident)
        resolved = time.monotonic()
        counted = await self._each("核对 checking", numbers, self._heard, self._at_once)
        client = self._hotline.client
        sizes = await self._each("历史 histories", numbers, lambda one: _size(client, workflow_id(one)), 40)
        signals, updates = await _messages(client, incident_workflow_id(incident))
        return Report(
            callers=self._callers,
            filing_seconds=round(filed - began, 1),
            joining_seconds=round(merged - filed, 1),
            notifying_seconds=round(resolved - merged, 1),
            one_notice=sum(notice == 1 for notice, _ in counted),
            one_feedback=sum(feedback == 1 for _, feedback in counted),
            largest_ticket=max(sizes, key=lambda size: size.bytes),
            incident=await _size(client, incident_workflow_id(incident)),
            incident_signals=signals,
            incident_updates=updates,
            sent_again=self._sent_again,
        )

    async def _file(self, caller: int) -> str:
        body = {
            "type": "complaint",
            "channel": "phone",
            "category": MATTER,
            "description": f"家里暖气不热,室温只有十四度,{caller % 40 + 1}号楼都是这样,什么时候能修好?",
            "requester": {"name": "王女士", "phone": f"139{caller:08d}"},
            "location": {**PLACE, "address": f"龙禧苑{caller % 40 + 1}号楼"},
        }
        return (await self._post("/api/v1/requests", body))["number"]

    async def _join(self, incident: str, batch: Sequence[str]) -> int:
        body = {"actor": DESK, "tickets": list(batch), "reason": "同一供热站停热"}
        return (await self._post(f"/api/v1/incidents/{incident}/join", body))["joined"]

    async def _resolve(self, incident: str) -> None:
        """Give the result and wait until every member has taken it. Raises TimeoutError."""
        handler = {"unit": HEATING, "role": "handler", "person": "H1"}
        body = {
            "actor": handler,
            "outcome": "resolved",
            "reply": "供热站主管道已修复,今晨六时起恢复供热。",
            "proof": [{"kind": "photo", "note": "供热站出水压力表,六时零五分"}],
        }
        await self._post(f"/api/v1/incidents/{incident}/result", body)
        step = self._progress.add_task("送达 notifying", total=self._callers)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                answer = await self._http.get(f"/api/v1/incidents/{incident}")
                reached = answer.raise_for_status().json()["told"]
                self._progress.update(step, completed=reached)
                if reached == self._callers:
                    return
                await asyncio.sleep(0.5)

    async def _heard(self, number: str) -> tuple[int, int]:
        """Return how many result notices the caller has, and how many feedback facts the ticket."""
        sent = await notices.about(self._hotline.database, number)
        events = await tickets.events(self._hotline.database, number)
        feedback = [event for event in events if event.kind == "feedback_given"]
        return sum(one.kind == "feedback" and one.to == REQUESTER for one in sent), len(feedback)

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return the answer; what is away for the moment is asked again with the same key."""
        headers = {"Idempotency-Key": uuid4().hex}
        answer = await self._http.post(path, json=body, headers=headers)
        while answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE and self._sent_again < _MOST_REPEATS:
            self._sent_again += 1
            await asyncio.sleep(_PAUSE_SECONDS)
            answer = await self._http.post(path, json=body, headers=headers)
        if answer.is_error:
            raise RuntimeError(f"{path}: {answer.text}")
        return answer.json()

    async def _each(
        self, title: str, items: Sequence[Item], work: Callable[[Item], Awaitable[Any]], at_once: int
    ) -> list[Any]:
        """Return what `work` gives for each of `items`, in their order, `at_once` at a time."""
        step = self._progress.add_task(title, total=len(items))
        found: dict[int, Any] = {}
        left = iter(enumerate(items))

        async def keep_working() -> None:
            for place, item in left:
                found[place] = await work(item)
                self._progress.advance(step)

        async with asyncio.TaskGroup() as group:
            for _ in range(min(at_once, len(items))):
                group.create_task(keep_working())
        return [found[place] for place in range(len(items))]


def _opening() -> dict[str, Any]:
    return {
        "actor": DESK,
        "category": MATTER,
        "location": PLACE,
        "unit": HEATING,
        "about": "回龙观供热站主管道破裂,抢修中。",
    }


async def _size(client: Client, workflow: str) -> Size:
    described = await client.get_workflow_handle(workflow).describe()
    info = described.raw_description.workflow_execution_info
    return Size(events=info.history_length, bytes=info.history_size_bytes)


async def _messages(client: Client, workflow: str) -> tuple[int, int]:
    """Return how many signals and updates a workflow has taken in this run."""
    history = await client.get_workflow_handle(workflow).fetch_history()
    signals = sum(event.HasField("workflow_execution_signaled_event_attributes") for event in history.events)
    updates = sum(
        event.HasField("workflow_execution_update_accepted_event_attributes") for event in history.events
    )
    return signals, updates


def _show(report: Report) -> None:
    total = report.filing_seconds + report.joining_seconds + report.notifying_seconds
    ticket, incident = report.largest_ticket, report.incident
    print(f"诉求人 callers                 {report.callers}")
    print(f"登记 filing                    {report.filing_seconds / 60:.1f} min")
    print(f"并单 joining                   {report.joining_seconds / 60:.1f} min")
    print(f"送达 notifying everyone        {report.notifying_seconds / 60:.1f} min")
    print(f"合计 in all                    {total / 60:.1f} min")
    print(f"恰好一次通知 one result notice {report.one_notice} / {report.callers}")
    print(f"恰好一次反馈 one feedback fact {report.one_feedback} / {report.callers}")
    print(f"最大工单 largest ticket        {ticket.events} events, {ticket.bytes / 1024:.1f} KB")
    print(f"并单事件 incident              {incident.events} events, {incident.bytes / 1024:.1f} KB")
    print(
        f"  其中 of these                {report.incident_signals} signals, {report.incident_updates} updates"
    )
    print(f"重发 sent again after a 503    {report.sent_again}")
    print(f"引擎限度 limits of the engine  {MOST_EVENTS} events, {MOST_BYTES // 2**20} MB a run")
    print("符合 sound" if report.is_sound else "不符 NOT SOUND")
    print(json.dumps(asdict(report)))

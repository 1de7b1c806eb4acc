"""Tickets that are open before the slice begins: filed in the past by the product's own code, without HTTP.

What the loader does: for each ticket it understands a request as the intake does, writes it by the intake's
own statement (number, sealed texts, facts, projection, notices), and starts its workflow as the intake does;
a worker runs the first workflow task, and the ticket waits with its one timer armed. What it does not do: no
HTTP, no command. The instant of filing is set back, as if the engine had been away since: so a sign-by clock
of two hours falls due when the slice wants it to, under the real edition, and the reminders that were due
meanwhile go out at its start, late; the report counts clocks that are due in the slice alone.
"""

import asyncio
import dataclasses
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest

from api.forms import RequestForm
from api.hotline import Hotline
from api.intake import new_request, understand
from bench.city.contacts import Contact
from domain.messages import Intake, TextRef
from domain.vocabulary import ClockName, RequestType, Tier
from engine.starting import start_ticket
from readmodel import intake as requests

QUIET = timedelta(minutes=20)
"""Tickets that only are to be open were filed within so much time: their first reminder is an hour off."""
_START_WITHIN = timedelta(seconds=10)
_UNHURRIED = (Tier.TIER_2, Tier.TIER_3, Tier.TIER_4)
_TYPES = (RequestType.COMPLAINT, RequestType.HELP, RequestType.REPORT)
_STANDS_STILL_SECONDS = 300.0


@dataclass(frozen=True)
class Loaded:
    """What the loader has opened: number → when its sign-by clock is due, and how long that took."""

    due: dict[str, datetime]
    seconds: float

    @property
    def rate(self) -> float:
        """Return tickets a second."""
        return len(self.due) / self.seconds


def unsigned(bodies: Iterator[Contact], hotline: Hotline) -> Iterator[tuple[RequestForm, timedelta]]:
    """Yield requests that go to a unit by themselves, each with the time its unit has to sign."""
    for contact in bodies:
        if contact.type not in _TYPES or contact.body["category"] is None:
            continue
        form = RequestForm.model_validate(contact.body)
        found = understand(hotline, form, hotline.now()).resolution
        if found.routing.certain and found.terms.tier in _UNHURRIED:
            yield form, found.terms.norms[ClockName.SIGN_BY].limit.amount


async def load(
    hotline: Hotline,
    bodies: Iterator[tuple[RequestForm, timedelta]],
    dues: Sequence[datetime | None],
    at_once: int,
    advance: Callable[[], None],
) -> Loaded:
    """Open one ticket for each of `dues`, the instant at which nobody will have signed it; null: any later.

    `at_once` are under way at any time. Returns when the worker has run the first task of each.
    """
    left, due, rng, began = iter(dues), dict[str, datetime](), Random(len(dues)), time.monotonic()

    async def keep_opening() -> None:
        for wanted in left:
            form, limit = next(bodies)
            at = wanted or hotline.now() + limit - QUIET * rng.random()
            due[await _opened(hotline, form, at - limit)] = at
            advance()

    async with asyncio.TaskGroup() as group:
        for _ in range(min(at_once, len(dues))):
            group.create_task(keep_opening())
    await _settled(hotline)
    return Loaded(due, time.monotonic() - began)


async def _opened(hotline: Hotline, form: RequestForm, filed_at: datetime) -> str:
    new = new_request(hotline, form, understand(hotline, form, hotline.now()), None)

    def set_back(number: str, _now: datetime, description: TextRef) -> Intake:
        return new.make_intake(number, filed_at, description)

    filed = await requests.file_request(
        hotline.database, hotline.vault, dataclasses.replace(new, make_intake=set_back)
    )
    await start_ticket(hotline.client, filed.intake, hotline.task_queue, _START_WITHIN)
    hotline.starter.note(filed.number)
    return filed.number


async def _settled(hotline: Hotline) -> None:
    """Return when no workflow task waits for the worker.

    Raises TimeoutError when the line of those that wait has not become shorter for five minutes.
    """
    asked = DescribeTaskQueueRequest(
        namespace=hotline.client.namespace, task_queue=TaskQueue(name=hotline.task_queue), report_stats=True
    )
    loop = asyncio.get_running_loop()
    shortest = math.inf
    async with asyncio.timeout(_STANDS_STILL_SECONDS) as limit:
        while shortest > 0:
            described = await hotline.client.workflow_service.describe_task_queue(asked)
            if described.stats.approximate_backlog_count < shortest:
                shortest = described.stats.approximate_backlog_count
                limit.reschedule(loop.time() + _STANDS_STILL_SECONDS)
            await asyncio.sleep(0.5)

"""One sweep over all open tickets: page by page, then again for the tickets that could not be reached."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, Generic, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from domain.messages import RecalculatedPage, SweepProgress
    from phrases import Phrase

PAGES_A_RUN = 200
"""After so many pages the workflow continues as new; one page is a few hundred tickets."""
PAGE = 200
"""How many of the unreached tickets are tried again in one batch."""
PAUSES = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10))
"""The pause before each further try of the unreached tickets."""

ProgressT = TypeVar("ProgressT", bound=SweepProgress)
Only = tuple[str, ...]
"""The tickets one page is limited to; empty: the next open ones."""


class Sweep(Generic[ProgressT]):
    """Goes through the open tickets by `page`, which signals one page of them, and keeps the `progress`."""

    def __init__(
        self,
        progress: ProgressT,
        page: Callable[[str | None, Only], Awaitable[RecalculatedPage]],
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        """Go on after the number in `progress`; `is_stopped` ends the sweep after the page under way."""
        self.progress = progress
        self._page = page
        self._is_stopped = is_stopped

    async def run(self) -> ProgressT:
        """Return the progress at the end; goes on in a new run of the workflow after 200 pages.

        Tickets that stayed unreached after three more tries are named in the result.
        """
        for _ in range(PAGES_A_RUN):
            if self._is_stopped():
                return self.progress
            await self._take(self.progress.after)
            if self.progress.after is None:
                await self._retry_unreached()
                return self.progress
        workflow.continue_as_new(self.progress)
        raise AssertionError  # the line above never returns

    async def _retry_unreached(self) -> None:
        for pause in PAUSES:
            if not self.progress.untold:
                return
            with suppress(TimeoutError):
                summary = Phrase("before the unreached tickets are tried again").both()
                await workflow.wait_condition(self._is_stopped, timeout=pause, timeout_summary=summary)
            rest = self.progress.untold
            for first in range(0, len(rest), PAGE):
                if self._is_stopped():
                    return
                await self._take(None, rest[first : first + PAGE])

    async def _take(self, after: str | None, only: Only = ()) -> None:
        page = await self._page(after, only)
        others = tuple(number for number in self.progress.untold if number not in only)
        update = {
            "after": page.last,
            "tickets": self.progress.tickets + page.tickets,
            "untold": (*others, *page.untold),
        }
        self.progress = self.progress.model_copy(update=update)


async def signal_page(activity: str, arguments: list[Any], summary: str) -> RecalculatedPage:
    """Return what `activity` made of one page of tickets; retried until it succeeds."""
    return await workflow.execute_activity(
        activity,
        args=arguments,
        result_type=RecalculatedPage,
        start_to_close_timeout=timedelta(minutes=5),
        retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=1)),
        summary=summary,
    )

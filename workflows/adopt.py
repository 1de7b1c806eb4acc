"""The workflow `Adopt`: running tickets adopt another edition of the rules. The id is `adopt/<name@hash>`."""

from contextlib import suppress
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from domain.messages import AdoptionPage, AdoptionProgress, RecalculatedPage
from workflows.batches import PAGE, PAGES_A_RUN, PAUSES


@workflow.defn(name="Adopt")
class Adopt:
    """Goes through the open tickets in batches; the query `progress` tells how far, `stop` ends it."""

    @workflow.init
    def __init__(self, progress: AdoptionProgress) -> None:
        """Go on after the ticket number in `progress`."""
        self._progress = progress
        self._tell()

    @workflow.run
    async def run(self, _progress: AdoptionProgress) -> AdoptionProgress:
        """Return how many tickets were told, and who could not be; what was done when it is stopped stays."""
        for _ in range(PAGES_A_RUN):
            if self._progress.stopped:
                return self._progress
            await self._page(self._progress.after)
            if self._progress.after is None:
                await self._tell_the_rest()
                return self._progress
        workflow.continue_as_new(self._progress)
        raise AssertionError  # the line above never returns

    async def _tell_the_rest(self) -> None:
        """Try those again that could not be told; whoever then still has not been is named in the result."""
        for pause in PAUSES:
            if not self._progress.untold:
                return
            with suppress(TimeoutError):
                await workflow.wait_condition(lambda: self._progress.stopped, timeout=pause)
            rest = self._progress.untold
            for first in range(0, len(rest), PAGE):
                if self._progress.stopped:
                    return
                await self._page(None, rest[first : first + PAGE])

    async def _page(self, after: str | None, only: tuple[str, ...] = ()) -> None:
        """Have one batch told: the next after a number, or `only` those that could not be told before."""
        order = self._progress.order
        which = f"再通知 once more {len(only)}" if only else f"采用 adopt after {after or 'the beginning'}"
        page = await workflow.execute_activity(
            "adopt_page",
            AdoptionPage(order=order, after=after, only=only),
            result_type=RecalculatedPage,
            start_to_close_timeout=timedelta(minutes=5),
            retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=1)),
            summary=which,
        )
        told = self._progress.tickets + page.tickets
        others = tuple(number for number in self._progress.untold if number not in only)
        update = {"after": page.last, "tickets": told, "untold": (*others, *page.untold)}
        self._progress = self._progress.model_copy(update=update)
        self._tell()

    @workflow.signal(description="停止 stop after the batch under way")
    def stop(self) -> None:
        """Stop; tickets that were told have adopted the edition, the others keep theirs."""
        self._progress = self._progress.model_copy(update={"stopped": True})
        self._tell()

    @workflow.query(description="进度 how many tickets so far")
    def progress(self) -> AdoptionProgress:
        """Return how far it has come."""
        return self._progress

    def _tell(self) -> None:
        order, told = self._progress.order, self._progress.tickets
        stopped = ("(已停止)", " (stopped)") if self._progress.stopped else ("", "")
        left = len(self._progress.untold)
        untold = (f",{left}件未通知到", f", {left} not told") if left else ("", "")
        workflow.set_current_details(
            f"**{order.mode.zh} {order.edition}:已通知{told}件{untold[0]}{stopped[0]}**\n\n"
            f"{order.edition}, {order.mode.en}: {told} tickets told{untold[1]}{stopped[1]}"
        )

"""The workflow `Recalculate`: when a holiday plan became known, running tickets count their clocks again."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from domain.messages import RecalculatedPage, RecalculationProgress
from workflows.batches import PAGE, PAGES_A_RUN, PAUSES


@workflow.defn(name="Recalculate")
class Recalculate:
    """Goes through the open tickets in batches; can be watched by the query `progress` and cancelled."""

    @workflow.init
    def __init__(self, progress: RecalculationProgress) -> None:
        """Go on after the ticket number in `progress`."""
        self._progress = progress

    @workflow.run
    async def run(self, _progress: RecalculationProgress) -> RecalculationProgress:
        """Return how many tickets were told to count again.

        Fails where some could not be told for long: the same change is then worked through again by the next
        worker that starts, or the next import.
        """
        for _ in range(PAGES_A_RUN):
            await self._page(self._progress.after)
            if self._progress.after is None:
                await self._tell_the_rest()
                return self._progress
        workflow.continue_as_new(self._progress)
        raise AssertionError  # the line above never returns

    async def _tell_the_rest(self) -> None:
        """Try those again that could not be told. Raises `ApplicationError` for those that cannot at all."""
        for pause in PAUSES:
            if not self._progress.untold:
                return
            await workflow.sleep(pause, summary="再通知 before those that could not be told are tried again")
            rest = self._progress.untold
            for first in range(0, len(rest), PAGE):
                await self._page(None, rest[first : first + PAGE])
        if self._progress.untold:
            untold = ", ".join(self._progress.untold[:PAGE])
            message = f"{len(self._progress.untold)}件工单未通知到。 Tickets that could not be told: {untold}"
            raise ApplicationError(message, type="TicketsUntold", non_retryable=True)

    async def _page(self, after: str | None, only: tuple[str, ...] = ()) -> None:
        """Have one batch told: the next after a number, or `only` those that could not be told before."""
        which = f"再通知 once more {len(only)}" if only else f"重算 recalculate after {after or 'the start'}"
        page = await workflow.execute_activity(
            "recalculate_page",
            args=[after, only],
            result_type=RecalculatedPage,
            start_to_close_timeout=timedelta(minutes=5),
            retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=1)),
            summary=which,
        )
        others = tuple(number for number in self._progress.untold if number not in only)
        self._progress = RecalculationProgress(
            after=page.last, tickets=self._progress.tickets + page.tickets, untold=(*others, *page.untold)
        )

    @workflow.query(description="进度 how many tickets so far")
    def progress(self) -> RecalculationProgress:
        """Return how far it has come."""
        return self._progress

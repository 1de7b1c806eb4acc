"""The workflow `Recalculate`: when a holiday plan became known, running tickets count their clocks again."""

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from domain.messages import RecalculatedPage, RecalculationProgress
from workflows.sweep import PAGE, Only, Sweep, signal_page


@workflow.defn(name="Recalculate")
class Recalculate:
    """Sweeps the open tickets; can be watched by the query `progress` and cancelled."""

    @workflow.init
    def __init__(self, progress: RecalculationProgress) -> None:
        """Go on after the ticket number in `progress`."""
        self._sweep = Sweep(progress, _page)

    @workflow.run
    async def run(self, _progress: RecalculationProgress) -> RecalculationProgress:
        """Return how many tickets were signalled to count again.

        Raises `ApplicationError` where some stayed unreached: the same change is then worked through again
        by the next worker that starts, or the next import.
        """
        done = await self._sweep.run()
        if done.untold:
            unreached = ", ".join(done.untold[:PAGE])
            message = f"{len(done.untold)}件工单未通知到。 Tickets that could not be reached: {unreached}"
            raise ApplicationError(message, type="TicketsUntold", non_retryable=True)
        return done

    @workflow.query(description="进度 how many tickets so far")
    def progress(self) -> RecalculationProgress:
        """Return how far it has come."""
        return self._sweep.progress


async def _page(after: str | None, only: Only) -> RecalculatedPage:
    which = f"再通知 once more {len(only)}" if only else f"重算 recalculate after {after or 'the start'}"
    return await signal_page("recalculate_page", [after, only], which)

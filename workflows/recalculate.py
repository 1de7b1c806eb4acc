"""The workflow `Recalculate`: when a holiday plan became known, running tickets count their clocks again."""

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from domain.messages import RecalculatedPage, RecalculationProgress
    from phrases import Phrase
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
            message = Phrase(
                "Tickets that could not be reached: {unreached}", untold=len(done.untold), unreached=unreached
            ).both()
            raise ApplicationError(message, type="TicketsUntold", non_retryable=True)
        return done

    @workflow.query(description=Phrase("how many tickets so far").both())
    def progress(self) -> RecalculationProgress:
        """Return how far it has come."""
        return self._sweep.progress


async def _page(after: str | None, only: Only) -> RecalculatedPage:
    which = (
        Phrase("once more {only}", only=len(only)).both()
        if only
        else Phrase("recalculate after {after}", after=after or "the start").both()
    )
    return await signal_page("recalculate_page", [after, only], which)

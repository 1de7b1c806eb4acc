"""The workflow `Adopt`: running tickets adopt another edition of the rules. The id is `adopt/<name@hash>`."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.messages import AdoptionPage, AdoptionProgress, RecalculatedPage
from workflows.sweep import Only, Sweep, signal_page


@workflow.defn(name="Adopt")
class Adopt:
    """Sweeps the open tickets; the query `progress` tells how far, `stop` ends it."""

    @workflow.init
    def __init__(self, progress: AdoptionProgress) -> None:
        """Go on after the ticket number in `progress`."""
        self._sweep = Sweep(progress, self._page, lambda: self._sweep.progress.stopped)
        self._show()

    @workflow.run
    async def run(self, _progress: AdoptionProgress) -> AdoptionProgress:
        """Return how many tickets were signalled, and which stayed unreached; a stop undoes nothing."""
        done = await self._sweep.run()
        self._show()
        return done

    async def _page(self, after: str | None, only: Only) -> RecalculatedPage:
        self._show()
        order = self._sweep.progress.order
        which = f"再通知 once more {len(only)}" if only else f"采用 adopt after {after or 'the beginning'}"
        return await signal_page("adopt_page", [AdoptionPage(order=order, after=after, only=only)], which)

    @workflow.signal(description="停止 stop after the page under way")
    def stop(self) -> None:
        """Stop; tickets that were told have adopted the edition, the others keep theirs."""
        self._sweep.progress = self._sweep.progress.model_copy(update={"stopped": True})
        self._show()

    @workflow.query(description="进度 how many tickets so far")
    def progress(self) -> AdoptionProgress:
        """Return how far it has come."""
        return self._sweep.progress

    def _show(self) -> None:
        progress = self._sweep.progress
        order, told = progress.order, progress.tickets
        stopped = ("(已停止)", " (stopped)") if progress.stopped else ("", "")
        left = len(progress.untold)
        untold = (f",{left}件未通知到", f", {left} not told") if left else ("", "")
        workflow.set_current_details(
            f"**{order.mode.zh} {order.edition}:已通知{told}件{untold[0]}{stopped[0]}**\n\n"
            f"{order.edition}, {order.mode.en}: {told} tickets told{untold[1]}{stopped[1]}"
        )

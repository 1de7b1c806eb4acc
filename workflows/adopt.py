"""The workflow `Adopt`: running tickets adopt another edition of the rules. The id is `adopt/<name@hash>`."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.messages import AdoptionPage, AdoptionProgress, RecalculatedPage
    from phrases import Phrase
from workflows.sweep import Only, Sweep, signal_page


@workflow.defn(name="Adopt")
class Adopt:
    """Sweeps the open tickets; the query `progress` says how far, `stop` ends it."""

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
        which = (
            Phrase("once more {only}", only=len(only)).both()
            if only
            else Phrase("adopt after {after}", after=after or "the beginning").both()
        )
        return await signal_page("adopt_page", [AdoptionPage(order=order, after=after, only=only)], which)

    @workflow.signal(description=Phrase("stop after the page under way").both())
    def stop(self) -> None:
        """Stop; tickets that were signalled have adopted the edition, the others keep theirs."""
        self._sweep.progress = self._sweep.progress.model_copy(update={"stopped": True})
        self._show()

    @workflow.query(description=Phrase("how many tickets so far").both())
    def progress(self) -> AdoptionProgress:
        """Return how far it has come."""
        return self._sweep.progress

    def _show(self) -> None:
        progress = self._sweep.progress
        order, tickets = progress.order, progress.tickets
        stopped = Phrase(" (stopped)") if progress.stopped else ""
        left = len(progress.untold)
        untold = Phrase(", {left} not notified", left=left) if left else ""
        stands = Phrase(
            "{edition}, {mode}: {told} tickets notified{untold}{stopped}",
            mode=order.mode,
            edition=order.edition,
            told=tickets,
            untold=untold,
            stopped=stopped,
        )
        workflow.set_current_details(f"**{stands.zh}**\n\n{stands.en}")

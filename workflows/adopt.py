"""The workflow `Adopt`: running tickets adopt another edition of the rules. The id is `adopt/<name@hash>`."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from domain.messages import AdoptionPage, AdoptionProgress, RecalculatedPage

PAGES_A_RUN = 200
"""After so many pages the history begins anew; one page is a few hundred tickets."""


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
        """Return how many tickets were told; what was done when somebody stops it stays done."""
        for _ in range(PAGES_A_RUN):
            if self._progress.stopped:
                return self._progress
            page = await workflow.execute_activity(
                "adopt_page",
                AdoptionPage(order=self._progress.order, after=self._progress.after),
                result_type=RecalculatedPage,
                start_to_close_timeout=timedelta(minutes=5),
                retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=1)),
                summary=f"采用 adopt after {self._progress.after or 'the beginning'}",
            )
            told = self._progress.tickets + page.tickets
            self._progress = self._progress.model_copy(update={"after": page.last, "tickets": told})
            self._tell()
            if page.last is None:
                return self._progress
        workflow.continue_as_new(self._progress)
        raise AssertionError  # the line above never returns

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
        workflow.set_current_details(
            f"**{order.mode.zh} {order.edition}:已通知{told}件{stopped[0]}**\n\n"
            f"{order.edition}, {order.mode.en}: {told} tickets told{stopped[1]}"
        )

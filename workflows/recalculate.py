"""The workflow `Recalculate`: when a holiday plan became known, running tickets count their clocks again."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from domain.messages import RecalculatedPage, RecalculationProgress

PAGES_A_RUN = 200
"""After so many pages the history begins anew; one page is a few hundred tickets."""


@workflow.defn(name="Recalculate")
class Recalculate:
    """Goes through the open tickets in batches; can be watched by the query `progress` and cancelled."""

    @workflow.init
    def __init__(self, progress: RecalculationProgress) -> None:
        """Go on after the ticket number in `progress`."""
        self._progress = progress

    @workflow.run
    async def run(self, _progress: RecalculationProgress) -> RecalculationProgress:
        """Return how many tickets were told to count again."""
        for _ in range(PAGES_A_RUN):
            page = await workflow.execute_activity(
                "recalculate_page",
                self._progress.after,
                result_type=RecalculatedPage,
                start_to_close_timeout=timedelta(minutes=5),
                retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=1)),
                summary=f"重算 recalculate after {self._progress.after or 'the beginning'}",
            )
            self._progress = RecalculationProgress(
                after=page.last, tickets=self._progress.tickets + page.tickets
            )
            if page.last is None:
                return self._progress
        workflow.continue_as_new(self._progress)
        raise AssertionError  # the line above never returns

    @workflow.query(description="进度 how many tickets so far")
    def progress(self) -> RecalculationProgress:
        """Return how far it has come."""
        return self._progress

"""How the checker asks the engine: what fails for a moment is asked again."""

from typing import Any, cast

from temporalio.client import Client, WorkflowExecution, WorkflowQueryFailedError

from chaos.checker import collect


class Busy:
    """A client whose workflow does not answer at first: a clock rings while its history is played."""

    def __init__(self, failures: int) -> None:
        """Fail that often."""
        self.left = failures

    def get_workflow_handle(self, _name: str) -> "Busy":
        """Return this as the handle."""
        return self

    async def query(self, _name: str, **_options: Any) -> dict[str, Any]:  # noqa: ANN401 - the SDK's
        """Answer, or fail."""
        if self.left:
            self.left -= 1
            raise WorkflowQueryFailedError("asked while a task waits to be done: ask again")
        return {"facts": []}


async def test_a_query_that_meets_a_clock_is_no_violation_but_asked_again() -> None:
    """See docs/adr/0017: with rules whose hour lasts a second it happens in every run."""
    run = cast("WorkflowExecution", type("Run", (), {"start_time": 0, "status": None})())
    answer = await collect._read(cast("Client", Busy(1)), "20261122-000001-1", [run])
    assert answer == {"runs": ["?"], "everything": {"facts": []}}

"""The bare workflow: as many updates and one long timer, no activity, no search attribute, nothing else."""

from datetime import timedelta
from typing import Any

from temporalio import workflow

Json = dict[str, Any]
"""What a bare update carries."""

STEPS = ("sign", "contact", "feedback", "survey")
"""The updates a client sends in one lifecycle, the same on every side."""
LIMIT = timedelta(days=7)


@workflow.defn(name="Bare")
class Bare:
    """Waits for its last update, or for the limit."""

    def __init__(self) -> None:
        """Nothing has happened yet."""
        self._said: Json = {}

    @workflow.run
    async def run(self, _request: Json) -> int:
        """Return the number of updates once the last one is there."""
        await workflow.wait_condition(lambda: STEPS[-1] in self._said, timeout=LIMIT)
        return len(self._said)

    @workflow.update
    async def sign(self, message: Json) -> int:
        """Take the first message."""
        return self._take("sign", message)

    @workflow.update
    async def contact(self, message: Json) -> int:
        """Take the second message."""
        return self._take("contact", message)

    @workflow.update
    async def feedback(self, message: Json) -> int:
        """Take the third message."""
        return self._take("feedback", message)

    @workflow.update
    async def survey(self, message: Json) -> int:
        """Take the last message."""
        return self._take("survey", message)

    def _take(self, name: str, message: Json) -> int:
        self._said[name] = message
        return len(self._said)

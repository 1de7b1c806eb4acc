"""After its end a ticket costs the engine nothing more, and nothing it says can change."""

from datetime import timedelta

import pytest

from domain.vocabulary import Status
from tests import sample
from tests.workflows.city import City


@pytest.mark.parametrize("handled", [True, False])
async def test_no_timer_and_no_task_comes_after_the_end(city: City, handled: bool) -> None:
    """A month later the history is as long as at the end, whether the unit acted or never did."""
    ticket = await city.files(with_terms=sample.terms(at_feedback=True, always_open=True))
    if handled:
        await ticket.is_handled()
        await ticket.comes_to(Status.SURVEYING)
        await ticket.gets_answers()
    else:
        await city.passes(timedelta(days=30))
    await ticket.ends()
    kinds = await ticket.event_kinds()
    assert kinds[-1] == "WORKFLOW_EXECUTION_COMPLETED"
    await city.passes(timedelta(days=30))
    assert await ticket.event_kinds() == kinds

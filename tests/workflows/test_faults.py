"""A rule with a bug fails the command that met it, in so many words; the ticket goes on."""

import logging

import pytest

from domain import messages as m
from domain.handle.assisting import Assist
from domain.handle.deliberating import Deliberate
from domain.handle.subassigning import WithdrawTask
from domain.vocabulary import Status
from tests import sample
from tests.workflows.city import City
from tests.workflows.mutants import HasFaultyRules

TEXT = sample.TEXT
FAULTY: list[tuple[str, m.Command]] = [
    ("deliberate", Deliberate(actor=sample.HANDLER, text=TEXT)),
    ("withdraw_task", WithdrawTask(actor=sample.HANDLER, task="assist.1", reason=TEXT)),
    ("visit", m.Visit(actor=sample.HANDLER)),
    ("note", m.Note(actor=sample.DISPATCHER, text=TEXT)),
]
"""Commands whose rule fails: a branch's that asks, a branch's that does not, handled, and rehearsed."""


async def test_a_rule_that_fails_fails_its_command_and_the_ticket_goes_on(
    idle_city: City, caplog: pytest.LogCaptureFixture
) -> None:
    """Both sentences reach the caller, the log has the error; no fact, no failed task, no standstill."""
    async with idle_city.worker(HasFaultyRules):
        ticket = await idle_city.files()
        await ticket.signs()
        assist = Assist(actor=sample.HANDLER, unit=sample.WATER.code, text=TEXT, mandatory=False)
        await ticket.receives("assist", assist)
        before = await ticket.kinds()
        for name, command in FAULTY:
            with caplog.at_level(logging.ERROR):
                assert await ticket.refuses(name, command) == "Fault", name
            assert [record.exc_info for record in caplog.records if record.exc_info], name
            caplog.clear()
        assert await ticket.kinds() == before
        await ticket.reaches_requester()
        await ticket.gets_feedback()
        assert (await ticket.status()).status is Status.FEEDBACK_GIVEN
        assert "WORKFLOW_TASK_FAILED" not in await ticket.event_kinds()
        await ticket.agrees_with_database()


async def test_a_fault_that_was_accepted_replays_as_it_was(idle_city: City) -> None:
    """Its history is no stumbling block for the next worker that has the same rule."""
    async with idle_city.worker(HasFaultyRules, max_cached_workflows=0):
        ticket = await idle_city.files()
        await ticket.signs()
        assert await ticket.refuses(*FAULTY[0]) == "Fault"
        await ticket.reaches_requester()
        await ticket.agrees_with_database()

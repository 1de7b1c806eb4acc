"""Commands on a real engine: an update each, as the table has it."""

from datetime import timedelta

import pytest
from temporalio import workflow
from temporalio.client import WorkflowUpdateFailedError

from domain import messages as m
from domain.commands import COMMANDS
from domain.facts.tasks import TaskDone, TaskOpened
from domain.handle.assisting import AnswerTask, Assist
from domain.vocabulary import Role
from tests import sample
from tests.workflows.city import City, feedback
from workflows.ticket import Ticket

WATER = m.Actor(unit=sample.WATER.code, role=Role.HANDLER)


async def test_a_lead_asks_another_unit_and_goes_on_with_its_answer(city: City) -> None:
    """Asked, answered, recorded; the projection names who owes what in between."""
    ticket = await city.files()
    await ticket.signs()
    await ticket.reaches_requester()
    await ticket.receives("assist", Assist(actor=sample.HANDLER, unit=sample.WATER.code, text=sample.TEXT))
    assert [task.holder for task in (await ticket.status()).tasks] == [sample.WATER]
    assert await ticket.refuses("feedback", feedback()) == "Incomplete"
    await ticket.receives("answer_task", AnswerTask(actor=WATER, task="assist.1", reply=sample.TEXT))
    assert not (await ticket.status()).tasks
    await ticket.gets_feedback()
    assert len(await ticket.facts_of(TaskOpened)) == len(await ticket.facts_of(TaskDone)) == 1
    await ticket.agrees_with_database()


async def test_a_unit_the_edition_does_not_know_is_refused(city: City) -> None:
    """The same as for every other name."""
    ticket = await city.files()
    await ticket.signs()
    command = Assist(actor=sample.HANDLER, unit="NOBODY", text=sample.TEXT)
    assert await ticket.refuses("assist", command) == "UnknownCode"


async def test_an_unanswered_task_climbs_by_itself(city: City) -> None:
    """The ticket's one timer serves the clocks of its tasks."""
    ticket = await city.files()
    await ticket.signs()
    await ticket.reaches_requester()
    await ticket.receives("assist", Assist(actor=sample.HANDLER, unit=sample.WATER.code, text=sample.TEXT))
    await city.passes(timedelta(hours=49))
    await ticket.shows(lambda view: any(task.overdue for task in view.tasks))


def test_the_updates_of_the_workflow_are_the_commands_of_the_table() -> None:
    """Not one more or less, each with its message, its words and a validator."""
    updates = workflow._Definition.must_from_class(Ticket).updates
    assert set(updates) == set(COMMANDS)
    for name, update in updates.items():
        spec = COMMANDS[str(name)]
        assert (update.arg_types, update.ret_type) == ([spec.message], m.Receipt)
        assert update.description == f"{spec.does.zh} {spec.does.en}"
        assert update.validator is not None


async def test_a_message_of_another_command_is_refused(city: City) -> None:
    """What lacks a field of the command's own message never reaches its rule."""
    ticket = await city.files()
    before = await ticket.kinds()
    for name, command in (
        ("assist", m.Sign(actor=sample.HANDLER)),
        ("contact", m.Sign(actor=sample.HANDLER)),
    ):
        with pytest.raises(WorkflowUpdateFailedError):
            await ticket.handle.execute_update(name, command)
    assert await ticket.kinds() == before

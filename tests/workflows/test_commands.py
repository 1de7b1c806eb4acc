"""Branch commands on a real engine: an update each, made from the table of branches."""

from datetime import timedelta

from domain import messages as m
from domain.commands import BRANCHES
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
    await ticket.hears("assist", Assist(actor=sample.HANDLER, unit=sample.WATER.code, text=sample.TEXT))
    assert [task.holder for task in (await ticket.status()).tasks] == [sample.WATER]
    assert await ticket.refuses("feedback", feedback()) == "Incomplete"
    await ticket.hears("answer_task", AnswerTask(actor=WATER, task="assist.1", reply=sample.TEXT))
    assert not (await ticket.status()).tasks
    await ticket.gets_feedback()
    assert len(await ticket.told(TaskOpened)) == len(await ticket.told(TaskDone)) == 1
    await ticket.balances()


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
    await ticket.hears("assist", Assist(actor=sample.HANDLER, unit=sample.WATER.code, text=sample.TEXT))
    await city.passes(timedelta(hours=49))
    await ticket.shows(lambda view: any(task.overdue for task in view.tasks))


def test_every_branch_command_is_an_update_of_the_workflow() -> None:
    """With the words of its branch as description."""
    for name in BRANCHES:
        assert hasattr(Ticket, name)

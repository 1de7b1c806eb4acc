"""Handing down on a real engine: level by level, to units the city's table does not know."""

from domain import messages as m
from domain.facts.tasks import TaskNoted
from domain.handle.assisting import AnswerTask, ReportTask
from domain.handle.subassigning import SubAssign, WithdrawTask
from domain.vocabulary import Role
from tests import sample
from tests.workflows.city import City, feedback

TEXT = sample.TEXT
COMMUNITY = m.Actor(unit=f"{sample.TOWN.code}/north", role=Role.HANDLER)
TEAM = m.Actor(unit=f"{sample.TOWN.code}/north/team-4", role=Role.HANDLER)


async def test_a_part_goes_down_two_levels_and_its_result_comes_back_up(city: City) -> None:
    """An own unit reports, hands on and answers; every task shows what it is a part of."""
    ticket = await city.files()
    await ticket.signs()
    await ticket.reaches_requester()
    await ticket.receives("sub_assign", SubAssign(actor=sample.HANDLER, sub_unit=COMMUNITY.unit, text=TEXT))
    on = SubAssign(actor=COMMUNITY, task="subassignment.1", sub_unit=TEAM.unit, name=TEXT, text=TEXT)
    await ticket.receives("sub_assign", on)
    assert [task.of for task in (await ticket.status()).tasks] == [None, "subassignment.1"]
    await ticket.receives("report_task", ReportTask(actor=TEAM, task="subassignment.2", text=TEXT))
    early = AnswerTask(actor=COMMUNITY, task="subassignment.1", reply=TEXT)
    assert await ticket.refuses("answer_task", early) == "Incomplete"
    assert await ticket.refuses("feedback", feedback()) == "Incomplete"
    withdrawn = WithdrawTask(actor=COMMUNITY, task="subassignment.2", reason=TEXT)
    await ticket.receives("withdraw_task", withdrawn)
    await ticket.receives("answer_task", AnswerTask(actor=TEAM, task="subassignment.2", reply=TEXT))
    await ticket.receives("answer_task", early)
    await ticket.gets_feedback()
    assert [noted.task for noted in await ticket.facts_of(TaskNoted)] == ["subassignment.2"]
    await ticket.agrees_with_database()

"""Ends without a unit, hand-overs and alerts on a real engine."""

from datetime import timedelta

from domain import messages as m
from domain.accept.disposing import ConfirmNuisance, Dispose
from domain.accept.emergency import Acknowledge, Alert, HandOver
from domain.facts.accept import RiskAlerted
from domain.handle.assisting import AnswerTask
from domain.vocabulary import Disposal, EmergencyService, Ending, RiskLevel, Role, Status
from tests import sample
from tests.workflows.city import City

SUPERVISOR = m.Actor(unit=sample.CITY_DESK.code, role=Role.SUPERVISOR, person="V9")
FIRE = HandOver(actor=sample.DISPATCHER, service=EmergencyService.FIRE, text=sample.TEXT)


async def test_a_matter_outside_public_duties_ends_with_a_copy_to_a_unit(city: City) -> None:
    """Ended by the desk; the unit is notified, the edition knows it."""
    ticket = await city.files(certain=False)
    command = Dispose(
        actor=sample.DISPATCHER,
        reason=Disposal.REFERRED_OUT_OF_SCOPE,
        reply=sample.TEXT,
        copy_to=sample.WATER.code,
    )
    unknown = command.model_copy(update={"copy_to": "NOBODY"})
    assert await ticket.refuses("dispose", unknown) == "UnknownCode"
    assert (await ticket.receives("dispose", command)).ending is Ending.REFERRED_OUT_OF_SCOPE
    assert (await ticket.ends()).ending is Ending.REFERRED_OUT_OF_SCOPE
    notified = {(notice.to, notice.kind) for notice in city.database.notices(ticket.number).values()}
    assert (sample.WATER.code, "supervisory_copy") in notified


async def test_a_nuisance_ends_with_the_second_persons_word(city: City) -> None:
    """The first leaves it open."""
    ticket = await city.files(certain=False)
    proof = (m.ProofRef(kind="recording", ref=sample.TEXT),)
    command = Dispose(actor=sample.DISPATCHER, reason=Disposal.NUISANCE, reply=sample.TEXT, proof=proof)
    assert (await ticket.receives("dispose", command)).status is Status.AWAITING_DISPATCH
    own = ConfirmNuisance(actor=sample.DISPATCHER, agree=True)
    assert await ticket.refuses("confirm_nuisance", own) == "WrongActor"
    await ticket.receives("confirm_nuisance", ConfirmNuisance(actor=SUPERVISOR, agree=True))
    assert (await ticket.ends()).ending is Ending.NUISANCE


async def test_an_emergency_that_nobody_acknowledges_alarms_by_itself_and_ends_when_one_does(
    city: City,
) -> None:
    """Missed and climbed by the ticket's one timer; the late acknowledgement still ends it."""
    ticket = await city.files()
    await ticket.signs()
    await ticket.reaches_requester()
    await ticket.receives("hand_over", FIRE)
    await city.passes(timedelta(hours=49))
    await ticket.shows(lambda view: any(task.overdue for task in view.tasks))
    alarms = [n for n in city.database.notices(ticket.number).values() if n.about.get("clock") == "ack_by"]
    assert sample.CITY_DESK.code in [notice.to for notice in alarms if notice.kind == "escalated"]
    receipt = Acknowledge(actor=sample.DISPATCHER, task="ack.1", reference="F-1")
    await ticket.receives("acknowledge", receipt)
    assert (await ticket.ends()).ending is Ending.TRANSFERRED_EMERGENCY


async def test_a_risk_is_answered_by_the_citys_desk_while_the_unit_goes_on(city: City) -> None:
    """Beside everything else."""
    ticket = await city.files()
    await ticket.signs()
    await ticket.receives("alert", Alert(actor=sample.HANDLER, level=RiskLevel.RED, text=sample.TEXT))
    assert len(await ticket.facts_of(RiskAlerted)) == 1
    answer = AnswerTask(actor=sample.DISPATCHER, task="risk.1", reply=sample.TEXT)
    assert (await ticket.receives("answer_task", answer)).status is Status.HANDLING
    assert not (await ticket.status()).tasks
    await ticket.agrees_with_database()

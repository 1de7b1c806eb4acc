"""Objections on a real engine: raised, reviewed, and never a ticket between units."""

from datetime import timedelta

from domain import messages as m
from domain.dispatch.objecting import ConsultDuty, DecideObjection, Object
from domain.facts.dispatch import FinallyAssigned, ObjectionDecided
from domain.vocabulary import Role, Status, Verdict
from tests import sample
from tests.workflows.city import City, handler_of

REVIEWER = m.Actor(unit=sample.CITY_DESK.code, role=Role.REVIEWER, person="R1")
OBJECT = Object(actor=sample.HANDLER, reason=sample.TEXT, basis_code="ORD-12", proposed=sample.WATER.code)


async def test_an_objection_is_reviewed_and_the_unit_named_by_it_handles_the_ticket(city: City) -> None:
    """Objected, conferred, upheld; the promise stays and the books agree."""
    ticket = await city.files()
    promised = (await ticket.status()).promised_at
    receipt = await ticket.receives("object", OBJECT)
    assert (receipt.status, receipt.promised_at) == (Status.OBJECTED, promised)
    assert (await ticket.status()).holder == sample.CITY_DESK
    consult = ConsultDuty(actor=REVIEWER, units=(sample.WATER.code,), minutes=sample.TEXT)
    await ticket.receives("consult_duty", consult)
    decide = DecideObjection(
        actor=REVIEWER, verdict=Verdict.UPHELD, unit=sample.WATER.code, reason=sample.TEXT
    )
    party = decide.model_copy(update={"actor": sample.DISPATCHER})
    assert await ticket.refuses("decide_objection", party) == "WrongActor"
    receipt = await ticket.receives("decide_objection", decide)
    assert (receipt.unit, receipt.promised_at) == (sample.WATER, promised)
    await ticket.is_handled(handler_of(sample.WATER.code))
    await ticket.agrees_with_database()


async def test_a_review_nobody_makes_ends_by_itself_with_the_assignment_standing(city: City) -> None:
    """The clock climbs to the city, and then the unit has it for good."""
    ticket = await city.files()
    await ticket.receives("object", OBJECT)
    await city.passes(timedelta(hours=97))
    await ticket.comes_to(Status.AWAITING_SIGN)
    assert [fact.verdict for fact in await ticket.facts_of(ObjectionDecided)] == [Verdict.LAPSED]
    assert len(await ticket.facts_of(FinallyAssigned)) == 1
    assert await ticket.refuses("object", OBJECT) == "WrongStage"
    await ticket.is_handled()

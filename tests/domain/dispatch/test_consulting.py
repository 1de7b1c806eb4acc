"""Consultation before dispatch, and the industry's department as second lineage. Ordinance art. 12."""

import pytest

from domain import messages as m
from domain.dispatch.consulting import ConcludeConsultation, Consult
from domain.dispatch.industry import ConfirmIndustry, DisownIndustry
from domain.errors import Incomplete, WrongActor, WrongStage
from domain.terms import Resolution
from domain.vocabulary import RequestType, Role, Status
from tests import sample
from tests.domain.journey import Journey

CALL = Consult(actor=sample.DISPATCHER, units=(sample.WATER.code, sample.HEATING.code), text=sample.TEXT)
END = ConcludeConsultation(actor=sample.DISPATCHER, unit=sample.WATER.code, minutes=sample.TEXT)
WATER = m.Actor(unit=sample.WATER.code, role=Role.HANDLER)


def called(type_: RequestType = RequestType.COMPLAINT) -> Journey:
    """Return a ticket that nobody knows the unit of, with two units called together."""
    journey = Journey(sample.intake(type_, certain=False))
    journey.take("consult", CALL)
    return journey


def test_units_confer_while_the_dispatcher_s_own_clock_runs_on() -> None:
    """B9: participants, minutes, a limit; the conclusion is offered to the dispatcher, who dispatches."""
    journey = called()
    assert journey.ticket.clocks["dispatch_by.0"].standing == "running"
    assert journey.ticket.clocks["consult_by.1"].standing == "running"
    notified = [notice.to for notice in journey.notices if notice.kind == "consultation_called"]
    assert notified == [sample.WATER.code, sample.HEATING.code]
    journey.take("conclude_consultation", END)
    assert journey.ticket.consultation is not None
    assert journey.ticket.consultation.lead == sample.WATER
    assert journey.ticket.status is Status.AWAITING_DISPATCH
    journey.dispatch(sample.assignment(sample.WATER))
    assert journey.ticket.clocks["consult_by.1"].standing == "met"


def test_one_consultation_at_a_time_and_another_one_after_it() -> None:
    """A conclusion needs one that is open."""
    journey = called()
    with pytest.raises(WrongStage):
        journey.take("consult", CALL)
    journey.take("conclude_consultation", END)
    with pytest.raises(WrongStage):
        journey.take("conclude_consultation", END)
    journey.take("consult", CALL)
    assert journey.ticket.clocks["consult_by.2"].standing == "running"


def test_a_consultation_needs_somebody_to_confer_with() -> None:
    """An empty list is refused."""
    with pytest.raises(Incomplete):
        Journey(sample.intake(certain=False)).take("consult", CALL.model_copy(update={"units": ()}))


def test_only_the_city_s_dispatcher_confers_and_only_before_dispatch() -> None:
    """Afterwards the way is an objection."""
    with pytest.raises(WrongActor):
        called().take("conclude_consultation", END.model_copy(update={"actor": sample.HANDLER}))
    with pytest.raises(WrongStage):
        Journey().take("consult", CALL)


def test_a_consultation_ends_with_the_wait_whatever_ends_it() -> None:
    """Dispatch, an instant answer, praise after all: no clock is forgotten."""
    dispatched, answered, praised = called(), called(RequestType.INQUIRY), called()
    dispatched.dispatch()
    answered.answer()
    resolution = Resolution(terms=sample.terms(), routing=sample.routing(certain=False))
    praised.classify(resolution, RequestType.PRAISE)
    for journey in (dispatched, answered, praised):
        assert journey.ticket.clocks["consult_by.1"].standing == "waived"
    assert not answered.ticket.is_open
    assert not praised.ticket.open_clocks()


def test_a_consultation_that_drags_on_climbs() -> None:
    """To the city, beside the dispatch alarm."""
    journey = called()
    journey.wait(hours=49)
    assert journey.ticket.clocks["consult_by.1"].is_overdue


def test_the_industry_s_department_says_whether_the_matter_is_its_own() -> None:
    """B13: whoever handles it; each change of mind is a fact, saying the same again is none."""
    journey = Journey()
    journey.take("confirm_industry", ConfirmIndustry(actor=WATER))
    with pytest.raises(WrongStage):
        journey.take("confirm_industry", ConfirmIndustry(actor=WATER))
    journey.take("disown_industry", DisownIndustry(actor=WATER, reason=sample.TEXT))
    assert journey.ticket.industry is not None
    assert not journey.ticket.industry.confirmed
    assert journey.ticket.assignment == sample.assignment()
    notified = [notice.to for notice in journey.notices if notice.kind == "industry_disowned"]
    assert notified == [sample.CITY_DESK.code]


def test_no_other_unit_speaks_for_an_industry() -> None:
    """Not even the one that handles the ticket."""
    with pytest.raises(WrongActor, match="市水务局"):
        Journey().take("confirm_industry", ConfirmIndustry(actor=sample.HANDLER))


def test_without_a_category_no_industry_answers_for_the_matter() -> None:
    """There is no department that could confirm or disown it."""
    unknown = sample.given().model_copy(update={"industry": None})
    with pytest.raises(WrongStage, match="尚未分类"):
        Journey().take("confirm_industry", ConfirmIndustry(actor=WATER), unknown)
    with pytest.raises(WrongStage, match="尚未分类"):
        Journey().take("disown_industry", DisownIndustry(actor=WATER, reason=sample.TEXT), unknown)

"""Dispatch by a district, and the guard of the grassroots. Source: Ordinance art. 12, 17."""

from collections.abc import Callable

import pytest

from domain import messages as m
from domain.dispatch.objecting import DecideObjection, Object
from domain.dispatch.redispatching import Redispatch
from domain.errors import Refused, WrongActor, WrongStage
from domain.facts import main_line as f
from domain.ticket.draft import REQUESTER
from domain.vocabulary import Level, Role, Status, Verdict
from tests import sample
from tests.domain.journey import Journey

DISTRICT_DISPATCHER = m.Actor(unit=sample.DISTRICT_DESK.code, role=Role.DISPATCHER, person="D2")
TO_TOWN = Redispatch(actor=DISTRICT_DISPATCHER, unit=sample.TOWN.code, reason=sample.TEXT)


def to_a_district() -> Journey:
    """Return a ticket that the directory sends to a district."""
    intake = sample.intake()
    routing = intake.routing.model_copy(update={"assignment": sample.assignment(sample.DISTRICT)})
    return Journey(intake.model_copy(update={"routing": routing}))


@pytest.mark.parametrize(
    "actor",
    [
        DISTRICT_DISPATCHER,
        sample.DISTRICT_SUPERVISOR,
        m.Actor(unit=sample.DISTRICT.code, role=Role.DISPATCHER),
        m.Actor(unit=sample.DISTRICT.code, role=Role.HANDLER),
    ],
)
def test_a_district_gives_a_ticket_to_one_of_its_towns_under_the_same_promise(actor: m.Actor) -> None:
    """B11: before or after signing; the town signs, the district's desk stands above it."""
    journey = to_a_district()
    promised = journey.ticket.promised_at
    journey.wait(hours=1)
    journey.take("redispatch", TO_TOWN.model_copy(update={"actor": actor}))
    ticket = journey.ticket
    assert ticket.assignment is not None
    assert (ticket.assignment.unit, ticket.turn, ticket.promised_at) == (sample.TOWN, 2, promised)
    assert ticket.assignment.desks[Level.DISTRICT] == sample.DISTRICT_DESK
    assert ticket.status is Status.AWAITING_SIGN
    copies = [notice.to for notice in journey.notices if notice.kind == "reassigned"]
    assert copies == [sample.TOWN.code, sample.DISTRICT_DESK.code, REQUESTER]


@pytest.mark.parametrize(
    ("make", "changed", "refused"),
    [
        (to_a_district, {"unit": sample.HEATING.code}, WrongStage),
        (to_a_district, {"unit": sample.DISTRICT.code}, WrongStage),
        (to_a_district, {"actor": sample.DISPATCHER}, WrongActor),
        (to_a_district, {"actor": m.Actor(unit="110105-DESK", role=Role.DISPATCHER)}, WrongActor),
        (Journey, {"unit": sample.OTHER_TOWN.code}, WrongStage),
    ],
)
def test_a_district_dispatches_what_it_holds_to_its_own_units_alone(
    make: Callable[[], Journey], changed: dict[str, object], refused: type[Refused]
) -> None:
    """Neither a city unit, nor itself, nor another one's ticket, nor by another desk."""
    with pytest.raises(refused):
        make().take("redispatch", TO_TOWN.model_copy(update=changed))


def test_a_department_s_duty_never_goes_to_a_town() -> None:
    """B8: not by dispatch, not by reassignment, whoever tries; the refusal names the row and the way out."""
    waiting = Journey(sample.intake(unit=sample.WATER).model_copy(update={"category_given": False}))
    for act in (waiting.dispatch, Journey(sample.intake(unit=sample.WATER)).reassign):
        with pytest.raises(WrongStage, match="不得分派给街道乡镇"):
            act(sample.assignment(sample.TOWN))
    waiting.dispatch(sample.assignment(sample.HEATING))
    assert waiting.ticket.status is Status.AWAITING_SIGN


def test_where_the_directory_names_nobody_for_certain_a_dispatcher_decides() -> None:
    """The guard needs a row that says whose duty it is."""
    journey = Journey(sample.intake(unit=sample.WATER, certain=False))
    journey.dispatch(sample.assignment(sample.TOWN))
    assert journey.ticket.status is Status.AWAITING_SIGN


def test_the_review_of_an_objection_is_the_one_way_past_the_guard_and_on_record() -> None:
    """The department objects, somebody who is no party gives it to the town, with a reason."""
    journey = Journey(sample.intake(unit=sample.WATER))
    journey.take("object", Object(actor=journey.handler, reason=sample.TEXT, basis_code="ORD-12"))
    reviewer = m.Actor(unit=sample.CITY_DESK.code, role=Role.REVIEWER, person="R1")
    decide = DecideObjection(
        actor=reviewer, verdict=Verdict.UPHELD, unit=sample.TOWN.code, reason=sample.TEXT
    )
    journey.take("decide_objection", decide)
    given_to = [fact for fact in journey.log if isinstance(fact, f.Reassigned)][-1]
    assert (given_to.assignment.unit, given_to.reason) == (sample.TOWN, sample.TEXT)

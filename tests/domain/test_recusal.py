"""A complaint about a unit: it neither gets the ticket, nor a part of it, nor sees it, nor speaks on it."""

from collections.abc import Callable
from random import Random

import pytest

from domain import messages as m
from domain.dispatch.consulting import ConcludeConsultation, Consult
from domain.dispatch.industry import ConfirmIndustry
from domain.dispatch.objecting import DecideObjection, Object
from domain.dispatch.redispatching import Redispatch
from domain.errors import WrongActor, WrongStage
from domain.facts import main_line as f
from domain.handle.assisting import Assist
from domain.handle.subassigning import SubAssign
from domain.handle.whistling import BlowWhistle
from domain.show.explaining import explain
from domain.show.views import status_view
from domain.supervise.escalating import Escalate
from domain.supervise.supervision_orders import Supervise
from domain.terms import Named, Resolution
from domain.ticket.ticket import Ticket
from domain.vocabulary import EscalateTo, Level, Role, Status, Verdict, WhistleKind
from tests import sample
from tests.domain.journey import Journey
from tests.domain.outage import brief, join
from tests.domain.watching import Watched, life

TEXT = sample.TEXT
REVIEWER = m.Actor(unit=sample.CITY_DESK.code, role=Role.REVIEWER, person="R1")
CITY_SUPERVISOR = m.Actor(unit=sample.CITY_DESK.code, role=Role.SUPERVISOR, person="V9")


def complaint(about: Named, lies_with: Named | None = None) -> Journey:
    """Return a complaint about a unit; `lies_with`: signed by that one."""
    journey = Journey(sample.intake(against=about))
    if lies_with is not None:
        journey.dispatch(sample.assignment(lies_with))
        journey.sign()
    return journey


def test_a_complaint_about_a_unit_never_goes_to_that_unit() -> None:
    """B50, R109: not by the directory, which names it, and by no dispatcher; the reason is there to read."""
    journey = complaint(sample.TOWN)
    assert journey.ticket.status is Status.AWAITING_DISPATCH
    assert f"投诉{sample.TOWN.zh}" in status_view(journey.ticket).why_zh
    assert sample.TOWN.en in status_view(journey.ticket).why_en
    explanation = explain(journey.intake, journey.log, journey.now).unit.sentences
    assert any("须回避" in one.zh for one in explanation)
    with pytest.raises(WrongStage, match="按回避规定,该单位及其下属单位不得承办或参与,请另选单位。"):
        journey.dispatch()
    journey.dispatch(sample.assignment(sample.OTHER_TOWN))
    with pytest.raises(WrongStage, match="按回避规定,该单位及其下属单位不得承办或参与,请另选单位。"):
        journey.reassign(sample.assignment(sample.TOWN))
    assert journey.ticket.assignment is not None
    assert journey.ticket.assignment.unit == sample.OTHER_TOWN


@pytest.mark.parametrize("unit", [sample.DISTRICT, sample.DISTRICT_DESK, sample.TOWN, sample.OTHER_TOWN])
def test_with_a_district_go_its_desk_and_its_towns(unit: Named) -> None:
    """Who answers to it decides for it: none of them gets the complaint about it."""
    journey = complaint(sample.DISTRICT)
    assert journey.ticket.status is Status.AWAITING_DISPATCH
    with pytest.raises(WrongStage, match="昌平区"):
        journey.dispatch(sample.assignment(unit))
    journey.dispatch(sample.assignment(sample.HEATING))


def test_a_complaint_about_another_unit_goes_its_way_by_itself() -> None:
    """Only the unit complained of keeps out."""
    assert complaint(sample.WATER).ticket.status is Status.AWAITING_SIGN


def test_a_classification_that_names_the_accused_sends_it_nowhere() -> None:
    """The directory is asked again, and the answer is kept from the unit as well."""
    journey = Journey(sample.intake(against=sample.WATER, certain=False))
    journey.classify(Resolution(terms=sample.terms(), routing=sample.routing(sample.WATER)))
    assert journey.ticket.status is Status.AWAITING_DISPATCH
    assert "须回避" in journey.ticket.routing.why_zh


def test_the_other_part_of_a_dual_dispatch_is_not_the_accused_s() -> None:
    """The lead gets the ticket by itself, nobody gets the part."""
    intake = sample.intake(against=sample.WATER)
    dual = intake.routing.model_copy(update={"parallel": sample.WATER})
    journey = Journey(intake.model_copy(update={"routing": dual}))
    assert (journey.ticket.status, journey.ticket.tasks) == (Status.AWAITING_SIGN, {})
    assert sample.WATER.zh in journey.ticket.routing.why_zh


WATER = sample.WATER.code
TO_WATER: list[tuple[str, Callable[[m.Actor], m.Command]]] = [
    ("assist", lambda by: Assist(actor=by, unit=WATER, text=TEXT)),
    ("sub_assign", lambda by: SubAssign(actor=by, unit=WATER, text=TEXT)),
    ("sub_assign", lambda by: SubAssign(actor=by, unit=f"{WATER}/north", text=TEXT)),
    (
        "whistle",
        lambda by: BlowWhistle(
            actor=by, kind=WhistleKind.EMERGENCY, called=(sample.HEATING.code, WATER), place=TEXT, text=TEXT
        ),
    ),
    (
        "escalate",
        lambda by: Escalate(actor=by, to=EscalateTo.INDUSTRY, unit=WATER, opinion=TEXT, measures=TEXT),
    ),
    ("supervise", lambda _: Supervise(actor=CITY_SUPERVISOR, unit=WATER, text=TEXT)),
]


@pytest.mark.parametrize(("name", "command"), TO_WATER)
def test_no_command_brings_a_part_of_it_to_the_accused(
    name: str, command: Callable[[m.Actor], m.Command]
) -> None:
    """Neither assistance nor a whistle, an order or an opinion is asked of it."""
    journey = Journey(sample.intake(against=sample.WATER))
    journey.sign()
    with pytest.raises(WrongStage, match="本件反映的是市水务局的问题"):
        journey.take(name, command(journey.handler))
    assert not journey.ticket.tasks


def test_no_consultation_calls_it_or_gives_it_the_lead() -> None:
    """It does not sit at the table where the complaint about it is talked over."""
    journey = Journey(sample.intake(against=sample.WATER, certain=False))
    with pytest.raises(WrongStage, match="按回避规定,该单位及其下属单位不得承办或参与,请另选单位。"):
        journey.take("consult", Consult(actor=sample.DISPATCHER, units=(WATER,), text=TEXT))
    journey.take("consult", Consult(actor=sample.DISPATCHER, units=(sample.HEATING.code,), text=TEXT))
    end = ConcludeConsultation(actor=sample.DISPATCHER, unit=WATER, minutes=TEXT)
    with pytest.raises(WrongStage, match="按回避规定,该单位及其下属单位不得承办或参与,请另选单位。"):
        journey.take("conclude_consultation", end)


def test_no_objection_and_no_verdict_brings_it_there() -> None:
    """It is neither proposed nor named by the review."""
    journey = Journey(sample.intake(against=sample.WATER))
    proposes = Object(actor=journey.handler, reason=TEXT, basis_code="ORD-12", proposed=WATER)
    with pytest.raises(WrongStage, match="按回避规定,该单位及其下属单位不得承办或参与,请另选单位。"):
        journey.take("object", proposes)
    journey.take("object", proposes.model_copy(update={"proposed": None}))
    upheld = DecideObjection(actor=REVIEWER, verdict=Verdict.UPHELD, unit=WATER, reason=TEXT)
    with pytest.raises(WrongStage, match="按回避规定,该单位及其下属单位不得承办或参与,请另选单位。"):
        journey.take("decide_objection", upheld)


def test_a_district_does_not_hand_it_to_the_town_complained_of() -> None:
    """Re-dispatch within the district goes to another town."""
    journey = complaint(sample.TOWN)
    journey.dispatch(sample.assignment(sample.DISTRICT))
    to = Redispatch(actor=sample.DISTRICT_SUPERVISOR, unit=sample.TOWN.code, reason=TEXT)
    with pytest.raises(WrongStage, match="按回避规定,该单位及其下属单位不得承办或参与,请另选单位。"):
        journey.take("redispatch", to)
    journey.take("redispatch", to.model_copy(update={"unit": sample.OTHER_TOWN.code}))


def test_it_joins_no_incident_that_the_accused_leads() -> None:
    """The common cause may be the same; the complaint about the unit is another matter."""
    journey = complaint(sample.TOWN)
    with pytest.raises(WrongStage, match="按回避规定,该单位及其下属单位不得承办或参与,请另选单位。"):
        journey.take("join_incident", join(), brief())


def test_no_word_of_the_accused_counts() -> None:
    """Whatever its people try: as supervisor, as industry, by its own system's signal, or a unit under it."""
    journey = complaint(sample.DISTRICT, sample.HEATING)
    for unit in (sample.DISTRICT, sample.DISTRICT_DESK, sample.TOWN):
        with pytest.raises(WrongActor, match=r"本件反映的是昌平区的问题,按回避规定,.+不能备注。"):
            journey.note(m.Actor(unit=unit.code, role=Role.SUPERVISOR, person="V1"))
    journey.complete(sample.HANDLER)
    assert [fact.about for fact in journey.log if isinstance(fact, f.Noted)] == ["complete:WrongActor"]
    industry = Journey(sample.intake(against=sample.WATER))
    with pytest.raises(WrongActor, match="按回避规定"):
        industry.take("confirm_industry", ConfirmIndustry(actor=m.Actor(unit=WATER, role=Role.HANDLER)))


def test_an_accused_desk_is_passed_over_and_the_city_is_next() -> None:
    """A desk complained of is neither desk nor watcher: the silence of its town climbs to the city."""
    journey = complaint(sample.DISTRICT_DESK)
    assignment = journey.ticket.assignment
    assert assignment is not None
    assert (assignment.watchers, assignment.desks) == ((), {Level.CITY: sample.CITY_DESK})
    journey.left_alone()
    climbed = {fact.desk.code for fact in journey.log if isinstance(fact, f.Escalated)}
    assert climbed == {sample.CITY_DESK.code}


def barred_in(ticket: Ticket) -> set[str]:
    """Return the codes of the accused's units that `ticket` has to do with."""
    given = ticket.assignment
    named = [clock.holder for clock in ticket.clocks.values()]
    named += [task.holder for task in ticket.tasks.values()]
    if given is not None:
        named += [given.unit, *given.watchers, *given.desks.values()]
        named += [given.district] if given.district else []
    return {unit.code for unit in named if ticket.is_barred(unit.code)}


@pytest.mark.parametrize("about", [sample.TOWN, sample.DISTRICT, sample.WATER, sample.HEATING])
def test_whatever_happens_the_accused_holds_nothing_and_gets_no_notice(about: Named) -> None:
    """Random lives: no clock, no task, no desk, no notice, no fact by its people that changes anything."""
    for number in range(12):
        journey = Watched(sample.intake(against=about, certain=number % 2 == 0))
        for _ in life(Random(f"{about.code} {number}"), journey, acts=25):
            assert not barred_in(journey.ticket)
        assert not [notice.to for notice in journey.notices if journey.ticket.is_barred(notice.to)]
        assert not [fact for fact in journey.log if journey.ticket.is_barred(fact.actor.unit)]

"""Reading by the head of the unit: on record with name and time, and no clock moves by it."""

import pytest

from domain import messages as m
from domain.errors import Incomplete, WrongActor, WrongStage
from domain.facts.handle import HeadReading
from domain.handle.handling import complete
from domain.handle.head_reading import ReadTicket
from domain.show.views import clock_views, status_view
from domain.vocabulary import Outcome, Role, Status
from tests import sample
from tests.domain.journey import Journey

HEAD = sample.HANDLER.model_copy(update={"person": "H1"})
READ = ReadTicket(actor=HEAD)


def asked_for(*, urgent: bool = True) -> Journey:
    """Return a ticket under an edition that wants the head to read what is urgent; reached, not answered."""
    terms = sample.terms().model_copy(update={"head_reads": True, "urgent_sensitive": urgent})
    journey = Journey(sample.intake(with_terms=terms))
    journey.sign()
    journey.contact()
    return journey


def test_the_head_of_the_unit_reads_it_and_it_stands_with_name_and_time() -> None:
    """B16: also before anybody has signed; every clock stays as it is."""
    journey = Journey()
    before = clock_views(journey.ticket)
    journey.wait(hours=0.5)
    journey.take("read_by_head", READ)
    read = HeadReading(unit=sample.TOWN.code, person="H1", turn=1, at=journey.now)
    assert status_view(journey.ticket).readings == (read,)
    assert clock_views(journey.ticket) == before
    assert journey.ticket.status is Status.AWAITING_SIGN


def test_once_for_each_person_and_turn() -> None:
    """A second time says so and leaves no trace; another person, and another turn, read for themselves."""
    journey = Journey()
    journey.take("read_by_head", READ)
    with pytest.raises(WrongStage, match="已签阅"):
        journey.take("read_by_head", READ)
    above = ReadTicket(actor=sample.DISTRICT_SUPERVISOR)
    journey.take("read_by_head", above)
    journey.reassign(sample.assignment(sample.OTHER_TOWN))
    journey.take("read_by_head", above)
    assert [(one.person, one.turn) for one in journey.ticket.readings] == [("H1", 1), ("V1", 1), ("V1", 2)]


@pytest.mark.parametrize(
    "actor",
    [
        HEAD.model_copy(update={"person": None}),
        HEAD.model_copy(update={"unit": sample.OTHER_TOWN.code}),
        m.Actor(unit=sample.TOWN.code, role=Role.SUPERVISOR, person="H1"),
        sample.DISPATCHER,
    ],
)
def test_only_a_named_person_of_the_unit_or_of_a_desk_above_reads(actor: m.Actor) -> None:
    """Nobody in particular, another unit and a dispatcher do not."""
    with pytest.raises(WrongActor):
        Journey().take("read_by_head", ReadTicket(actor=actor))


def test_before_dispatch_there_is_no_head_to_read_it() -> None:
    """It lies with no unit."""
    waiting = Journey(sample.intake(certain=False))
    reads = ReadTicket(actor=m.Actor(unit=sample.CITY_DESK.code, role=Role.SUPERVISOR, person="V9"))
    with pytest.raises(WrongStage):
        waiting.take("read_by_head", reads)


def test_an_edition_may_ask_for_it_before_feedback_on_what_is_urgent_and_sensitive() -> None:
    """By the unit's own head and in this turn; a signal without it becomes a remark."""
    journey = asked_for()
    with pytest.raises(Incomplete, match="签阅"):
        journey.feedback()
    signal = m.Complete(actor=journey.handler, outcome=Outcome.RESOLVED, reply=sample.TEXT)
    (noted,) = complete(journey.ticket, signal, journey.now)
    assert noted.kind == "noted"
    journey.take("read_by_head", ReadTicket(actor=sample.DISTRICT_SUPERVISOR))
    with pytest.raises(Incomplete, match="签阅"):
        journey.feedback()
    journey.take("read_by_head", READ)
    journey.feedback()
    assert journey.ticket.status is Status.FEEDBACK_GIVEN


def test_it_is_not_asked_for_elsewhere() -> None:
    """A common matter, and an edition that says nothing of it."""
    for journey in (asked_for(urgent=False), Journey().handled()):
        if journey.ticket.status is Status.HANDLING:
            journey.feedback()
        assert journey.ticket.status is Status.FEEDBACK_GIVEN

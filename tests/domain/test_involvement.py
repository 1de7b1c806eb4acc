"""Which units have a part in a ticket, and what each may keep of it. Source: Ordinance art. 28."""

from datetime import timedelta

from domain import messages as m
from domain.assisting import AnswerTask
from domain.involvement import Share, share_of, touched_by
from domain.terms import Named
from domain.views import status_view
from domain.vocabulary import ClockName, Role, Satisfaction
from tests import sample
from tests.domain.journey import Journey
from tests.domain.test_assisting import asked
from tests.domain.test_redo import discontent, started
from tests.readmodel.records import states


def share(journey: Journey, unit: Named) -> Share:
    """Return what `unit` may have of the ticket, which must be something."""
    found = share_of(journey.intake, journey.log, unit.code)
    assert found is not None
    return found


def test_the_responsible_unit_has_all_of_it_as_it_stands() -> None:
    """Where it stands, every clock, and what the requester said in the end."""
    journey = started(rounds=0).handled()
    journey.says(satisfied=Satisfaction.NEUTRAL)
    found = share(journey, sample.TOWN)
    assert found.parts == ("responsible",)
    assert found.left_at is None
    assert found.ticket == status_view(journey.ticket)
    assert ClockName.FEEDBACK_BY in {clock.name for clock in found.clocks}
    (survey,) = found.surveys
    assert (survey.round, survey.resolved, survey.satisfied) == (1, True, Satisfaction.NEUTRAL)
    assert survey.comment == sample.TEXT.id


def test_a_unit_that_never_had_a_part_has_nothing() -> None:
    """Neither a unit of the same district nor the desk that dispatched it."""
    journey = Journey().handled()
    for unit in (sample.OTHER_TOWN, sample.CITY_DESK, sample.WATER):
        assert share_of(journey.intake, journey.log, unit.code) is None


def test_a_watcher_sees_it_as_long_as_it_watches() -> None:
    """The district of the town is given a copy with the dispatch."""
    journey = Journey()
    assert share(journey, sample.DISTRICT).parts == ("watching",)


def test_a_unit_that_lost_the_ticket_keeps_it_as_it_was_and_learns_nothing_of_its_successor() -> None:
    """Neither the new unit, nor its feedback, nor what the requester said of that."""
    journey = Journey()
    journey.sign()
    before = status_view(journey.ticket)
    journey.wait(hours=1)
    left_at = journey.now
    journey.reassign(sample.assignment(sample.OTHER_TOWN))
    journey.handled()
    journey.wait(days=3)
    journey.says(resolved=False)
    found = share(journey, sample.TOWN)
    assert (found.parts, found.left_at) == ((), left_at)
    assert found.ticket == before.model_copy(update={"version": found.ticket.version})
    assert found.surveys == ()
    assert sample.OTHER_TOWN.code not in found.model_dump_json()
    assert len(share(journey, sample.OTHER_TOWN).surveys) == 1


def test_a_unit_keeps_the_survey_of_what_it_did_and_not_that_of_the_redo() -> None:
    """Discontent sends it one level up: the town keeps round 1, the district has both."""
    journey = discontent(started())
    assert [one.round for one in share(journey, sample.TOWN).surveys] == [1]
    journey.handled()
    journey.says(satisfied=Satisfaction.VERY_SATISFIED)
    assert [one.round for one in share(journey, sample.TOWN).surveys] == [1]
    assert [one.round for one in share(journey, sample.DISTRICT).surveys] == [1, 2]


def test_a_unit_that_gave_its_result_hears_the_survey_of_that_round() -> None:
    """Its part ended with the result, before the requester was asked."""
    journey = asked()
    water = m.Actor(unit=sample.WATER.code, role=Role.HANDLER)
    assert share(journey, sample.WATER).parts == ("task",)
    journey.wait(hours=1)
    journey.take("answer_task", AnswerTask(actor=water, task="assist.1", reply=sample.TEXT))
    answered = share(journey, sample.WATER)
    assert (answered.left_at, answered.surveys) == (journey.now, ())
    journey.contact()
    journey.feedback()
    journey.wait(days=3)
    journey.says()
    told = share(journey, sample.WATER)
    assert [one.resolved for one in told.surveys] == [True]
    assert told.ticket == answered.ticket


def test_a_unit_that_has_it_again_has_all_of_it_again() -> None:
    """Taken away, and given back."""
    journey = Journey()
    journey.reassign(sample.assignment(sample.OTHER_TOWN))
    journey.reassign(sample.assignment(sample.TOWN))
    found = share(journey, sample.TOWN)
    assert (found.parts, found.left_at) == (("responsible",), None)
    assert found.ticket.version == journey.ticket.version


def test_every_write_is_news_for_everyone_whose_share_it_changes() -> None:
    """Told from the new facts and the view alone: at no step a unit that has a part is left out."""
    journey = asked()
    journey.reassign(sample.assignment(sample.OTHER_TOWN))
    journey.until(journey.now + timedelta(days=2))
    for place, state in enumerate(states(journey)[1:], start=1):
        touched = touched_by([journey.log[place]], status_view(state))
        for unit in sample.UNITS:
            before = share_of(journey.intake, journey.log[:place], unit)
            after = share_of(journey.intake, journey.log[: place + 1], unit)
            has_part = after is not None and after.left_at is None
            assert (unit in touched.now) == has_part
            had_part = before is not None and before.left_at is None
            if after != before:
                assert unit in touched.touched or had_part

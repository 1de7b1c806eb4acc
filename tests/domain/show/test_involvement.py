"""Which units have a part in a ticket, and what each may keep of it. Source: Ordinance art. 28."""

from contextlib import suppress
from datetime import timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from domain import messages as m
from domain.commands import COMMANDS
from domain.errors import Refused
from domain.handle.assisting import AnswerTask, Assist
from domain.show.involvement import Share, _is_whole, parts_of, share_of, touched_by
from domain.show.views import status_view
from domain.terms import Named
from domain.ticket.evolving import begin, evolve
from domain.ticket.ticket import Ticket
from domain.vocabulary import ClockName, Role, Satisfaction, Status
from tests import sample
from tests.domain.journey import Journey
from tests.domain.making_up import Author, give
from tests.domain.test_redo import discontent, started


def _states(journey: Journey) -> list[Ticket]:
    found = [begin(journey.intake)]
    for fact in journey.log[1:]:
        found.append(evolve(found[-1], fact))
    return found


def share(journey: Journey, unit: Named) -> Share:
    """Return what `unit` may have of the ticket, which must be something."""
    found = share_of(journey.intake, journey.log, unit.code)
    assert found is not None
    return found


def asked(journey: Journey) -> Journey:
    """Return the ticket signed, with the water authority asked to assist."""
    journey.sign()
    journey.take("assist", Assist(actor=sample.HANDLER, unit=sample.WATER.code, text=sample.TEXT))
    return journey


def test_the_responsible_unit_has_all_of_it_as_it_stands() -> None:
    """Where it stands, every clock, and what the requester said in the end."""
    journey = started(rounds=0).handled()
    journey.says(satisfied=Satisfaction.BASICALLY_SATISFIED)
    found = share(journey, sample.TOWN)
    assert found.parts == ("responsible",)
    assert found.left_at is None
    assert found.ticket == status_view(journey.ticket)
    assert ClockName.FEEDBACK_BY in {clock.name for clock in found.clocks}
    (survey,) = found.surveys
    assert (survey.round, survey.resolved, survey.satisfied) == (1, True, Satisfaction.BASICALLY_SATISFIED)
    assert survey.comment == sample.TEXT.id


def test_a_unit_that_never_had_a_part_has_nothing() -> None:
    """Neither a unit of the same district nor the desk that dispatched it."""
    journey = Journey().handled()
    for unit in (sample.OTHER_TOWN, sample.CITY_DESK, sample.WATER):
        assert share_of(journey.intake, journey.log, unit.code) is None


def test_a_watcher_sees_it_as_long_as_it_watches() -> None:
    """The district of the town is given a copy with the dispatch."""
    journey = Journey(sample.intake(certain=False))
    watched = sample.assignment().model_copy(update={"watchers": (sample.DISTRICT,)})
    journey.dispatch(watched)
    assert share(journey, sample.DISTRICT).parts == ("watching",)
    journey.reassign(sample.assignment(sample.WATER))
    assert share(journey, sample.DISTRICT).left_at == journey.now


def test_a_unit_that_lost_the_ticket_keeps_it_as_it_was_and_learns_nothing_of_its_successor() -> None:
    """Neither the new unit, nor its feedback, nor what the requester said of that."""
    journey = started(rounds=0)
    journey.sign()
    journey.wait(hours=1)
    left_at = journey.now
    journey.reassign(sample.assignment(sample.OTHER_TOWN))
    journey.handled()
    journey.says(resolved=False)
    found = share(journey, sample.TOWN)
    assert (found.parts, found.left_at) == ((), left_at)
    assert (found.ticket.unit, found.ticket.status) == (sample.TOWN, Status.HANDLING)
    assert found.ticket.version < journey.ticket.version
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
    journey = asked(started(rounds=0))
    water = m.Actor(unit=sample.WATER.code, role=Role.HANDLER)
    assert share(journey, sample.WATER).parts == ("task",)
    journey.wait(hours=1)
    journey.take("answer_task", AnswerTask(actor=water, task="assist.1", reply=sample.TEXT))
    answered = share(journey, sample.WATER)
    assert (answered.left_at, answered.surveys) == (journey.now, ())
    journey.contact()
    journey.feedback()
    journey.says()
    shown = share(journey, sample.WATER)
    assert [one.resolved for one in shown.surveys] == [True]
    assert shown.ticket == answered.ticket


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
    journey = asked(Journey())
    journey.reassign(sample.assignment(sample.OTHER_TOWN))
    journey.until(journey.now + timedelta(days=2))
    everyone_is_notified(journey)


@settings(max_examples=15, deadline=None)
@given(random=st.randoms(use_true_random=False))
def test_whatever_happens_a_share_can_be_fed_and_every_change_of_it_is_news(random: Random) -> None:
    """Any commands in any order, with time passing: no unit is forgotten and no state cannot be shown."""
    journey = Journey()
    names = sorted(COMMANDS)
    for _ in range(25):
        author, name = Author(random, journey.ticket, journey.now), random.choice(names)
        with suppress(Refused):
            give(journey, name, author.command(name), sample.intake().resolution)
        journey.wait(hours=random.choice([0, 0, 1, 30, 200]))
    everyone_is_notified(journey)


def everyone_is_notified(journey: Journey) -> None:
    """Fail if a fact of the journey changes what a unit may have and is no news for it."""
    after_each = _states(journey)
    for place in range(1, len(journey.log)):
        if not _is_whole(after_each[place - 1]) or not _is_whole(after_each[place]):
            continue  # no write ends between a task and its clock
        touched = touched_by([journey.log[place]], status_view(after_each[place]))
        for unit in sample.UNITS:
            had, has = parts_of(after_each[place - 1], unit), parts_of(after_each[place], unit)
            assert (unit in touched.now) == bool(has)
            assert unit in touched.touched or not (has and not had)
    for unit in sample.UNITS:
        found = share_of(journey.intake, journey.log, unit)
        if found is not None:
            assert (found.left_at is None) == bool(parts_of(journey.ticket, unit))
            assert any(parts_of(state, unit) for state in after_each)


def test_a_task_is_news_for_who_has_to_do_it_and_its_result_is_remembered() -> None:
    """Also when the facts are all that is looked at: asked to assist, then answered."""
    journey = asked(Journey())
    water, seen = sample.WATER.code, len(journey.log)
    touched = touched_by(journey.log, status_view(journey.ticket))
    assert water in touched.now
    assert (touched.answered, touched.surveyed) == ([], False)
    actor = m.Actor(unit=water, role=Role.HANDLER)
    journey.take("answer_task", AnswerTask(actor=actor, task="assist.1", reply=sample.TEXT))
    touched = touched_by(journey.log[seen:], status_view(journey.ticket))
    assert water not in touched.now
    assert water in touched.touched
    assert touched.answered == [water]

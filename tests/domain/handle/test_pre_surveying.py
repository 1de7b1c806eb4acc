"""The unit asks the requester itself, before the centre does: to mend what is weak, and for nothing else."""

import pytest

from domain.errors import Incomplete, Malformed, Refused, WrongActor, WrongStage
from domain.handle.pre_surveying import PreSurvey
from domain.show.views import clock_views, status_view
from domain.vocabulary import Ending, Role, Satisfaction, Status, TryResult
from tests import sample
from tests.domain.journey import Journey

CONTENT = PreSurvey(
    actor=sample.HANDLER,
    result=TryResult.ANSWERED,
    contacted=True,
    resolved=True,
    satisfied=Satisfaction.SATISFIED,
    comment=sample.TEXT,
)
DISCONTENT = CONTENT.model_copy(update={"resolved": False, "satisfied": Satisfaction.DISSATISFIED})
NO_ANSWER = PreSurvey(actor=sample.HANDLER, result=TryResult.NO_ANSWER)


def signed() -> Journey:
    """Return a ticket that the unit handles."""
    journey = Journey()
    journey.sign()
    return journey


def test_a_unit_asks_first_itself_and_sees_what_it_has_to_mend() -> None:
    """B34: the discontent shows while it can be mended, its own desk hears of it, no clock moves."""
    journey = signed()
    before = clock_views(journey.ticket)
    journey.take("pre_survey", DISCONTENT)
    view = status_view(journey.ticket)
    assert view.pre_survey is not None
    assert (view.pre_survey.discontent, view.pre_survey.times) == (True, 1)
    assert "预回访不满意" in view.sentence_zh
    assert clock_views(journey.ticket) == before
    notified = [notice for notice in journey.notices if notice.kind == "pre_survey_held"]
    assert [(one.to, one.about["discontent"]) for one in notified] == [(sample.DISTRICT_DESK.code, "yes")]
    journey.take("pre_survey", CONTENT)
    view = status_view(journey.ticket)
    assert view.pre_survey is not None
    assert (view.pre_survey.discontent, view.pre_survey.times) == (False, 2)
    assert "预回访" not in view.sentence_zh


def test_what_the_unit_heard_first_counts_for_no_rate_and_ends_nothing() -> None:
    """The centre asks all the same, and its answers alone decide: of discontent before, and of content."""
    content = signed()
    content.contact()
    content.take("pre_survey", DISCONTENT)
    content.feedback()
    content.take("pre_survey", DISCONTENT)
    view = status_view(content.ticket)
    assert (view.survey_contacted, view.survey_resolved, view.survey_satisfied) == (None, None, None)
    assert (content.ticket.surveys, content.ticket.resolved_at_attempt) == ((), None)
    content.until("2026-11-09 10:00")
    assert content.ticket.status is Status.SURVEYING
    content.says()
    assert content.ticket.ending is Ending.RESOLVED
    discontent = signed()
    discontent.contact()
    discontent.feedback()
    discontent.take("pre_survey", CONTENT)
    discontent.until("2026-11-09 10:00")
    discontent.says(resolved=False)
    assert discontent.ticket.round == 2
    assert status_view(discontent.ticket).pre_survey is None


def test_where_nobody_answered_that_is_what_stands() -> None:
    """No answers, and nothing to mend."""
    journey = signed()
    journey.take("pre_survey", NO_ANSWER)
    said = status_view(journey.ticket).pre_survey
    assert said is not None
    assert (said.result, said.resolved, said.discontent) == (TryResult.NO_ANSWER, None, False)


@pytest.mark.parametrize(
    ("command", "refused"),
    [
        (CONTENT.model_copy(update={"satisfied": None}), Incomplete),
        (NO_ANSWER.model_copy(update={"resolved": True}), Malformed),
        (CONTENT.model_copy(update={"actor": sample.SURVEYOR}), WrongActor),
        (CONTENT.model_copy(update={"actor": sample.HANDLER.model_copy(update={"unit": "X"})}), WrongActor),
    ],
)
def test_half_answers_and_other_people_are_refused(command: PreSurvey, refused: type[Refused]) -> None:
    """All three answers or none; and the responsible unit's handlers alone: the survey is the centre's."""
    with pytest.raises(refused):
        signed().take("pre_survey", command)


def test_it_comes_after_signing_and_before_the_centre_asks() -> None:
    """Neither before the unit has the matter in hand, nor while the survey runs."""
    journey = Journey()
    with pytest.raises(WrongStage):
        journey.take("pre_survey", CONTENT)
    journey.handled()
    journey.until("2026-11-09 10:00")
    assert journey.ticket.status is Status.SURVEYING
    with pytest.raises(WrongStage):
        journey.take("pre_survey", CONTENT)


def test_a_desk_that_handles_a_ticket_itself_is_not_notified_by_itself() -> None:
    """The city's desk is notified of a city unit's calls, never of its own."""
    for unit, answer in ((sample.HEATING, 1), (sample.CITY_DESK, 0)):
        journey = Journey(sample.intake(unit=unit))
        journey.sign()
        assert journey.handler.role is Role.HANDLER
        journey.take("pre_survey", CONTENT.model_copy(update={"actor": journey.handler}))
        assert sum(notice.kind == "pre_survey_held" for notice in journey.notices) == answer

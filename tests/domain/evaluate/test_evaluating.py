"""Evaluate: who answers, and what the answers bring about."""

import pytest

from domain import messages as m
from domain.command.given import NOTHING_GIVEN
from domain.commands import COMMANDS
from domain.errors import Incomplete, WrongActor, WrongStage
from domain.vocabulary import Ending, Satisfaction, Status, TryResult
from tests import sample
from tests.domain.calendar_strategies import shown
from tests.domain.journey import Journey, story
from tests.domain.lives import SECOND_MONDAY, asked

BAD = (Satisfaction.DISSATISFIED, Satisfaction.VERY_DISSATISFIED)


# ---------------------------------------------------------------- who and what


def test_outside_the_survey_nobody_answers_it() -> None:
    """Before it, and after the end."""
    journey = Journey().handled()
    with pytest.raises(WrongStage, match="尚未到回访环节"):
        journey.says()
    journey.until(SECOND_MONDAY)
    journey.says()
    with pytest.raises(WrongStage, match="已办结"):
        journey.says()


def test_the_unit_that_handled_it_does_not_make_the_survey() -> None:
    """Art. 23: somebody else does; the requester may answer by himself."""
    with pytest.raises(WrongActor, match="承办人"):
        asked().says(actor=sample.HANDLER)
    journey = asked()
    journey.says(actor=sample.REQUESTER)
    assert journey.ticket.ending is Ending.RESOLVED


@pytest.mark.parametrize("missing", ["contacted", "resolved", "satisfied"])
def test_an_answered_survey_has_all_three_answers(missing: str) -> None:
    """Contacted, resolved, satisfied: one missing and it does not count."""
    whole = {"contacted": True, "resolved": True, "satisfied": Satisfaction.SATISFIED, missing: None}
    command = m.Survey.model_validate({"actor": sample.SURVEYOR, "result": TryResult.ANSWERED} | whole)
    journey = asked()
    with pytest.raises(Incomplete, match="contacted, resolved and satisfied"):
        journey.take("survey", command)


def test_two_answers_in_one_instant_are_one() -> None:
    """Agent and requester at the same moment, before the process concludes: the first stands."""
    journey = asked()
    command = m.Survey(
        actor=sample.REQUESTER,
        result=TryResult.ANSWERED,
        contacted=True,
        resolved=False,
        satisfied=Satisfaction.DISSATISFIED,
    )
    journey.apply(COMMANDS["survey"].decide(journey.ticket, command, NOTHING_GIVEN, journey.now))
    for again in (command, m.Survey(actor=sample.SURVEYOR, result=TryResult.NO_ANSWER)):
        with pytest.raises(WrongStage, match="以首次结果为准"):
            journey.take("survey", again)
    assert len(journey.ticket.surveys) == 1


def test_a_requester_cannot_say_that_nobody_answered() -> None:
    """A try in vain is the desk's: with three of them the ticket would close as unreachable."""
    journey = asked()
    silent = m.Survey(actor=sample.REQUESTER, result=TryResult.NO_ANSWER)
    with pytest.raises(WrongActor, match="只能由回访员登记"):
        journey.take("survey", silent)


# ---------------------------------------------------------------- what follows


@pytest.mark.parametrize("satisfied", Satisfaction)
@pytest.mark.parametrize("resolved", [True, False])
def test_unresolved_or_one_of_the_last_two_grades_calls_for_a_redo(
    resolved: bool, satisfied: Satisfaction
) -> None:
    """Resolved and content closes; everything else begins again (peers' bug 22)."""
    journey = asked()
    journey.says(resolved=resolved, satisfied=satisfied)
    content = resolved and satisfied not in BAD
    assert journey.ticket.ending is (Ending.RESOLVED if content else None)
    assert journey.ticket.round == (1 if content else 2)


def test_the_redo_round_has_the_full_limit_from_its_own_start() -> None:
    """Asked on the second Monday at ten, not resolved: seven days from then, sign and contact again."""
    journey = asked()
    journey.says(resolved=False)
    assert {clock.key: shown(clock.due_at) for clock in journey.ticket.open_clocks()} == {
        "sign_by.2": "Mon 2026-11-09 12:00",
        "contact_by.2": "Tue 2026-11-10 10:00",
        "feedback_by.2": "Mon 2026-11-16 10:00",
    }
    assert journey.ticket.status is Status.AWAITING_SIGN
    assert journey.ticket.outcome is None


def test_after_the_redo_an_unresolved_matter_closes_unresolved_and_the_first_answers_stand() -> None:
    """Not resolved twice: `closed_unresolved`; the rates take the first call's answers."""
    journey = asked()
    journey.says(resolved=False, satisfied=Satisfaction.VERY_DISSATISFIED)
    journey.handled()
    journey.until("2026-11-16 12:00")
    journey.says(resolved=False, satisfied=Satisfaction.DISSATISFIED)
    assert journey.ticket.ending is Ending.CLOSED_UNRESOLVED
    assert journey.ticket.surveys[0].satisfied is Satisfaction.VERY_DISSATISFIED
    assert [answers.round for answers in journey.ticket.surveys] == [1, 2]


def test_a_redo_that_succeeds_closes_resolved_and_the_first_answers_still_stand() -> None:
    """The matter is solved; the rate is not improved by it."""
    journey = asked()
    journey.says(resolved=False)
    journey.handled()
    journey.until("2026-11-16 12:00")
    journey.says()
    assert journey.ticket.ending is Ending.RESOLVED
    assert not journey.ticket.surveys[0].resolved


def test_an_edition_without_redo_closes_an_unresolved_matter_at_once() -> None:
    """Nought rounds."""
    journey = Journey(sample.intake(with_terms=sample.terms(redo_rounds=0))).handled()
    journey.until(SECOND_MONDAY)
    journey.says(resolved=False)
    assert journey.ticket.ending is Ending.CLOSED_UNRESOLVED


def test_a_unit_that_stays_silent_in_the_redo_round_is_asked_after_all_the_same() -> None:
    """The ladder of the second limit is climbed again, and the ticket reaches an end."""
    journey = asked()
    journey.says(resolved=False)
    lines = story(journey.left_alone())
    assert "escalated feedback_by.2 district" in lines
    assert "escalated feedback_by.2 city" in lines
    assert not journey.ticket.is_open


@pytest.mark.parametrize("resolved", [True, False])
def test_without_feedback_the_ticket_closes_unanswered_whatever_the_requester_says(resolved: bool) -> None:
    """He is asked all the same, and what he says is on record; there is nothing to redo."""
    journey = Journey()
    journey.until("2026-11-09 17:30")
    assert journey.ticket.status is Status.SURVEYING
    journey.says(resolved=resolved)
    assert journey.ticket.ending is Ending.UNANSWERED
    assert journey.ticket.surveys[0].resolved is resolved


def test_once_the_survey_has_begun_feedback_comes_too_late() -> None:
    """The unit's clocks have lapsed; its signal becomes a remark."""
    journey = Journey()
    journey.sign()
    journey.contact()
    journey.until("2026-11-09 17:30")
    with pytest.raises(WrongStage, match="回访中"):
        journey.feedback()
    assert story(journey.complete()) == ["noted complete:WrongStage"]

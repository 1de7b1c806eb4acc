"""Deliberation: a question is put to the residents before the matter is decided (B51)."""

import pytest

from domain import messages as m
from domain.errors import Incomplete, WrongActor, WrongStage
from domain.handle.assisting import AnswerTask
from domain.handle.deliberating import Deliberate, EndDeliberation
from domain.handle.subassigning import WithdrawTask
from domain.vocabulary import Level, Role, Status
from tests import sample
from tests.domain.journey import Journey

TEXT = sample.TEXT
ENDS = EndDeliberation(actor=sample.HANDLER, result=TEXT, attended=23)


def opened() -> Journey:
    """Return a ticket whose unit has put a question to the residents."""
    journey = Journey()
    journey.sign()
    journey.contact()
    journey.take("deliberate", Deliberate(actor=sample.HANDLER, text=TEXT))
    return journey


def test_residents_deliberate_and_their_word_stands_on_record_with_how_many_came() -> None:
    """The unit stays responsible; its feedback waits for what the residents come to (B51)."""
    journey = opened()
    assert journey.ticket.tasks["deliberation.1"].holder == sample.TOWN
    with pytest.raises(Incomplete):
        journey.feedback()
    journey.take("end_deliberation", ENDS)
    held = [getattr(fact, "attended", None) for fact in journey.log if fact.kind == "deliberated"]
    assert held == [23]
    assert journey.ticket.clocks["deliberation_by.deliberation.1"].standing == "met"
    journey.feedback()
    assert journey.ticket.status is Status.FEEDBACK_GIVEN


def test_a_deliberation_wins_no_time_and_is_not_forgotten() -> None:
    """It ends before the requester's limit; silence climbs."""
    journey = opened()
    clock, limit = journey.ticket.clocks["deliberation_by.deliberation.1"], journey.ticket.feedback_clock
    assert limit is not None
    assert clock.due_at <= limit.due_at
    journey.wait(hours=49)
    assert journey.ticket.clocks[clock.key].climbed == (Level.DISTRICT,)
    journey.left_alone()
    assert not journey.ticket.open_clocks()


def test_one_deliberation_at_a_time_ended_by_its_own_word_or_withdrawn() -> None:
    """A plain answer would leave out who came."""
    journey = opened()
    with pytest.raises(WrongStage):
        journey.take("deliberate", Deliberate(actor=sample.HANDLER, text=TEXT))
    plain = AnswerTask(actor=sample.HANDLER, task="deliberation.1", reply=TEXT)
    with pytest.raises(WrongStage, match="议事结果"):
        journey.take("answer_task", plain)
    withdrawn = WithdrawTask(actor=sample.HANDLER, task="deliberation.1", reason=TEXT)
    journey.take("withdraw_task", withdrawn)
    with pytest.raises(WrongStage):
        journey.take("end_deliberation", ENDS)


def test_only_the_responsible_unit_puts_the_question() -> None:
    """And only it records what came of it."""
    stranger = m.Actor(unit=sample.OTHER_TOWN.code, role=Role.HANDLER)
    with pytest.raises(WrongActor):
        opened().take("end_deliberation", ENDS.model_copy(update={"actor": stranger}))

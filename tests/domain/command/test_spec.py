"""A command tried before anything is looked up: what it would be refused for leaves no trace."""

import pytest

from domain import messages as m
from domain.commands import COMMANDS
from domain.errors import Incomplete, WrongActor, WrongStage
from domain.vocabulary import ContactResult, Outcome
from tests import sample
from tests.domain.journey import Journey


def rehearsed(journey: Journey, name: str, command: m.Command) -> None:
    """Try the command `name` on the journey's ticket."""
    COMMANDS[name].rehearse(journey.ticket, command, journey.now)


def feedback(*proof: m.ProofRef) -> m.Feedback:
    """Return the unit's result."""
    return m.Feedback(actor=sample.HANDLER, outcome=Outcome.RESOLVED, reply=sample.TEXT, proof=proof)


def test_a_rule_that_asks_nothing_is_tried_as_a_whole() -> None:
    """Feedback without the proof that the matter needs is refused by the rule itself."""
    journey = Journey(sample.intake(with_terms=sample.terms(proof="photo")))
    journey.sign()
    journey.contact(ContactResult.REACHED)
    before = journey.ticket
    with pytest.raises(Incomplete):
        rehearsed(journey, "feedback", feedback())
    rehearsed(journey, "feedback", feedback(m.ProofRef(kind="photo", ref=sample.TEXT)))
    assert journey.ticket == before


def test_of_a_rule_that_asks_only_who_and_when_are_tried() -> None:
    """The unit that a dispatcher names is looked up later; who dispatches, and when, is known now."""
    journey = Journey(sample.intake(certain=False))
    command = m.Dispatch(actor=sample.DISPATCHER, unit="UNKNOWN", reason=sample.TEXT)
    rehearsed(journey, "dispatch", command)
    with pytest.raises(WrongActor):
        rehearsed(journey, "dispatch", command.model_copy(update={"actor": sample.HANDLER}))
    journey.dispatch()
    with pytest.raises(WrongStage):
        rehearsed(journey, "dispatch", command)

"""Opened again: within the edition's days and times, from exactly where the ticket ended."""

import pytest

from domain.command.given import BranchTerms, Given
from domain.errors import UnknownCode
from domain.evaluate.reopening import as_it_stands
from domain.vocabulary import Status
from tests import sample
from tests.domain.journey import Journey
from tests.domain.lives import inquiry
from tests.domain.states import REOPEN


def test_an_edition_without_the_numbers_of_a_reopening_is_named() -> None:
    """An older one: it is not opened by numbers that nobody has decided."""
    older = Given(terms=BranchTerms(edition="old@000000000000", limits={}, numbers={}))
    with pytest.raises(UnknownCode, match="old@000000000000") as refused:
        inquiry().take("reopen", REOPEN, older)
    assert "reopen_days" in refused.value.en


def test_a_ticket_goes_on_from_all_that_happened_and_keeps_the_answers_it_gave() -> None:
    """The run that follows has the same state, has written every fact, and repeats its first answers."""
    journey = Journey()
    journey.sign()
    answers = {"u-1": journey.ticket.receipt()}
    beginning = as_it_stands(journey.intake, journey.log, answers)
    assert beginning.intake == journey.intake
    carried = beginning.carried
    assert carried is not None
    assert carried.ticket == journey.ticket
    assert carried.ticket.status is Status.HANDLING
    assert list(carried.facts) == journey.log
    assert (carried.recorded, carried.answers) == (len(journey.log), answers)


def test_an_answered_inquiry_that_is_opened_again_waits_for_a_dispatcher() -> None:
    """No unit ever had it: the desk's own time begins again, under a name of its own."""
    journey = inquiry()
    journey.take("reopen", REOPEN)
    assert journey.ticket.status is Status.AWAITING_DISPATCH
    (clock,) = journey.ticket.open_clocks()
    assert (clock.key, clock.holder) == ("dispatch_by.0.1", sample.CITY_DESK)

"""When a unit may still object: in its time, before it signs, and again after a reopening."""

import pytest

from domain.accept.requester import Withdraw
from domain.dispatch.objecting import Object, object_
from domain.errors import WrongStage
from domain.evaluate.reopening import Reopen
from domain.vocabulary import (
    RedoTo,
    Status,
)
from tests import sample
from tests.domain.dispatch.test_objecting import objects
from tests.domain.journey import Journey
from tests.domain.states import OTHER, redone, unit_of


def test_an_objection_has_its_time_and_a_silent_unit_does_not_pass_the_matter_on_at_the_end() -> None:
    """Counted from the dispatch; the next unit would have an hour left of the requester's seven days."""
    early, late = Journey(), Journey()
    early.wait(hours=24)
    objects(early)
    assert early.ticket.status is Status.OBJECTED
    late.wait(hours=24.1)
    with pytest.raises(WrongStage, match="24小时内"):
        objects(late)


def test_the_time_to_object_restarts_with_every_unit() -> None:
    """The one that gets it on the sixth day has had no time yet."""
    journey = Journey()
    journey.wait(days=6)
    journey.reassign(OTHER)
    journey.wait(hours=2)
    objects(journey)
    assert journey.ticket.status is Status.OBJECTED


def test_an_edition_that_names_no_time_to_object_has_none() -> None:
    """Editions that were kept before it was known."""
    numbers = {name: number for name, number in sample.NUMBERS.items() if name != "object_within_hours"}
    given = sample.given()
    silent = given.model_copy(update={"terms": given.terms.model_copy(update={"numbers": numbers})})
    journey = Journey()
    journey.wait(days=3)
    command = Object(actor=journey.handler, reason=sample.TEXT, basis=sample.TEXT)
    journey.act(object_(journey.ticket, command, silent, journey.now))
    assert journey.ticket.status is Status.OBJECTED


def test_who_has_signed_the_ticket_once_objects_no_more() -> None:
    """In a redo, after a reopening, and when the city gives it back: it has made the matter its own."""
    reopened, back = redone(RedoTo.SAME_UNIT), Journey()
    reopened.left_alone()
    reopened.take("reopen", Reopen(actor=sample.REQUESTER, reason=sample.TEXT))
    back.sign()
    back.reassign(OTHER)
    back.reassign(sample.assignment())
    for journey in (redone(RedoTo.SAME_UNIT), reopened, back):
        assert (journey.ticket.status, unit_of(journey)) == (Status.AWAITING_SIGN, sample.TOWN)
        with pytest.raises(WrongStage, match="签收后"):
            objects(journey)


def test_an_objection_after_a_reopening_has_a_review_of_its_own() -> None:
    """The one that a withdrawal ended stays on record with its clock, and the desk is notified of both."""
    journey = Journey()
    objects(journey)
    journey.wait(hours=1)
    journey.take("withdraw", Withdraw(actor=sample.REQUESTER))
    journey.take("reopen", Reopen(actor=sample.REQUESTER, reason=sample.TEXT))
    objects(journey)
    assert journey.ticket.clocks["review_by.1"].standing == "waived"
    assert journey.ticket.clocks["review_by.2"].standing == "running"
    keys = [notice.key for notice in journey.notices if notice.kind == "objection_to_review"]
    assert len(set(keys)) == 2

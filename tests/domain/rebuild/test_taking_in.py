"""What a filing brings about by itself, which intake and workflow must come to alike."""

from datetime import timedelta

import pytest

from domain.accept.accepting import waits_for_an_answer_until
from domain.messages import Intake
from domain.rebuild.taking_in import BEFORE_ALL_OTHERS, first_account, take_in
from domain.show.views import status_view
from domain.ticket.draft import REQUESTER
from domain.vocabulary import ClockName, Ending, RequestType, Status
from tests import sample
from tests.domain.journey import Journey

UNCERTAIN = sample.intake().routing.model_copy(update={"certain": False})


@pytest.mark.parametrize(
    ("intake", "status"),
    [
        (sample.intake(), Status.AWAITING_SIGN),
        (sample.intake().model_copy(update={"category_given": False}), Status.AWAITING_DISPATCH),
        (sample.intake().model_copy(update={"routing": UNCERTAIN}), Status.AWAITING_DISPATCH),
        (sample.intake(RequestType.INQUIRY), Status.AWAITING_DISPATCH),
        (sample.intake(RequestType.PRAISE), Status.CLOSED),
    ],
    ids=["named by the directory", "category only proposed", "not one row", "inquiry", "praise"],
)
def test_a_filing_goes_as_far_as_it_can_without_anybody(intake: Intake, status: Status) -> None:
    """Only what one row of the directory names, for a category that a person gave, dispatches itself."""
    assert take_in(intake).ticket.status is status


def test_every_first_fact_is_of_the_instant_of_filing() -> None:
    """So the same facts follow whenever the workflow begins, and the promise counts from the filing."""
    intake = sample.intake()
    taken_in = take_in(intake)
    assert {fact.at for fact in taken_in.facts} == {intake.filed_at}
    clock = taken_in.ticket.newest(ClockName.FEEDBACK_BY)
    assert clock is not None
    assert clock.ledger.started_at == intake.filed_at


def test_the_first_account_is_the_one_the_process_would_give() -> None:
    """Facts, notices and view are those of a ticket that went through the steps at that instant."""
    intake = sample.intake()
    account, journey = first_account(intake), Journey(intake)
    assert [one.fact for one in account.facts] == journey.log
    assert [one.seq for one in account.facts] == list(range(1, len(journey.log) + 1))
    assert list(account.notices) == journey.notices
    assert account.view == status_view(journey.ticket)


def test_the_first_account_gives_way_to_any_other() -> None:
    """Whatever a workflow writes is later."""
    account = first_account(sample.intake())
    assert account.written_at == BEFORE_ALL_OTHERS
    assert account.written_at < sample.intake().filed_at - timedelta(days=10_000)


def test_praise_closes_at_filing_and_both_sides_are_notified() -> None:
    """The requester and the unit it is for each get one notice."""
    account = first_account(sample.intake(RequestType.PRAISE))
    assert account.view.ending is Ending.PRAISE_RECORDED
    unit = sample.intake().routing.assignment.unit.code
    assert [(notice.to, notice.kind) for notice in account.notices] == [
        (REQUESTER, "closed"),
        (unit, "closed"),
    ]


def test_an_inquiry_waits_for_its_answer_before_it_goes_anywhere() -> None:
    """The directory may name a unit; the citizen is still on the line."""
    ticket = take_in(sample.intake(RequestType.INQUIRY)).ticket
    assert ticket.assignment is None
    assert waits_for_an_answer_until(ticket) is not None

"""Facts and the state that follows from them: round trips through JSON, and the log as the only truth."""

from typing import get_args

import pytest
from pydantic import ValidationError

from domain import messages as m
from domain.facts.fact import FACT, AnyFact
from domain.ticket.evolving import begin, evolve, filed
from domain.ticket.ticket import CarriedState, Ticket, TicketInput
from tests import sample
from tests.domain.journey import Journey
from tests.domain.lives import LIVES, full_life, inquiry, silence


@pytest.fixture(params=LIVES, ids=lambda life: life.__name__)
def life(request: pytest.FixtureRequest) -> Journey:
    """A ticket that has reached its end, on one of several ways."""
    journey: Journey = request.param()
    return journey


def test_the_lives_of_these_tests_hold_every_kind_of_fact() -> None:
    """Otherwise a kind would go through JSON untested."""
    kinds = {fact.kind for make in LIVES for fact in make().log}
    assert kinds == {fact.model_fields["kind"].default for fact in get_args(AnyFact)}


def test_every_fact_comes_back_from_json_as_it_was(life: Journey) -> None:
    """Kind by kind, with all its fields."""
    for fact in life.log:
        assert FACT.validate_json(FACT.dump_json(fact)) == fact


def test_the_log_alone_rebuilds_the_state(life: Journey) -> None:
    """From the intake and the facts after the first, also when both have been through JSON (D1, D10)."""
    intake = m.Intake.model_validate_json(life.intake.model_dump_json())
    assert intake == life.intake
    ticket = begin(intake)
    for fact in life.log[1:]:
        ticket = evolve(ticket, FACT.validate_json(FACT.dump_json(fact)))
    assert ticket == life.ticket


def test_the_version_is_the_number_of_facts(life: Journey) -> None:
    """Fact n has version n."""
    assert life.ticket.version == len(life.log)


def test_what_a_run_hands_on_comes_back_from_json_as_it_was(life: Journey) -> None:
    """A workflow that continues as new carries state, facts and answers, in the order of the clocks."""
    carried = CarriedState(
        ticket=life.ticket, facts=tuple(life.log), recorded=3, answers={"k": life.ticket.receipt()}
    )
    beginning = TicketInput(intake=life.intake, carried=carried)
    back = TicketInput.model_validate_json(beginning.model_dump_json())
    assert back == beginning
    assert back.carried is not None
    assert list(back.carried.ticket.clocks) == list(life.ticket.clocks)
    assert back.carried.ticket.feedback_clock == life.ticket.feedback_clock


def test_fact_one_says_what_was_filed_and_nothing_of_who_filed_it() -> None:
    """Codes and the text's id; the requester has no name, no unit, no phone in it (D3)."""
    first = filed(sample.intake())
    assert first.actor == sample.REQUESTER
    assert (first.description, first.category.code) == (sample.TEXT, "environment.noise")


@pytest.mark.parametrize("text", ["{}", '{"kind": "nonsense"}', '{"kind": "signed"}'])
def test_what_is_no_fact_is_not_read_as_one(text: str) -> None:
    """Without kind, of an unknown kind, without its fields."""
    with pytest.raises(ValidationError):
        FACT.validate_json(text)


def test_every_reason_and_text_of_a_command_stands_in_the_timeline() -> None:
    """Transfer notes, urging, remarks, replies, comments: none is dropped on the way (peers' bug 20)."""
    fields = {"reason", "note", "reply", "text", "comment"}
    spoken = {
        fact.kind for fact in full_life().log for field in fields if getattr(fact, field, None) == sample.TEXT
    }
    asked = {kind for kind in spoken if kind != "filed"}
    assert asked == {
        "classified",
        "contact_attempted",
        "feedback_given",
        "noted",
        "reassigned",
        "surveyed",
        "urged",
    }
    journey = Journey(sample.intake(certain=False))
    assert getattr(journey.dispatch()[1], "reason", None) == sample.TEXT
    assert getattr(inquiry().log[3], "reply", None) == sample.TEXT


# ---------------------------------------------------------------- what is read off the state


def test_a_new_ticket_is_open_and_has_climbed_nowhere() -> None:
    """Version 1, no clock, no unit."""
    ticket = begin(sample.intake())
    assert (ticket.version, ticket.is_open, ticket.level.value, ticket.is_overdue) == (1, True, "unit", False)
    assert ticket.feedback_clock is None
    assert not ticket.is_unanswered
    assert ticket.open_clocks() == ()


@pytest.mark.parametrize(
    ("at", "level", "overdue"),
    [
        ("2026-11-02 11:00", "unit", False),
        ("2026-11-02 12:00", "district", True),
        ("2026-11-02 16:00", "city", True),
    ],
)
def test_the_level_is_how_high_the_open_clocks_have_climbed(at: str, level: str, overdue: bool) -> None:
    """Nobody signs on Monday: district after eleven, city after three; signed, it is the unit's again."""
    journey = Journey()
    journey.until(at)
    assert (journey.ticket.level.value, journey.ticket.is_overdue) == (level, overdue)
    journey.sign()
    assert (journey.ticket.level.value, journey.ticket.is_overdue) == ("unit", False)


def test_the_receipt_says_where_the_ticket_stands() -> None:
    """Before dispatch without unit and promise, afterwards with both, at the end with the ending."""
    waiting = Journey(sample.intake(certain=False)).ticket.receipt()
    assert (waiting.unit, waiting.promised_at, waiting.stage.value) == (None, None, "dispatch")
    sent = Journey().ticket.receipt()
    assert sent.unit == sample.TOWN
    assert sent.promised_at is not None
    closed = silence().ticket.receipt()
    assert (closed.ending, closed.status.value, closed.number) == ("unanswered", "closed", sample.NUMBER)


def test_a_ticket_cannot_be_changed_from_outside() -> None:
    """State is made by facts alone (D1)."""
    ticket = begin(sample.intake())
    with pytest.raises(ValidationError, match="frozen"):
        setattr(ticket, "version", 7)  # noqa: B010 - the type checker refuses the plain way already
    with pytest.raises(ValidationError, match="extra"):
        Ticket.model_validate(ticket.model_dump() | {"colour": "red"})

"""Facts and the state that follows from them: round trips through JSON, and the log as the only truth."""

from typing import get_args

import pytest
from pydantic import ValidationError

from domain import facts as f
from domain import messages as m
from domain.assisting import AnswerTask, Assist, ReportTask, WaiveTask
from domain.calendar import ServiceHours
from domain.editions import adopt
from domain.limits import Basis
from domain.supervising import recalculate
from domain.terms import Resolution
from domain.ticket import Beginning, Carried, Ticket, begin, evolve, filed
from domain.vocabulary import AdoptionMode, ContactResult, RequestType, Role, Satisfaction, Tier
from tests import sample
from tests.domain.journey import Journey


def inquiry() -> Journey:
    """Return an inquiry that was answered at once."""
    journey = Journey(sample.intake(RequestType.INQUIRY))
    journey.answer()
    return journey


def silence() -> Journey:
    """Return a ticket that nobody ever touched after dispatch."""
    journey = Journey()
    journey.left_alone()
    return journey


def full_life() -> Journey:
    """Return a ticket to which nearly everything happened that can happen."""
    terms = sample.terms(door=True, proof="photo", basis=Basis.WORKING)
    journey = Journey(sample.intake(with_terms=terms, certain=False))
    journey.classify(Resolution(terms=terms, routing=sample.routing(), resolved_at=journey.now))
    journey.sign()
    journey.until("2026-11-02 13:00")
    journey.urge()
    journey.note(sample.DISTRICT_SUPERVISOR)
    journey.reassign(sample.assignment(sample.OTHER_TOWN, ServiceHours.parse("Mon-Fri 09:00-17:00")))
    journey.sign()
    for result in ContactResult:
        journey.contact(result)
    journey.visit()
    known = sample.calendar().model_copy(update={"holidays": (sample.calendar().known_until,)})
    journey.act(recalculate(journey.ticket, known, journey.now))
    journey.complete()
    journey.feedback(sample_outcome(), m.ProofRef(kind="photo", ref=sample.TEXT))
    journey.until("2026-11-12 10:00")
    journey.says(resolved=False, satisfied=Satisfaction.VERY_DISSATISFIED)
    journey.left_alone()
    return journey


def sample_outcome() -> f.Outcome:
    """Return an outcome."""
    return f.Outcome.PARTLY


def reclassified() -> Journey:
    """Return a ticket whose tier was changed on the way, with a limit of its own afterwards."""
    journey = Journey()
    journey.classify(Resolution(terms=sample.terms(Tier.TIER_2), routing=sample.routing()))
    journey.left_alone()
    return journey


def helped() -> Journey:
    """Return a ticket with tasks that were answered, reported on and waived."""
    journey = Journey()
    journey.sign()
    for unit in (sample.WATER, sample.HEATING):
        journey.take("assist", Assist(actor=sample.HANDLER, unit=unit.code, text=sample.TEXT))
    water = m.Actor(unit=sample.WATER.code, role=Role.HANDLER)
    journey.take("report_task", ReportTask(actor=water, task="assist.1", text=sample.TEXT))
    journey.take("answer_task", AnswerTask(actor=water, task="assist.1", reply=sample.TEXT))
    journey.take("waive_task", WaiveTask(actor=sample.HANDLER, task="assist.2", reason=sample.TEXT))
    journey.left_alone()
    return journey


def under_another_edition() -> Journey:
    """Return a ticket that adopted another edition on its way."""
    journey = Journey()
    order = m.AdoptEdition(actor=m.SYSTEM, edition="test@bbbbbbbbbbbb", mode=AdoptionMode.NOW)
    terms = sample.terms(Tier.TIER_2).model_copy(update={"edition": order.edition})
    journey.act(adopt(journey.ticket, order, terms, journey.now))
    journey.left_alone()
    return journey


LIVES = [inquiry, silence, full_life, reclassified, helped, under_another_edition]


@pytest.fixture(params=LIVES, ids=lambda life: life.__name__)
def life(request: pytest.FixtureRequest) -> Journey:
    """A ticket that has reached its end, on one of several ways."""
    journey: Journey = request.param()
    return journey


def test_the_lives_of_these_tests_hold_every_kind_of_fact() -> None:
    """Otherwise a kind would go through JSON untested."""
    kinds = {fact.kind for make in LIVES for fact in make().log}
    assert kinds == {fact.model_fields["kind"].default for fact in get_args(f.AnyFact)}


def test_every_fact_comes_back_from_json_as_it_was(life: Journey) -> None:
    """Kind by kind, with all its fields."""
    for fact in life.log:
        assert f.FACT.validate_json(f.FACT.dump_json(fact)) == fact


def test_the_log_alone_rebuilds_the_state(life: Journey) -> None:
    """From the intake and the facts after the first, also when both have been through JSON (D1, D10)."""
    intake = m.Intake.model_validate_json(life.intake.model_dump_json())
    assert intake == life.intake
    ticket = begin(intake)
    for fact in life.log[1:]:
        ticket = evolve(ticket, f.FACT.validate_json(f.FACT.dump_json(fact)))
    assert ticket == life.ticket


def test_the_version_is_the_number_of_facts(life: Journey) -> None:
    """Fact n has version n."""
    assert life.ticket.version == len(life.log)


def test_what_a_run_hands_on_comes_back_from_json_as_it_was(life: Journey) -> None:
    """A history that begins anew carries state, facts and answers, in the order of the clocks."""
    carried = Carried(
        ticket=life.ticket, facts=tuple(life.log), recorded=3, answers={"k": life.ticket.receipt()}
    )
    beginning = Beginning(intake=life.intake, carried=carried)
    back = Beginning.model_validate_json(beginning.model_dump_json())
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
        f.FACT.validate_json(text)


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

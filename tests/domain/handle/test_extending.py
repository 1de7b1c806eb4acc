"""Extension: asked for while the clock runs, decided by a desk, told to the requester."""

from datetime import datetime, timedelta

import pytest

from domain import messages as m
from domain.errors import Incomplete, Refused, WrongActor, WrongStage
from domain.handle.assisting import AnswerTask, ReportTask
from domain.handle.extending import DecideExtension, Extend
from domain.supervise.supervising import recalculate
from domain.terms import Resolution
from domain.ticket.draft import REQUESTER
from domain.time.limits import Basis
from domain.vocabulary import Level, Role, TaskStanding, Tier
from tests import sample
from tests.domain.calendar_strategies import beijing
from tests.domain.journey import Journey

TOLD = m.ProofRef(kind="call", ref=sample.TEXT)
CITY_SUPERVISOR = m.Actor(unit=sample.CITY_DESK.code, role=Role.SUPERVISOR)


def application(
    days: int | None = 5, until: datetime | None = None, actor: m.Actor = sample.HANDLER
) -> Extend:
    """Return the application of a unit that has told the requester."""
    return Extend(actor=actor, basis=sample.TEXT, reason=sample.TEXT, proof=(TOLD,), days=days, until=until)


def decision(*, granted: bool = True, actor: m.Actor = sample.DISTRICT_SUPERVISOR) -> DecideExtension:
    """Return the decision of a desk on the first application."""
    return DecideExtension(actor=actor, task="extension.1", granted=granted, reason=sample.TEXT)


def applied(journey: Journey | None = None) -> Journey:
    """Return a signed ticket whose unit has asked for five days more."""
    journey = journey or Journey()
    journey.sign()
    journey.take("extend", application())
    return journey


def due(journey: Journey) -> datetime:
    """Return when the requester's answer is due."""
    assert journey.ticket.promised_at is not None
    return journey.ticket.promised_at


def test_more_time_is_asked_for_with_law_reason_and_proof_and_granted_by_the_desk_above() -> None:
    """B28: the promise moves by five days, what has run is kept, and everybody concerned is notified."""
    journey = applied()
    before, ledger = due(journey), journey.ticket.clocks["feedback_by.1"].ledger
    assert before == beijing("2026-11-09 09:00")
    task = journey.ticket.tasks["extension.1"]
    assert task.holder == sample.DISTRICT_DESK
    assert journey.ticket.clocks[task.clock].due_at <= before
    journey.wait(hours=3)
    journey.take("decide_extension", decision())
    assert due(journey) == before + timedelta(days=5)
    assert journey.ticket.clocks["feedback_by.1"].ledger == ledger
    assert journey.ticket.clocks[task.clock].standing == "met"
    notified = {(notice.kind, notice.to) for notice in journey.notices}
    assert {
        ("extension_applied", sample.CITY_DESK.code),
        ("extension_granted", REQUESTER),
        ("extension_granted", sample.TOWN.code),
    } <= notified
    (asked,) = [fact for fact in journey.log if fact.kind == "extension_asked"]
    assert (asked.basis, asked.reason, asked.proof) == (sample.TEXT, sample.TEXT, (TOLD,))


def test_while_nobody_decides_the_clock_runs_on_and_is_missed_as_ever() -> None:
    """An application buys no time; afterwards it can be refused, and not granted any more."""
    journey = applied()
    before = due(journey)
    journey.until("2026-11-09 09:30")
    assert due(journey) == before
    assert journey.ticket.clocks["feedback_by.1"].is_overdue
    with pytest.raises(WrongStage, match="时限已到"):
        journey.take("decide_extension", decision())
    journey.take("decide_extension", decision(granted=False))
    assert journey.ticket.clocks["feedback_by.1"].is_overdue
    assert not [notice for notice in journey.notices if notice.to == REQUESTER and "extension" in notice.kind]


def test_an_application_nobody_looks_at_climbs_to_the_city_which_may_decide() -> None:
    """The desk has a clock of its own; the city's answer ends the escalation, once."""
    journey = applied()
    journey.wait(hours=49)
    assert journey.ticket.clocks["extension_by.extension.1"].climbed == (Level.CITY,)
    journey.take("decide_extension", decision(actor=CITY_SUPERVISOR))
    assert journey.ticket.clocks["extension_by.extension.1"].standing == "late"
    assert due(journey) == beijing("2026-11-14 09:00")


def test_a_refusal_moves_nothing_and_the_unit_may_ask_again_with_better_grounds() -> None:
    """A refused application does not count against the edition's number."""
    journey = applied()
    before = due(journey)
    journey.take("decide_extension", decision(granted=False))
    assert due(journey) == before
    journey.take("extend", application())
    assert journey.ticket.tasks["extension.2"].is_open


def test_no_extension_once_the_clock_has_run_out() -> None:
    """Overdue is overdue (peers, row 38)."""
    journey = Journey()
    journey.sign()
    journey.until("2026-11-09 09:00:01")
    with pytest.raises(WrongStage, match="届满前"):
        journey.take("extend", application())


def test_one_extension_a_ticket_and_one_application_at_a_time() -> None:
    """The number is the edition's."""
    journey = applied()
    with pytest.raises(WrongStage, match="待审批"):
        journey.take("extend", application())
    journey.take("decide_extension", decision())
    with pytest.raises(WrongStage, match="最多1次"):
        journey.take("extend", application())


@pytest.mark.parametrize(
    ("command", "refused"),
    [
        (application(8), WrongStage),
        (application(None, beijing("2026-11-09 09:00")), WrongStage),
        (application(None, beijing("2026-11-16 09:01")), WrongStage),
        (application(None, beijing("9026-11-16 09:01")), WrongStage),
        (application(3660), WrongStage),
        (application(None), Incomplete),
        (application(1, beijing("2026-11-10 09:00")), Incomplete),
        (application().model_copy(update={"proof": ()}), Incomplete),
        (application(actor=sample.DISPATCHER), WrongActor),
        (application(actor=sample.DISTRICT_SUPERVISOR), WrongActor),
    ],
)
def test_an_application_is_bounded_and_complete(command: Extend, refused: type[Refused]) -> None:
    """After the limit, at most as long as the original one; days or an instant; proof; by the unit."""
    journey = Journey()
    journey.sign()
    with pytest.raises(refused):
        journey.take("extend", command)
    assert not journey.ticket.extensions


def test_a_unit_that_has_not_signed_asks_for_nothing() -> None:
    """Sign first."""
    with pytest.raises(WrongStage, match="待签收"):
        Journey().take("extend", application())


@pytest.mark.parametrize("actor", [sample.HANDLER, m.Actor(unit=sample.TOWN.code, role=Role.SUPERVISOR)])
def test_the_unit_does_not_decide_its_own_application(actor: m.Actor) -> None:
    """Neither as handler nor in another role; nor does a plain answer of the desk decide it."""
    journey = applied()
    with pytest.raises(WrongActor):
        journey.take("decide_extension", decision(actor=actor))
    desk = m.Actor(unit=sample.DISTRICT_DESK.code, role=Role.HANDLER)
    with pytest.raises(WrongStage, match="专门的操作"):
        journey.take("answer_task", AnswerTask(actor=desk, task="extension.1", reply=sample.TEXT))
    with pytest.raises(WrongStage, match="专门的操作"):
        journey.take("report_task", ReportTask(actor=desk, task="extension.1", text=sample.TEXT))


def test_an_instant_may_be_asked_for_in_place_of_days() -> None:
    """To the minute, up to the original limit's length."""
    journey = Journey()
    journey.sign()
    journey.take("extend", application(None, beijing("2026-11-12 18:00")))
    journey.take("decide_extension", decision())
    assert due(journey) == beijing("2026-11-12 18:00")


def test_working_days_are_extended_by_working_days() -> None:
    """Seven working days and three more; the basis stays."""
    journey = Journey(sample.intake(with_terms=sample.terms(basis=Basis.WORKING)))
    journey.sign()
    assert due(journey) == beijing("2026-11-11 18:00")
    journey.take("extend", application(3))
    journey.take("decide_extension", decision())
    assert due(journey) == beijing("2026-11-16 18:00")


def test_a_granted_extension_survives_reassignment_and_a_new_calendar_but_not_another_tier() -> None:
    """More time was granted for this matter with this limit; a shorter limit of another tier counts."""
    journey = applied()
    journey.take("decide_extension", decision())
    granted = due(journey)
    journey.reassign(sample.assignment(sample.OTHER_TOWN))
    known = sample.calendar().model_copy(update={"name": "known"})
    journey.act(recalculate(journey.ticket, known, journey.now))
    assert due(journey) == granted
    journey.classify(Resolution(terms=sample.terms(Tier.TIER_2), routing=sample.routing()))
    assert due(journey) == beijing("2026-11-03 09:00")


def test_what_was_asked_for_under_another_limit_is_not_granted_under_this_one() -> None:
    """Meanwhile the matter has become one of a day: five days more no longer fit."""
    journey = applied()
    journey.classify(Resolution(terms=sample.terms(Tier.TIER_2), routing=sample.routing()))
    with pytest.raises(WrongStage, match="不超过原办理时限"):
        journey.take("decide_extension", decision())
    journey.take("decide_extension", decision(granted=False))
    assert due(journey) == beijing("2026-11-03 09:00")


@pytest.mark.parametrize(
    "act", [Journey.feedback, lambda it: it.reassign(sample.assignment(sample.OTHER_TOWN))]
)
def test_an_application_lapses_when_the_unit_is_done_or_another_one_is_responsible(act: object) -> None:
    """Nothing is left to decide, and the desk's clock is waived."""
    assert callable(act)
    journey = applied()
    journey.contact()
    act(journey)
    assert journey.ticket.tasks["extension.1"].standing is TaskStanding.WAIVED
    assert journey.ticket.clocks["extension_by.extension.1"].standing == "waived"
    with pytest.raises(WrongStage):
        journey.take("decide_extension", decision())

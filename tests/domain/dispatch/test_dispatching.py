"""Dispatch and reassign: who gets the ticket, which clocks begin, and which limit nobody moves."""

from datetime import datetime, timedelta

import pytest

from domain import messages as m
from domain.command.authority import require_one_of
from domain.command.given import NOTHING_GIVEN
from domain.commands import COMMANDS
from domain.dispatch import dispatching
from domain.errors import WrongActor, WrongStage
from domain.terms import Assignment, Named
from domain.time.calendar import ServiceHours
from domain.vocabulary import DispatchMode, Level, RequestType, Role, Status, Tier, UnitKind
from tests import sample
from tests.domain.calendar_strategies import beijing, shown
from tests.domain.journey import Journey, story

OTHER = sample.assignment(sample.OTHER_TOWN)
OFFICE = ServiceHours.parse("Mon-Fri 09:00-18:00")


def test_one_row_in_the_directory_dispatches_the_ticket_as_an_act_of_the_system() -> None:
    """No person is waited for, and the timeline says that it was the directory and which row."""
    journey = Journey()
    sent = next(fact for fact in journey.log if fact.kind == "dispatched")
    assert (sent.actor.role, sent.by_directory, sent.mode) == (Role.SYSTEM, True, DispatchMode.DIRECT)
    assert sent.routing.row == "directory.csv:2"
    assert journey.ticket.status is Status.AWAITING_SIGN


@pytest.mark.parametrize(("given", "certain"), [(False, True), (True, False), (False, False)])
def test_a_matter_that_nobody_named_or_the_directory_leaves_open_waits_for_a_dispatcher(
    given: bool, certain: bool
) -> None:
    """Category by a person and one row: both are needed."""
    intake = sample.intake(certain=certain).model_copy(update={"category_given": given})
    assert Journey(intake).ticket.status is Status.AWAITING_DISPATCH


def test_dispatch_meets_the_dispatchers_clock_and_starts_the_units() -> None:
    """Sent by a dispatcher on Monday at ten: the seven days run from then."""
    journey = Journey(sample.intake(certain=False))
    journey.until("2026-11-02 10:00")
    facts = journey.dispatch()
    assert story(facts) == [
        "clock_met dispatch_by.0",
        "dispatched 1",
        "clock_started sign_by.1 1",
        "clock_started contact_by.1 1",
        "clock_started feedback_by.1 1",
    ]
    assert journey.ticket.promised_at is not None
    assert shown(journey.ticket.promised_at) == "Mon 2026-11-09 10:00"


def test_a_dispatcher_may_act_before_the_process_does() -> None:
    """No dispatch clock has started yet, so none is met."""
    fresh = Journey(sample.intake(certain=False)).ticket
    fresh = fresh.model_copy(update={"status": Status.ACCEPTED, "clocks": {}})
    command = m.Dispatch(actor=sample.DISPATCHER)
    facts = dispatching.dispatch(fresh, command, NOTHING_GIVEN, sample.MONDAY)
    assert story(facts)[0] == "dispatched 1"
    assert not dispatching.is_dispatched(fresh)


@pytest.mark.parametrize(
    ("unit", "kind", "mode"),
    [
        (sample.TOWN, UnitKind.TOWN, DispatchMode.DUAL),
        (sample.OTHER_TOWN, UnitKind.TOWN, DispatchMode.DIRECT),
        (sample.DISTRICT, UnitKind.DISTRICT, DispatchMode.DISTRICT),
    ],
)
def test_the_mode_is_the_directorys_for_its_own_unit_and_follows_the_kind_for_another(
    unit: Named, kind: UnitKind, mode: DispatchMode
) -> None:
    """To a district it is the district that has to organise (art. 12)."""
    intake = sample.intake(certain=False)
    routing = intake.routing.model_copy(update={"mode": DispatchMode.DUAL})
    journey = Journey(intake.model_copy(update={"routing": routing}))
    journey.dispatch(sample.assignment(unit).model_copy(update={"kind": kind}))
    assert journey.ticket.mode is mode


def test_a_ticket_is_dispatched_once_and_then_reassigned() -> None:
    """A second dispatch is refused with the status in the sentence."""
    with pytest.raises(WrongStage, match="待签收") as refused:
        Journey().dispatch()
    assert "awaiting sign" in refused.value.en


def test_praise_is_not_dispatched() -> None:
    """It is recorded by the process itself."""
    ticket = Journey(sample.intake(certain=False)).ticket.model_copy(update={"type": RequestType.PRAISE})
    with pytest.raises(WrongStage, match="表扬件不派单"):
        COMMANDS["dispatch"].check(ticket, m.Dispatch(actor=sample.DISPATCHER))


# ---------------------------------------------------------------- reassign


def test_a_new_unit_begins_sign_and_contact_again_and_the_requesters_limit_stays() -> None:
    """Reassigned on Tuesday at nine: sign by eleven, contact by Wednesday nine, feedback still by Monday."""
    journey = Journey()
    journey.sign()
    journey.contact()
    journey.until("2026-11-03 09:00")
    assert story(journey.reassign(OTHER)) == [
        "reassigned 2",
        "clock_started sign_by.2 2",
        "clock_started contact_by.2 2",
    ]
    ticket = journey.ticket
    assert {clock.key: shown(clock.due_at) for clock in ticket.open_clocks()} == {
        "feedback_by.1": "Mon 2026-11-09 09:00",
        "sign_by.2": "Tue 2026-11-03 11:00",
        "contact_by.2": "Wed 2026-11-04 09:00",
    }
    assert (ticket.status, ticket.contacted, ticket.contacts) == (Status.AWAITING_SIGN, False, 0)


def test_the_new_units_clocks_end_with_the_requesters_limit() -> None:
    """Reassigned one hour before the limit of Tuesday nine: both end there."""
    journey = Journey(sample.intake(with_terms=sample.terms(Tier.TIER_2)))
    journey.until("2026-11-03 08:00")
    journey.reassign(OTHER)
    for key in ("sign_by.2", "contact_by.2"):
        clock = journey.ticket.clocks[key]
        assert shown(clock.due_at) == "Tue 2026-11-03 09:00"
        assert clock.cap == journey.ticket.promised_at


@pytest.mark.parametrize("after", [timedelta(0), timedelta(hours=3)])
def test_behind_the_limit_the_new_unit_still_has_its_two_hours_to_sign(after: timedelta) -> None:
    """A cap that has passed would be a clock that is missed as it starts."""
    journey = Journey(sample.intake(with_terms=sample.terms(Tier.TIER_2)))
    assert journey.ticket.promised_at is not None
    journey.until(journey.ticket.promised_at + after)
    journey.reassign(OTHER)
    assert journey.ticket.clocks["sign_by.2"].due_at == journey.now + timedelta(hours=2)


def test_what_the_old_unit_let_lapse_stays_on_record_as_missed() -> None:
    """Its sign clock ran out; the new unit starts with a clean one."""
    journey = Journey()
    journey.until("2026-11-02 12:00")
    journey.reassign(OTHER)
    assert journey.ticket.clocks["sign_by.1"].standing == "missed"
    assert journey.ticket.clocks["contact_by.1"].standing == "waived"
    assert journey.ticket.clocks["sign_by.2"].standing == "running"


def test_the_new_unit_is_notified_of_the_limit_it_has_taken_over() -> None:
    """Reminder and overdue notice of feedback_by go to whoever has the ticket then."""
    journey = Journey()
    journey.reassign(OTHER)
    journey.notices.clear()
    journey.until("2026-11-10 08:00")
    notified = {notice.to for notice in journey.notices if notice.about.get("clock") == "feedback_by"}
    assert sample.OTHER_TOWN.code in notified
    assert sample.TOWN.code not in {notice.to for notice in journey.notices}
    assert journey.ticket.clocks["feedback_by.1"].holder == sample.OTHER_TOWN


def test_a_new_unit_with_office_hours_is_not_notified_at_night() -> None:
    """Half of the limit is Thursday 21:00: told on Friday at nine; the limit stays (peers' bug 6)."""
    journey = Journey()
    due = journey.ticket.clocks["feedback_by.1"].due_at
    facts = journey.reassign(sample.assignment(sample.OTHER_TOWN, OFFICE))
    assert "clock_rescheduled feedback_by.1" in story(facts)
    clock = journey.ticket.clocks["feedback_by.1"]
    assert clock.due_at == due
    assert shown(dict(clock.reminders)["50%"]) == "Fri 2026-11-06 09:00"


def test_a_visit_still_owed_is_owed_by_the_new_unit_in_its_own_hours() -> None:
    """Two hours from Monday 07:30: half of it waits in an office until nine; the limit stays at 09:30."""
    intake = sample.intake(with_terms=sample.terms(door=True), filed_at=beijing("2026-11-02 07:30"))
    journey = Journey(intake)
    assert "clock_rescheduled door_by.1" in story(
        journey.reassign(sample.assignment(sample.OTHER_TOWN, OFFICE))
    )
    clock = journey.ticket.clocks["door_by.1"]
    assert (clock.holder, shown(clock.due_at)) == (sample.OTHER_TOWN, "Mon 2026-11-02 09:30")
    assert [shown(at) for _, at in clock.reminders] == ["Mon 2026-11-02 09:00", "Mon 2026-11-02 09:06"]


def test_an_overdue_limit_gets_no_new_reminders_from_a_new_unit() -> None:
    """Reminders of what was missed already are of no use."""
    terms = sample.terms(Tier.TIER_2)
    journey = Journey(sample.intake(with_terms=terms, filed_at=beijing("2026-11-02 12:00")))
    journey.until("2026-11-03 13:00")
    lines = story(journey.reassign(sample.assignment(sample.OTHER_TOWN, OFFICE)))
    assert not [entry for entry in lines if entry.startswith("clock_rescheduled")]


def test_a_visit_that_was_made_need_not_be_made_again_by_the_new_unit() -> None:
    """The door clock is met; the promise to the requester is kept."""
    journey = Journey(sample.intake(with_terms=sample.terms(door=True)))
    journey.sign()
    journey.visit()
    journey.reassign(OTHER)
    journey.handled()
    assert journey.ticket.status is Status.FEEDBACK_GIVEN


def test_to_the_unit_that_has_it_already_nothing_is_reassigned() -> None:
    """The sentence names the unit."""
    with pytest.raises(WrongStage, match=sample.TOWN.zh):
        Journey().reassign(sample.assignment())


@pytest.mark.parametrize("at", ["2026-11-02 09:00", "2026-11-09 10:00"])
def test_after_feedback_nothing_is_reassigned(at: str) -> None:
    """Feedback given, or being surveyed."""
    journey = Journey().handled()
    journey.until(at)
    with pytest.raises(WrongStage, match="改派"):
        journey.reassign(OTHER)


def test_before_dispatch_nothing_is_reassigned() -> None:
    """It has to be dispatched first, and only the city's desk does that."""
    journey = Journey(sample.intake(certain=False))
    with pytest.raises(WrongStage, match="改派"):
        journey.reassign(OTHER)
    with pytest.raises(WrongActor):
        require_one_of(
            journey.ticket, COMMANDS["reassign"].does, COMMANDS["reassign"].may, sample.DISTRICT_SUPERVISOR
        )


def test_a_district_that_reassigns_has_answered_its_escalations() -> None:
    """Sign and feedback were escalated to it; by giving the ticket to another town it has acted on both."""
    journey = Journey(sample.intake(with_terms=sample.terms(Tier.TIER_1)))
    journey.until("2026-11-02 12:00")
    facts = journey.reassign(OTHER, sample.DISTRICT_SUPERVISOR)
    assert story(facts) == [
        "clock_met sign_by.1/district",
        "clock_met contact_by.1/district",
        "clock_met feedback_by.1/district",
        "clock_waived sign_by.1 reassigned",
        "clock_waived contact_by.1 reassigned",
        "reassigned 2",
        "clock_started sign_by.2 2",
        "clock_started contact_by.2 2",
    ]


def test_a_reassignment_by_the_city_leaves_the_districts_escalation_of_the_limit_open() -> None:
    """The district was asked and somebody else has acted: its own answer is still missing."""
    journey = Journey(sample.intake(with_terms=sample.terms(Tier.TIER_1)))
    journey.until("2026-11-02 12:00")
    journey.reassign(OTHER)
    assert journey.ticket.clocks["feedback_by.1/district"].is_open
    assert journey.ticket.clocks["sign_by.1/district"].standing == "waived"


def test_no_number_of_reassignments_moves_the_promise() -> None:
    """Twenty times to and fro in a day: the requester's limit is the first one's."""
    journey = Journey()
    promised: datetime | None = journey.ticket.promised_at
    units: tuple[Assignment, ...] = (OTHER, sample.assignment(sample.HEATING), sample.assignment())
    for number in range(20):
        journey.wait(hours=1)
        journey.reassign(units[number % 3])
    assert journey.ticket.promised_at == promised
    assert journey.ticket.turn == 21


def test_a_ladder_is_not_climbed_down_when_a_city_unit_hands_over_to_a_town() -> None:
    """The city was notified of the heating company's silence; a town's district is not notified after it."""
    intake = sample.intake(unit=sample.HEATING, with_terms=sample.terms(Tier.TIER_1), certain=False)
    journey = Journey(intake)
    journey.dispatch()
    journey.until("2026-11-02 12:00")
    assert journey.ticket.clocks["feedback_by.1"].climbed == (Level.CITY,)
    journey.reassign(sample.assignment())
    raised = story(journey.until("2026-11-02 15:01"))
    assert "ladder_exhausted feedback_by.1" in raised
    assert "escalated feedback_by.1 district" not in raised

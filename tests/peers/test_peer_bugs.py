"""Bugs that other systems of this kind have had, by number: none of them is ours.

What the tests of a part prove already stands in `ELSEWHERE`; everything else is proved here. Open are
only the part of number 23 that needs a system under stress, and number 25, which needs rankings.
"""

import ast
from datetime import timedelta
from functools import cache
from itertools import product
from pathlib import Path
from random import Random

import pytest

from domain.command.fields import holding
from domain.facts import main_line as f
from domain.facts.fact import FACT
from domain.handle.handling import complete
from domain.messages import TextRef
from domain.show.views import status_view
from domain.supervise.supervising import next_instant
from domain.time.limits import Basis, due
from domain.vocabulary import Ending, Level, Outcome, RequestType, Satisfaction, Status
from tests import sample
from tests.domain.calendar_strategies import beijing
from tests.domain.journey import Journey
from tests.domain.making_up import Author
from tests.domain.watching import Act, Watched, life

ROOT = Path(__file__).parents[2]
LIVES = 60
"""How many lives are looked through where a bug could sit in any command."""
NIGHTS = ("2026-09-30 23:59", "2026-10-01 00:00", "2026-10-10 03:00", "2026-11-01 12:30", "2026-11-02 09:00")
"""A holiday's eve, National Day at midnight, a make-up Saturday, a Sunday, a Monday."""

ELSEWHERE: dict[int, tuple[tuple[str, str], ...]] = {
    1: (
        ("tests/workflows/test_durability.py", "test_twenty_restarts_across_a_rung_leave_one_notice"),
        (
            "tests/workflows/test_durability.py",
            "test_rungs_that_fall_into_an_outage_fire_once_when_a_worker_is_back",
        ),
    ),
    4: (
        (
            "tests/domain/ticket/test_clocks.py",
            "test_the_last_call_before_a_working_limit_lies_in_the_morning_segment",
        ),
        ("tests/domain/time/test_limits.py", "test_a_last_call_leaves_exactly_its_time_in_the_limits_basis"),
        ("tests/domain/time/test_limits.py", "test_reminders_of_a_working_limit_lie_in_working_time"),
    ),
    5: (
        (
            "tests/domain/time/test_working_time.py",
            "test_an_independent_package_counts_the_same_working_time",
        ),
    ),
    6: (
        ("tests/domain/ticket/test_clocks.py", "test_night_reminders_wait_until_the_office_opens"),
        ("tests/workflows/test_supervising.py", "test_a_reminder_waits_for_the_unit_to_open"),
    ),
    8: (
        (
            "tests/cli/test_calendar.py",
            "test_importing_shows_the_source_and_every_change_and_recalculates_running_tickets",
        ),
        ("tests/rules/test_calendars.py", "test_a_changed_year_needs_to_be_said"),
    ),
    9: (("tests/workflows/test_after_the_end.py", "test_no_timer_and_no_task_comes_after_the_end"),),
    10: (
        ("tests/workflows/test_durability.py", "test_a_ticket_may_start_with_its_first_command"),
        (
            "tests/readmodel/test_reconcile.py",
            "test_requests_that_nobody_noted_as_started_are_found_oldest_first",
        ),
    ),
    14: (
        ("tests/workflows/test_national_day.py", "test_four_tiers_over_the_national_day_week"),
        ("tests/domain/time/test_limits.py", "test_working_limits_over_national_day"),
    ),
    15: (
        (
            "tests/domain/ticket/test_clocks.py",
            "test_a_day_before_two_days_is_the_middle_and_before_an_hour_is_nothing",
        ),
        (
            "tests/domain/ticket/test_clocks.py",
            "test_the_last_call_comes_exactly_its_lead_before_the_due_instant",
        ),
    ),
    16: (
        (
            "tests/readmodel/test_hundred_thousand.py",
            "test_of_a_hundred_thousand_tickets_the_few_that_are_behind_are_found",
        ),
    ),
    17: (
        (
            "tests/domain/ticket/test_notices.py",
            "test_a_provisional_limit_alarms_operations_when_it_starts_and_whenever_it_is_counted_again",
        ),
        (
            "tests/workflows/test_recalculating.py",
            "test_a_deadline_in_an_unpublished_year_is_flagged_and_reported_to_operations",
        ),
    ),
    18: (
        ("tests/workflows/test_one_instant.py", "test_feedback_at_the_due_instant_is_in_time"),
        (
            "tests/workflows/test_one_instant.py",
            "test_the_timer_and_the_signature_in_one_task_have_one_outcome",
        ),
    ),
    19: (
        ("tests/api/test_supervision.py", "test_the_worklist_of_a_unit_has_the_least_time_left_first"),
        ("tests/readmodel/test_lists.py", "test_a_worklist_shows_what_waits_for_the_unit_by_time_left"),
    ),
    21: (
        ("tests/workflows/test_replay.py", "test_a_recorded_ticket_replays"),
        ("tests/workflows/test_accepting.py", "test_a_classification_asks_the_edition_the_ticket_carries"),
    ),
    23: (
        ("tests/readmodel/test_reconcile.py", "test_every_issued_number_comes_in_order_with_its_end"),
        (
            "tests/readmodel/test_reconcile.py",
            "test_an_issued_number_without_a_row_on_the_screens_is_not_lost",
        ),
        (
            "tests/simulation/test_account.py",
            "test_every_filed_number_is_ended_running_or_lost_and_in_one_place_only",
        ),
    ),
}
"""Number → file and name of the tests that prove it where the part is tested."""
LATER = {25}
"""Rankings, which do not exist yet. Of 23, what needs a system under stress comes later as well."""


@pytest.fixture(scope="module")
def lives() -> list[tuple[Watched, list[Act]]]:
    """Return lives of all kinds with the acts that counted in them, those of every branch among them."""
    found: list[tuple[Watched, list[Act]]] = []
    for number in range(LIVES):
        random = Random(number)
        terms = sample.terms(at_feedback=number % 2 == 0, proof="photo" if number % 3 == 0 else None)
        type_ = RequestType.COMPLAINT if number % 4 else random.choice(list(RequestType))
        journey = Watched(sample.intake(type_, certain=number % 5 > 0, with_terms=terms))
        found.append((journey, list(life(random, journey))))
    return found


def test_left_alone_a_ticket_reaches_every_rung_in_order() -> None:
    """Number 2 (GLPI #5319: only the first level fires): district, then city, then the end of the ladder."""
    journey = Journey()
    journey.left_alone()
    for clock in ("sign_by.1", "contact_by.1", "feedback_by.1"):
        climbed = [
            fact.level for fact in journey.log if isinstance(fact, f.Escalated) and fact.clock == clock
        ]
        assert climbed == [Level.DISTRICT, Level.CITY]
    assert journey.ticket.ending is Ending.UNANSWERED


@pytest.mark.parametrize("basis", Basis)
def test_whatever_is_changed_the_requesters_waiting_counts_from_its_own_start(basis: Basis) -> None:
    """Number 3 (GLPI #15605, Frappe #1554: time lost on a change): no act of anybody writes in a ledger."""
    for number in range(LIVES):
        random, terms = Random(f"{basis}/{number}"), sample.terms(basis=basis)
        journey = Watched(sample.intake(with_terms=terms))  # it watches every ledger at every fact
        first = journey.ticket.clocks["feedback_by.1"]
        for _ in life(random, journey, ("classify", "reassign", "sign"), acts=15):
            now = journey.ticket.clocks["feedback_by.1"]
            if now.limit == first.limit and now.ledger == first.ledger:
                assert now.due_at == due(now.limit, first.ledger, terms.calendar).at
            assert now.ledger.started_at == first.ledger.started_at


def test_each_clock_goes_by_itself_whatever_the_others_do() -> None:
    """Number 7 (Zammad #3140, #5177: the wrong clock wins): meeting one neither stops nor moves another."""
    base = Journey()
    others = {"sign_by.1", "contact_by.1", "feedback_by.1"}
    before = {key: base.ticket.clocks[key] for key in others}
    base.sign()
    after = base.ticket.clocks
    assert after["sign_by.1"].standing == "met"
    for key in others - {"sign_by.1"}:
        assert after[key] == before[key]
    base.until(before["contact_by.1"].due_at + timedelta(minutes=1))
    assert base.ticket.clocks["contact_by.1"].standing == "overdue"
    assert base.ticket.clocks["feedback_by.1"].standing == "running"


@pytest.mark.parametrize(("type_", "at"), list(product(RequestType, NIGHTS)))
def test_every_beginning_is_a_legal_state_for_the_clocks(type_: RequestType, at: str) -> None:
    """Number 11 (AlgaPSA #3091: created in a paused or closed state): any type, any hour, certain or not."""
    for certain, tier in product((True, False), sample.TIER_LIMITS):
        terms = sample.terms(tier, basis=Basis.WORKING)
        intake = sample.intake(type_, certain=certain, with_terms=terms, filed_at=beijing(at))
        journey = Watched(intake)
        wakes = next_instant(journey.ticket)
        assert wakes is None or wakes > journey.now
        assert all(clock.due_at > journey.now for clock in journey.ticket.open_clocks())
        journey.ends(Random(0))


def test_a_unit_silent_for_three_days_is_reminded_then_seen_then_passed_over() -> None:
    """Number 12 (Signalen PR #404: stuck in "sent"): reminder, overdue on every screen, district, city.

    That the system's own writes are tried again and shown meanwhile is proved with the workflow.
    """
    journey = Journey()
    journey.wait(days=3)
    notified = [notice.kind for notice in journey.notices if notice.about.get("clock") == "sign_by"]
    assert notified.index("reminder") < notified.index("overdue") <= notified.index("escalated")
    assert notified.count("escalated") == 2
    view = status_view(journey.ticket)
    assert (view.overdue, view.level, view.holder) == (True, Level.CITY, sample.TOWN)


def test_what_a_units_system_sends_in_any_state_counts_or_becomes_a_remark() -> None:
    """Number 13 (Signalen PR #407: an update in the wrong state): never lost, never an illegal move."""
    met: set[Status] = set()
    for number in range(LIVES):
        random, journey = Random(number), Watched(sample.intake(certain=number % 2 > 0))
        met.add(_hears_of_completion(random, journey))
        for _ in life(random, journey, ("dispatch", "sign"), acts=20):
            met.add(_hears_of_completion(random, journey))
        journey.ends(random)
        met.add(_hears_of_completion(random, journey))
    assert met >= {Status.AWAITING_DISPATCH, Status.AWAITING_SIGN, Status.HANDLING, Status.CLOSED}


def test_every_word_that_is_said_with_a_command_stands_in_the_timeline(
    lives: list[tuple[Watched, list[Act]]],
) -> None:
    """Number 20 (ferry #271: the transfer note is lost): every text of every command of every branch."""
    wordless = {name for _, acts in lives for act in acts for name in _lost(act)}
    assert wordless == set()


def test_what_is_not_solved_is_done_again_and_never_closes_as_solved() -> None:
    """Number 22 (FixMyStreet #897, #2613: closed but not fixed): first a redo, then an end that says so."""
    for satisfied in Satisfaction:
        journey = Journey(sample.intake(with_terms=sample.terms(at_feedback=True)))
        journey.handled()
        _comes_to_the_survey(journey)
        journey.says(resolved=False, satisfied=satisfied)
        assert "redo_ordered" in [fact.kind for fact in journey.log]
        journey.left_alone()
        assert journey.ticket.ending not in (None, Ending.RESOLVED)


def test_nothing_is_answered_without_outcome_words_and_a_call(
    lives: list[tuple[Watched, list[Act]]],
) -> None:
    """Number 24 (New York's vague resolutions): feedback has an outcome, a reply, and a contact before it.

    The result of an incident comes without a call to each of its callers; outcome and reply it has as well.
    """
    seen = 0
    for journey, _ in lives:
        reached = False
        for fact in journey.log:
            if fact.kind in ("dispatched", "reassigned", "redo_ordered"):
                reached = False
            if isinstance(fact, f.ContactAttempted):
                reached = reached or fact.counts
            if isinstance(fact, f.FeedbackGiven):
                seen += 1
                assert isinstance(fact.outcome, Outcome)
                assert isinstance(fact.reply, TextRef)
                assert reached or fact.by_incident
    assert seen


def test_every_number_is_proved_here_or_elsewhere() -> None:
    """Numbers 1 to 25; the tests named exist, and the ones here name their number."""
    here = {
        int(doc.split()[1])
        for name, doc in _tests_of(Path(__file__).relative_to(ROOT).as_posix()).items()
        if name.startswith("test_") and doc.startswith("Number ")
    }
    assert here | set(ELSEWHERE) | LATER == set(range(1, 26))
    assert not here & set(ELSEWHERE)
    named = [test for tests in ELSEWHERE.values() for test in tests]
    assert [test for test in named if test[1] not in _tests_of(test[0])] == []


@cache
def _tests_of(path: str) -> dict[str, str]:
    """Return the functions at the top of a file with their docstrings."""
    body = ast.parse((ROOT / path).read_text(encoding="utf-8")).body
    functions = [node for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {node.name: ast.get_docstring(node) or "" for node in functions}


def _lost(act: Act) -> list[str]:
    """Return the texts of `act` that none of its facts carries, as command and field."""
    written = " ".join(FACT.dump_json(fact).decode() for fact in act.facts)
    said = {name: getattr(act.command, name) for name in holding(type(act.command), TextRef)}
    return [
        f"{act.name}.{name}" for name, text in said.items() if text is not None and text.id not in written
    ]


def _hears_of_completion(random: Random, journey: Watched) -> Status:
    """Try the signal of a unit's own system; return the status it came in."""
    tried, known = journey.trial(), len(journey.log)
    message = Author(random, tried.ticket, tried.now).completion()
    tried.apply(complete(tried.ticket, message, tried.now))  # every move is one of the table's
    assert {fact.kind for fact in tried.log[known:]} & {"feedback_given", "noted"}
    return journey.ticket.status


def _comes_to_the_survey(journey: Journey) -> None:
    for _ in range(20):
        if journey.ticket.status is Status.SURVEYING:
            return
        journey.until(journey.wakes_at() or journey.now)
    raise AssertionError("the survey never opens")

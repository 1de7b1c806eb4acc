"""Another edition over a running ticket: pinned, from the next step, now; what has run stays."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import messages as m
from domain.adopt.editions import adopt, not_adopted, query, wants
from domain.adopt.effects import Effect, Tally, effect
from domain.errors import UnknownCode
from domain.facts import main_line as f
from domain.facts.adopt import EditionAdopted
from domain.facts.fact import AnyFact
from domain.show.explaining import explain
from domain.supervise.supervising import due_facts, recalculate
from domain.terms import Norm, Reminders, Resolution, Terms
from domain.time.limits import Basis, elapsed_time
from domain.vocabulary import AdoptionMode, ClockName, Ending, Level, Role, Status, Tier
from phrases import Phrase
from tests import sample
from tests.domain.journey import Journey, story

B = "test@bbbbbbbbbbbb"
OPERATIONS = m.Actor(role=Role.SYSTEM, person="OPS-1")
PINNED, NEXT_STEP, NOW = AdoptionMode


def command(mode: AdoptionMode, edition: str = B) -> m.AdoptEdition:
    """Return the order to adopt an edition."""
    return m.AdoptEdition(actor=OPERATIONS, edition=edition, mode=mode)


def new_terms(
    tier: Tier = Tier.TIER_2, edition: str = B, *, sign_hours: float = 2, door: bool = False
) -> Terms:
    """Return the terms of another edition: by default a day where the sample has seven."""
    terms = sample.terms(tier, door=door)
    norms = {**terms.norms, ClockName.SIGN_BY: Norm(limit=sample.hours(sign_hours), source="B")}
    return terms.model_copy(update={"edition": edition, "norms": norms})


def adopts(journey: Journey, mode: AdoptionMode, terms: Terms | None = None) -> list[AnyFact]:
    """Let the ticket adopt an edition; return its facts."""
    terms = terms or new_terms()
    return journey.act(adopt(journey.ticket, command(mode, terms.edition), terms, journey.now))


def limit_of(journey: Journey) -> timedelta:
    """Return from filing to the promised instant."""
    assert journey.ticket.promised_at is not None
    return journey.ticket.promised_at - sample.MONDAY


# ---------------------------------------------------------------- the three modes


def test_a_pinned_ticket_notes_the_edition_and_nothing_changes() -> None:
    """Every later limit is still that of the edition it was filed under."""
    journey = Journey()
    before = journey.ticket
    (fact,) = adopts(journey, PINNED)
    assert isinstance(fact, EditionAdopted)
    assert (fact.from_edition, fact.to_edition, fact.mode, fact.terms) == (
        before.terms.edition,
        B,
        PINNED,
        None,
    )
    changed = {"version", "adopted"}
    assert journey.ticket.model_dump(exclude=changed) == before.model_dump(exclude=changed)


def test_from_the_next_step_running_clocks_keep_their_limits_and_later_ones_have_the_new() -> None:
    """The promise of seven days stands; the redo that comes after it has a day."""
    journey = Journey()
    clocks = journey.ticket.clocks
    assert [fact.kind for fact in adopts(journey, NEXT_STEP)] == ["edition_adopted"]
    assert journey.ticket.clocks == clocks
    assert limit_of(journey) == timedelta(days=7)
    journey.handled()
    journey.until("2026-11-09 10:00")
    journey.says(resolved=False)
    assert journey.ticket.clocks["feedback_by.2"].limit == sample.hours(24)


def test_now_open_clocks_are_counted_again_from_their_own_beginning() -> None:
    """Asked after ten hours: the day ends fourteen hours later, not a day later."""
    journey = Journey()
    journey.sign()
    journey.wait(hours=10)
    journey.contact()
    lines = story(adopts(journey, NOW))
    assert lines == ["edition_adopted", "clock_rescheduled feedback_by.1"]
    assert limit_of(journey) == timedelta(days=1)
    assert journey.ticket.terms.edition == B


def test_a_limit_that_is_over_by_then_rings_at_once_and_each_rung_once() -> None:
    """After two days a limit of one day was yesterday: district now, city when it does not answer."""
    journey = Journey()
    journey.sign()
    journey.contact()
    journey.until("2026-11-04 09:00")
    known = len(journey.log)
    adopts(journey, NOW)
    assert story(journey.log[known + 2 :]) == [
        "clock_missed feedback_by.1",
        "escalated feedback_by.1 district",
        "clock_started feedback_by.1/district district 1",
    ]
    journey.left_alone()
    lines = story(journey.log)
    assert [line for line in lines if line.startswith("escalated feedback_by.1")] == [
        "escalated feedback_by.1 district",
        "escalated feedback_by.1 city",
    ]
    assert journey.ticket.ending is Ending.UNANSWERED


def test_a_dispatchers_clock_is_counted_again_as_well() -> None:
    """The new edition gives him two hours and no alarm at midnight."""
    journey = Journey(sample.intake(certain=False))
    terms = new_terms().model_copy(update={"dispatch_within": sample.hours(2), "same_day": False})
    assert story(adopts(journey, NOW, terms))[1:] == ["clock_rescheduled dispatch_by.0"]
    assert journey.ticket.clocks["dispatch_by.0"].due_at == sample.MONDAY + timedelta(hours=2)


def test_what_the_edition_no_longer_asks_for_lapses_and_what_it_newly_asks_waits_for_the_next_turn() -> None:
    """A visit that is promised no more is owed no more; a new one is promised to nobody half-way."""
    promised = Journey(sample.intake(with_terms=sample.terms(door=True)))
    assert "clock_waived door_by.1 edition_adopted" in story(adopts(promised, NOW))
    fresh = Journey()
    adopts(fresh, NOW, new_terms(door=True))
    assert fresh.ticket.newest(ClockName.DOOR_BY) is None
    fresh.reassign(sample.assignment(sample.OTHER_TOWN))
    assert fresh.ticket.newest(ClockName.SIGN_BY) is not None


@pytest.mark.parametrize("mode", AdoptionMode)
def test_no_edition_changes_who_is_responsible(mode: AdoptionMode) -> None:
    """Not even one whose directory names somebody else and whose desk is another one."""
    journey = Journey()
    other = new_terms().model_copy(update={"city_desk": sample.WATER})
    before = journey.ticket
    adopts(journey, mode, other)
    after = journey.ticket
    assert (after.assignment, after.routing, after.turn) == (before.assignment, before.routing, before.turn)
    assert after.terms.city_desk == sample.CITY_DESK


# ---------------------------------------------------------------- once


@pytest.mark.parametrize("mode", AdoptionMode)
def test_the_same_adoption_twice_changes_nothing(mode: AdoptionMode) -> None:
    """Whoever sends it again finds it done."""
    journey = Journey()
    adopts(journey, mode)
    assert adopts(journey, mode) == []
    assert not wants(journey.ticket, command(mode))


@pytest.mark.parametrize("mode", [NEXT_STEP, NOW])
def test_an_adoption_that_was_lost_is_made_good_by_the_same_order(mode: AdoptionMode) -> None:
    """A classification put the old edition's terms back: what counts is what holds, not what was ordered."""
    journey = Journey()
    before = journey.ticket.terms
    adopts(journey, mode)
    lost = journey.ticket.model_copy(update={"terms": before})
    assert wants(lost, command(mode))
    first, *_ = adopt(lost, command(mode), new_terms(), journey.now)
    assert isinstance(first, EditionAdopted)


def test_a_ticket_of_that_edition_already_has_nothing_to_adopt() -> None:
    """It was filed under it."""
    journey = Journey(sample.intake(with_terms=new_terms()))
    for mode in AdoptionMode:
        assert adopts(journey, mode) == []


def test_a_pinned_ticket_may_adopt_later_and_one_from_the_next_step_at_once() -> None:
    """Each is another order; both leave their trace."""
    journey = Journey()
    journey.sign()
    journey.contact()
    for mode in (PINNED, NEXT_STEP, NOW):
        assert adopts(journey, mode)
    modes = [fact.mode for fact in journey.log if isinstance(fact, EditionAdopted)]
    assert modes == [PINNED, NEXT_STEP, NOW]
    assert limit_of(journey) == timedelta(days=1)


def test_an_adoption_can_be_taken_back_by_adopting_the_old_edition() -> None:
    """And be made once more: it is a third order, not the first again."""
    journey = Journey()
    old = journey.ticket.terms
    for terms in (new_terms(), old, new_terms()):
        assert adopts(journey, NOW, terms)
    assert journey.ticket.terms.edition == B


def test_a_closed_ticket_adopts_nothing() -> None:
    """What is over was decided by the edition of its time."""
    journey = Journey().handled()
    journey.until("2026-11-09 10:00")
    journey.says()
    assert journey.ticket.status is Status.CLOSED
    assert adopts(journey, NOW) == []


# ---------------------------------------------------------------- what stays


def test_a_tier_set_by_hand_is_asked_for_again() -> None:
    """The edition is asked for its limits in that tier; a tier of the rules' own it may change."""
    by_hand = sample.terms(Tier.TIER_1).model_copy(update={"tier_by_hand": True})
    journey = Journey(sample.intake(with_terms=by_hand))
    assert query(journey.ticket, B, journey.now).tier is Tier.TIER_1
    assert query(Journey().ticket, B, journey.now).tier is None


def test_after_an_adoption_from_the_next_step_a_new_calendar_keeps_the_running_limits() -> None:
    """The calendar counts the seven days again, not the new edition's one."""
    journey = Journey(sample.intake(with_terms=sample.terms(basis=Basis.WORKING)))
    adopts(journey, NEXT_STEP)
    known = sample.calendar().model_copy(update={"holidays": (sample.MONDAY.date() + timedelta(days=1),)})
    journey.act(recalculate(journey.ticket, known, journey.now))
    clock = journey.ticket.feedback_clock
    assert clock is not None
    assert clock.limit.amount == timedelta(days=7)


def test_each_deadline_says_which_edition_decided_it() -> None:
    """Two editions on one ticket: the promise by the old, the escalation that comes by the new."""
    journey = Journey()
    adopts(journey, NEXT_STEP)
    journey.until("2026-11-02 11:30")
    explanation = explain(journey.intake, journey.log, journey.now)
    editions = {limit.clock: limit.edition for limit in explanation.deadlines}
    assert editions["feedback_by.1"] == "test@000000000000"
    assert editions["sign_by.1/district"] == B
    assert [(use.edition, use.how) for use in explanation.editions] == [
        ("test@000000000000", "filed"),
        (B, "next_step"),
    ]


tiers = st.sampled_from(Tier)
modes = st.sampled_from(AdoptionMode)


@given(
    st.lists(st.tuples(st.integers(0, 60 * 30), modes, tiers, st.sampled_from("abc")), max_size=6),
    st.sampled_from(Basis),
)
def test_however_often_editions_change_elapsed_time_stays_and_each_rung_fires_once(
    changes: list[tuple[int, AdoptionMode, Tier, str]], basis: Basis
) -> None:
    """At random minutes, in random modes and tiers: what has run of a clock is what time has passed."""
    journey = Journey(sample.intake(with_terms=sample.terms(basis=basis)))
    plain = Journey(sample.intake(with_terms=sample.terms(basis=basis)))
    for minutes, mode, tier, letter in changes:
        journey.wait(minutes=minutes)
        ledgers = {key: clock.ledger for key, clock in journey.ticket.clocks.items()}
        edition = f"test@{letter * 12}"
        terms = sample.terms(tier, basis=basis).model_copy(update={"edition": edition})
        facts = adopt(journey.ticket, command(mode, edition), terms, journey.now)
        if mode is PINNED:
            assert not [fact for fact in facts if fact.kind != "edition_adopted"]
        journey.act(facts)
        assert {key: journey.ticket.clocks[key].ledger for key in ledgers} == ledgers
    clock, untouched = journey.ticket.feedback_clock, plain.ticket.feedback_clock
    assert clock is not None
    assert untouched is not None
    if clock.key == untouched.key:
        limit, calendar = untouched.limit, plain.ticket.terms.calendar
        assert elapsed_time(limit, clock.ledger, calendar, journey.now) == elapsed_time(
            limit, untouched.ledger, calendar, journey.now
        )
    journey.left_alone()
    assert not journey.ticket.is_open
    assert journey.ticket.open_clocks() == ()
    rungs = [line for line in story(journey.log) if line.startswith("escalated")]
    assert len(rungs) == len(set(rungs))


# ---------------------------------------------------------------- what it would do


def effects(journey: Journey, mode: AdoptionMode, terms: Terms | None = None) -> Effect:
    """Return what adopting would do to the ticket, which must not change by the question."""
    before = journey.ticket
    answer = Resolution(terms=terms or new_terms(), routing=sample.routing(sample.HEATING))
    found = effect(journey.ticket, command(mode), answer, journey.now)
    assert journey.ticket == before
    return found


def test_the_preview_is_what_adopting_then_does() -> None:
    """After two days: one clock earlier, one obligation overdue, the district told at once."""
    journey = Journey()
    journey.sign()
    journey.contact()
    journey.until("2026-11-04 09:00")
    found = effects(journey, NOW)
    assert [(moved.name, moved.is_earlier) for moved in found.moved] == [(ClockName.FEEDBACK_BY, True)]
    assert (found.missed, found.climbs, found.named_elsewhere) == (1, (Level.DISTRICT,), True)
    facts = adopt(journey.ticket, command(NOW), new_terms(), journey.now)
    journey.apply(facts)
    fired = [fact.level for fact in due_facts(journey.ticket, journey.now) if isinstance(fact, f.Escalated)]
    assert tuple(fired) == found.climbs


def test_what_would_happen_anyhow_is_no_effect() -> None:
    """A clock that is missed at this very instant is missed under any edition."""
    journey = Journey()
    journey.now = sample.MONDAY + timedelta(hours=3)
    assert effects(journey, PINNED).climbs == ()
    assert effects(journey, NEXT_STEP).missed == 0


def test_a_preview_adds_up_tickets_clocks_units_and_districts() -> None:
    """Three tickets of one district; one of them the edition cannot place."""
    tally = Tally(B, NOW, sample.MONDAY)
    journey = Journey()
    journey.wait(hours=1)
    tally.add(effects(journey, NOW))
    tally.add(effects(journey, NOW, new_terms(Tier.TIER_4)))
    tally.add_unresolved()
    found = tally.preview()
    assert (found.tickets, found.adopting, found.unresolved) == (3, 2, 1)
    assert (found.promises_earlier, found.promises_later) == (1, 1)
    assert (found.units_losing, found.units_gaining) == (1, 1)
    (district,) = found.districts
    assert (district.district, district.tickets, district.earlier, district.later) == (
        sample.DISTRICT,
        2,
        1,
        1,
    )


def test_a_limit_cut_short_does_not_remind_of_what_is_past() -> None:
    """Twelve hours of twenty-four are over: the half is past, eight tenths are to come."""
    journey = Journey()
    journey.sign()
    journey.contact()
    journey.wait(hours=13)
    adopts(journey, NOW)
    reminders = [rung for rung, _ in journey.ticket.clocks["feedback_by.1"].reminders]
    assert reminders == ["80%", "last_call"]


def test_an_edition_that_differs_only_in_what_is_past_counts_no_clock_again() -> None:
    """Four of seven days are over: whether there was a reminder at the half no longer matters."""
    journey = Journey()
    journey.sign()
    journey.contact()
    journey.wait(days=4)
    quieter = Reminders(fractions=(0.8,), before=sample.hours(2))
    terms = sample.terms().model_copy(update={"edition": B, "reminders": quieter})
    clock = journey.ticket.clocks["feedback_by.1"]
    assert story(adopts(journey, NOW, terms)) == ["edition_adopted"]
    assert journey.ticket.clocks["feedback_by.1"] == clock


def test_a_ticket_for_which_the_edition_has_no_answer_says_so_once() -> None:
    """Whoever orders it again adds no second remark; another edition's refusal is another remark."""
    journey = Journey()
    refused = UnknownCode(Phrase("There is no category '{code}'.", code="noise"))
    (remark,) = not_adopted(journey.log, command(NOW), refused, journey.now)
    assert isinstance(remark, f.Noted)
    assert remark.about == f"adopt:{B}:UnknownCode"
    journey.act([remark])
    assert not_adopted(journey.log, command(NOW), refused, journey.now) == []
    assert not_adopted(journey.log, command(NOW, "test@cccccccccccc"), refused, journey.now)

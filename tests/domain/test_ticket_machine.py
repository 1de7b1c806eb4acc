"""Any command in any order at any time: whatever people do or leave undone, a ticket stays sound and ends."""

from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from domain import facts as f
from domain import messages as m
from domain.calendar import ServiceHours
from domain.dispatching import reassign
from domain.errors import Refused
from domain.limits import Basis
from domain.supervising import next_instant, recalculate
from domain.terms import Assignment, Resolution, Rung, Terms
from domain.ticket import begin, evolve
from domain.views import clock_views, search_attributes, status_view
from domain.visibility import SEARCH_ATTRIBUTES
from domain.vocabulary import (
    ClockName,
    ContactResult,
    Level,
    Outcome,
    RequestType,
    Role,
    Satisfaction,
    Status,
    Tier,
)
from tests import sample
from tests.domain.journey import Journey

CITY_SUPERVISOR = m.Actor(unit=sample.CITY_DESK.code, role=Role.SUPERVISOR)
PEOPLE = st.sampled_from(
    [sample.HANDLER, sample.DISPATCHER, sample.DISTRICT_SUPERVISOR, CITY_SUPERVISOR, sample.REQUESTER]
)
UNITS = st.sampled_from(
    [
        sample.assignment(),
        sample.assignment(sample.OTHER_TOWN, ServiceHours.parse("Mon-Fri 09:00-17:00")),
        sample.assignment(sample.HEATING),
    ]
)
ONCE = (
    f.ClockStarted,
    f.ClockWarned,
    f.ClockMissed,
    f.ClockMet,
    f.ClockWaived,
    f.Escalated,
    f.LadderExhausted,
)
"""Facts of a clock that come at most once; a reminder once for each rung, an escalation for each level."""
PHOTO = m.ProofRef(kind="photo", ref=sample.TEXT)


@st.composite
def editions(draw: st.DrawFn) -> Terms:
    """Return terms of any tier, basis, visit, proof, survey and ladder."""
    terms = sample.terms(
        draw(st.sampled_from(Tier)),
        basis=draw(st.sampled_from(Basis)),
        door=draw(st.booleans()),
        proof=draw(st.sampled_from([None, "photo"])),
        at_feedback=draw(st.booleans()),
        redo_rounds=draw(st.integers(0, 2)),
    )
    if draw(st.booleans()):
        terms.ladders[ClockName.SURVEY_BY] = (Rung(level=Level.CITY, answer_within=sample.hours(1)),)
    spacing = draw(st.sampled_from([None, sample.hours(2)]))
    return terms.model_copy(update={"survey": terms.survey.model_copy(update={"spacing": spacing})})


class TicketMachine(RuleBasedStateMachine):
    """One ticket; the rules are everything that people and time can do to it."""

    @initialize(
        type_=st.sampled_from(RequestType),
        certain=st.booleans(),
        terms=editions(),
        unit=st.sampled_from([sample.TOWN, sample.HEATING]),
        minutes=st.integers(0, 70 * 24 * 60),
    )
    def file(self, type_: RequestType, certain: bool, terms: Terms, unit: sample.Named, minutes: int) -> None:
        """Somebody files a request at any minute of October, November or December."""
        filed_at = sample.MONDAY + timedelta(minutes=minutes - 32 * 24 * 60)
        self.journey = Journey(
            sample.intake(type_, certain=certain, unit=unit, with_terms=terms, filed_at=filed_at)
        )
        self.is_settled = True

    # ------------------------------------------------------------ time

    @rule()
    def comes_to_the_next_event(self) -> None:
        """Nobody does anything until the next thing happens by itself."""
        self.journey.until(self.journey.wakes_at() or self.journey.now)
        self.is_settled = True

    @rule(hours=st.floats(0, 200))
    def waits(self, hours: float) -> None:
        """Time passes."""
        self.journey.wait(hours=hours)
        self.is_settled = True

    @rule(hours=st.floats(0, 100))
    def is_away(self, hours: float) -> None:
        """Time passes and the process does not notice: what comes next comes before the late timers."""
        self.journey.now += timedelta(hours=hours)
        self.is_settled = False

    # ------------------------------------------------------------ people

    @rule(to=UNITS)
    def dispatches(self, to: Assignment) -> None:
        """The dispatcher."""
        with self._allowed_or_refused():
            self.journey.dispatch(to)

    @rule(to=UNITS, actor=PEOPLE)
    def reassigns(self, to: Assignment, actor: m.Actor) -> None:
        """Somebody gives it to another unit; the requester's limit does not move."""
        promised = self.journey.ticket.promised_at
        with self._allowed_or_refused():
            self.journey.apply(_reassigned(self.journey, to, actor))
            assert self.journey.ticket.promised_at == promised
            self.journey.process()

    @rule(terms=editions(), type_=st.none() | st.sampled_from(RequestType), certain=st.booleans())
    def classifies(self, terms: Terms, type_: RequestType | None, certain: bool) -> None:
        """The dispatcher."""
        resolution = Resolution(terms=terms, routing=sample.routing(certain=certain))
        with self._allowed_or_refused():
            self.journey.classify(resolution, type_)

    @rule(act=st.sampled_from([Journey.sign, Journey.visit, Journey.answer, Journey.no_answer]))
    def does(self, act: Callable[[Journey], object]) -> None:
        """The unit signs or visits, the desk answers or calls in vain."""
        with self._allowed_or_refused():
            act(self.journey)

    @rule(result=st.sampled_from(ContactResult))
    def contacts(self, result: ContactResult) -> None:
        """The unit."""
        with self._allowed_or_refused():
            self.journey.contact(result)

    @rule(outcome=st.sampled_from(Outcome), proof=st.booleans())
    def gives_feedback(self, outcome: Outcome, proof: bool) -> None:
        """The unit."""
        with self._allowed_or_refused():
            self.journey.feedback(outcome, *([PHOTO] if proof else []))

    @rule()
    def does_all_its_work(self) -> None:
        """The dispatcher dispatches, the unit signs, contacts, visits and gives feedback at once."""
        for act in (Journey.dispatch, Journey.sign, Journey.contact, Journey.visit):
            with self._allowed_or_refused():
                act(self.journey)
        self.gives_feedback(Outcome.RESOLVED, proof=True)

    @rule()
    def does_all_its_work_and_the_requester_is_called(self) -> None:
        """As above, and time passes until the first callback try is open."""
        self.does_all_its_work()
        while self.journey.ticket.status is Status.FEEDBACK_GIVEN:
            self.comes_to_the_next_event()

    @rule(actor=PEOPLE)
    def completes(self, actor: m.Actor) -> None:
        """A unit's own system: its signal is never refused and never lost."""
        version = self.journey.ticket.version
        self.journey.complete(actor)
        self.is_settled = True
        assert self.journey.ticket.version > version

    @rule(resolved=st.booleans(), satisfied=st.sampled_from(Satisfaction), by_agent=st.booleans())
    def says(self, resolved: bool, satisfied: Satisfaction, by_agent: bool) -> None:
        """The requester."""
        actor = sample.SURVEYOR if by_agent else sample.REQUESTER
        with self._allowed_or_refused():
            self.journey.says(resolved=resolved, satisfied=satisfied, actor=actor)

    @rule(actor=PEOPLE, act=st.sampled_from([Journey.urge, Journey.note]))
    def presses(self, actor: m.Actor, act: Callable[[Journey, m.Actor], object]) -> None:
        """Anybody."""
        with self._allowed_or_refused():
            act(self.journey, actor)

    @rule(holidays=st.lists(st.dates(date(2026, 11, 1), date(2027, 3, 1)), max_size=5, unique=True))
    def publishes_a_calendar(self, holidays: list[date]) -> None:
        """Operations."""
        new = {"holidays": tuple(holidays), "workdays": (), "known_until": date(2027, 12, 31)}
        calendar = self.journey.ticket.terms.calendar.model_copy(update=new)
        self.journey.act(recalculate(self.journey.ticket, calendar, self.journey.now))
        self.is_settled = True

    @contextmanager
    def _allowed_or_refused(self) -> Generator[None]:
        """A command counts, or is refused with a sentence in each language and leaves no trace."""
        before, known = self.journey.ticket, len(self.journey.log)
        said: Refused | None = None
        try:
            yield
        except Refused as refused:
            said = refused
        if said is None:
            self.is_settled = True
            return
        assert said.zh
        assert said.en
        assert (self.journey.ticket, len(self.journey.log)) == (before, known)

    # ------------------------------------------------------------ what always holds

    @invariant()
    def counts_its_facts(self) -> None:
        """The version is the number of facts."""
        assert self.journey.ticket.version == len(self.journey.log)

    @invariant()
    def fires_every_rung_once(self) -> None:
        """Each reminder, each miss, each level of each clock; and each notice has a key of its own."""
        once = Counter(
            (fact.kind, fact.clock, getattr(fact, "rung", ""), getattr(fact, "level", ""))
            for fact in self.journey.log
            if isinstance(fact, ONCE)
        )
        assert set(once.values()) <= {1}
        keys = [notice.key for notice in self.journey.notices]
        assert len(set(keys)) == len(keys)

    @invariant()
    def leaves_nothing_due_behind(self) -> None:
        """When the process has looked, nothing that is due is left; after the end nothing ever is."""
        at = next_instant(self.journey.ticket)
        if self.is_settled:
            assert at is None or at > self.journey.now
        if not self.journey.ticket.is_open:
            assert self.journey.wakes_at() is None

    @invariant()
    def owes_nothing_after_the_end(self) -> None:
        """Every obligation is met, late, missed or waived, and the ticket has an ending."""
        ticket = self.journey.ticket
        if ticket.is_open:
            assert ticket.ending is None
            return
        assert ticket.ending is not None
        assert {view.standing for view in clock_views(ticket)} <= {"met", "late", "missed", "waived"}

    @invariant()
    def keeps_its_clocks_sound(self) -> None:
        """An escalation is open only with its obligation; what was met in time was met by its due instant."""
        ticket = self.journey.ticket
        for clock in ticket.clocks.values():
            if clock.of is not None and clock.is_open:
                assert ticket.clocks[clock.of].is_open
            if clock.standing == "met":
                assert clock.done_at is not None
                assert clock.done_at <= clock.due_at
            levels = [list(Level).index(level) for level in clock.climbed]
            assert levels == sorted(set(levels))
        limit = ticket.feedback_clock
        is_hung = ticket.status is Status.HUNG  # nothing is promised for a day
        assert ticket.promised_at == (limit.due_at if limit and not is_hung else None)

    @invariant()
    def asks_once_a_round(self) -> None:
        """One result per round, no more rounds than the edition's, and no more tries than it has."""
        ticket = self.journey.ticket
        assert len({answers.round for answers in ticket.surveys}) == len(ticket.surveys)
        assert ticket.survey_tries <= ticket.terms.survey.tries
        if ticket.status is Status.FEEDBACK_GIVEN:
            assert ticket.contacted
            assert ticket.outcome is not None

    @invariant()
    def shows_itself(self) -> None:
        """Views never fail, and the engine knows every search attribute."""
        assert status_view(self.journey.ticket).sentence_zh
        assert set(search_attributes(self.journey.ticket)) <= set(SEARCH_ATTRIBUTES)

    def teardown(self) -> None:
        """Left alone from here, with a dispatcher where one is needed, it ends; its log alone rebuilds it."""
        if not hasattr(self, "journey"):
            return
        journey = self.journey
        journey.process()
        journey.left_alone()
        if journey.ticket.status is Status.AWAITING_DISPATCH:
            journey.dispatch()
            journey.left_alone()
        self.is_settled = True
        assert not journey.ticket.is_open
        self.owes_nothing_after_the_end()
        self.fires_every_rung_once()
        rebuilt = begin(m.Intake.model_validate_json(journey.intake.model_dump_json()))
        for fact in journey.log[1:]:
            rebuilt = evolve(rebuilt, f.FACT.validate_json(f.FACT.dump_json(fact)))
        assert rebuilt == journey.ticket


def _reassigned(journey: Journey, to: Assignment, actor: m.Actor) -> list[f.AnyFact]:
    command = m.Reassign(actor=actor, unit=to.unit.code, reason=sample.TEXT)
    return reassign(journey.ticket, command, to, journey.now)


QUICK = settings(
    max_examples=60, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
DEEP = settings(QUICK, max_examples=800, stateful_step_count=60)


def test_a_ticket_stays_sound_whatever_people_and_time_do_to_it() -> None:
    """Random lives of up to 25 steps (peers' bugs 2, 3, 7, 9, 11, 13, 18)."""
    run_state_machine_as_test(TicketMachine, settings=QUICK)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_a_ticket_stays_sound_through_long_lives() -> None:
    """The same with more and longer lives."""
    run_state_machine_as_test(TicketMachine, settings=DEEP)

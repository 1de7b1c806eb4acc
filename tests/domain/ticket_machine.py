"""A ticket to which anything happens in any order, and what has to hold of it after every single step.

The machine knows no branch by name: it makes up every command that stands in the tables (`making_up`), and
`watching` checks every single fact.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from functools import partial
from random import Random
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain import messages as m
from domain.adopt.editions import adopt
from domain.commands import COMMANDS
from domain.errors import Refused
from domain.facts import main_line as f
from domain.handle.handling import complete
from domain.incident.membership import take_result
from domain.search_attributes import SEARCH_ATTRIBUTES
from domain.show.views import clock_views, search_attributes, status_view
from domain.supervise.supervising import next_instant, recalculate
from domain.terms import Resolution, Rung, Terms
from domain.ticket.evolving import begin
from domain.time.limits import Basis
from domain.vocabulary import AdoptionMode, ClockName, Level, RequestType, Status, Tier
from tests import sample
from tests.domain import outage
from tests.domain.journey import Journey
from tests.domain.making_up import INCIDENTS, Author, give, persist
from tests.domain.watching import ALWAYS_POSSIBLE, Watched, check_end, check_owner

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
CHANCES = st.integers(0, 2**32 - 1)
"""The seed of what is made up in one step: dropping steps is how a failure becomes small."""
TYPES = (*RequestType, *[RequestType.COMPLAINT] * 8)
"""What people want: mostly something that takes a unit."""
EDITIONS = ("test@aaaaaaaaaaaa", "test@bbbbbbbbbbbb")
"""Editions that running tickets may be told to adopt, beside the one they are filed under."""
LATE = 6
"""How many steps a ticket that has ended still gets; then another one is filed."""


def happens(
    *, chance: st.SearchStrategy[int] | None = None, **others: st.SearchStrategy[Any]
) -> Callable[[Callable[..., None]], Any]:
    """Return what makes a rule of a method: of something that happens to a ticket that is not laid aside."""
    chances: dict[str, Any] = {**others} if chance is None else {**others, "chance": chance}
    return lambda act: precondition(lambda machine: not machine.is_laid_aside)(rule(**chances)(act))


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


@st.composite
def intakes(draw: st.DrawFn) -> m.Intake:
    """Return what somebody files at any minute of October, November or December."""
    return sample.intake(
        draw(st.sampled_from(TYPES)),
        certain=draw(st.booleans()),
        with_terms=draw(editions()),
        unit=draw(st.sampled_from([sample.TOWN, sample.HEATING])),
        filed_at=sample.MONDAY + timedelta(minutes=draw(st.integers(0, 70 * 24 * 60)) - 32 * 24 * 60),
    )


class TicketMachine(RuleBasedStateMachine):
    """One ticket; the rules are everything that people and time can do to it."""

    steps: ClassVar[int] = 0
    tried: ClassVar[Counter[str]] = Counter()
    counted: ClassVar[Counter[str]] = Counter()

    @initialize(intake=intakes())
    def files(self, intake: m.Intake) -> None:
        """Somebody files a request."""
        self.has_filed(intake)

    @precondition(lambda machine: machine.is_laid_aside)
    @rule(intake=intakes())
    def files_another(self, intake: m.Intake) -> None:
        """The ticket has ended, and whatever came late has come: another one begins."""
        self.teardown()
        self.has_filed(intake)

    def has_filed(self, intake: m.Intake) -> None:
        """Begin a ticket."""
        self.journey = Watched(intake)
        self.is_settled = True
        self.checked = 0
        self.once = Counter[tuple[object, ...]]()
        self.late = 0

    @property
    def is_laid_aside(self) -> bool:
        """Return whether the ticket has ended and has been spoken to often enough since."""
        return self.late > LATE

    # ------------------------------------------------------------ time

    @happens()
    def comes_to_the_next_event(self) -> None:
        """Nobody does anything until the next thing happens by itself."""
        self._steps()
        self.journey.until(self.journey.wakes_at() or self.journey.now)
        self.is_settled = True

    @happens(hours=st.floats(0, 5) | st.floats(0, 200))
    def waits(self, hours: float) -> None:
        """Time passes."""
        self._steps()
        self.journey.wait(hours=hours)
        self.is_settled = True

    @happens(hours=st.floats(0, 5) | st.floats(0, 100))
    def is_away(self, hours: float) -> None:
        """Time passes and the process does not notice: what comes next comes before the late timers."""
        self._steps()
        self.journey.now += timedelta(hours=hours)
        self.is_settled = False

    # ------------------------------------------------------------ people

    @happens(chance=CHANCES)
    def somebody_does_what_counts(self, chance: int) -> None:
        """Up to six commands, each the first that the ticket does not refuse."""
        random = self._random(chance)
        for _ in range(random.randint(1, 6)):
            some = random.sample(tuple(COMMANDS), k=len(COMMANDS))
            for name in sorted(some, key=lambda one: one in ALWAYS_POSSIBLE and random.random() < 0.9):
                if self._comes_to_count(random, name):
                    break

    @happens(chance=CHANCES)
    def somebody_does_anything(self, chance: int) -> None:
        """Any command from anybody, mostly refused."""
        random = self._random(chance)
        name = random.choice(tuple(COMMANDS))
        self._refusal(name, self._author(random).command(name, allowed=random.random() < 0.5))

    @happens(chance=CHANCES, name=st.sampled_from(tuple(COMMANDS)))
    def somebody_insists(self, chance: int, name: str) -> None:
        """One and the same command, made up again until it counts, a few times at most."""
        random = self._random(chance)
        for _ in range(5):
            if self._comes_to_count(random, name):
                return

    @happens(terms=editions(), certain=st.booleans(), chance=CHANCES)
    def classifies(self, terms: Terms, certain: bool, chance: int) -> None:
        """The desk, under terms of any kind."""
        command = self._author(self._random(chance)).command("classify")
        self._refusal("classify", command, Resolution(terms=terms, routing=sample.routing(certain=certain)))

    @happens()
    def does_all_its_work(self) -> None:
        """The dispatcher dispatches, the unit signs, contacts, visits and gives feedback at once."""
        photo = m.ProofRef(kind="photo", ref=sample.TEXT)
        for act in (Journey.dispatch, Journey.sign, Journey.contact, Journey.visit):
            self._steps()
            with suppress(Refused):
                act(self.journey)
        with suppress(Refused):
            self.journey.feedback(m.Outcome.RESOLVED, photo)
        self.journey.process()
        self.is_settled = True

    @happens()
    def does_all_its_work_and_the_requester_is_called(self) -> None:
        """As above, and time passes until the first callback try is open."""
        self.does_all_its_work()
        while self.journey.ticket.status is Status.FEEDBACK_GIVEN and self.journey.wakes_at() is not None:
            self.comes_to_the_next_event()

    @happens(chance=CHANCES)
    def completes(self, chance: int) -> None:
        """A unit's own system: its signal is never refused and never lost."""
        self._steps()
        version = self.journey.ticket.version
        message = self._author(self._random(chance)).completion()
        self.journey.act(complete(self.journey.ticket, message, self.journey.now))
        self.is_settled = True
        assert self.journey.ticket.version > version

    @happens(holidays=st.lists(st.dates(date(2026, 11, 1), date(2027, 3, 1)), max_size=5, unique=True))
    def publishes_a_calendar(self, holidays: list[date]) -> None:
        """Operations."""
        self._steps()
        new = {"holidays": tuple(holidays), "workdays": (), "known_until": date(2027, 12, 31)}
        calendar = self.journey.ticket.terms.calendar.model_copy(update=new)
        self.journey.act(recalculate(self.journey.ticket, calendar, self.journey.now))
        self.is_settled = True

    @happens(chance=CHANCES, incident=st.sampled_from(list(INCIDENTS)), number=st.integers(1, 2))
    def hears_the_result_of_an_incident(self, chance: int, incident: str, number: int) -> None:
        """Mostly of its own incident; told twice, it brings about nothing the second time."""
        self._steps()
        member, now = self.journey.ticket.incident, self.journey.now
        if member is not None and self._random(chance).random() < 0.8:
            incident = member.number
        message = outage.result_signal(number, incident)
        self.journey.act(take_result(self.journey.ticket, message, now))
        self.is_settled = True
        if self.journey.ticket.incident is not None:
            assert self.journey.ticket.incident.number != incident or not [
                fact for fact in take_result(self.journey.ticket, message, now) if fact.kind != "noted"
            ]

    @happens(terms=editions(), mode=st.sampled_from(AdoptionMode), edition=st.sampled_from(EDITIONS))
    def adopts_an_edition(self, terms: Terms, mode: AdoptionMode, edition: str) -> None:
        """Operations, in any mode; told twice, it brings about nothing the second time."""
        self._steps()
        order = m.AdoptEdition(actor=m.SYSTEM, edition=edition, mode=mode)
        terms = terms.model_copy(update={"edition": edition})
        facts = self.journey.act(adopt(self.journey.ticket, order, terms, self.journey.now))
        self.is_settled = True
        if facts:
            assert adopt(self.journey.ticket, order, terms, self.journey.now) == []

    def _comes_to_count(self, random: Random, name: str) -> bool:
        """Give a made-up command, and again as its refusals ask; return whether it counted."""
        attempt = partial(self._refusal, name)
        return persist(self._author(random), name, attempt) is not None

    def _refusal(self, name: str, command: m.Command, resolution: Resolution | None = None) -> Refused | None:
        """Give the command: it counts, or is refused with a sentence in each language and leaves no trace.

        What counts does so again, with the same facts, when the ticket's history is replayed.
        """
        self._steps()
        self.tried[name] += 1
        journey = self.journey
        before, known, notified = journey.ticket, len(journey.log), len(journey.notices)
        replayed = journey.trial()
        replayed.ticket = before.model_copy(update={"is_replayed": True})
        try:
            give(journey, name, command, resolution)
        except Refused as refused:
            says_why = bool(refused.zh and refused.en)
            assert says_why, f"{name} is refused without a word"
            assert (journey.ticket, len(journey.log), len(journey.notices)) == (before, known, notified)
            return refused
        self.counted[name] += 1
        self.is_settled = True
        give(replayed, name, command, resolution)
        assert replayed.log == journey.log, f"{name} yields other facts when it is replayed"
        return None

    def _random(self, chance: int) -> Random:
        """Return chances of this step alone: `chance` is often a small number."""
        ticket = self.journey.ticket
        return Random(f"{chance} {ticket.filed_at} {ticket.version} {self.journey.now}")

    def _author(self, random: Random) -> Author:
        return Author(random, self.journey.ticket, self.journey.now)

    def _steps(self) -> None:
        type(self).steps += 1
        self.late = 0 if self.journey.ticket.is_open else self.late + 1

    # ------------------------------------------------------------ what always holds

    @invariant()
    def is_what_its_log_says(self) -> None:
        """The version is the number of facts; the facts alone, read back from JSON, make the same state."""
        journey = self.journey
        assert journey.ticket.version == len(journey.log)
        rebuilt = journey.rebuilt or begin(journey.intake)
        assert rebuilt == journey.ticket

    @invariant()
    def fires_every_rung_once(self) -> None:
        """Each reminder, each miss, each level of each clock; and each notice has a key of its own."""
        new, self.checked = self.journey.log[self.checked :], len(self.journey.log)
        for fact in new:
            if isinstance(fact, ONCE):
                rung, level = getattr(fact, "rung", ""), getattr(fact, "level", "")
                level = "" if isinstance(fact, f.ClockStarted) else level
                self.once[fact.kind, fact.clock, rung, level] += 1
                assert self.once[fact.kind, fact.clock, rung, level] == 1
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
    def has_one_owner(self) -> None:
        """Somebody owes the next act; the end leaves nothing owed."""
        check_owner(self.journey.ticket)
        check_end(self.journey.ticket)

    @invariant()
    def owes_nothing_after_the_end(self) -> None:
        """Every obligation is met, late, missed or waived; before, it also runs or is overdue."""
        final = {"met", "late", "missed", "waived"}
        standings = {view.standing for view in clock_views(self.journey.ticket)}
        assert standings <= (
            final | {"running", "overdue", "suspended"} if self.journey.ticket.is_open else final
        )

    @invariant()
    def keeps_its_clocks_sound(self) -> None:
        """What was met in time was met by its due instant; a ladder is climbed upwards only."""
        ticket = self.journey.ticket
        for clock in ticket.clocks.values():
            if clock.standing == "met":
                assert clock.done_at is not None
                assert clock.done_at <= clock.due_at
            levels = [list(Level).index(level) for level in clock.climbed]
            assert levels == sorted(set(levels))

    @invariant()
    def asks_once_a_round(self) -> None:
        """One result per round, and no more tries than the edition has."""
        ticket = self.journey.ticket
        assert len({answers.round for answers in ticket.surveys}) == len(ticket.surveys)
        assert ticket.survey_tries <= ticket.terms.survey.tries
        if ticket.status is Status.FEEDBACK_GIVEN:
            assert ticket.contacted or (ticket.incident is not None and ticket.incident.told)
            assert ticket.outcome is not None

    @invariant()
    def shows_itself(self) -> None:
        """Views never fail, and the engine knows every search attribute."""
        assert status_view(self.journey.ticket).sentence_zh
        assert set(search_attributes(self.journey.ticket)) <= set(SEARCH_ATTRIBUTES)

    def teardown(self) -> None:
        """Left alone from here it ends; only where it waits for people by its nature somebody acts."""
        if not hasattr(self, "journey"):
            return
        self.journey.ends(Random(self.journey.ticket.version))
        self.is_settled = True
        self.is_what_its_log_says()
        self.has_one_owner()
        self.owes_nothing_after_the_end()
        self.fires_every_rung_once()

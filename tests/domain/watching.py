"""A ticket on its way with somebody who watches every single fact: what may move which clock, and when."""

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from random import Random
from typing import NamedTuple

from domain import messages as m
from domain.command.fields import holding
from domain.commands import COMMANDS
from domain.errors import Refused
from domain.facts.fact import FACT, AnyFact
from domain.messages import TextRef
from domain.show.standing import holder_of
from domain.supervise.tasks import open_tasks
from domain.ticket.clocks import Clock
from domain.ticket.evolving import begin, evolve
from domain.ticket.ticket import Ticket
from domain.time.limits import Basis, elapsed_time
from domain.vocabulary import ClockName, Status
from tests.domain.journey import PATIENCE, Journey
from tests.domain.making_up import CODES, Author, give, persist

STARTS_A_ROUND = frozenset({"dispatched", "redo_ordered", "taken_off"})
"""The facts with which a limit for the requester may begin: sent out, sent out again, off the hold ledger."""
MOVES_THE_LIMIT = frozenset({"classified", "calendar_changed", "extension_decided", "edition_adopted"})
"""The facts with which a running limit may be recalculated: no quarrel between units is among them."""
COUNTS_ANEW = frozenset({"classified", "calendar_changed"})
"""Of these, the ones after which exactly the limit's length has run when it is due."""
KEEPS_THE_END = frozenset({"reassigned"})
"""The facts with which reminders may be recalculated, for another unit's hours, and the end stays."""
STOPS_A_CLOCK = frozenset[str]()
"""The facts that may write in a clock's ledger after its start; elapsed time is never rewritten."""
PROMISES_NOTHING = frozenset({"hung"})
"""Where the requester has no limit: on the hold ledger, told so, with milestones and reviews in its place."""
OFF_THE_LEDGER = ("clear_hanging", "review_hanging")
WAITS_FOR_PEOPLE: dict[str, tuple[str, ...]] = {"awaiting_dispatch": ("dispatch",), "hung": OFF_THE_LEDGER}
"""Where a ticket may stand for ever until somebody acts, and by what: lists that others see and review."""

ALWAYS_POSSIBLE = ("note", "urge", "classify", "supplement", "withdraw", "alert", "supervise")
"""Commands that hardly anything refuses; others go first, or nothing else would ever happen."""

LATE = 6
"""How often a ticket that has ended is still spoken to."""


class Act(NamedTuple):
    """One command that counted: its name, what was said, and the facts from it to the next one."""

    name: str
    command: m.Command
    facts: list[AnyFact]


def life(random: Random, journey: "Watched", wanted: Sequence[str] = (), acts: int = 60) -> Iterator[Act]:
    """Yield what happens in a life in which people mostly do what counts, `wanted` first every other time.

    What no words can make count is not tried; `ticket_machine` tries that as well. Every text that is said
    is another one, so that it can be found again.
    """
    late = 0
    for number in range(acts):
        late = 0 if journey.ticket.is_open else late + 1
        if late > LATE:
            return
        everything = random.sample(tuple(COMMANDS), k=len(COMMANDS))
        first = random.sample(wanted, k=len(wanted)) if random.random() < 0.5 else []
        for name in (*first, *sorted(everything, key=lambda one: one in ALWAYS_POSSIBLE)):
            if not may_count(journey.ticket, name):
                continue
            known = len(journey.log)
            command = _said(random, journey, name, f"said-{number}")
            if command is not None:
                yield Act(name, command, journey.log[known:])
                break
        if random.random() < 0.3:
            journey.wait(hours=random.choice((0.2, 1, 5, 30)))


def may_count(ticket: Ticket, name: str) -> bool:
    """Return whether words can make the command `name` count now: its table has the status, and somebody."""
    spec = COMMANDS[name]
    return ticket.status in spec.when and any(
        standing(ticket, code) for standing in spec.may.values() for code in CODES
    )


def _said(random: Random, journey: "Watched", name: str, text: str) -> m.Command | None:
    """Give a command in the words `text`; return it, null when it did not come to count."""

    def refusal(command: m.Command) -> Refused | None:
        try:
            give(journey, name, _in_new_words(command, text))
        except Refused as refused:
            return refused
        return None

    command = persist(Author(random, journey.ticket, journey.now), name, refusal)
    return command and _in_new_words(command, text)


def _in_new_words(command: m.Command, text: str) -> m.Command:
    said = [name for name in holding(type(command), TextRef) if getattr(command, name) is not None]
    words = {name: m.TextRef(id=f"{text}-{name}", hash=text) for name in said}
    return command.model_copy(update=words)


class Watched(Journey):
    """A journey whose every fact is checked as it happens, and kept a second time as JSON would hold it."""

    def __init__(self, intake: m.Intake | None = None) -> None:
        self.rebuilt: Ticket | None = None
        super().__init__(intake)

    def apply(self, facts: Iterable[AnyFact]) -> None:
        """Let `facts` happen, one act of somebody or of the process, each watched."""
        act = list(facts)
        kinds = {fact.kind for fact in act}
        for fact in act:
            before = self.ticket
            super().apply([fact])
            self._keep(fact)  # first: what is found wrong below must not make the log look wrong as well
            _watch(before, self.ticket, fact, kinds)

    def trial(self) -> "Watched":
        """Return a copy that can be tried out and thrown away."""
        tried = copy(self)
        tried.log, tried.notices = list(self.log), list(self.notices)
        return tried

    def adopt(self, tried: "Watched") -> None:
        """Become what `tried` has become."""
        self.__dict__.update(tried.__dict__)

    def ends(self, random: Random) -> None:
        """Leave it alone until it ends; act only where a ticket waits for people by its nature."""
        for _ in range(PATIENCE):
            self.process()
            self.left_alone()
            if not self.ticket.is_open:
                return
            status = self.ticket.status
            assert status.value in WAITS_FOR_PEOPLE, f"it stands still for ever in {status}"
            self._is_moved_on(random, WAITS_FOR_PEOPLE[status.value])
        raise AssertionError("it goes round in circles")

    def _is_moved_on(self, random: Random, names: tuple[str, ...]) -> None:
        known = [name for name in names if name in COMMANDS]
        for _ in range(PATIENCE):
            name, tried = random.choice(known), self.trial()
            try:
                give(tried, name, Author(random, self.ticket, self.now).command(name))
            except Refused:
                continue
            status = self.ticket.status
            self.adopt(tried)
            if self.ticket.status is not status:
                return
        raise AssertionError(f"nothing moves it on from {self.ticket.status}")

    def _keep(self, fact: AnyFact) -> None:
        before = self.rebuilt or begin(m.Intake.model_validate_json(self.intake.model_dump_json()))
        self.rebuilt = evolve(before, FACT.validate_json(FACT.dump_json(fact)))


def _watch(before: Ticket, after: Ticket, fact: AnyFact, act: set[str]) -> None:
    """Check what `fact` did to the clocks; `act` are the kinds of all facts of the same act."""
    assert after.clocks.keys() >= before.clocks.keys(), "a clock is forgotten"
    assert after.tasks.keys() >= before.tasks.keys(), "a task is forgotten"
    for key, clock in after.clocks.items():
        old = before.clocks.get(key)
        if old is clock:
            continue
        if old is None:
            assert fact.kind == "clock_started"
            if clock.name is ClockName.FEEDBACK_BY:
                assert act & STARTS_A_ROUND, f"a limit of the requester began with {sorted(act)}"
        else:
            _watch_clock(old, clock, fact, act, after)


def _watch_clock(old: Clock, new: Clock, fact: AnyFact, act: set[str], ticket: Ticket) -> None:
    assert new.ledger == old.ledger or fact.kind in STOPS_A_CLOCK, f"{fact.kind} rewrote elapsed time"
    assert not (new.is_open and not old.is_open), f"{fact.kind} opened {old.key} again"
    assert new.missed_at == old.missed_at or old.missed_at is None
    if new.name is not ClockName.FEEDBACK_BY or fact.kind != "clock_rescheduled":
        assert new.name is not ClockName.FEEDBACK_BY or new.due_at == old.due_at, (
            f"{fact.kind} moved the limit"
        )
        return
    moved = new.due_at != old.due_at
    assert act & (MOVES_THE_LIMIT | KEEPS_THE_END), f"the requester's limit was counted by {sorted(act)}"
    assert not moved or act & MOVES_THE_LIMIT, f"the requester's limit was moved by {sorted(act)}"
    calendar = ticket.terms.calendar
    for basis in Basis:
        limit = new.limit.model_copy(update={"basis": basis})
        ran, still = (elapsed_time(limit, one.ledger, calendar, fact.at) for one in (old, new))
        assert ran == still
    if act & COUNTS_ANEW and new.cap is None:
        assert elapsed_time(new.limit, new.ledger, calendar, new.due_at) == new.limit.length(calendar)


def check_owner(ticket: Ticket) -> None:
    """Check that one unit owes the next act, and that whatever stands open has somebody who owes it."""
    assert holder_of(ticket).code
    limit = ticket.feedback_clock
    if ticket.is_open and ticket.status.value not in PROMISES_NOTHING:
        assert ticket.promised_at == (limit.due_at if limit else None)
    if limit is not None and limit.is_open and ticket.assignment is not None:
        assert limit.holder == ticket.assignment.unit
    for clock in ticket.open_clocks():
        assert clock.holder.code
        assert clock.holder.zh
        if clock.of is not None:
            assert ticket.clocks[clock.of].is_open
    for task in ticket.tasks.values():
        assert ticket.clocks[task.clock].is_open == task.is_open, f"{task.key} and its clock disagree"
        clock = ticket.clocks[task.clock]
        is_whistlers = clock.name is ClockName.JOINT_BY  # who blew the whistle ends what is done together
        assert not task.is_open or is_whistlers or clock.holder == task.holder


def check_end(ticket: Ticket) -> None:
    """Check that nothing is owed to a ticket that has ended, and that only an ended one has an ending."""
    assert (ticket.ending is None) == ticket.is_open
    assert (ticket.closed_at is None) == ticket.is_open
    if ticket.status is Status.CLOSED:
        assert not ticket.open_clocks()
        assert not open_tasks(ticket)

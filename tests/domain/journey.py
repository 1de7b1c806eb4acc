"""A ticket on its way by the pure rules alone, on a clock that the test moves; no engine."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from domain import messages as m
from domain.accept import accepting
from domain.command.given import BranchQuery, Given, Question
from domain.commands import COMMANDS
from domain.dispatch import dispatching
from domain.evaluate import evaluating
from domain.facts import main_line as f
from domain.facts.fact import AnyFact
from domain.facts.incident import IncidentBrief
from domain.handle import handling
from domain.supervise import supervising
from domain.terms import Assignment, Resolution
from domain.ticket.evolving import begin, evolve, filed
from domain.ticket.notices import Notice, notices_of
from domain.ticket.transitions import MOVING, TRANSITIONS
from domain.vocabulary import (
    ContactResult,
    Outcome,
    RequestType,
    Satisfaction,
    Status,
    TryResult,
)
from tests import sample
from tests.domain.calendar_strategies import beijing

PATIENCE = 400
"""More events than any ticket has that nobody touches; beyond it the process goes in circles."""


class Journey:
    """One ticket, its log and its notices. Commands act at `now`; time passes by `until` and its kin."""

    def __init__(self, intake: m.Intake | None = None) -> None:
        self.intake = intake or sample.intake()
        self.now = self.intake.filed_at
        self.ticket = begin(self.intake)
        self.log: list[AnyFact] = [filed(self.intake)]
        self.notices: list[Notice] = []
        self.process()

    # ------------------------------------------------------------ what happens

    def apply(self, facts: Iterable[AnyFact]) -> None:
        """Let `facts` happen; every move must be an arrow of the table."""
        for fact in facts:
            status = self.ticket.status
            follow_up = fact.kind == "closed" and status is Status.CLOSED
            if fact.kind in MOVING and not follow_up:
                assert (status, fact.kind) in TRANSITIONS
            self.ticket = evolve(self.ticket, fact)
            self.log.append(fact)
            self.notices.extend(notices_of(self.ticket, fact))

    def take(
        self, name: str, command: m.Command, given: Given | IncidentBrief | None = None
    ) -> list[AnyFact]:
        """Let the command `name` happen, if it may, and return its own facts; raises the refusal otherwise.

        `given` is what is looked up for it, or the incident it names; by default what the small city says.
        """
        spec = COMMANDS[name]
        spec.check(self.ticket, command)
        asked = spec.asks(self.ticket, command, self.now) if spec.asks else None
        known = given if isinstance(given, Given) else self._known(asked)
        if isinstance(given, IncidentBrief):
            known = known.model_copy(update={"incident": given})
        return self.act(spec.decide(self.ticket, command, known, self.now))

    def _known(self, asked: Question | None) -> Given:
        """Return what the small city says of what is `asked`."""
        if isinstance(asked, m.AssignmentQuery):
            return Given(units={asked.unit: sample.assignment(sample.UNITS[asked.unit])})
        named = asked.units if isinstance(asked, BranchQuery) else ()
        return sample.given(*(sample.UNITS[code] for code in named if code in sample.UNITS))

    def process(self) -> None:
        """Let the clocks and the process do what is due at `now`."""
        for _ in range(PATIENCE):
            facts = list(supervising.due_facts(self.ticket, self.now)) or self._step()[0]
            if not facts:
                return
            self.apply(facts)
        raise AssertionError("the process does not come to rest")

    def wakes_at(self) -> datetime | None:
        """Return the next instant at which something happens by itself."""
        instants = (supervising.next_instant(self.ticket), self._step()[1])
        return min((at for at in instants if at is not None and at > self.now), default=None)

    def until(self, at: datetime | str) -> list[AnyFact]:
        """Let time pass up to and including `at` (a text is Beijing's wall clock); return what happened."""
        end, known = beijing(at) if isinstance(at, str) else at, len(self.log)
        while (wakes := self.wakes_at()) is not None and wakes <= end:
            self.now = wakes
            self.process()
        self.now = max(self.now, end)
        self.process()
        return self.log[known:]

    def wait(self, **amount: float) -> list[AnyFact]:
        """Let `amount` of time pass (as for timedelta); return what happened."""
        return self.until(self.now + timedelta(**amount))

    def left_alone(self) -> list[AnyFact]:
        """Let time pass until nothing more happens by itself; return what happened."""
        known = len(self.log)
        for _ in range(PATIENCE):
            wakes = self.wakes_at()
            if wakes is None:
                return self.log[known:]
            self.until(wakes)
        raise AssertionError("the ticket finds no end")

    def _step(self) -> tuple[list[AnyFact], datetime | None]:
        """Return what the process does by itself at `now`, or when it looks again."""
        ticket, now = self.ticket, self.now
        if ticket.status is Status.ACCEPTED:
            praise = accepting.needs_no_unit(ticket)
            return (accepting.record_praise if praise else accepting.accept)(ticket, now), None
        if ticket.status is Status.AWAITING_DISPATCH:
            waits = accepting.waits_for_an_answer_until(ticket)
            if waits is not None and now < waits:
                return [], waits
            itself = dispatching.dispatches_itself(ticket)
            return (dispatching.dispatch_by_directory(ticket, now) if itself else []), None
        if not ticket.is_open or not handling.is_handled(ticket):
            return [], None
        return self._evaluate()

    def _evaluate(self) -> tuple[list[AnyFact], datetime | None]:
        ticket, now = self.ticket, self.now
        starts = evaluating.survey_starts_at(ticket)
        if starts is None or now < starts:
            return [], starts
        if evaluating.is_over(ticket):
            return evaluating.conclude(ticket, now), None
        if evaluating.has_result(ticket):
            return [], None
        if evaluating.try_is_missed(ticket):
            return evaluating.try_lapsed(ticket, now), None
        if ticket.survey_try_open:
            return [], None
        at = evaluating.next_try_at(ticket, now)
        return ([], at) if now < at else (evaluating.open_try(ticket, now), None)

    # ------------------------------------------------------------ what people do

    def act(self, facts: list[AnyFact]) -> list[AnyFact]:
        """Let the facts of a command happen and the process react; return the command's own facts."""
        self.apply(facts)
        self.process()
        return facts

    @property
    def handler(self) -> m.Actor:
        """Return somebody of the unit the ticket lies with, or of the sample's town before dispatch."""
        given = self.ticket.assignment
        return sample.HANDLER.model_copy(update={"unit": given.unit.code}) if given else sample.HANDLER

    def dispatch(self, to: Assignment | None = None) -> list[AnyFact]:
        """A dispatcher sends the ticket to the unit of `to`, or to the one the directory names."""
        unit = to.unit.code if to else None
        command = m.Dispatch(actor=sample.DISPATCHER, unit=unit, reason=sample.TEXT)
        return self.take("dispatch", command, Given(units={to.unit.code: to}) if to else None)

    def classify(self, new: Resolution, type_: RequestType | None = None) -> list[AnyFact]:
        """A dispatcher sets type and category; the edition has answered `new`."""
        command = m.Classify(actor=sample.DISPATCHER, category="heat", type=type_, reason=sample.TEXT)
        return self.take("classify", command, Given(resolution=new))

    def answer(self) -> list[AnyFact]:
        """The desk answers the inquiry at once."""
        command = m.Answer(actor=sample.DISPATCHER, reply=sample.TEXT)
        return self.take("answer", command)

    def sign(self) -> list[AnyFact]:
        """The unit signs."""
        return self.take("sign", m.Sign(actor=self.handler))

    def contact(self, result: ContactResult = ContactResult.REACHED) -> list[AnyFact]:
        """The unit calls the requester."""
        command = m.Contact(actor=self.handler, result=result, note=sample.TEXT)
        return self.take("contact", command)

    def visit(self) -> list[AnyFact]:
        """The unit is on the spot."""
        return self.take("visit", m.Visit(actor=self.handler))

    def feedback(self, outcome: Outcome = Outcome.RESOLVED, *proof: m.ProofRef) -> list[AnyFact]:
        """The unit reports its outcome."""
        command = m.Feedback(actor=self.handler, outcome=outcome, reply=sample.TEXT, proof=proof)
        return self.take("feedback", command)

    def complete(self, actor: m.Actor | None = None) -> list[AnyFact]:
        """The unit's own system sends the plain signal."""
        message = m.Complete(actor=actor or self.handler, outcome=Outcome.PARTLY, reply=sample.TEXT)
        return self.act(handling.complete(self.ticket, message, self.now))

    def handled(self) -> "Journey":
        """Let the unit sign, reach the requester and give feedback, all at `now`."""
        self.sign()
        self.contact()
        self.feedback()
        return self

    def no_answer(self) -> list[AnyFact]:
        """The callback agent calls; nobody answers."""
        command = m.Survey(actor=sample.SURVEYOR, result=TryResult.NO_ANSWER)
        return self.take("survey", command)

    def says(
        self,
        *,
        resolved: bool = True,
        satisfied: Satisfaction = Satisfaction.SATISFIED,
        actor: m.Actor = sample.SURVEYOR,
    ) -> list[AnyFact]:
        """The requester answers the survey."""
        command = m.Survey(
            actor=actor,
            result=TryResult.ANSWERED,
            contacted=True,
            resolved=resolved,
            satisfied=satisfied,
            comment=sample.TEXT,
        )
        return self.take("survey", command)

    def urge(self, actor: m.Actor = sample.REQUESTER) -> list[AnyFact]:
        """Somebody presses for the matter."""
        command = m.Urge(actor=actor, reason=sample.TEXT)
        return self.take("urge", command)

    def note(self, actor: m.Actor) -> list[AnyFact]:
        """Somebody adds a remark."""
        command = m.Note(actor=actor, text=sample.TEXT)
        return self.take("note", command)

    def reassign(self, to: Assignment, actor: m.Actor = sample.DISPATCHER) -> list[AnyFact]:
        """Somebody above the unit gives the ticket to the unit of `to`."""
        command = m.Reassign(actor=actor, unit=to.unit.code, reason=sample.TEXT)
        return self.take("reassign", command, Given(units={to.unit.code: to}))


def story(facts: Iterable[AnyFact]) -> list[str]:
    """Return each fact as a few words: its kind, its clock, and the rung, level or word that matters."""
    return [" ".join(map(str, (fact.kind, *_details(fact)))) for fact in facts]


def _details(fact: AnyFact) -> list[object]:
    names = ("clock", "rung", "level", "because", "attempt", "turn", "outcome", "ending", "about")
    found = [getattr(fact, name, None) for name in names]
    late = ["late"] if isinstance(fact, f.ClockMet) and fact.late else []
    return [detail for detail in found if detail is not None] + late

"""The state of a ticket; how it follows from its facts is in `domain.ticket.evolving`."""

from datetime import datetime

from pydantic import Field

from domain.facts import main_line as f
from domain.facts.accept import Disposed, HandedOver, NuisanceProposed, WithdrawalAsked
from domain.facts.adopt import Adoption
from domain.facts.dispatch import Consultation, IndustrySaid, Objections
from domain.facts.fact import Fact
from domain.facts.handle import Extension, Hanging, HeadReading, PreSurveyed, Whistle
from domain.facts.incident import Membership
from domain.facts.supervise import Order
from domain.facts.tasks import Task
from domain.messages import Actor, Intake, Receipt
from domain.model import Value
from domain.recusal import Accused, is_barred
from domain.terms import Assignment, Named, Place, Routing, Terms
from domain.ticket.clocks import Clock
from domain.ticket.holders import Holders
from domain.ticket.transitions import STAGES
from domain.vocabulary import (
    Channel,
    ClockName,
    DispatchMode,
    Ending,
    Level,
    Outcome,
    RequestType,
    Stage,
    Status,
)


class Ticket(Value):
    """One request on its way. `version` is the number of facts so far."""

    number: str
    version: int
    status: Status
    type: RequestType
    channel: Channel
    place: Place
    place_zh: str
    category_given: bool
    terms: Terms
    routing: Routing
    filed_at: datetime
    clocks: dict[str, Clock] = Field(default_factory=dict)
    assignment: Assignment | None = None
    mode: DispatchMode | None = None
    turn: int = 0
    round: int = 1
    promised_at: datetime | None = None
    contacts: int = 0
    contacted: bool = False
    visited: bool = False
    outcome: Outcome | None = None
    feedback_at: datetime | None = None
    survey_tries: int = 0
    survey_try_open: bool = False
    last_try_at: datetime | None = None
    surveys: tuple[f.Surveyed, ...] = ()
    urged: int = 0
    ending: Ending | None = None
    closed_at: datetime | None = None
    tasks: dict[str, Task] = Field(default_factory=dict)
    disposed: Disposed | None = None
    nuisance: NuisanceProposed | None = None
    handed_over: dict[str, HandedOver] = Field(default_factory=dict)
    supplements: int = 0
    reopened: int = 0
    reopened_at: datetime | None = None
    withdrawal: WithdrawalAsked | None = None
    extensions: dict[str, Extension] = Field(default_factory=dict)
    orders: dict[str, Order] = Field(default_factory=dict)
    hanging: Hanging | None = None
    times_hung: int = 0
    incident: Membership | None = None
    assigned_by: Actor | None = None
    objections: Objections = Objections()
    industry: IndustrySaid | None = None
    consultation: Consultation | None = None
    whistles: dict[str, Whistle] = Field(default_factory=dict)
    adopted: Adoption | None = None
    against: Accused | None = None
    readings: tuple[HeadReading, ...] = ()
    pre_survey: PreSurveyed | None = None
    holders: Holders = Holders()
    is_replayed: bool = Field(default=False, exclude=True)
    """Whether a rule is asked again about a command that counted when it came; never part of the state."""

    @property
    def stage(self) -> Stage:
        """Return the step of the process the ticket is in."""
        return STAGES[self.status]

    @property
    def is_open(self) -> bool:
        """Return whether the ticket has not reached its end."""
        return self.status is not Status.CLOSED

    @property
    def level(self) -> Level:
        """Return how high the ticket has climbed in this turn's open clocks, or was escalated by hand."""
        climbed = {level for clock in self.clocks.values() if clock.is_open for level in clock.climbed}
        climbed |= {task.level for task in self.tasks.values() if task.is_open and task.level is not None}
        return next((level for level in (Level.CITY, Level.DISTRICT) if level in climbed), Level.UNIT)

    @property
    def is_overdue(self) -> bool:
        """Return whether any obligation stands that was missed; derived, never stored."""
        return any(clock.is_overdue for clock in self.clocks.values())

    @property
    def feedback_clock(self) -> Clock | None:
        """Return the requester's clock of this round, null before dispatch."""
        return self.newest(ClockName.FEEDBACK_BY)

    @property
    def redos(self) -> int:
        """Return how often the requester's discontent has ordered it done again; a reopening is no redo."""
        return self.round - 1 - self.reopened

    @property
    def resolved_at_attempt(self) -> int | None:
        """Return the round from which on the requester has said that the matter is resolved, null if none.

        A reopening takes back what was said before it; what no unit has answered, none has resolved.
        """
        attempt: int | None = None
        for answers in reversed(self.surveys if self.feedback_at is not None else ()):
            is_taken_back = self.reopened_at is not None and answers.at <= self.reopened_at
            if is_taken_back or not answers.resolved:
                break
            attempt = answers.round
        return attempt

    @property
    def is_unanswered(self) -> bool:
        """Return whether the ladder of the requester's clock ended without feedback in this round."""
        clock = self.feedback_clock
        return clock is not None and clock.exhausted and self.feedback_at is None

    def is_barred(self, unit: str | None) -> bool:
        """Return whether `unit` has to keep out of the ticket, because it is the one complained of."""
        return is_barred(self.against, unit)

    @property
    def responsible(self) -> Assignment:
        """Return the assignment of a ticket that has been dispatched. Raises `LookupError` before that."""
        if self.assignment is None:
            message = f"{self.number} has not been dispatched"
            raise LookupError(message)
        return self.assignment

    @property
    def recipient(self) -> Named:
        """Return who is notified of what the requester says: the unit, or the desk before and in review."""
        is_with_the_unit = self.assignment is not None and self.objections.under_review is None
        return self.assignment.unit if self.assignment and is_with_the_unit else self.terms.city_desk

    def newest(self, name: ClockName) -> Clock | None:
        """Return the clock called `name` that was started last, null if there is none."""
        return next((clock for clock in reversed(self.clocks.values()) if clock.name is name), None)

    def open_clocks(self) -> tuple[Clock, ...]:
        """Return the clocks whose obligation stands, in the order in which they were started."""
        return tuple(clock for clock in self.clocks.values() if clock.is_open)

    def receipt(self) -> Receipt:
        """Return where the ticket stands, as the answer to a command."""
        return Receipt(
            number=self.number,
            version=self.version,
            stage=self.stage,
            status=self.status,
            unit=self.assignment.unit if self.assignment else None,
            promised_at=self.promised_at,
            ending=self.ending,
        )


class CarriedState(Value):
    """What a ticket takes along when its workflow continues as new."""

    ticket: Ticket
    facts: tuple[Fact, ...]
    recorded: int
    answers: dict[str, Receipt]


class TicketInput(Value):
    """The start argument of the workflow `Ticket`: the intake, and what an earlier run handed on."""

    intake: Intake
    carried: CarriedState | None = None

"""The state of a ticket: what follows from its facts, and nothing else."""

from datetime import datetime
from functools import singledispatch

from pydantic import Field

from domain import facts as f
from domain.citizen_facts import WithdrawalAsked
from domain.clocks import Clock
from domain.consulting_facts import Consultation
from domain.disposing_facts import Disposed, NuisanceProposed
from domain.edition_facts import Adoption
from domain.emergency_facts import HandedOver
from domain.extension_facts import Extension
from domain.hanging_facts import Hanging
from domain.happening import Happening
from domain.head_reading_facts import HeadReading
from domain.holders import Holders
from domain.incident_facts import Membership
from domain.industry_facts import IndustrySaid
from domain.limits import Ledger
from domain.messages import Actor, Intake, Receipt
from domain.model import Value
from domain.objection_facts import Objections
from domain.order_facts import Order
from domain.pre_survey_facts import PreSurveyed
from domain.recusal import Accused, bars, recused
from domain.task_facts import Task
from domain.terms import Assignment, Named, Place, Routing, Terms
from domain.transitions import STAGES, after
from domain.vocabulary import (
    Channel,
    ClockName,
    DispatchMode,
    Ending,
    Level,
    Outcome,
    RequestType,
    Role,
    Stage,
    Status,
)
from domain.whistle_facts import Whistle, ended_with_the_ticket

_OWED_TO_THE_REQUESTER = (ClockName.DOOR_BY, ClockName.FEEDBACK_BY)
"""The clocks another unit takes over as they run, whatever limits later clocks have."""


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

    def bars(self, unit: str | None) -> bool:
        """Return whether `unit` has to keep out of the ticket, because it is the one complained of."""
        return bars(self.against, unit)

    @property
    def hears(self) -> Named:
        """Return who hears what the requester says: the unit, or the desk while it reviews or dispatches."""
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


class Carried(Value):
    """What a ticket takes along when its history begins anew."""

    ticket: Ticket
    facts: tuple[f.Fact, ...]
    recorded: int
    answers: dict[str, Receipt]


class Beginning(Value):
    """The start argument of the workflow `Ticket`: the intake, and what an earlier run handed on."""

    intake: Intake
    carried: Carried | None = None


def filed(intake: Intake) -> f.Filed:
    """Return fact 1 of the ticket that begins with `intake`."""
    return f.Filed(
        at=intake.filed_at,
        actor=Actor(role=Role.REQUESTER),
        type=intake.type,
        channel=intake.channel,
        place=intake.place,
        category=intake.terms.category,
        edition=intake.terms.edition,
        description=intake.description,
    )


def begin(intake: Intake) -> Ticket:
    """Return the ticket as it is after fact 1."""
    return Ticket(
        number=intake.number,
        version=1,
        status=Status.ACCEPTED,
        type=intake.type,
        channel=intake.channel,
        place=intake.place,
        place_zh=intake.place_zh,
        category_given=intake.category_given,
        terms=intake.terms,
        routing=recused(intake.against, intake.routing),
        filed_at=intake.filed_at,
        against=intake.against,
    )


def evolve(ticket: Ticket, fact: f.AnyFact) -> Ticket:
    """Return `ticket` after `fact`. Raises `KeyError` for a fact the transition table does not allow."""
    change = _change(fact, ticket)
    change["status"] = after(ticket.status, fact.kind)
    change["version"] = ticket.version + 1
    return ticket.model_copy(update=change)


@singledispatch
def _change(fact: Happening, ticket: Ticket) -> dict[str, object]:
    """Return the fields a fact changes; those of the branches say so themselves."""
    return fact.change(ticket)


@_change.register
def _(fact: f.Classified, ticket: Ticket) -> dict[str, object]:
    return {
        "type": fact.type,
        "terms": fact.resolution.terms,
        "routing": recused(ticket.against, fact.resolution.routing),
        "category_given": True,
    }


@_change.register
def _(fact: f.Answered, _ticket: Ticket) -> dict[str, object]:
    return {"feedback_at": fact.at}


@_change.register
def _(fact: f.Dispatched, ticket: Ticket) -> dict[str, object]:
    return {
        "assignment": fact.assignment,
        "mode": fact.mode,
        "routing": fact.routing,
        "turn": fact.turn,
        "contacts": 0,
        "contacted": False,
        "visited": False,
        "assigned_by": fact.actor,
        "holders": ticket.holders.sent(),
        "nuisance": None,
    }


@_change.register
def _(fact: f.Reassigned, ticket: Ticket) -> dict[str, object]:
    # What the old unit still owed the requester the new one owes from now on.
    owed = [clock for clock in ticket.open_clocks() if clock.name in _OWED_TO_THE_REQUESTER]
    taken = {clock.key: clock.model_copy(update={"holder": fact.assignment.unit}) for clock in owed}
    return {
        "clocks": {**ticket.clocks, **taken},
        "assignment": fact.assignment,
        "turn": fact.turn,
        "contacts": 0,
        "contacted": False,
        "incident": None,  # an incident has one lead unit; with another the ticket is handled by itself
        "assigned_by": fact.actor,
        "holders": ticket.holders.without(fact.left),
    }


@_change.register
def _(fact: f.RedoOrdered, ticket: Ticket) -> dict[str, object]:
    does_it = fact.assignment or ticket.assignment
    return {
        "assignment": does_it,
        "holders": ticket.holders.again(does_it.unit if does_it else None, fact.left),
        "turn": fact.turn,
        "round": fact.round,
        "contacts": 0,
        "contacted": False,
        "visited": False,
        "outcome": None,
        "feedback_at": None,
        "survey_tries": 0,
        "survey_try_open": False,
        "last_try_at": None,
    }


@_change.register
def _(fact: f.ContactAttempted, ticket: Ticket) -> dict[str, object]:
    return {"contacts": fact.attempt, "contacted": ticket.contacted or fact.counts}


@_change.register
def _(_fact: f.Visited, _ticket: Ticket) -> dict[str, object]:
    return {"visited": True}


@_change.register
def _(fact: f.FeedbackGiven, _ticket: Ticket) -> dict[str, object]:
    return {"outcome": fact.outcome, "feedback_at": fact.at}


@_change.register
def _(fact: f.ClockStarted, ticket: Ticket) -> dict[str, object]:
    clock = Clock(
        key=fact.clock,
        name=fact.name,
        turn=fact.turn,
        holder=fact.holder,
        limit=fact.limit,
        ledger=Ledger.started(fact.at),
        due_at=fact.due_at,
        provisional=fact.provisional,
        cap=fact.cap,
        reminders=fact.reminders,
        of=fact.of,
        level=fact.level,
    )
    change = _with(ticket, clock)
    if fact.name is ClockName.FEEDBACK_BY:
        change["promised_at"] = fact.due_at
    return change


@_change.register
def _(fact: f.ClockWarned, ticket: Ticket) -> dict[str, object]:
    clock = ticket.clocks[fact.clock]
    return _with(ticket, clock.model_copy(update={"warned": (*clock.warned, fact.rung)}))


@_change.register
def _(fact: f.ClockMet, ticket: Ticket) -> dict[str, object]:
    return _with(ticket, ticket.clocks[fact.clock].model_copy(update={"done_at": fact.at}))


@_change.register
def _(fact: f.ClockMissed, ticket: Ticket) -> dict[str, object]:
    clock = ticket.clocks[fact.clock]
    return _with(ticket, clock.model_copy(update={"missed_at": fact.at, "missed_by": clock.holder}))


@_change.register
def _(fact: f.ClockWaived, ticket: Ticket) -> dict[str, object]:
    return _with(ticket, ticket.clocks[fact.clock].model_copy(update={"waived_at": fact.at}))


@_change.register
def _(fact: f.ClockRescheduled, ticket: Ticket) -> dict[str, object]:
    clock = ticket.clocks[fact.clock]
    new = {
        "limit": fact.limit,
        "due_at": fact.due_at,
        "provisional": fact.provisional,
        "reminders": fact.reminders,
        # A desk's grant stands while the limit is the granted one, whatever else is counted anew.
        "extended": fact.extension is not None or (clock.extended and fact.limit == clock.limit),
    }
    change = _with(ticket, clock.model_copy(update=new))
    if clock.name is ClockName.FEEDBACK_BY:
        change["promised_at"] = fact.due_at
    return change


@_change.register
def _(fact: f.Escalated, ticket: Ticket) -> dict[str, object]:
    clock = ticket.clocks[fact.clock]
    return _with(ticket, clock.model_copy(update={"climbed": (*clock.climbed, fact.level)}))


@_change.register
def _(fact: f.LadderExhausted, ticket: Ticket) -> dict[str, object]:
    return _with(ticket, ticket.clocks[fact.clock].model_copy(update={"exhausted": True}))


@_change.register
def _(fact: f.SurveyOpened, _ticket: Ticket) -> dict[str, object]:
    return {"survey_tries": fact.attempt, "survey_try_open": True}


@_change.register
def _(fact: f.SurveyTried, ticket: Ticket) -> dict[str, object]:
    opened = ticket.newest(ClockName.SURVEY_BY)
    # A try nobody made belongs to the day it was for, not to the moment it was found missing.
    day_of_try = fact.at if fact.made or opened is None else opened.ledger.started_at
    return {"survey_try_open": False, "last_try_at": day_of_try}


@_change.register
def _(fact: f.Surveyed, ticket: Ticket) -> dict[str, object]:
    return {"surveys": (*ticket.surveys, fact), "survey_try_open": False}


@_change.register
def _(fact: f.Urged, _ticket: Ticket) -> dict[str, object]:
    return {"urged": fact.times}


@_change.register
def _(fact: f.CalendarChanged, ticket: Ticket) -> dict[str, object]:
    return {"terms": ticket.terms.model_copy(update={"calendar": fact.calendar})}


@_change.register
def _(fact: f.Closed, ticket: Ticket) -> dict[str, object]:
    return {
        "ending": fact.ending,
        "closed_at": fact.at,
        "objections": ticket.objections.without_review(),
        "hanging": None,
        "whistles": ended_with_the_ticket(ticket.whistles, fact.at),
    }


def _with(ticket: Ticket, clock: Clock) -> dict[str, object]:
    return {"clocks": {**ticket.clocks, clock.key: clock}}

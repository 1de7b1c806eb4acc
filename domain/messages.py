"""What people and systems say to a ticket, and what it answers.

Free text never travels here: a command names a stored text by id and keyed hash (`TextRef`).
"""

from datetime import datetime
from enum import Enum, auto
from typing import Annotated

from pydantic import Field, StringConstraints

from domain.model import Message, Value
from domain.recusal import Accused
from domain.terms import Named, Place, Resolution, Routing, Terms
from domain.time.calendar import Calendar
from domain.vocabulary import (
    AdoptionMode,
    Channel,
    ContactResult,
    Ending,
    Outcome,
    RequestType,
    Role,
    Satisfaction,
    Stage,
    Status,
    Tier,
    TryResult,
)


class Holds(Enum):
    """What a code in a message stands for; marks the types below, and is read off them (`command.fields`)."""

    CODE = auto()
    UNIT = auto()
    CATEGORY = auto()
    TICKET = auto()
    TASK = auto()
    INCIDENT = auto()


Code = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._@/-]+$"), Holds.CODE
]
"""A code of a unit, a category or a person: no free text fits into it."""

UnitCode = Annotated[Code, Holds.UNIT]
"""The code of a unit: people may write its name, and rules are given what the edition knows of it."""
CategoryCode = Annotated[Code, Holds.CATEGORY]
"""The code of a category: people may write its name."""
TicketNumber = Annotated[Code, Holds.TICKET]
"""The number of another ticket, which has to exist."""
TaskKey = Annotated[Code, Holds.TASK]
"""The key of a task of this ticket, for example `assist.1`."""
IncidentNumber = Annotated[Code, Holds.INCIDENT]
"""The number of an incident, for example `I20261122-000001`; rules are given what is known of it."""

OwnCode = Code
"""The code a unit makes up for a unit of its own: `110114015/north`. Nothing personal may stand in it."""


class Actor(Message):
    """Who acts: the unit, in what role, and the staff code of the person."""

    unit: Code | None = None
    role: Role
    person: Code | None = None


SYSTEM = Actor(role=Role.SYSTEM)
"""The actor of what the process does by itself."""


class TextRef(Value):
    """A text that lies encrypted in the vault: its id and its keyed hash."""

    id: Code
    hash: Code


class ProofRef(Value):
    """One piece of proof: its kind (photo, document …) and the stored file or note."""

    kind: Code
    ref: TextRef


class Intake(Message):
    """The start argument of a ticket: codes and decisions, nothing of the requester."""

    number: str
    filed_at: datetime
    type: RequestType
    channel: Channel
    place: Place
    place_zh: str = Field(description="district and town by name, for the Temporal UI; empty if unknown")
    category_given: bool = Field(description="the requester or agent named the category")
    description: TextRef
    terms: Terms
    routing: Routing
    against: Accused | None = Field(default=None, description="the unit complained of, which keeps out of it")

    @property
    def resolution(self) -> Resolution:
        """Return what the edition answered when the request was filed."""
        return Resolution(terms=self.terms, routing=self.routing)


class Command(Message):
    """What every command carries besides its own fields; the update id is its idempotency key."""

    actor: Actor
    expected_version: int | None = Field(default=None, description="refuse if the ticket has changed since")


class Classify(Command):
    """分类: set type, category or tier."""

    type: RequestType | None = None
    category: CategoryCode | None = None
    tier: Tier | None = None
    reason: TextRef | None = Field(default=None, description="required for a tier that is not the rule's")


class Answer(Command):
    """即时答复: answer an inquiry at once."""

    reply: TextRef
    knowledge: Code | None = Field(default=None, description="the knowledge item the answer was read from")
    knowledge_version: Code | None = Field(default=None, description="its version; the two come together")


class Dispatch(Command):
    """派单: send the ticket to a unit; no unit: the one the directory names."""

    unit: UnitCode | None = None
    reason: TextRef | None = None


class Sign(Command):
    """签收: take the ticket on."""


class Contact(Command):
    """联系: log an attempt to contact the requester."""

    result: ContactResult
    note: TextRef | None = None


class Visit(Command):
    """上门: log a visit on the spot."""

    note: TextRef | None = None
    proof: tuple[ProofRef, ...] = ()


class Feedback(Command):
    """反馈: report the outcome."""

    outcome: Outcome
    reply: TextRef | None = None
    proof: tuple[ProofRef, ...] = ()


class Complete(Message):
    """The plain signal by which a unit's own system gives feedback; `key` makes repeats harmless."""

    actor: Actor
    outcome: Outcome
    reply: TextRef | None = None
    proof: tuple[ProofRef, ...] = ()
    key: Code | None = None


class Survey(Command):
    """回访: record a callback try and the requester's answers."""

    result: TryResult
    contacted: bool | None = None
    resolved: bool | None = None
    satisfied: Satisfaction | None = None
    comment: TextRef | None = None


class Urge(Command):
    """催办: press for the matter."""

    reason: TextRef | None = None


class Reassign(Command):
    """改派: give the ticket to another unit."""

    unit: UnitCode
    reason: TextRef


class Note(Command):
    """备注: add a remark."""

    text: TextRef


class Recalculate(Message):
    """Count open clocks again with a calendar that has become known. Sent by operations."""

    calendar: Calendar


class AdoptEdition(Message):
    """Another edition of the rules takes hold of a ticket, in the way `mode` says. Sent by operations."""

    actor: Actor
    edition: str = Field(description="name@content hash")
    mode: AdoptionMode


class ResolutionQuery(Value):
    """Asks an edition for the terms and the routing of a matter at a place on a day."""

    edition: str
    category: str | None
    tier: Tier | None
    place: Place
    at: datetime


class AssignmentQuery(Value):
    """Asks an edition for what the process needs to know of a unit."""

    edition: str
    unit: str
    place: Place


class Receipt(Value):
    """The answer to a command that counted: where the ticket stands after it."""

    number: str
    version: int
    stage: Stage
    status: Status
    unit: Named | None
    promised_at: datetime | None
    ending: Ending | None = None


class Reconciled(Value):
    """What one round of reconciliation did."""

    started: int
    repaired: int
    told: int = 0


class RecalculatedPage(Value):
    """One batch of tickets that were signalled, by a recalculation or an adoption.

    `tickets`: how many were reached; `untold`: which were not, to be tried again; `last`: the last number of
    the batch, null when there are no more.
    """

    tickets: int
    last: str | None
    untold: tuple[str, ...] = ()


class SweepProgress(Value):
    """How far a sweep over the open tickets has come.

    `after`: the last number it took; `tickets`: how many were signalled; `untold`: which could not be yet.
    """

    after: str | None = None
    tickets: int = 0
    untold: tuple[str, ...] = Field(default=(), description="tickets that could not be reached yet")


class RecalculationProgress(SweepProgress):
    """How far a recalculation has come."""


class AdoptionPage(Value):
    """Asks for one batch of an adoption: the open tickets with a number above `after`, or those of `only`."""

    order: AdoptEdition
    after: str | None
    only: tuple[str, ...] = ()


class AdoptionProgress(SweepProgress):
    """An adoption and how far it has come."""

    order: AdoptEdition
    stopped: bool = Field(default=False, description="stopped by command; what was done stays done")

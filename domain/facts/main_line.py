"""Everything that can happen to a ticket. Facts are only ever added; state and screens follow from them."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from domain.facts.happening import Happening
from domain.messages import Actor, ProofRef, TextRef
from domain.terms import Assignment, Named, Place, Resolution, Routing
from domain.time.calendar import Calendar
from domain.time.limits import Limit
from domain.vocabulary import (
    Channel,
    ClockName,
    ContactResult,
    DispatchMode,
    Ending,
    Level,
    Outcome,
    RequestType,
    Satisfaction,
)


class Filed(Happening):
    """The request was recorded and has its number (event 1 of every ticket)."""

    kind: Literal["filed"] = "filed"
    type: RequestType
    channel: Channel
    place: Place
    category: Named
    edition: str
    description: TextRef


class Accepted(Happening):
    """The request needs handling: it goes to dispatch."""

    kind: Literal["accepted"] = "accepted"


class Classified(Happening):
    """Type, category or tier were set; the edition was asked again."""

    kind: Literal["classified"] = "classified"
    type: RequestType
    resolution: Resolution
    reason: TextRef | None


class Answered(Happening):
    """An inquiry was answered at once."""

    kind: Literal["answered"] = "answered"
    reply: TextRef
    knowledge: str | None = Field(default=None, description="the knowledge item the answer was read from")
    knowledge_version: str | None = None


class Dispatched(Happening):
    """The ticket left for a unit; `turn` counts the times a unit was made responsible."""

    kind: Literal["dispatched"] = "dispatched"
    turn: int
    assignment: Assignment
    mode: DispatchMode
    by_directory: bool
    routing: Routing = Field(description="what the directory said, for the answer to why this unit")
    reason: TextRef | None = None
    edition: str = Field(default="", description="the edition the directory is of")
    settles: Actor | None = Field(default=None, description="who had proposed that it is a nuisance")


class Reassigned(Happening):
    """Another unit was made responsible; the requester's limit stayed."""

    kind: Literal["reassigned"] = "reassigned"
    turn: int
    assignment: Assignment
    reason: TextRef
    left: Named | None = Field(default=None, description="the unit it was taken from")
    edition: str = Field(default="", description="the edition the directory is of")
    row: str = Field(default="", description="what the directory's row for the matter is")
    legal_basis: str = Field(default="", description="what that row is founded on")


class RedoOrdered(Happening):
    """The requester is not content: it begins again with a limit of its own, perhaps one level up."""

    kind: Literal["redo_ordered"] = "redo_ordered"
    turn: int
    round: int
    assignment: Assignment | None = Field(default=None, description="who does it now; null: the same unit")
    left: Named | None = Field(default=None, description="the unit it was taken from")


class Signed(Happening):
    """The unit took the ticket on."""

    kind: Literal["signed"] = "signed"


class ContactAttempted(Happening):
    """The unit tried to reach the requester; `counts` says whether that meets the duty."""

    kind: Literal["contact_attempted"] = "contact_attempted"
    result: ContactResult
    attempt: int
    counts: bool
    note: TextRef | None


class Visited(Happening):
    """The unit was on the spot."""

    kind: Literal["visited"] = "visited"
    note: TextRef | None
    proof: tuple[ProofRef, ...]


class FeedbackGiven(Happening):
    """The unit reported its outcome to requester and centre."""

    kind: Literal["feedback_given"] = "feedback_given"
    outcome: Outcome
    reply: TextRef
    proof: tuple[ProofRef, ...]
    by_signal: bool = False
    by_incident: str | None = None


class ClockStarted(Happening):
    """An obligation began to run against time."""

    kind: Literal["clock_started"] = "clock_started"
    clock: str
    name: ClockName
    turn: int
    holder: Named
    limit: Limit
    due_at: datetime
    provisional: bool
    cap: datetime | None = None
    reminders: tuple[tuple[str, datetime], ...] = Field(description="rung and instant of each warning")
    of: str | None = Field(default=None, description="the overdue clock an escalation is about")
    level: Level | None = None


class ClockWarned(Happening):
    """A reminder went out, once for its rung."""

    kind: Literal["clock_warned"] = "clock_warned"
    clock: str
    rung: str


class ClockMet(Happening):
    """The obligation was fulfilled; `late` after it was due."""

    kind: Literal["clock_met"] = "clock_met"
    clock: str
    late: bool


class ClockMissed(Happening):
    """The obligation was not fulfilled when it was due."""

    kind: Literal["clock_missed"] = "clock_missed"
    clock: str


class ClockWaived(Happening):
    """The obligation lapsed; `because` is a code of the rule that says so."""

    kind: Literal["clock_waived"] = "clock_waived"
    clock: str
    because: str


class ClockRescheduled(Happening):
    """The due instant was counted again from the same ledger."""

    kind: Literal["clock_rescheduled"] = "clock_rescheduled"
    clock: str
    limit: Limit
    due_at: datetime
    provisional: bool
    reminders: tuple[tuple[str, datetime], ...]
    was_due_at: datetime | None = Field(default=None, description="when it was due, where a rule moved it")
    extension: str | None = Field(default=None, description="the application for more time that was granted")


class Escalated(Happening):
    """An overdue clock climbed one rung, once."""

    kind: Literal["escalated"] = "escalated"
    clock: str
    level: Level
    desk: Named


class LadderExhausted(Happening):
    """The last rung's time to answer is over and the obligation is still not fulfilled."""

    kind: Literal["ladder_exhausted"] = "ladder_exhausted"
    clock: str


class SurveyOpened(Happening):
    """Try number `attempt` of the callback survey may be made from now on."""

    kind: Literal["survey_opened"] = "survey_opened"
    attempt: int


class SurveyTried(Happening):
    """A try of the callback survey reached nobody, or nobody made it."""

    kind: Literal["survey_tried"] = "survey_tried"
    attempt: int
    made: bool
    comment: TextRef | None = None


class Surveyed(Happening):
    """The requester answered the survey. The first result of a ticket stands for the rates."""

    kind: Literal["surveyed"] = "surveyed"
    contacted: bool
    resolved: bool
    satisfied: Satisfaction
    round: int
    comment: TextRef | None


class Urged(Happening):
    """The requester or a desk pressed for the matter."""

    kind: Literal["urged"] = "urged"
    reason: TextRef | None
    times: int


class Noted(Happening):
    """A remark, or a message that came too late or could not count; nothing is lost."""

    kind: Literal["noted"] = "noted"
    text: TextRef | None
    about: str = Field(description="`note`, or what kind of message became a remark and why")


class CalendarChanged(Happening):
    """A calendar that has become known replaced the one the ticket carried."""

    kind: Literal["calendar_changed"] = "calendar_changed"
    calendar: Calendar


class Closed(Happening):
    """The ticket reached its end."""

    kind: Literal["closed"] = "closed"
    ending: Ending

"""What an edition of the rules says about one ticket, resolved and small enough to travel in a history.

A ticket carries its terms from the start, so that a changed rule file never changes what was decided.
"""

from datetime import datetime, time
from typing import Self

from pydantic import Field

from domain.model import Value
from domain.time.calendar import Calendar, ServiceHours
from domain.time.limits import Limit
from domain.vocabulary import (
    ClockName,
    DispatchMode,
    Level,
    RedoTo,
    Satisfaction,
    SignLapse,
    Tier,
    UnitKind,
)
from phrases import Bilingual


class Named(Value):
    """Something with a code and its names."""

    code: str
    zh: str
    en: str

    @classmethod
    def of(cls, code: str, name: Bilingual) -> Self:
        """Return the thing of this `code`, called `name`."""
        return cls(code=code, zh=name.zh, en=name.en)


class Place(Value):
    """Where a matter is: a district and a town by code; either may be unknown."""

    district: str | None = None
    town: str | None = None


class Rung(Value):
    """One step of an escalation ladder: who is notified, and within what time they must answer."""

    level: Level
    answer_within: Limit


class Norm(Value):
    """One obligation's limit with where the number comes from. Source: Ordinance art. 13."""

    limit: Limit
    source: str


class Reminders(Value):
    """When a running clock warns: at fractions of its limit, and shortly before its end."""

    fractions: tuple[float, ...] = (0.5, 0.8)
    before: Limit


class SurveyPlan(Value):
    """How the callback survey is made. Source: Ordinance art. 23; the numbers are the edition's."""

    at_feedback: bool = Field(description="start at feedback instead of at the limit")
    window_opens: time
    window_closes: time = Field(description="equal to `window_opens` means the window never closes")
    tries: int = Field(ge=1)
    spacing: Limit | None = Field(description="time between tries; null: the next calendar day")
    failing: tuple[Satisfaction, ...] = Field(description="the grades that call for a redo")


class Terms(Value):
    """Everything the edition fixes for one ticket."""

    edition: str = Field(description="name@content hash")
    category: Named
    tier: Tier
    urgent_sensitive: bool
    proof: str | None = Field(description="the kind of proof feedback must carry; null: none")
    norms: dict[ClockName, Norm] = Field(
        description="limits of sign_by, contact_by, feedback_by, and door_by where the matter has one"
    )
    reminders: Reminders
    ladders: dict[ClockName, tuple[Rung, ...]]
    contact_attempts: int = Field(ge=1, description="logged attempts that meet the contact clock unreached")
    dispatch_within: Limit = Field(description="least time a dispatcher has")
    same_day: bool = Field(description="the dispatch alarm rings at midnight, but not before the above")
    answer_window: Limit = Field(description="how long an inquiry waits for an instant answer")
    survey: SurveyPlan
    redo_rounds: int = Field(ge=0)
    redo_to: RedoTo = RedoTo.SAME_UNIT
    redo_after_silence: bool = Field(
        default=False, description="discontent with a unit that gave no feedback calls for a redo as well"
    )
    order_after_redo: Limit | None = Field(
        default=None, description="the clock of the supervision order after the last round; null: it closes"
    )
    calendar: Calendar
    city_desk: Named
    sign_lapse: SignLapse = Field(default=SignLapse.ESCALATE, description="what follows when nobody signs")
    tier_by_hand: bool = Field(default=False, description="a person has set the tier; an edition keeps it")
    head_reads: bool = Field(
        default=False, description="the unit's head reads an urgent and sensitive matter before feedback"
    )

    @property
    def promises_visit(self) -> bool:
        """Return whether the matter's norm asks somebody to be at the door."""
        return ClockName.DOOR_BY in self.norms


class Assignment(Value):
    """A unit made responsible, with all that the process needs to know of it."""

    unit: Named
    kind: UnitKind
    district: Named | None = Field(description="the district that answers for the unit; null: a city unit")
    desks: dict[Level, Named] = Field(description="the receiving desk of each level above the unit")
    hours: ServiceHours
    watchers: tuple[Named, ...] = Field(default=(), description="who gets a copy: the district of a town")


class Routing(Value):
    """Whom the responsibility directory names for a matter and a place, and why."""

    assignment: Assignment
    mode: DispatchMode
    certain: bool = Field(description="the directory names one row for matter and place")
    row: str = Field(description="file and line of the row that decided")
    legal_basis: str
    why_zh: str
    why_en: str
    parallel: Named | None = Field(default=None, description="who does its own part besides the lead")
    edition: str = Field(default="", description="the edition whose directory was looked up")


class Resolution(Value):
    """What an edition answers for a matter at a place: the terms and whom it names."""

    terms: Terms
    routing: Routing
    resolved_at: datetime | None = None

"""What the answer to "why is it so?" consists of: codes and instants for machines, sentences for people."""

from datetime import datetime, timedelta
from typing import Self

from pydantic import Field

from domain.messages import Actor
from domain.model import Value
from domain.terms import Named
from domain.time.limits import Limit
from domain.vocabulary import ClockName, DispatchMode, Level, Status
from phrases import Bilingual


class Sentence(Value):
    """The same in both languages."""

    zh: str
    en: str

    @classmethod
    def of(cls, what: Bilingual) -> Self:
        """Return `what` in both languages."""
        return cls(zh=what.zh, en=what.en)


class Turn(Value):
    """One time a unit was made responsible: `how` is `dispatched`, `reassigned` or `redo_ordered`."""

    turn: int
    unit: Named
    at: datetime
    how: str
    by: Actor
    by_directory: bool
    reason: str | None = Field(description="id of the stored text")


class WhyUnit(Value):
    """Why the ticket is with this unit; before dispatch `unit` is null and the directory proposes."""

    unit: Named | None
    edition: str = Field(description="the edition whose directory was asked")
    row: str
    legal_basis: str
    certain: bool
    mode: DispatchMode
    turns: tuple[Turn, ...]
    sentences: tuple[Sentence, ...]


class Climb(Value):
    """A rung that fired, or a person escalated: the clock or the task it is about, whom it reached, when."""

    clock: str
    level: Level
    desk: Named
    at: datetime


class Missed(Value):
    """An obligation that was not fulfilled when it was due; `ended`: fulfilled or waived meanwhile."""

    clock: str
    name: ClockName
    holder: Named
    due_at: datetime
    missed_at: datetime
    ended: bool


class WhyLevel(Value):
    """Why the ticket is as high as it is."""

    level: Level
    missed: tuple[Missed, ...]
    climbs: tuple[Climb, ...]
    sentences: tuple[Sentence, ...]


class Change(Value):
    """A deadline that was set or recalculated, and why: the kind of the fact before it."""

    seq: int
    at: datetime
    because: str
    edition: str
    limit: Limit
    due_at: datetime


class WhyDeadline(Value):
    """Why a clock is due when it is: its limit, where that comes from, and what has run of it."""

    clock: str
    name: ClockName
    holder: Named
    standing: str
    limit: Limit
    source: str | None = Field(
        description="the public source, or the reason of the default; null: not a norm"
    )
    edition: str = Field(description="the edition by which it was counted last")
    started_at: datetime
    due_at: datetime
    provisional: bool
    elapsed: timedelta = Field(description="in the basis of the limit")
    suspended: timedelta
    left: timedelta = Field(description="negative: over by so much")
    changes: tuple[Change, ...]
    sentences: tuple[Sentence, ...]


class Step(Value):
    """Something that happens by itself if nobody acts."""

    at: datetime
    kind: str
    clock: str | None
    sentence: Sentence


class EditionUse(Value):
    """Which edition decided what, from when on: `how` is `filed`, or the mode in which it was adopted."""

    edition: str
    at: datetime
    how: str


class Explanation(Value):
    """Why a ticket is with this unit, at this level, with these deadlines, and what comes next."""

    number: str
    version: int
    as_of: datetime
    status: Status
    unit: WhyUnit
    level: WhyLevel
    deadlines: tuple[WhyDeadline, ...] = Field(description="the requester's first, then every open clock")
    next: tuple[Step, ...] = Field(description="in order, as long as nobody acts")
    editions: tuple[EditionUse, ...]
    summary: Sentence

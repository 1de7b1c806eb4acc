"""Tasks: what a unit besides the responsible one owes a ticket, each with a clock of its own."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from domain.facts.happening import Happening
from domain.messages import Actor, ProofRef, TextRef
from domain.model import Value
from domain.terms import Named
from domain.vocabulary import Level, TaskKind, TaskStanding


class Task(Value):
    """One thing a unit was asked to do for a ticket. `key` is unique in the ticket: `assist.1`.

    `clock` is the key of the clock that runs against it now; an interim report starts another one.
    """

    key: str
    kind: TaskKind
    holder: Named
    asked_by: Actor
    opened_at: datetime
    mandatory: bool = Field(description="the responsible unit cannot give feedback while it is open")
    about: TextRef | None
    of: str | None = Field(description="the task it is a part of; null: the ticket itself")
    name: TextRef | None = Field(default=None, description="what a unit outside the city's table is called")
    level: Level | None = Field(default=None, description="how high it lifts the ticket while it is open")
    clock: str
    turn: int
    standing: TaskStanding = TaskStanding.OPEN
    reports: int = 0
    late_answers: int = 0
    closed_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Return whether it still has to be answered."""
        return self.standing is TaskStanding.OPEN

    def is_held_by(self, unit: str | None) -> bool:
        """Return whether `unit` speaks for the holder: itself, or the unit whose own code it stands under."""
        return unit is not None and (unit == self.holder.code or self.holder.code.startswith(f"{unit}/"))


FOR_THE_LEAD = (TaskKind.ASSIST, TaskKind.SUBASSIGNMENT, TaskKind.ESCALATION, TaskKind.PARALLEL)
"""The kinds of tasks whose result the responsible unit needs, also where another one had asked for it."""


class TaskHappening(Happening):
    """Something that happened to one task."""

    task: str


class TaskOpened(TaskHappening):
    """A unit was asked to do something for the ticket; its clock starts with the next fact."""

    kind: Literal["task_opened"] = "task_opened"
    what: TaskKind
    holder: Named
    mandatory: bool
    about: TextRef | None
    of: str | None = None
    name: TextRef | None = None
    level: Level | None = None
    clock: str
    turn: int = Field(description="the responsible unit's turn in which it was opened")


class TaskReported(TaskHappening):
    """The unit gave its reasons and how far it is, in place of a result. Source: Ordinance art. 14."""

    kind: Literal["task_reported"] = "task_reported"
    text: TextRef
    clock: str = Field(description="the clock that runs from now on")


class TaskDone(TaskHappening):
    """The unit gave its result."""

    kind: Literal["task_done"] = "task_done"
    reply: TextRef
    proof: tuple[ProofRef, ...] = ()


class TaskWaived(TaskHappening):
    """It need not be done any more; `because` is a code of the rule that says so."""

    kind: Literal["task_waived"] = "task_waived"
    because: str
    reason: TextRef | None = None


class TaskNoted(TaskHappening):
    """An answer came when the task had ended already: it is kept, and the unit that asked is notified."""

    kind: Literal["task_noted"] = "task_noted"
    text: TextRef
    proof: tuple[ProofRef, ...] = ()
    number: int = Field(description="how many answers have come late to this task")


TaskFact = TaskOpened | TaskReported | TaskDone | TaskWaived | TaskNoted
"""Everything that can happen to a task."""

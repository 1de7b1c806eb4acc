"""Tasks: what a unit besides the responsible one owes a ticket, each with a clock of its own."""

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from domain.facts.happening import Happening, Told
from domain.messages import Actor, ProofRef, TextRef
from domain.model import Value
from domain.terms import Named
from domain.vocabulary import Level, Role, TaskKind, TaskStanding

if TYPE_CHECKING:
    from domain.ticket.ticket import Ticket


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

    def _with(self, ticket: "Ticket", **changes: object) -> dict[str, object]:
        changed = ticket.tasks[self.task].model_copy(update=changes)
        return {"tasks": {**ticket.tasks, self.task: changed}}

    def _who_waits(self, ticket: "Ticket") -> list[str]:
        """Return who is to hear of a result, each once: the asker, and the lead where it is its business."""
        task = ticket.tasks[self.task]
        lead = ticket.assignment.unit.code if ticket.assignment else None
        is_beside = task.kind is TaskKind.PARALLEL and lead is not None
        asker = None if is_beside else task.asked_by.unit
        is_the_leads = task.of is None and task.kind in FOR_THE_LEAD
        to = (asker, lead if is_the_leads else None)
        return [one for one in dict.fromkeys(to) if one is not None and one != self.actor.unit]


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

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the ticket's tasks with the new one."""
        task = Task(
            key=self.task,
            kind=self.what,
            holder=self.holder,
            asked_by=self.actor,
            opened_at=self.at,
            mandatory=self.mandatory,
            about=self.about,
            of=self.of,
            name=self.name,
            level=self.level,
            clock=self.clock,
            turn=self.turn,
        )
        return {"tasks": {**ticket.tasks, self.task: task}}

    def told(self, ticket: "Ticket") -> Told:
        """Tell the unit that was asked."""
        del ticket
        return [(self.holder.code, f"{self.what}_asked", self.task, {"task": self.task})]


class TaskReported(TaskHappening):
    """The unit gave its reasons and how far it is, in place of a result. Source: Ordinance art. 14."""

    kind: Literal["task_reported"] = "task_reported"
    text: TextRef
    clock: str = Field(description="the clock that runs from now on")

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the task with one report more."""
        return self._with(ticket, reports=ticket.tasks[self.task].reports + 1, clock=self.clock)


class TaskDone(TaskHappening):
    """The unit gave its result."""

    kind: Literal["task_done"] = "task_done"
    reply: TextRef
    proof: tuple[ProofRef, ...] = ()

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the task as done."""
        return self._with(ticket, standing=TaskStanding.DONE, closed_at=self.at)

    def told(self, ticket: "Ticket") -> Told:
        """Tell whoever asked for it, and whoever leads by now."""
        kind, about = ticket.tasks[self.task].kind, {"task": self.task}
        return [(to, f"{kind}_done", self.task, about) for to in self._who_waits(ticket)]


class TaskWaived(TaskHappening):
    """It need not be done any more; `because` is a code of the rule that says so."""

    kind: Literal["task_waived"] = "task_waived"
    because: str
    reason: TextRef | None = None

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the task as waived."""
        return self._with(ticket, standing=TaskStanding.WAIVED, closed_at=self.at)

    def told(self, ticket: "Ticket") -> Told:
        """Tell the unit that was to do it, and whoever asked where another person ended it."""
        task = ticket.tasks[self.task]
        asker = task.asked_by.unit if self.actor.role is not Role.SYSTEM else None
        to = {task.holder.code, *([asker] if asker not in (None, self.actor.unit) else [])}
        return [(unit, f"{task.kind}_waived", self.task, {"task": self.task}) for unit in sorted(to)]


class TaskNoted(TaskHappening):
    """An answer came when the task had ended already: it is kept, and whoever asked is told."""

    kind: Literal["task_noted"] = "task_noted"
    text: TextRef
    proof: tuple[ProofRef, ...] = ()
    number: int = Field(description="how many answers have come late to this task")

    def change(self, ticket: "Ticket") -> dict[str, object]:
        """Return the task with one late answer more."""
        return self._with(ticket, late_answers=self.number)

    def told(self, ticket: "Ticket") -> Told:
        """Tell whoever asked for it, and whoever leads by now."""
        kind, part = ticket.tasks[self.task].kind, f"{self.task}/{self.number}"
        return [(to, f"{kind}_late_answer", part, {"task": self.task}) for to in self._who_waits(ticket)]


TaskFact = TaskOpened | TaskReported | TaskDone | TaskWaived | TaskNoted
"""Everything that can happen to a task."""

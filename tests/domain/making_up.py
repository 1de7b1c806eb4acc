"""Makes up commands: of any kind there is, from the fields of its message.

Nothing here knows a command by name. A new row in `domain.commands.COMMANDS` is made up as soon as it stands
there; a field of a type that cannot be made up is a loud error. What chance alone hardly puts together comes
about as it does with people: a refusal says what is wrong, and the command is given again, better.
"""

import re
import types
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from enum import Enum
from random import Random
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel, ValidationError

from domain import messages as m
from domain.command.fields import incident_named, tasks_named
from domain.command.given import Given
from domain.commands import COMMANDS
from domain.errors import Incomplete, Malformed, Refused, UnknownCode
from domain.facts.incident import IncidentBrief
from domain.supervise.tasks import open_tasks
from domain.terms import Named, Resolution
from domain.ticket.ticket import Ticket
from domain.vocabulary import Role, Tier
from tests import sample
from tests.domain import outage
from tests.domain.journey import Journey

WHO = tuple({one.code: one for one in vars(sample).values() if isinstance(one, Named)}.values())
"""Every unit and desk of the small city."""
CODES = (*(one.code for one in WHO), None)
"""Whom somebody may speak for: a unit, or nobody but himself."""
PROOFS = ("photo", "document", "notice", "video")
HOURS = (-24.0, -1.0, 0.5, 2.0, 24.0, 100.0, 24.0 * 30, 24.0 * 200)
"""How far from now an instant lies that a command names."""
TRIES = 40
"""How often a message that its own checks refuse is made up again."""
AGAIN = 12
"""How often a command is given again as its refusals ask."""
SILENCE = (0.05, 0.25, 0.9)
"""Which share of what need not be said is left out: by talkative people, by most, by terse ones."""
INCIDENTS: dict[str, IncidentBrief] = {
    brief.number: brief
    for brief in (
        outage.brief(),
        outage.brief(result=outage.result()).model_copy(update={"number": "I20261102-000002"}),
        outage.brief(sample.HEATING).model_copy(update={"number": "I20261102-000003"}),
        outage.brief(closed=True).model_copy(update={"number": "I20261102-000004"}),
    )
}
"""The incidents of the small city: one that waits, one with its result, one of another unit, one closed."""


def give(journey: Journey, name: str, command: m.Command, resolution: Resolution | None = None) -> None:
    """Let `command` happen to the ticket of `journey` as the workflow would; raises the refusal otherwise.

    `resolution` is what the edition says of a classification.
    """
    given: Given | None = None
    if isinstance(command, m.Classify):
        new = Resolution(terms=sample.terms(command.tier or Tier.TIER_3), routing=sample.routing())
        given = Given(resolution=resolution or new)
    elif (number := incident_named(command)) is not None:
        given = sample.given().model_copy(update={"incident": INCIDENTS.get(number)})
    journey.take(name, command, given)


def persist(
    author: "Author", name: str, attempt: Callable[[m.Command], Refused | None], *, allowed: bool = True
) -> m.Command | None:
    """Make up a command and give it, and again as its refusals ask; return the one that counted, or null.

    `attempt` gives a command and returns its refusal, null when it counted.
    """
    command: m.Command | None = author.command(name, allowed=allowed)
    for _ in range(AGAIN):
        if command is None:
            break
        refused = attempt(command)
        if refused is None:
            return command
        command = author.heeding(name, command, refused)
    return None


class Author:
    """Makes up commands to one ticket at one instant, from chances that a seed fixes."""

    def __init__(self, random: Random, ticket: Ticket, now: datetime) -> None:
        self.random = random
        self.ticket = ticket
        self.now = now

    def command(self, name: str, *, allowed: bool = True) -> m.Command:
        """Return a command `name`; `allowed`: from somebody who may give it, where there is anybody."""
        kind = COMMANDS[name].message
        values = self._fields(kind, skip=("actor", "expected_version"))
        values["actor"] = self._somebody()
        command = self._valid(kind, values)
        actor = self._actor(name, command) if allowed else self._somebody()
        version = self._of([None] * 18 + [self.ticket.version, self.ticket.version - 1])
        return command.model_copy(update={"actor": actor, "expected_version": version})

    def heeding(self, name: str, command: m.Command, refused: Refused) -> m.Command | None:
        """Return `command` as `refused` asks for it, null where the refusal says nothing that helps.

        Fields that are out of place are left out, something is added or left out where something is missing,
        and of the codes that there are one is taken.
        """
        kind, changed = type(command), dict[str, Any]()
        free = {
            field: info.get_default(call_default_factory=True)
            for field, info in kind.model_fields.items()
            if not info.is_required() and field != "expected_version"
        }
        if isinstance(refused, Malformed):
            changed = {field: free[field] for field in free if re.search(rf"\b{field}\b", refused.en)}
        elif isinstance(refused, Incomplete) and free:
            changed = self._turned(command, free)
        elif isinstance(refused, UnknownCode):
            changed = self._named(command, refused)
        if not changed:
            return None
        said = self._valid(kind, {**dict(command), **changed})
        return said.model_copy(update={"actor": self._actor(name, said)})

    def _turned(self, command: m.Command, free: Mapping[str, Any]) -> dict[str, Any]:
        """Return one of the `free` fields left out if it was said, and said if it was left out."""
        field = self._of(list(free))
        if getattr(command, field) != free[field]:
            return {field: free[field]}
        info = type(command).model_fields[field]
        return {field: self._make(info.annotation, (field, *info.metadata))}

    def _named(self, command: m.Command, refused: UnknownCode) -> dict[str, Any]:
        """Return the fields that hold the unknown code, with one of those that the refusal names instead."""
        said, _, known = refused.en.partition(":")
        codes = re.findall(r"[A-Za-z0-9._@/-]*[A-Za-z0-9]", known.replace("none", ""))
        wrong = [
            field for field, value in dict(command).items() if type(value) is str and f"'{value}'" in said
        ]
        return dict.fromkeys(wrong, self._of(codes)) if codes else {}

    def completion(self) -> m.Complete:
        """Return a plain signal of a unit's own system."""
        values = self._fields(m.Complete, skip=("actor", "key"))
        given = self.ticket.assignment
        code = given.unit.code if given and self._chance(0.7) else self._of(WHO).code
        return m.Complete(**values, actor=m.Actor(unit=code, role=Role.HANDLER, person="P1"))

    # ------------------------------------------------------------ who

    def _actor(self, name: str, command: m.Command) -> m.Actor:
        """Return somebody whom the table lets give the command; the holder of the task it names, mostly."""
        allowed = [
            (role, code)
            for role, standing in COMMANDS[name].may.items()
            for code in CODES
            if standing(self.ticket, code)
        ]
        holders = {
            self.ticket.tasks[key].holder.code for key in tasks_named(command) if key in self.ticket.tasks
        }
        apt = [one for one in allowed if one[1] in holders]
        if not allowed:
            return self._somebody()
        role, code = self._of(apt if apt and self._chance(0.8) else allowed)
        person = f"{role.value}-{self.random.randint(1, 2)}" if code else None
        return m.Actor(unit=code, role=role, person=person)

    def _somebody(self) -> m.Actor:
        code = self._of([None, *(one.code for one in WHO)])
        return m.Actor(unit=code, role=self._of(list(Role)))

    # ------------------------------------------------------------ what

    def _valid(self, kind: type[m.Command], values: dict[str, Any]) -> m.Command:
        for _ in range(TRIES):
            try:
                return kind.model_validate(values)
            except ValidationError:
                actor = values["actor"]
                values = {**self._fields(kind, skip=("actor", "expected_version")), "actor": actor}
        return kind.model_validate(values)  # raises what the message says of it

    def _fields(self, kind: type[BaseModel], skip: Sequence[str] = ()) -> dict[str, Any]:
        made: dict[str, Any] = {}
        silence = self._of(SILENCE)
        for name, field in kind.model_fields.items():
            if name in skip or (not field.is_required() and self._chance(silence)):
                continue
            made[name] = self._make(field.annotation, (name, *field.metadata))
        return made

    def _make(self, kind: Any, marks: tuple[Any, ...] = ()) -> Any:  # noqa: ANN401, PLR0911 - a table of types
        origin, parts = get_origin(kind), get_args(kind)
        if origin is Annotated:
            return self._make(parts[0], (*marks, *parts[1:]))
        if origin in (Union, types.UnionType):
            some = [part for part in parts if part is not types.NoneType]
            return None if len(some) < len(parts) and self._chance(0.3) else self._make(self._of(some), marks)
        if origin is Literal:
            return self._of(parts)
        if origin is tuple and parts[-1] is not ...:
            return tuple(self._make(part) for part in parts)
        if origin in (tuple, list, set, frozenset):
            return [self._make(parts[0], marks) for _ in range(self._of((0, 1, 1, 1, 2)))]
        if origin is dict:
            return {self._make(parts[0]): self._make(parts[1]) for _ in range(self.random.randint(0, 2))}
        if kind is m.ProofRef:
            return m.ProofRef(kind=self._of(PROOFS), ref=self._make(m.TextRef))
        if kind is m.TextRef:
            number = self.random.randint(1, 5)
            return m.TextRef(id=f"t-{number}", hash=f"h-{number}")
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return self._fields(kind)
        return self._plain(kind, marks)

    def _plain(self, kind: Any, marks: tuple[Any, ...]) -> Any:  # noqa: ANN401, PLR0911 - a table of types
        if isinstance(kind, type) and issubclass(kind, Enum):
            return self._of(list(kind))
        if kind is str:
            return self._code(marks)
        if kind is bool:
            return self._chance(0.5)
        if kind is int:
            low, high = _bounds(marks)
            return self.random.randint(low, min(high, low + 9) if self._chance(0.7) else high)
        if kind is float:
            return self.random.random() * 10
        if kind is timedelta:
            return timedelta(hours=abs(self._of(HOURS)))
        at = self.now + timedelta(hours=self._of(HOURS))
        instants: dict[Any, Any] = {datetime: at, AwareDatetime: at, date: at.date(), time: at.time()}
        if kind not in instants:
            raise TypeError(f"a command has a field of the type {kind}, which cannot be made up yet")
        return instants[kind]

    def _code(self, marks: tuple[Any, ...]) -> str:
        """Return a code of what one of `marks` says: the annotation, or the field's name."""
        if m.Holds.UNIT in marks:
            return self._of(list(sample.UNITS))
        if m.Holds.TASK in marks:
            return self._task()
        if m.Holds.INCIDENT in marks:
            return self._of(list(INCIDENTS))
        return self._of([*codes_of(self.ticket), self.ticket.terms.category.code, "X-1", "20261102-000018-3"])

    def _task(self) -> str:
        waiting = [task.key for task in open_tasks(self.ticket)]
        others = [*self.ticket.tasks, "assist.1"]
        return self._of(waiting if waiting and self._chance(0.9) else others)

    def _of(self, some: Sequence[Any]) -> Any:  # noqa: ANN401 - whatever there is to choose from
        return some[self.random.randrange(len(some))]

    def _chance(self, share: float) -> bool:
        return self.random.random() < share


def codes_of(ticket: Ticket) -> list[str]:
    """Return the keys and codes in what the branches keep on `ticket`: orders, incidents, rounds."""
    found: dict[str, None] = {}
    for name in type(ticket).model_fields:
        kept: Any = getattr(ticket, name)
        if name in ("clocks", "tasks", "terms", "routing", "assignment", "place", "surveys"):
            continue
        if isinstance(kept, dict):
            found.update(dict.fromkeys(str(key) for key in kept))
        for one in kept if isinstance(kept, tuple) else (kept,):
            if isinstance(one, BaseModel):
                found.update(dict.fromkeys(value for value in vars(one).values() if type(value) is str))
    return [code for code in found if code and len(code) <= 64 and " " not in code and code.isascii()]


def _bounds(marks: tuple[Any, ...]) -> tuple[int, int]:
    """Return the smallest and largest number to try within the bounds that `marks` set."""
    low, high = 0, 5
    for mark in marks:
        low = max(low, getattr(mark, "ge", None) or low, (getattr(mark, "gt", None) or low - 1) + 1)
        high = getattr(mark, "le", None) or high
    return low, max(low, high)

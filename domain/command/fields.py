"""Reads off a message which of its fields hold units, tasks and texts, so that no list has to be kept."""

from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel

from domain.messages import Command, TextRef


def units_named(command: Command) -> list[str]:
    """Return the codes of the units that `command` names, in the order of its fields."""
    return _named(command, "unit")


def tasks_named(command: Command) -> list[str]:
    """Return the keys of the tasks that `command` names."""
    return _named(command, "task")


def incident_named(command: Command) -> str | None:
    """Return the number of the incident that `command` names, null for none."""
    return next(iter(_named(command, "incident")), None)


def unit_fields(kind: type[BaseModel]) -> tuple[str, ...]:
    """Return the fields of `kind` that hold codes of units."""
    return marked(kind, "unit")


@cache
def text_fields(kind: type[BaseModel]) -> tuple[str, ...]:
    """Return the fields of `kind` that hold one stored text each."""
    texts: tuple[Any, ...] = (TextRef, TextRef | None)
    return tuple(name for name, field in kind.model_fields.items() if field.annotation in texts)


def _named(command: Command, mark: str) -> list[str]:
    found: list[str] = []
    for name in marked(type(command), mark):
        value: Any = getattr(command, name)
        found += [value] if isinstance(value, str) else list(value or ())
    return found


@cache
def marked(kind: type[BaseModel], mark: str) -> tuple[str, ...]:
    """Return the fields of `kind` whose type, or a part of it, is annotated with `mark`."""
    return tuple(
        name
        for name, field in kind.model_fields.items()
        if mark in field.metadata or mark in _marks(field.annotation)
    )


def _marks(annotation: Any) -> Iterator[Any]:  # noqa: ANN401 - any type there is
    if get_origin(annotation) is Annotated:
        yield from annotation.__metadata__
    for part in get_args(annotation):
        yield from _marks(part)

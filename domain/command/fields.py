"""What the fields of a message hold, read off their types, so that no list has to be kept."""

from collections.abc import Iterator
from functools import cache
from types import NoneType
from typing import Annotated, Any, NamedTuple, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from domain.messages import Command, Holds, ProofRef, TextRef

Kind = Holds | type[TextRef] | type[ProofRef]
"""What a field may hold beside plain values: a code, a stored text, or a piece of proof."""


class Field(NamedTuple):
    """What a field of a message holds: of which kind, one or many, and whether it may stay out."""

    kind: Kind
    many: bool
    optional: bool


@cache
def fields_of(message: type[BaseModel]) -> dict[str, Field]:
    """Return the fields of `message` that hold codes, stored texts or proof; plain values are left out."""
    found = {name: _field(info) for name, info in message.model_fields.items()}
    return {name: field for name, field in found.items() if field is not None}


def holding(message: type[BaseModel], kind: Kind) -> tuple[str, ...]:
    """Return the names of the fields of `message` that hold what `kind` says, in their order."""
    return tuple(name for name, field in fields_of(message).items() if field.kind is kind)


def units_named(command: Command) -> list[str]:
    """Return the codes of the units that `command` names, in the order of its fields."""
    return _named(command, Holds.UNIT)


def tasks_named(command: Command) -> list[str]:
    """Return the keys of the tasks that `command` names."""
    return _named(command, Holds.TASK)


def incident_named(command: Command) -> str | None:
    """Return the number of the incident that `command` names, null for none."""
    return next(iter(_named(command, Holds.INCIDENT)), None)


def _named(command: Command, kind: Kind) -> list[str]:
    found: list[str] = []
    for name in holding(type(command), kind):
        value: Any = getattr(command, name)
        found += [value] if isinstance(value, str) else list(value or ())
    return found


def _field(info: FieldInfo) -> Field | None:
    parts = [*_parts(info.annotation), *info.metadata]
    codes = [part for part in parts if isinstance(part, Holds)]
    models = [part for part in parts if part in (TextRef, ProofRef)]
    kind = (codes or models or [None])[-1]  # the last mark is the narrowest
    return None if kind is None else Field(kind, many=tuple in parts, optional=NoneType in parts)


def _parts(annotation: Any) -> Iterator[Any]:  # noqa: ANN401 - any type there is
    """Yield `annotation`, the types it is made of, and what they are annotated with, inner ones first."""
    inner = get_args(annotation)
    for part in inner[:1] if get_origin(annotation) is Annotated else inner:
        yield from _parts(part)
    if get_origin(annotation) is Annotated:
        yield from annotation.__metadata__
    yield get_origin(annotation) or annotation

"""Any command of a branch that somebody may say, with units, tasks and texts that are there."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from pydantic.fields import FieldInfo

from domain import messages as m
from domain.command.fields import fields_of
from domain.vocabulary import TaskKind, Word
from tests import sample

UNITS = st.sampled_from(sorted(sample.UNITS))
TASKS = st.sampled_from([f"{kind}.{number}" for kind in TaskKind for number in (1, 2)])
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    int: st.integers(1, 5),
    str: st.just("x-1"),
    datetime: st.just(sample.MONDAY + timedelta(days=2)),
}


def said_by(actor: m.Actor, message: type[m.Command]) -> st.SearchStrategy[m.Command]:
    """Return commands of the kind `message` by `actor`; what need not be said mostly is not."""
    fields: dict[str, st.SearchStrategy[Any]] = {"actor": st.just(actor)}
    for field, info in message.model_fields.items():
        if field not in m.Command.model_fields:
            named = _named(message, field)
            fields[field] = _plain(info) if named is None else named
    return st.builds(message, **fields)


def _named(message: type[m.Command], field: str) -> st.SearchStrategy[Any] | None:
    """Return texts, units or tasks for a field that holds them, null for every other field."""
    maybe = st.nothing() if message.model_fields[field].is_required() else st.none()
    held = fields_of(message).get(field)
    if held is None:
        return None
    if held.kind is m.TextRef:
        return st.just(sample.TEXT)
    if held.kind is m.Holds.UNIT:
        return st.lists(UNITS, max_size=3).map(tuple) if held.many else UNITS | maybe
    return TASKS | maybe if held.kind is m.Holds.TASK else None


def _plain(info: FieldInfo) -> st.SearchStrategy[Any]:
    kind: Any = info.annotation
    if isinstance(kind, type) and issubclass(kind, Word):
        return st.sampled_from(list(kind))
    if not info.is_required():
        return st.just(info.get_default(call_default_factory=True))
    return PLAIN[kind] if kind in PLAIN else st.from_type(kind)

"""Search attributes as the engine wants them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from temporalio import workflow
from temporalio.common import SearchAttributeKey, SearchAttributePair, SearchAttributeUpdate

with workflow.unsafe.imports_passed_through():
    from domain.search_attributes import SEARCH_ATTRIBUTES

Shown = Mapping[str, str | bool | datetime]
"""Attributes by name."""

_MAKERS = {
    "Keyword": SearchAttributeKey.for_keyword,
    "Bool": SearchAttributeKey.for_bool,
    "Datetime": SearchAttributeKey.for_datetime,
}
KEYS: dict[str, SearchAttributeKey[Any]] = {
    name: _MAKERS[kind](name) for name, kind in SEARCH_ATTRIBUTES.items()
}
"""The typed key of each search attribute by its name."""


def changes(shown: Shown, wanted: Shown) -> list[SearchAttributeUpdate[Any]]:
    """Return the updates that lead from `shown` to `wanted`, in the order of the attributes."""
    updates: list[SearchAttributeUpdate[Any]] = []
    for name, key in KEYS.items():
        if name in wanted and shown.get(name) != wanted[name]:
            updates.append(key.value_set(wanted[name]))
        elif name in shown and name not in wanted:
            updates.append(key.value_unset())
    return updates


def pairs(shown: Shown) -> list[SearchAttributePair[Any]]:
    """Return `shown` as a workflow's start wants it."""
    out: list[SearchAttributePair[Any]] = []
    for name, value in shown.items():
        key: SearchAttributeKey[Any] = KEYS[name]
        out.append(SearchAttributePair[Any](key, value))
    return out

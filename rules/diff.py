"""What is not the same in two editions: settings, limits, and rows of the tables, field by field."""

from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from pydantic import Field

from domain.model import Value
from domain.vocabulary import Word
from rules.pack import RulePack
from rules.tables import COLUMNS, KEYS, Line

_LIMITS = (
    "hour_lasts",
    "minimum_limit",
    "tiers",
    "sign",
    "contact",
    "dispatch",
    "answer_window",
    "reminders",
    "ladders",
    "branches.limits",
)
"""Where `edition.yaml` says how long something may take."""


class Part(Word):
    """A part of an edition."""

    SETTINGS = "settings", "settings"
    LIMITS = "limits", "limits"
    CATEGORIES = "categories", "categories"
    UNITS = "units", "units"
    DIRECTORY = "directory", "directory"
    NORMS = "norms", "norms"


class What(Word):
    """What became of something."""

    ADDED = "added", "added"
    REMOVED = "removed", "removed"
    CHANGED = "changed", "changed"


class Change(Value):
    """One thing that is not the same: where it stands, and how it was and is; null: not there."""

    part: Part
    what: What
    key: str = Field(description="path of the setting, or what names the row")
    name: str | None = Field(
        default=None, description="Chinese name of the unit or category, where it has one"
    )
    field: str | None = Field(
        default=None, description="column of the row; null: the whole row, or a setting"
    )
    before: str | None
    after: str | None


class Difference(Value):
    """Everything that is not the same in edition `b` as in `a`, both as `name@hash`."""

    a: str
    b: str
    changes: tuple[Change, ...]

    def counts(self) -> dict[Part, int]:
        """Return how much changed in each part that changed."""
        parts = [change.part for change in self.changes]
        return {part: parts.count(part) for part in Part if part in parts}


def diff(a: RulePack, b: RulePack) -> Difference:
    """Return what is not the same in `b` as in `a`, in the order of the parts and their keys.

    Lines of a file that merely moved, and comments, are no difference.
    """
    changes = [*_settings(a, b)]
    for part in (Part.CATEGORIES, Part.UNITS, Part.DIRECTORY, Part.NORMS):
        changes += _rows(part, _lines(a, part), _lines(b, part))
    order = list(Part)
    changes.sort(key=lambda change: (order.index(change.part), change.key, change.field or ""))
    return Difference(a=a.identity, b=b.identity, changes=tuple(changes))


def _settings(a: RulePack, b: RulePack) -> Iterator[Change]:
    before, after = (dict(_flat(pack.settings.model_dump(mode="json"))) for pack in (a, b))
    for key in sorted(before.keys() | after.keys()):
        if before.get(key) != after.get(key) and key not in ("name", "extends"):
            is_limit = key.startswith(_LIMITS)
            yield Change(
                part=Part.LIMITS if is_limit else Part.SETTINGS,
                what=_what(before.get(key), after.get(key)),
                key=key,
                before=before.get(key),
                after=after.get(key),
            )


def _flat(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every leaf of nested mappings and lists with its dotted path; nulls are left out."""
    if isinstance(value, dict):
        for name, inner in cast("dict[str, object]", value).items():
            yield from _flat(inner, f"{path}.{name}" if path else name)
        return
    items = cast("list[object]", value) if isinstance(value, list) else []
    if any(isinstance(item, dict) for item in items):
        for place, inner in enumerate(items):
            yield from _flat(inner, f"{path}.{_called(inner, place)}")
    elif value is not None:
        yield path, _text(cast("object", value))


def _called(item: object, place: int) -> str:
    """Return what names an item of a list: its code or level, else its place."""
    named = cast("dict[str, object]", item) if isinstance(item, dict) else {}
    return str(named.get("code") or named.get("level") or place)


def _lines(pack: RulePack, part: Part) -> dict[str, Line]:
    tables: dict[Part, Iterable[Line]] = {
        Part.CATEGORIES: pack.categories.values(),
        Part.UNITS: pack.units.values(),
        Part.DIRECTORY: pack.directory,
        Part.NORMS: pack.norms,
    }
    lines: dict[str, Line] = {}
    for row in tables[part]:
        key, number = _key(row, part), 1
        while (numbered := key if number == 1 else f"{key} #{number}") in lines:
            number += 1
        lines[numbered] = row
    return lines


def _key(row: Line, part: Part) -> str:
    """Return what names a row to people; one of the directory also by the day on which it begins."""
    names = KEYS[part.value]
    said = [_text(getattr(row, name)) for name in names]
    begins = getattr(row, "valid_from", None)
    return " ".join([*said, *([f"≥{begins}"] if begins else [])])


def _rows(part: Part, before: Mapping[str, Line], after: Mapping[str, Line]) -> Iterator[Change]:
    for key in before.keys() | after.keys():
        old, new = before.get(key), after.get(key)
        if old is None or new is None:
            yield Change(
                part=part,
                what=_what(old, new),
                key=key,
                name=_name(new or old),
                before=_row_text(old, part) if old else None,
                after=_row_text(new, part) if new else None,
            )
            continue
        was, is_ = _cells(old, part), _cells(new, part)
        for column in COLUMNS[part.value]:
            if was[column] != is_[column]:
                cells = was[column] or None, is_[column] or None
                yield Change(
                    part=part,
                    what=What.CHANGED,
                    key=key,
                    name=_name(new),
                    field=column,
                    before=cells[0],
                    after=cells[1],
                )


def _name(row: Line | None) -> str | None:
    return getattr(row, "zh", None)


def _cells(row: Line, part: Part) -> dict[str, str]:
    dumped = row.model_dump(mode="json", exclude={"origin"})
    limit = getattr(row, "limit", None)
    if limit is not None:
        dumped["limit"] = limit.text()
    return {column: _text(dumped[column]) for column in COLUMNS[part.value]}


def _row_text(row: Line, part: Part) -> str:
    keys = KEYS[part.value]
    cells = _cells(row, part).items()
    return ", ".join(f"{column}={text}" for column, text in cells if text and column not in keys)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ";".join(_text(item) for item in cast("Iterable[object]", value))
    return str(value)


def _what(before: object, after: object) -> What:
    if before is None:
        return What.ADDED
    return What.REMOVED if after is None else What.CHANGED

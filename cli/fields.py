"""Fields as people type them on a command line, `field=value`, and the form's body they make."""

from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import BaseModel

_BOOLEANS = {"true": True, "yes": True, "是": True, "false": False, "no": False, "否": False}

Schema = dict[str, Any]


class FieldError(ValueError):
    """A field that cannot be read, with a sentence for the person who typed it, Chinese first."""


def body_of(form: type[BaseModel], fields: Iterable[str]) -> dict[str, Any]:
    """Return the body that `fields` (`name=value`, `part.name=value`) make for `form`.

    A list is given by naming its field again; a piece of proof is `kind:note`. What the form does not know
    goes through as text: the API says so better. Raises `FieldError`.
    """
    schema = form.model_json_schema()
    body: dict[str, Any] = {}
    for field in fields:
        name, equals, value = field.partition("=")
        if not equals or not name:
            raise FieldError(f"应为 字段=值,而不是 {field!r}。 Write field=value, not {field!r}.")
        _put(body, name.split("."), value, schema, schema.get("$defs", {}))
    return body


def fields_help(form: type[BaseModel], without: Iterable[str] = ()) -> str:
    """Return a line for each field of `form`: name, whether it must be given, and what may be given."""
    schema = form.model_json_schema()
    lines = _lines(schema, schema.get("$defs", {}), "", set(without))
    return "\n".join(f"  {line}" for line in lines)


def _lines(schema: Schema, definitions: Schema, prefix: str, without: set[str]) -> Iterator[str]:
    required = set(schema.get("required", ()))
    for name, field in schema.get("properties", {}).items():
        if name in without:
            continue
        kind = _kind(field, definitions)
        if kind.get("type") == "object":
            yield from _lines(kind, definitions, f"{prefix}{name}.", set())
            continue
        star = "*" if name in required and not prefix else ""
        about = field.get("description", "")
        said = " – ".join(part for part in (_values(kind, definitions), about) if part)
        yield f"{prefix}{name}{star} = {said}"


def _values(kind: Schema, definitions: Schema) -> str:
    if "enum" in kind:
        return "|".join(map(str, kind["enum"]))
    match kind.get("type"):
        case "boolean":
            return "true|false"
        case "array":
            inner = _kind(kind.get("items", {}), definitions)
            one = "kind:note" if inner.get("type") == "object" else _values(inner, definitions)
            return f"{one} (可重复 may be repeated)"
        case "integer" | "number":
            return "数字 number"
        case _:
            return "时间 time" if kind.get("format") == "date-time" else "文字 text"


def _put(body: dict[str, Any], path: list[str], text: str, schema: Schema, definitions: Schema) -> None:
    name, *rest = path
    kind = _kind(schema.get("properties", {}).get(name, {}), definitions)
    if rest:
        _put(body.setdefault(name, {}), rest, text, kind, definitions)
    elif kind.get("type") == "array":
        inner = _kind(kind.get("items", {}), definitions)
        body.setdefault(name, []).append(_value(name, text, inner))
    else:
        body[name] = _value(name, text, kind)


def _value(name: str, text: str, kind: Schema) -> object:
    match kind.get("type"):
        case "boolean":
            if text not in _BOOLEANS:
                raise FieldError(f"字段 {name} 应为 true 或 false。 Field {name} is true or false.")
            return _BOOLEANS[text]
        case "integer":
            return _number(name, text, int)
        case "number":
            return _number(name, text, float)
        case "object":
            word, _, note = text.partition(":")
            return {"kind": word, "note": note}
        case _:
            return text


def _number(name: str, text: str, read: type[int] | type[float]) -> float:
    try:
        return read(text)
    except ValueError:
        raise FieldError(f"字段 {name} 应为数字。 Field {name} is a number.") from None


def _kind(field: Schema, definitions: Schema) -> Schema:
    """Return what a field takes: behind a reference, and the first choice that is not null."""
    if "$ref" in field:
        return _kind(definitions[field["$ref"].rpartition("/")[2]], definitions)
    for choice in field.get("anyOf", ()):
        if choice.get("type") != "null":
            return _kind(choice, definitions)
    return field

"""Reads a body into its form, or says field by field, in both languages, why it cannot be read."""

import re
from collections.abc import Callable
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from starlette.requests import Request

from api.forms import Unfit
from api.http.errors import BadBody, FieldProblem
from domain.errors import Refused
from domain.vocabulary import Word
from phrases import Bilingual, Listed, Phrase

BODY_BYTES = 1024 * 1024
"""The longest body that is read at all."""
_FIELD_CHARACTERS = 100
_PROBLEMS = 20

FormT = TypeVar("FormT", bound=BaseModel)


async def read_form(request: Request, form: type[FormT]) -> FormT:
    """Return the body of `request` as `form`.

    Raises `BadBody`: 413 for one over `BODY_BYTES`, 415 for one that is not called JSON, 400 for one that is
    not JSON, 422 where fields do not fit.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise BadBody(
            Phrase("The body must be JSON, with the header Content-Type: application/json."),
            status=415,
        )
    return parse(await _body(request), form)


def parse(body: bytes, form: type[FormT]) -> FormT:
    """Return `body` as `form`. Raises `BadBody`: 400 for what is not JSON, 422 where fields do not fit."""
    try:
        return form.model_validate_json(body, strict=True)
    except ValidationError as failure:
        raise bad_fields(failure.errors(include_url=False, include_input=False)) from None


def bad_fields(errors: list[ErrorDetails]) -> BadBody:
    """Return the refusal for what pydantic found wrong; it never repeats the value of a field."""
    if errors[0]["type"] == "json_invalid":
        where = str(errors[0].get("ctx", {}).get("error", ""))
        return BadBody(Phrase("The body is not valid JSON: {where}.", where=where), status=400)
    problems = [_field_problem(error) for error in errors[:_PROBLEMS]]
    first = problems[0]
    more = Phrase(" ({count} problems in all)", count=len(errors)) if len(errors) > 1 else ""
    return BadBody(
        Phrase("Field '{field}': {first}{more}", field=first.field, first=first, more=more),
        status=422,
        errors=problems,
    )


def bad_field(field: str, refused: Refused) -> BadBody:
    """Return the refusal `refused` as one about `field`."""
    problem = FieldProblem.of(field, refused)
    return BadBody(
        Phrase("Field '{field}': {refused}", field=field, refused=refused), status=422, errors=[problem]
    )


async def _body(request: Request) -> bytes:
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced[:20]) > BODY_BYTES:
        raise _too_big()
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES:
            raise _too_big()
    return bytes(body)


def _too_big() -> BadBody:
    return BadBody(Phrase("The body is larger than 1 MiB."), status=413)


Sentence = Callable[[dict[str, object]], Phrase]

_SENTENCES: dict[str, Sentence] = {
    "missing": lambda _: Phrase("It is required."),
    "extra_forbidden": lambda _: Phrase("There is no such field: check the spelling."),
    "string_type": lambda _: Phrase("It must be text."),
    "string_too_long": lambda ctx: Phrase(
        "It may have at most {max_length} characters.", max_length=ctx["max_length"]
    ),
    "string_pattern_mismatch": lambda _: Phrase("It may hold letters, digits and . _ @ / - only."),
    "enum": lambda ctx: Phrase("It must be one of {choices}.", choices=_choices(str(ctx["expected"]))),
    "bool_type": lambda _: Phrase("It must be true or false."),
    "int_type": lambda _: Phrase("It must be a whole number."),
    "float_type": lambda _: Phrase("It must be a number."),
    "finite_number": lambda _: Phrase("It must be a finite number."),
    "greater_than_equal": lambda ctx: Phrase("It must be at least {ge}.", ge=ctx["ge"]),
    "less_than_equal": lambda ctx: Phrase("It must be at most {le}.", le=ctx["le"]),
    "less_than": lambda ctx: Phrase("It must be less than {lt}.", lt=ctx["lt"]),
    "timezone_aware": lambda _: Phrase("It needs a time zone, for example 2026-11-22T08:00:00+08:00."),
    "model_type": lambda _: Phrase("It must be an object {{ … }}."),
    "tuple_type": lambda _: Phrase("It must be a list [ … ]."),
    "too_long": lambda ctx: Phrase("At most {max_length} entries.", max_length=ctx["max_length"]),
}
"""What pydantic's kinds of errors mean to a person."""


_WORDS = {frozenset(words): words for words in Word.__subclasses__()}
"""Every closed list of words, by its words."""


def _choices(expected: str) -> Listed:
    """Return the words that were `expected`, in Chinese with what they mean: `help(求助)`."""
    codes = re.findall(r"'([^']*)'", expected)
    words = _WORDS.get(frozenset(codes))
    if words is None:
        return Listed(codes)
    return Listed(Phrase("{code}", code=word.value, label=word) for word in words)


def _field_problem(error: ErrorDetails) -> FieldProblem:
    field = ".".join(map(str, error["loc"]))[:_FIELD_CHARACTERS] or "body"
    return FieldProblem.of(field, _sentence(error))


def _sentence(error: ErrorDetails) -> Bilingual:
    kind, context = error["type"], error.get("ctx", {})
    if isinstance(unfit := context.get("error"), Unfit):
        return unfit.what
    if kind in _SENTENCES:
        return _SENTENCES[kind](context)
    if kind.startswith("datetime"):
        return Phrase("It must be a time such as 2026-11-22T08:00:00+08:00.")
    return Phrase("{msg}.", msg=error["msg"])

"""Reads a body into its form, or says field by field, in both languages, why it cannot be read."""

from collections.abc import Callable
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from starlette.requests import Request

from api.forms import Unfit
from api.http.errors import BadBody, FieldProblem
from domain.errors import Refused

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
            "请求体须为 JSON,并注明 Content-Type: application/json。",
            "The body must be JSON, with the header Content-Type: application/json.",
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
    """Return the refusal for what pydantic found wrong; it never repeats what somebody wrote into a field."""
    if errors[0]["type"] == "json_invalid":
        where = str(errors[0].get("ctx", {}).get("error", ""))
        return BadBody(
            f"请求体不是有效的 JSON({where})。", f"The body is not valid JSON: {where}.", status=400
        )
    problems = [_field_problem(error) for error in errors[:_PROBLEMS]]
    first = problems[0]
    more_zh = f"(共{len(errors)}处)" if len(errors) > 1 else ""
    more_en = f" ({len(errors)} problems in all)" if len(errors) > 1 else ""
    return BadBody(
        f"字段“{first.field}”:{first.zh}{more_zh}",
        f"Field '{first.field}': {first.en}{more_en}",
        status=422,
        errors=problems,
    )


def bad_field(field: str, refused: Refused) -> BadBody:
    """Return the refusal `refused` as one about `field`."""
    problem = FieldProblem(field=field, zh=refused.zh, en=refused.en)
    return BadBody(
        f"字段“{field}”:{refused.zh}", f"Field '{field}': {refused.en}", status=422, errors=[problem]
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
    return BadBody("请求体超过 1 MiB。", "The body is larger than 1 MiB.", status=413)


Sentence = Callable[[dict[str, object]], tuple[str, str]]

_SENTENCES: dict[str, Sentence] = {
    "missing": lambda _: ("必填。", "It is required."),
    "extra_forbidden": lambda _: (
        "没有这个字段,请核对拼写。",
        "There is no such field: check the spelling.",
    ),
    "string_type": lambda _: ("须为文字。", "It must be text."),
    "string_too_long": lambda ctx: (
        f"最多 {ctx['max_length']} 个字符。",
        f"It may have at most {ctx['max_length']} characters.",
    ),
    "string_pattern_mismatch": lambda _: (
        "只能含字母、数字和 . _ @ / -。",
        "It may hold letters, digits and . _ @ / - only.",
    ),
    "enum": lambda ctx: (f"须为以下之一:{ctx['expected']}。", f"It must be one of {ctx['expected']}."),
    "bool_type": lambda _: ("须为 true 或 false。", "It must be true or false."),
    "int_type": lambda _: ("须为整数。", "It must be a whole number."),
    "float_type": lambda _: ("须为数字。", "It must be a number."),
    "finite_number": lambda _: ("须为有限的数字。", "It must be a finite number."),
    "greater_than_equal": lambda ctx: (f"不得小于 {ctx['ge']}。", f"It must be at least {ctx['ge']}."),
    "less_than_equal": lambda ctx: (f"不得大于 {ctx['le']}。", f"It must be at most {ctx['le']}."),
    "less_than": lambda ctx: (f"须小于 {ctx['lt']}。", f"It must be less than {ctx['lt']}."),
    "timezone_aware": lambda _: (
        "须带时区,例如 2026-11-22T08:00:00+08:00。",
        "It needs a time zone, for example 2026-11-22T08:00:00+08:00.",
    ),
    "model_type": lambda _: ("须为对象 { … }。", "It must be an object { … }."),
    "tuple_type": lambda _: ("须为列表 [ … ]。", "It must be a list [ … ]."),
    "too_long": lambda ctx: (f"最多 {ctx['max_length']} 项。", f"At most {ctx['max_length']} entries."),
}
"""What pydantic's kinds of errors mean to a person."""


def _field_problem(error: ErrorDetails) -> FieldProblem:
    zh, en = _sentence(error)
    field = ".".join(map(str, error["loc"]))[:_FIELD_CHARACTERS] or "body"
    return FieldProblem(field=field, zh=zh, en=en)


def _sentence(error: ErrorDetails) -> tuple[str, str]:
    kind, context = error["type"], error.get("ctx", {})
    if isinstance(unfit := context.get("error"), Unfit):
        return unfit.zh, unfit.en
    if kind in _SENTENCES:
        return _SENTENCES[kind](context)
    if kind.startswith("datetime"):
        return (
            "须为时间,例如 2026-11-22T08:00:00+08:00。",
            "It must be a time such as 2026-11-22T08:00:00+08:00.",
        )
    return "填写有误。", f"{error['msg']}."

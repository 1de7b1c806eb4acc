"""Every refusal as problem+json (RFC 9457), by one table; anything else is a bug: 500 without detail."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

import orjson
from starlette.responses import Response

from domain.errors import Fault, Malformed, Refused
from domain.model import Value
from phrases import Bilingual, Phrase

RETRY_AFTER_SECONDS = 2
"""After how long it makes sense to try again when a part of the system was away."""

_PERSONAL = "no-store"


class FieldProblem(Value):
    """What is wrong with one field: where it stands in the body, and a sentence in each language."""

    field: str
    zh: str
    en: str

    @classmethod
    def of(cls, field: str, what: Bilingual) -> Self:
        """Return that `what` is wrong with `field`."""
        return cls(field=field, zh=what.zh, en=what.en)


class Problem(Value):
    """The body of every error answer."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    zh: str
    en: str
    instance: str | None = None
    errors: tuple[FieldProblem, ...] = ()


class AboutFields(Refused):
    """A refusal that says field by field what is wrong."""

    errors: tuple[FieldProblem, ...] = ()


class BadBody(AboutFields, Malformed):
    """A body that cannot be read or has fields that do not fit; `status` says how HTTP calls it."""

    def __init__(self, what: Bilingual, status: int = 400, errors: Sequence[FieldProblem] = ()) -> None:
        """Keep the sentence, the HTTP `status` and what is wrong field by field."""
        super().__init__(what)
        self.status = status
        self.errors = tuple(errors)

    @property
    def code(self) -> str:
        """Return the name on the wire: to a client every such refusal is `Malformed`."""
        return Malformed.__name__


class Kind(NamedTuple):
    """How one kind of refusal stands on the wire."""

    status: int
    title: Phrase


TABLE: dict[str, Kind] = {
    "UnknownTicket": Kind(status=404, title=Phrase("No such ticket")),
    "UnknownCode": Kind(status=422, title=Phrase("Unknown name or code")),
    "BadTrackingCode": Kind(status=403, title=Phrase("Wrong tracking code")),
    "Malformed": Kind(status=422, title=Phrase("Invalid input")),
    "KeyReused": Kind(status=422, title=Phrase("Idempotency key already used")),
    "WrongActor": Kind(status=403, title=Phrase("Not permitted")),
    "WrongStage": Kind(status=409, title=Phrase("Not possible at this stage")),
    "StaleVersion": Kind(status=409, title=Phrase("The ticket has changed")),
    "Incomplete": Kind(status=422, title=Phrase("Required information missing")),
    "Unavailable": Kind(status=503, title=Phrase("Service unavailable")),
}
"""Every refusal of `domain.errors` with its status and title."""

_HTTP = {
    400: Kind(status=400, title=Phrase("Bad request")),
    404: Kind(status=404, title=Phrase("No such address")),
    405: Kind(status=405, title=Phrase("Method not allowed at this address")),
    500: Kind(status=500, title=Phrase("Internal error")),
}


def problem_of(refused: Refused, instance: str | None = None) -> Problem:
    """Return the problem that explains `refused` to a person; `instance` is the path asked for."""
    kind = TABLE[refused.code]
    status = refused.status if isinstance(refused, BadBody) else kind.status
    errors = refused.errors if isinstance(refused, AboutFields) else ()
    return _problem(refused.code, kind, status, refused, instance, errors)


def refusal_response(refused: Refused, instance: str | None = None) -> Response:
    """Return the answer to a request that was refused; one that may be repeated says after how long."""
    after: int = getattr(refused, "retry_after", RETRY_AFTER_SECONDS)
    retry = {"Retry-After": str(after)} if refused.code == "Unavailable" else {}
    return _response(problem_of(refused, instance), retry)


def http_response(
    status: int, instance: str | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """Return the answer for an error of HTTP itself, such as an address that does not exist."""
    kind = _HTTP.get(status) or Kind(status=status, title=Phrase("Request not accepted"))
    sentence = Phrase("{title}.", title=kind.title)
    return _response(_problem(f"Http{status}", kind, status, sentence, instance, ()), headers or {})


def bug_response() -> Response:
    """Return the answer for a fault of ours: a sentence, no internals."""
    kind = _HTTP[500]
    sentence = Phrase("Something went wrong on our side and was logged; please try again later.")
    return _response(_problem("Bug", kind, 500, sentence, None, ()), {})


def fault_response(fault: Fault, instance: str | None = None) -> Response:
    """Return the answer where a rule of ours failed: the command did not count, the ticket goes on."""
    return _response(_problem("Fault", _HTTP[500], 500, fault, instance, ()), {})


def _problem(
    code: str,
    kind: Kind,
    status: int,
    sentence: Bilingual,
    instance: str | None,
    errors: tuple[FieldProblem, ...],
) -> Problem:
    return Problem(
        type=f"urn:jiesu:problem:{code}",
        title=kind.title.both(" / "),
        status=status,
        detail=f"{sentence.zh} {sentence.en}",
        code=code,
        zh=sentence.zh,
        en=sentence.en,
        instance=instance,
        errors=errors,
    )


def _response(problem: Problem, headers: Mapping[str, str]) -> Response:
    content: dict[str, Any] = problem.model_dump(exclude_none=True)
    if not problem.errors:
        del content["errors"]
    return Response(
        orjson.dumps(content),
        status_code=problem.status,
        media_type="application/problem+json",
        headers={"Cache-Control": _PERSONAL, **headers},
    )

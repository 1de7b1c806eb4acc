"""The description of the API at `/openapi.json`: what FastAPI sees in the routes, and the bodies' forms."""

from collections.abc import Sequence
from typing import Any, Final

from fastapi import FastAPI
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from api.forms import FORMS, AdoptForm, RequestForm, StopAdoptionForm, TextForm
from api.http.errors import Problem
from api.incident_forms import INCIDENT_FORMS
from phrases import Phrase

_REFERENCE = "#/components/schemas/{model}"

DESCRIPTION: Final = Phrase(
    "A city's complaints, from intake to the callback survey. Until there are "
    "accounts it listens on loopback only. Errors are problem+json with a sentence "
    "in both languages. A command needs an `Idempotency-Key` header: the same key "
    "with the same body counts once and is answered again."
).both("\n\n")


def body_of(form: type[BaseModel], *, key: bool | None = None) -> dict[str, Any]:
    """Return what describes an operation with the body `form`; `key`: Idempotency-Key required or not."""
    schema = {"$ref": _REFERENCE.format(model=form.__name__)}
    extra: dict[str, Any] = {
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}
    }
    if key is not None:
        extra["parameters"] = [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": key,
                "schema": {"type": "string", "maxLength": 200},
                "description": Phrase("the same for the same act sent again").both(" / "),
            }
        ]
    return extra


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what describes the error answers with these statuses."""
    schema = {"$ref": _REFERENCE.format(model=Problem.__name__)}
    content = {"application/problem+json": {"schema": schema}}
    return {status: {"description": "problem+json", "content": content} for status in statuses}


def describe(app: FastAPI) -> None:
    """Have `app` describe its forms and problems beside what FastAPI finds by itself."""
    routes_alone = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = routes_alone()
            schema.setdefault("components", {}).setdefault("schemas", {}).update(_schemas())
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi


def _schemas() -> dict[str, Any]:
    models: Sequence[type[BaseModel]] = (
        RequestForm,
        TextForm,
        AdoptForm,
        StopAdoptionForm,
        *FORMS.values(),
        *INCIDENT_FORMS,
        Problem,
    )
    _, schema = models_json_schema([(model, "validation") for model in models], ref_template=_REFERENCE)
    return schema["$defs"]

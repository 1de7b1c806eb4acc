"""Words people give in the address of a list, as safe to search with as those in a body."""

from typing import Annotated

from fastapi import Query

from api.forms import Unfit, sound_text
from api.http.errors import BadBody, FieldProblem
from phrases import Phrase

Word = Annotated[str | None, Query(max_length=100, description="code or name")]


def clean(field: str, text: str) -> str:
    """Return `text`, the parameter called `field`. Raises `BadBody` for characters no database keeps."""
    try:
        return sound_text(text)
    except Unfit as unfit:
        problem = FieldProblem.of(field, unfit)
        raise BadBody(
            Phrase("Parameter '{field}': {unfit}", field=field, unfit=unfit), status=422, errors=[problem]
        ) from None

"""Words people give in the address of a list, as safe to search with as those in a body."""

from typing import Annotated

from fastapi import Query

from api.forms import Unfit, sound_text
from api.http.errors import BadBody, FieldProblem

Word = Annotated[str | None, Query(max_length=100, description="code or name")]


def clean(field: str, text: str) -> str:
    """Return `text`, the parameter called `field`. Raises `BadBody` for characters no database keeps."""
    try:
        return sound_text(text)
    except Unfit as unfit:
        problem = FieldProblem(field=field, zh=unfit.zh, en=unfit.en)
        raise BadBody(
            f"参数“{field}”{unfit.zh}", f"Parameter '{field}': {unfit.en}", status=422, errors=[problem]
        ) from None

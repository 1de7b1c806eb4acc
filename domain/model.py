"""The base of every value that travels: through histories, the database and the API."""

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """An immutable value that is compared by its content and refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Message(BaseModel):
    """An immutable message from outside the workflow.

    Unknown fields are ignored, so that an older worker still reads what a newer client sends.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

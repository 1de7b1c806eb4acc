"""The base of every value that travels: through histories, the database and the API."""

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """An immutable value that is compared by its content and refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class View(Value):
    """What is shown: unknown fields are ignored, so that an older API reads what a newer worker has written.

    What a ticket is decided by stays strict: an older worker that cannot read it must not go on without it.
    """

    model_config = ConfigDict(extra="ignore")


class Message(BaseModel):
    """An immutable message from outside the workflow.

    Unknown fields are ignored, so that an older worker still reads what a newer client sends.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

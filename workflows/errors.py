"""Turns a refusal into the application error a caller of an update sees; everything else is a bug."""

from collections.abc import Generator
from contextlib import contextmanager

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from domain.errors import REFUSALS, Refused, refusal


def as_application_error(refused: Refused) -> ApplicationError:
    """Return the error that fails an update or rejects it: type = the refusal's code, details = [zh, en]."""
    return ApplicationError(str(refused), refused.zh, refused.en, type=refused.code, non_retryable=True)


@contextmanager
def refusals() -> Generator[None]:
    """Let a refusal inside the block reach the caller of the update, with its code and both sentences."""
    try:
        yield
    except Refused as refused:
        raise as_application_error(refused) from refused


def as_refusal(error: ApplicationError) -> Refused | None:
    """Return the refusal that `error` carries, null when it carries none.

    One without its two sentences is no answer to anybody: an activity that failed on its way.
    """
    if error.type not in REFUSALS or len(error.details) != len(("zh", "en")):
        return None
    zh, en = error.details
    return refusal(error.type, str(zh), str(en))

"""Turns a refusal, or a fault of a rule, into the application error a caller of an update sees."""

from collections.abc import Generator
from contextlib import contextmanager

from temporalio import workflow
from temporalio.exceptions import ApplicationError, TemporalError

with workflow.unsafe.imports_passed_through():
    from domain.errors import REFUSALS, Fault, Refused, refusal
    from phrases import Phrase, Said

FAULT = Fault.__name__
"""The type of the application error by which a rule's own failure reaches the caller."""


def as_application_error(error: Refused | Fault) -> ApplicationError:
    """Return the error that fails an update or rejects it: type = the refusal's code, details = [zh, en]."""
    kind = error.code if isinstance(error, Refused) else FAULT
    return ApplicationError(str(error), error.zh, error.en, type=kind, non_retryable=True)


@contextmanager
def refusals() -> Generator[None]:
    """Let a refusal or a fault inside the block reach the caller of the update, with both sentences."""
    try:
        yield
    except (Refused, Fault) as error:
        raise as_application_error(error) from error


@contextmanager
def faults() -> Generator[None]:
    """Turn an unexpected error of the pure rule inside the block into a `Fault` of its command.

    Such an error would fail the workflow task again and again, and the ticket would stand still for one
    command. Nothing has been applied when a rule fails, so the ticket can go on. What the engine raises by
    itself passes: it is not the rule's. Only rules belong inside, never the applying of facts.

    That the command came to nothing stays so when the rule is mended: `workflows.replayed`.
    """
    try:
        yield
    except (Refused, Fault, TemporalError):
        raise
    except Exception as bug:
        workflow.logger.error("a rule failed; the command did not count", exc_info=True)
        raise Fault(
            Phrase("A rule of ours failed at this and was logged: it did not count, and the ticket goes on."),
        ) from bug


def as_fault(error: ApplicationError) -> Fault | None:
    """Return the fault that `error` carries, null when it carries none."""
    if error.type != FAULT or len(error.details) != len(("zh", "en")):
        return None
    zh, en = error.details
    return Fault(Said(str(zh), str(en)))


def as_refusal(error: ApplicationError) -> Refused | None:
    """Return the refusal that `error` carries, null when it carries none.

    One without its two sentences cannot be shown to a person: an activity that failed on its way.
    """
    if error.type not in REFUSALS or len(error.details) != len(("zh", "en")):
        return None
    zh, en = error.details
    return refusal(error.type, str(zh), str(en))

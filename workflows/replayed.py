"""What became of a command stands in its history, and today's rules do not change it.

The engine tells a workflow again whenever a worker takes it up, and asks the rules again about every command
that was accepted – rules of a later release, perhaps. The history itself says what became of it:

- A command that came to nothing after it was accepted, refused or by a fault of the rule, leaves a mark (a
  marker of `workflow.patched`, under the command's key). Retold, it comes to nothing again, even if the rule
  has become milder or was mended.
- A command without a mark counted. Retold, it counts again: rules that have become stricter since let it pass
  (`domain.command.stricter`).

A mark costs one event, its first one in a run another for the engine's own list of marks, and only where a
command fails behind its validator. What counts costs nothing.
"""

from collections.abc import Callable
from typing import TypeVar

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.errors import Fault, Refused
    from domain.ticket.ticket import Ticket as TicketState
    from phrases import Phrase
from workflows.errors import faults

_Result = TypeVar("_Result")
CAME_TO_NOTHING = "came-to-nothing/"
"""How the marks begin; the key of the command follows."""


def decide(key: str, ticket: TicketState, rule: Callable[[TicketState], _Result]) -> _Result:
    """Return what command `key` brings about by `rule`, as it does now, or as it did when it came.

    Raises `Refused` or `Fault` where it comes to nothing.
    """
    retold = ticket.model_copy(update={"retold": True})
    return once(key, lambda is_retold: rule(retold if is_retold else ticket))


def once(key: str, act: Callable[[bool], _Result]) -> _Result:
    """Return what `act` brings about for command `key`; it is told whether it has to count as it did before.

    Raises `Refused` or `Fault`. What fails although it counted before fails the workflow task: that is tried
    again when the rule is mended.
    """
    mark, is_retold = f"{CAME_TO_NOTHING}{key}", workflow.unsafe.is_replaying()
    if is_retold and workflow.patched(mark):
        return _as_it_was(act)
    try:
        if is_retold:
            return act(True)  # noqa: FBT003 - what it stands for is said above
        with faults():
            return act(False)  # noqa: FBT003
    except (Refused, Fault):
        workflow.patched(mark)  # retold from a history without marks, this says nothing and leaves none
        raise


def _as_it_was(act: Callable[[bool], _Result]) -> _Result:
    """Raise what the rule says today against a command that came to nothing, and something in any case.

    Nobody reads it: the answer that the caller got stands in the history.
    """
    with faults():
        act(False)  # noqa: FBT003
    raise Fault(Phrase("This came to nothing when it was asked for."))

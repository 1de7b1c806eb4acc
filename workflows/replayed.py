"""Replay-safe outcomes: a command keeps its outcome on replay, whatever today's rules say.

The engine replays a workflow whenever a worker takes it up, and so the rules decide again about every command
that was accepted – rules of a later release, perhaps. The outcome is kept in the history itself:

- A command that was rejected after its acceptance, refused or by a fault of the rule, leaves a mark (a marker
  of `workflow.patched`, under the command's key). On replay it is rejected again, even if the rule has become
  milder or was fixed.
- A command without a mark counted. On replay it counts again: rules that have become stricter since accept it
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
    """Return the result of command `key` by `rule`: by today's, or on replay the one it had when it came.

    Raises `Refused` or `Fault` where it is rejected.
    """
    replayed = ticket.model_copy(update={"is_replayed": True})
    return once(key, lambda is_replay: rule(replayed if is_replay else ticket))


def once(key: str, act: Callable[[bool], _Result]) -> _Result:
    """Return the result of `act` for command `key`; its argument says whether it has to count as before.

    Raises `Refused` or `Fault`. What fails although it counted before fails the workflow task, which is
    retried until the rule is fixed.
    """
    mark, is_replay = f"{CAME_TO_NOTHING}{key}", workflow.unsafe.is_replaying()
    if is_replay and workflow.patched(mark):
        return _as_it_was(act)
    try:
        if is_replay:
            return act(True)  # noqa: FBT003 - what it stands for is said above
        with faults():
            return act(False)  # noqa: FBT003
    except (Refused, Fault):
        workflow.patched(mark)  # on replay of a history without marks this adds none
        raise


def _as_it_was(act: Callable[[bool], _Result]) -> _Result:
    """Raise what the rule says today against a command that came to nothing, and something in any case.

    It is never shown: the answer that the caller got stands in the history.
    """
    with faults():
        act(False)  # noqa: FBT003
    raise Fault(Phrase("This came to nothing when it was asked for."))

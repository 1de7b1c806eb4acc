"""Gives the workflow `Ticket` an update for every branch command, each a call of its branch."""

from collections.abc import Callable
from typing import Any, TypeVar

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.command.fields import incident_named, tasks_named, units_named
    from domain.command.given import NOTHING_GIVEN, BranchQuery, Given, in_the_table
    from domain.command.spec import Branch
    from domain.commands import BRANCHES
    from domain.messages import Command, Receipt
    from domain.ticket.ticket import Ticket as State
from workflows import calls

_Ticket = TypeVar("_Ticket", bound=type)


def with_branches(ticket: _Ticket) -> _Ticket:
    """Return the workflow class `ticket` with an update, and its validator, for every branch command."""
    for name, branch in BRANCHES.items():
        setattr(ticket, name, _update(name, branch))
    return ticket


def question(ticket: State, branch: Branch, command: Command) -> BranchQuery | None:
    """Return what `branch` has to ask the edition before `command` can be decided, null for nothing."""
    if not branch.asks:
        return None
    tasks = [ticket.tasks[key] for key in tasks_named(command) if key in ticket.tasks]
    holders = [in_the_table(task.holder.code) for task in tasks]
    return BranchQuery(
        edition=ticket.terms.edition,
        units=tuple(dict.fromkeys([*units_named(command), *holders])),
        place=ticket.place,
        at=workflow.now(),
        matter=ticket.terms.category.code,
    )


def rehearse(ticket: State, name: str, branch: Branch, command: Command) -> None:
    """Raise what `command` would be refused for, as far as that can be told before anything is looked up.

    A rule that asks nothing is tried as a whole, so that its refusal, and its fault, leave no trace.
    """
    branch.check(ticket, name, command)
    if not branch.asks and incident_named(command) is None:
        branch.rule(ticket, command, NOTHING_GIVEN, workflow.now())


async def given(ticket: State, branch: Branch, command: Command) -> Given:
    """Return what the rule of `branch` is given: what the edition says, and the incident that is named."""
    asked = question(ticket, branch, command)
    answer = await calls.look_up(asked) if asked else NOTHING_GIVEN
    number = incident_named(command)
    return answer.model_copy(update={"incident": await calls.incident(number)}) if number else answer


def _update(name: str, branch: Branch) -> Callable[..., Any]:
    async def handle(self: Any, command: Command) -> Receipt:  # noqa: ANN401 - the workflow itself
        return await self.take(branch, command)

    def check(self: Any, command: Command) -> None:  # noqa: ANN401 - the workflow itself
        self.may_take(name, branch, command)

    for function in (handle, check):
        function.__annotations__["command"] = branch.message
        del function.__annotations__["self"]  # an annotated first parameter counts as one of the message's
    handle.__name__ = name
    handle.__doc__ = branch.message.__doc__
    update = workflow.update(name=name, description=branch.does.both())(handle)
    update.validator(check)
    return update

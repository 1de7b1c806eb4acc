"""The updates of the workflow `Ticket`: one for each command of the table, and what they have looked up."""

# The message's type is the table's, known where the module is loaded and to no checker:
# pyright: reportInvalidTypeForm=false, reportUnknownParameterType=false, reportMissingParameterType=false
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.command.given import NOTHING_GIVEN, BranchQuery, Given, IncidentQuery, Question
    from domain.commands import COMMANDS
    from domain.messages import Receipt, ResolutionQuery
from workflows import calls


def update(name: str) -> Any:  # noqa: ANN401 - the SDK's type of an update is its own
    """Return the update by which a ticket is given the command `name` of the table, with its validator.

    The engine reads the type of the message off the handler: that of the table stands in its signature.
    """
    spec = COMMANDS[name]
    message = spec.message

    async def obey(self, command: message) -> Receipt:  # noqa: ANN001
        return await self.obey(name, command)

    def check(self, command: message) -> None:  # noqa: ANN001
        self.check(name, command)

    handler = workflow.update(name=name, description=spec.does.both())(obey)
    handler.validator(check)
    return handler


async def look_up(question: Question | None) -> Given:
    """Return what is known of what is asked. Raises the edition's refusal."""
    match question:
        case None:
            return NOTHING_GIVEN
        case BranchQuery():
            return await calls.look_up(question)
        case ResolutionQuery():
            return Given(resolution=await calls.resolve(question))
        case IncidentQuery():
            return Given(incident=await calls.incident(question.number))
        case _:
            return Given(units={question.unit: await calls.assign(question)})

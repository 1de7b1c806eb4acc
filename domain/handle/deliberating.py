"""Deliberation (议事协商、下交群评): residents talk a matter over before it is decided.

The responsible unit calls the meeting and stays responsible; the meeting has a clock of its own inside the
requester's limit.
"""

from datetime import datetime

from pydantic import Field

from domain.command.asking import the_edition
from domain.command.authority import assigned_unit
from domain.command.given import Given
from domain.command.spec import CommandSpec
from domain.errors import WrongStage
from domain.facts.fact import AnyFact
from domain.facts.handle import Deliberated
from domain.messages import Command, ProofRef, TextRef
from domain.supervise.tasks import Ask, due_of_the_whole, finish, open_task, open_tasks, require_parts_done
from domain.ticket.ticket import Ticket
from domain.vocabulary import Role, Status, TaskKind
from phrases import Phrase


class Deliberate(Command):
    """议事协商: put a question to the residents."""

    text: TextRef = Field(description="the question, and where and when it is talked over")


class EndDeliberation(Command):
    """议事结果: what the residents came to."""

    result: TextRef
    attended: int = Field(ge=1, le=100_000, description="how many residents took part", examples=[23])
    proof: tuple[ProofRef, ...] = ()


def deliberate(ticket: Ticket, command: Deliberate, given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts that open a deliberation. Raises `WrongStage` while another one is open."""
    if ticket.assignment is None or open_tasks(ticket, TaskKind.DELIBERATION):
        raise WrongStage(Phrase("The last deliberation has not ended yet."))
    cap = due_of_the_whole(ticket, None, now)
    ask = Ask(TaskKind.DELIBERATION, ticket.assignment, command.actor, command.text, cap=cap)
    return open_task(ticket, ask, given.terms, now)


def end_deliberation(ticket: Ticket, command: EndDeliberation, _given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts of its result, with how many took part. Raises `WrongStage` where none is open."""
    opened = open_tasks(ticket, TaskKind.DELIBERATION)
    if not opened:
        raise WrongStage(Phrase("No deliberation is open."))
    require_parts_done(ticket, opened[0].key)
    held = Deliberated(
        at=now,
        actor=command.actor,
        task=opened[0].key,
        attended=command.attended,
        result=command.result,
    )
    return [held, *finish(ticket, opened[0], command.result, command.proof, now, command.actor)]


COMMANDS = {
    "deliberate": CommandSpec(
        message=Deliberate,
        rule=deliberate,
        does=Phrase("put a question to the residents"),
        may={Role.HANDLER: assigned_unit},
        when=frozenset({Status.HANDLING}),
        asks=the_edition,
    ),
    "end_deliberation": CommandSpec(
        message=EndDeliberation,
        rule=end_deliberation,
        does=Phrase("record what residents came to"),
        may={Role.HANDLER: assigned_unit},
    ),
}
"""The commands of this branch by name."""

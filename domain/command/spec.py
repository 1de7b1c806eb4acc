"""A branch command: what is said, by whom, at which points of the process, and what follows from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.command.authority import Standing, require_not_accused, require_one_of, require_version
from domain.command.fields import units_named
from domain.command.given import Given
from domain.errors import WrongStage
from domain.facts.fact import AnyFact
from domain.messages import Command
from domain.ticket.ticket import Ticket
from domain.vocabulary import Role, Status
from phrases import Phrase

BranchRule = Callable[[Ticket, Any, Given, datetime], list[AnyFact]]
"""What a command brings about: (state, command, what the edition says, instant) → facts, or a refusal."""

OPEN = frozenset(Status) - {Status.CLOSED}
"""Every point of the process but its end."""


@dataclass(frozen=True)
class Branch:
    """One command of a branch, complete: workflow, API and command line are made from it.

    `may`: role → what the actor's unit must be to the ticket; `when`: the statuses in which it counts;
    `asks`: the rule needs what the edition says (`Given`), which costs a look-up.
    """

    message: type[Command]
    rule: BranchRule
    does: Phrase
    may: Mapping[Role, Standing]
    when: frozenset[Status] = OPEN
    asks: bool = False

    def check(self, ticket: Ticket, name: str, command: Command) -> None:
        """Raise `WrongActor`, `StaleVersion` or `WrongStage` unless `command` may be given now.

        Whatever a branch names a unit for, it is never the unit that the ticket complains of.
        """
        require_one_of(ticket, name, self.may, command.actor)
        require_version(ticket, command)
        if ticket.status not in self.when:
            raise WrongStage(
                Phrase(
                    "The ticket is in status '{status}': it is not possible to {what} now.",
                    status=ticket.status,
                    what=self.does,
                ),
            )
        require_not_accused(ticket, *units_named(command))

"""A command: what is said, by whom, at which points of the process, and what follows from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.command.authority import Standing, require_not_accused, require_one_of, require_version
from domain.command.fields import units_named
from domain.command.given import NOTHING_GIVEN, Given, Question
from domain.errors import WrongStage
from domain.facts.fact import AnyFact
from domain.messages import Command
from domain.ticket.ticket import Ticket
from domain.vocabulary import Role, Status
from phrases import Phrase

Rule = Callable[[Ticket, Any, Given, datetime], list[AnyFact]]
"""What a command brings about: (state, command, what the edition says, instant) → facts, or a refusal."""
Asks = Callable[[Ticket, Any, datetime], Question | None]
"""What has to be looked up before a command can be decided: (state, command, instant) → question, or null."""

OPEN = frozenset(Status) - {Status.CLOSED}
"""Every point of the process but its end."""


def cannot(act: Phrase) -> Callable[[Status], WrongStage]:
    """Return the refusal of `act` in a status in which it is not possible."""

    def refusal(status: Status) -> WrongStage:
        return WrongStage(
            Phrase(
                "The ticket is in status '{status}': it is not possible to {act} now.",
                status=status,
                act=act,
            ),
        )

    return refusal


@dataclass(frozen=True)
class CommandSpec:
    """One command, complete: workflow, API and command line are made from it.

    `may`: role → what the actor's unit must be to the ticket; `when`: the statuses in which it counts;
    `asks`: what its rule needs to have looked up (`Given`), null for nothing; `asks_again`: where the answer
    no longer fits the ticket when it comes; `wrong_stage`: the refusal outside `when`, where `does` makes
    none; `requires`: what can be refused before anything is looked up, beyond actor and status.
    """

    message: type[Command]
    rule: Rule
    does: Phrase
    may: Mapping[Role, Standing]
    when: frozenset[Status] = OPEN
    asks: Asks | None = None
    asks_again: bool = False
    wrong_stage: Callable[[Status], WrongStage] | None = None
    requires: Callable[[Ticket, Any], None] | None = None

    def check(self, ticket: Ticket, command: Command) -> None:
        """Raise `WrongActor`, `StaleVersion` or `WrongStage` unless `command` may be given now.

        Whatever a command names a unit for, it is never the unit that the ticket complains of.
        """
        require_one_of(ticket, self.does, self.may, command.actor)
        require_version(ticket, command)
        if ticket.status not in self.when:
            raise (self.wrong_stage or cannot(self.does))(ticket.status)
        require_not_accused(ticket, *units_named(command))
        if self.requires is not None:
            self.requires(ticket, command)

    def rehearse(self, ticket: Ticket, command: Command, now: datetime) -> None:
        """Raise what `command` would be refused for, as far as is known before anything is looked up.

        A rule that asks nothing is tried as a whole, so that its refusal, and its fault, leave no trace.
        """
        self.check(ticket, command)
        if self.asks is None:
            self.rule(ticket, command, NOTHING_GIVEN, now)

    def decide(self, ticket: Ticket, command: Command, given: Given, now: datetime) -> list[AnyFact]:
        """Return the facts that `command` brings about. Raises the refusal of the check or of the rule."""
        self.check(ticket, command)
        return self.rule(ticket, command, given, now)

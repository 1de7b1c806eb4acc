"""Reopen (重新办理): within a set time after the end the requester may say that the matter is not over.

Source: Ordinance art. 8, 34. The time and the number are the edition's.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import reduce

from domain.command.asking import the_edition
from domain.command.authority import city_desk, the_requester
from domain.command.given import Given
from domain.command.spec import CommandSpec
from domain.dispatch.dispatching import send
from domain.errors import UnknownCode, WrongStage
from domain.facts.accept import Reopened
from domain.facts.fact import AnyFact
from domain.messages import SYSTEM, Command, Intake, Receipt, TextRef
from domain.supervise.obligations import start_dispatch
from domain.ticket.evolving import begin, evolve
from domain.ticket.ticket import CarriedState, Ticket, TicketInput
from domain.vocabulary import Ending, Role, Status
from phrases import Phrase

FINAL = (Ending.PRAISE_RECORDED, Ending.NUISANCE)
"""Ends after which there is nothing to go on with."""


class Reopen(Command):
    """重新办理: open an ended request again."""

    reason: TextRef


def reopen(ticket: Ticket, command: Reopen, given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts of another round: at the same unit with limits of its own, or at the dispatcher's.

    Raises `WrongStage` with what can be done instead: too late, too often, or nothing to go on with.
    """
    _require_window(ticket, given, now)
    times = ticket.reopened + 1
    reopened = Reopened(
        at=now, actor=command.actor, reason=command.reason, round=ticket.round + 1, times=times
    )
    if ticket.assignment is None:
        clock = start_dispatch(ticket.terms, now, now)
        return [reopened, clock.model_copy(update={"clock": f"{clock.clock}.{times}", "turn": ticket.turn})]
    return [reopened, *send(ticket, now, SYSTEM, ticket.assignment, reason=command.reason)]


def as_it_stands(intake: Intake, facts: Sequence[AnyFact], answers: Mapping[str, Receipt]) -> TicketInput:
    """Return the start argument of a run that goes on where the last one ended or was ended.

    `facts` are all that happened, the filing first, every one of them written already; `answers` are those
    the ticket gave, so that a repeated command still gets its first one.
    """
    ticket = reduce(evolve, facts[1:], begin(intake))
    carried = CarriedState(ticket=ticket, facts=tuple(facts), recorded=ticket.version, answers=dict(answers))
    return TicketInput(intake=intake, carried=carried)


def _require_window(ticket: Ticket, given: Given, now: datetime) -> None:
    days, times = _number(given, "reopen_days"), _number(given, "reopen_times")
    if (ending := ticket.ending) is not None and ending in FINAL:
        raise WrongStage(
            Phrase(
                "A ticket that ended as '{ending}' is not opened again; please file a new request.",
                ending=ending,
            ),
        )
    if ticket.closed_at is not None and now > ticket.closed_at + timedelta(days=days):
        raise WrongStage(
            Phrase(
                "It ended more than {days} days ago and is not opened again; please file a new request.",
                days=days,
            ),
        )
    if ticket.reopened >= times:
        raise WrongStage(
            Phrase(
                "The ticket was opened again {reopened} times already; please file a new request.",
                reopened=ticket.reopened,
            ),
        )


def _number(given: Given, name: str) -> int:
    """Return the edition's number. Raises `UnknownCode` where an older edition does not have it."""
    number = given.terms.numbers.get(name)
    if number is None:
        raise UnknownCode(Phrase("Edition {edition} has no {name}.", edition=given.terms.edition, name=name))
    return number


COMMANDS = {
    "reopen": CommandSpec(
        message=Reopen,
        rule=reopen,
        does=Phrase("open it again"),
        may={Role.REQUESTER: the_requester, Role.AGENT: city_desk},
        when=frozenset({Status.CLOSED}),
        asks=the_edition,
    ),
}
"""The commands of this branch by name."""

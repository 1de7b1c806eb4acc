"""The requester's acts (补充、撤回) while the request is on its way. What comes too late becomes a remark.

Source: Ordinance art. 8 (the requester may follow the matter), 34.
"""

from datetime import datetime

from domain.command.authority import city_desk, the_requester
from domain.command.given import Given
from domain.command.spec import CommandSpec
from domain.facts import main_line as f
from domain.facts.accept import Supplemented, WithdrawalAsked
from domain.facts.fact import AnyFact
from domain.messages import Command, TextRef
from domain.supervise.ending import taken_back
from domain.supervise.ordering import waits_for_orders
from domain.ticket.ticket import Ticket
from domain.ticket.transitions import BEFORE_FEEDBACK
from domain.vocabulary import Role, Status
from phrases import Phrase


class Supplement(Command):
    """补充情况: add facts to a request."""

    text: TextRef


class Withdraw(Command):
    """撤回诉求: take a request back."""

    reason: TextRef | None = None


def supplement(ticket: Ticket, command: Supplement, _given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts of what the requester adds; a remark while the ticket is being laid to rest."""
    if not ticket.is_open:
        return [f.Noted(at=now, actor=command.actor, text=command.text, about="supplement:WrongStage")]
    times = ticket.supplements + 1
    return [Supplemented(at=now, actor=command.actor, text=command.text, times=times)]


def withdraw(ticket: Ticket, command: Withdraw, _given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts that end the request at the requester's wish; what units owe it lapses.

    After feedback the wish is a remark. Under an order or an alert it waits until that is answered: a unit
    cannot talk a requester into ending what it is supervised for. A hand-off lapses; the service is notified.
    """
    if ticket.status not in BEFORE_FEEDBACK or ticket.withdrawal is not None:
        return [f.Noted(at=now, actor=command.actor, text=command.reason, about="withdraw:WrongStage")]
    if waits_for_orders(ticket):
        return [WithdrawalAsked(at=now, actor=command.actor, reason=command.reason)]
    return taken_back(ticket, command.actor, command.reason, now)


COMMANDS = {
    "supplement": CommandSpec(
        message=Supplement,
        rule=supplement,
        does=Phrase("add facts"),
        may={Role.REQUESTER: the_requester, Role.AGENT: city_desk},
        when=frozenset(Status),
    ),
    "withdraw": CommandSpec(
        message=Withdraw,
        rule=withdraw,
        does=Phrase("withdraw it"),
        may={Role.REQUESTER: the_requester},
    ),
}
"""The commands of this branch by name."""

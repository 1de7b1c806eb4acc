"""Industry as second lineage (行业诉求): the department of a matter's industry says whether it is its own.

It sees every ticket of its industry, also those the towns handle; who handles it does not change by this.
"""

from datetime import datetime

from domain.command.asking import the_edition
from domain.command.authority import anybody
from domain.command.given import Given
from domain.command.spec import CommandSpec
from domain.errors import WrongActor, WrongStage
from domain.facts.dispatch import IndustryConfirmed, IndustryDisowned
from domain.facts.fact import AnyFact
from domain.messages import Actor, Command, TextRef
from domain.terms import Named
from domain.ticket.ticket import Ticket
from domain.vocabulary import Role
from phrases import Phrase


class ConfirmIndustry(Command):
    """行业认领: the matter is of the department's industry."""


class DisownIndustry(Command):
    """行业剔除: the department asks to leave the ticket out of its industry."""

    reason: TextRef


def confirm_industry(ticket: Ticket, command: ConfirmIndustry, given: Given, now: datetime) -> list[AnyFact]:
    """Return the fact that the matter is of the industry; `WrongActor`, `WrongStage` when said before."""
    unit = _industry(given, command.actor)
    _require_news(ticket, confirmed=True)
    return [IndustryConfirmed(at=now, actor=command.actor, unit=unit, category=ticket.terms.category.code)]


def disown_industry(ticket: Ticket, command: DisownIndustry, given: Given, now: datetime) -> list[AnyFact]:
    """Return the fact that the matter is not of the industry, as its department sees it; raises as above."""
    unit = _industry(given, command.actor)
    _require_news(ticket, confirmed=False)
    code = ticket.terms.category.code
    return [IndustryDisowned(at=now, actor=command.actor, unit=unit, category=code, reason=command.reason)]


def _industry(given: Given, actor: Actor) -> Named:
    if given.industry is None:
        raise WrongStage(
            Phrase("The ticket has no category yet, so no industry answers for it."),
        )
    if actor.unit != given.industry.code:
        raise WrongActor(
            Phrase(
                "The department of this industry is {industry} ({code}).",
                industry=given.industry,
                code=given.industry.code,
            ),
        )
    return given.industry


def _require_news(ticket: Ticket, *, confirmed: bool) -> None:
    said = ticket.industry
    if said is not None and (said.category, said.confirmed) == (ticket.terms.category.code, confirmed):
        if confirmed:
            raise WrongStage(Phrase("The department has confirmed the industry already."))
        raise WrongStage(Phrase("The department has disowned the industry already."))


COMMANDS = {
    "confirm_industry": CommandSpec(
        message=ConfirmIndustry,
        rule=confirm_industry,
        does=Phrase("confirm the industry"),
        may={Role.HANDLER: anybody, Role.SUPERVISOR: anybody},
        asks=the_edition,
    ),
    "disown_industry": CommandSpec(
        message=DisownIndustry,
        rule=disown_industry,
        does=Phrase("disown the industry"),
        may={Role.HANDLER: anybody, Role.SUPERVISOR: anybody},
        asks=the_edition,
    ),
}
"""The commands of this branch by name."""

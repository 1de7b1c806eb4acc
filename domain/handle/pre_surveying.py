"""Pre-callback (预回访、自查): the unit asks the requester itself, to find what is weak and mend it in time.

The centre's survey is made by somebody else than the handler, whatever was said here (Ordinance art. 23):
these answers count for no rate, end nothing and move no clock. Known practice; no public text rules it.
"""

from datetime import datetime

from pydantic import Field

from domain.command.authority import assigned_unit
from domain.command.given import Given
from domain.command.spec import CommandSpec
from domain.errors import Incomplete, Malformed
from domain.facts.fact import AnyFact
from domain.facts.handle import PreSurveyHeld
from domain.messages import Command, TextRef
from domain.ticket.ticket import Ticket
from domain.vocabulary import Role, Satisfaction, Status, TryResult
from phrases import Phrase


class PreSurvey(Command):
    """预回访: what the requester answered the unit before the centre asks."""

    result: TryResult
    contacted: bool | None = Field(default=None, description="this and the next two: when it was answered")
    resolved: bool | None = None
    satisfied: Satisfaction | None = None
    comment: TextRef | None = None


def pre_survey(ticket: Ticket, command: PreSurvey, _given: Given, now: datetime) -> list[AnyFact]:
    """Return the fact of the unit's own call. Raises `Incomplete`, and `Malformed` for answers of nobody."""
    said = (command.contacted, command.resolved, command.satisfied)
    if command.result is TryResult.ANSWERED and None in said:
        raise Incomplete(
            Phrase("An answered pre-callback needs contacted, resolved and satisfied."),
        )
    if command.result is TryResult.NO_ANSWER and said != (None, None, None):
        raise Malformed(
            Phrase("For a call that was not answered, leave contacted, resolved and satisfied empty."),
        )
    failing = command.satisfied in ticket.terms.survey.failing
    before = ticket.pre_survey
    return [
        PreSurveyHeld(
            at=now,
            actor=command.actor,
            round=ticket.round,
            times=before.times + 1 if before else 1,
            result=command.result,
            contacted=command.contacted,
            resolved=command.resolved,
            satisfied=command.satisfied,
            discontent=command.resolved is False or failing,
            comment=command.comment,
        )
    ]


COMMANDS = {
    "pre_survey": CommandSpec(
        message=PreSurvey,
        rule=pre_survey,
        does=Phrase("record a pre-callback"),
        may={Role.HANDLER: assigned_unit},
        when=frozenset({Status.HANDLING, Status.FEEDBACK_GIVEN}),
    ),
}
"""The commands of this branch by name."""

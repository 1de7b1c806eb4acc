"""A ticket rebuilt from its event log (重建): everything the database derives from facts, and nothing else.

The same rules fold it that the workflow uses. What a row has beyond that is none of the ticket's: when it was
recorded, where a unit's line has got to, what an incident has sent.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast

from pydantic import ValidationError

from domain.command.given import in_the_table
from domain.facts.fact import FACT, AnyFact
from domain.facts.main_line import Surveyed
from domain.facts.tasks import TaskDone
from domain.messages import Intake
from domain.rebuild.taking_in import BEFORE_ALL_OTHERS, take_in
from domain.show.involvement import touched_by
from domain.show.views import Batch, RecordedFact, status_view
from domain.ticket.evolving import begin, evolve, filed
from domain.ticket.notices import Notice, notices_of
from domain.ticket.ticket import Ticket
from phrases import Phrase


class Unfoldable(Exception):  # noqa: N818 - reads as what it says
    """The log of a ticket does not make a ticket; the message says at which fact, Chinese first."""


class NoAnswer(Exception):  # noqa: N818 - reads as what it says
    """The workflow of a ticket does not answer what it knows; the message says why, Chinese first."""


class Part(NamedTuple):
    """A unit the ticket is or was news for: whether it has a part now, whether it waits for the survey."""

    unit: str
    has_part: bool
    awaits_survey: bool


class Member(NamedTuple):
    """The ticket as a member of one incident, as it stands or as it stood when it left."""

    incident: str
    joined_at: datetime
    left_at: datetime | None
    told: int
    told_at: datetime | None


class Account(NamedTuple):
    """All that follows from the filing and the facts of one ticket.

    `written_from`: the ticket was last written at this instant or later.
    """

    ticket: Ticket
    batch: Batch
    parts: tuple[Part, ...]
    members: tuple[Member, ...]
    written_from: datetime

    @property
    def is_over(self) -> bool:
        """Return whether nothing can have happened after these facts, unless it was opened again."""
        return not self.ticket.is_open


def read_log(intake: Intake, kept: Sequence[Mapping[str, Any]]) -> list[AnyFact]:
    """Return the facts of a log, entries `seq` and `fact` in order. Raises `Unfoldable`.

    Fact 1 follows from the intake: of it nothing has to be there.
    """
    facts: list[AnyFact] = [filed(intake)]
    for entry in kept:
        if entry["seq"] == 1:
            continue
        if entry["seq"] != len(facts) + 1:
            raise _unfoldable(len(facts) + 1, "missing")
        try:
            facts.append(FACT.validate_python(entry["fact"]))
        except ValidationError as error:
            raise _unfoldable(len(facts) + 1, "unreadable") from error
    return facts


def account_of(intake: Intake, facts: Sequence[AnyFact]) -> Account:
    """Return all that follows from `facts`, the filing first. Raises `Unfoldable`."""
    ticket, notices = begin(intake), list[Notice]()
    log = [RecordedFact(seq=1, fact=facts[0])]
    members: dict[str, Member] = {}
    for fact in facts[1:]:
        try:
            ticket, before = evolve(ticket, fact), ticket
            notices += notices_of(ticket, fact)
        except (KeyError, AttributeError, ValueError) as error:
            raise _unfoldable(ticket.version + 1, fact.kind) from error
        log.append(RecordedFact(seq=ticket.version, fact=fact))
        _note_membership(members, before, ticket, fact.at)
    view = status_view(ticket)
    at = _written_from(intake, facts)
    batch = Batch(number=intake.number, written_at=at, facts=tuple(log), notices=tuple(notices), view=view)
    return Account(ticket, batch, _parts(facts, batch), tuple(members.values()), at)


def _written_from(intake: Intake, facts: Sequence[AnyFact]) -> datetime:
    """Return the latest instant of what the workflow wrote; what the intake writes comes before all."""
    return max((fact.at for fact in facts[len(take_in(intake).facts) :]), default=BEFORE_ALL_OTHERS)


def _note_membership(members: dict[str, Member], before: Ticket, ticket: Ticket, at: datetime) -> None:
    left, has = before.incident, ticket.incident
    if left is not None and (has is None or has.number != left.number):
        members[left.number] = members[left.number]._replace(left_at=at)
    if has is not None and has != left:
        members[has.number] = Member(has.number, has.joined_at, None, has.told, has.told_at)


def _parts(facts: Sequence[AnyFact], batch: Batch) -> tuple[Part, ...]:
    """Return the units the ticket is news for; who gave a result after the last survey waits for the next."""
    answered = set[str]()
    for fact in facts:
        if isinstance(fact, TaskDone) and fact.actor.unit is not None:
            answered.add(in_the_table(fact.actor.unit))
        if isinstance(fact, Surveyed):
            answered.clear()
    touched = touched_by(facts, batch.view)
    return tuple(Part(unit, unit in touched.now, unit in answered) for unit in touched.touched)


def text_ids(value: object) -> set[str]:
    """Return the ids of all vault texts that `value` (the JSON of facts or an intake) names."""
    found = set[str]()
    left: list[Any] = [value]
    while left:
        part = left.pop()
        if isinstance(part, dict):
            fields = cast("dict[str, Any]", part)
            if {*fields} == {"id", "hash"}:
                found.add(str(fields["id"]))
            left.extend(fields.values())
        elif isinstance(part, list):
            left.extend(cast("list[Any]", part))
    return found


def _unfoldable(seq: int, why: str) -> Unfoldable:
    return Unfoldable(Phrase("fact {seq} is missing or does not fit ({why})", seq=seq, why=why).both(" / "))

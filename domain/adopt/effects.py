"""What another edition would do to tickets that run: counted by the rules that would do it, done to none."""

from datetime import datetime
from functools import reduce

from pydantic import Field

from domain.adopt.editions import adopt
from domain.facts import main_line as f
from domain.messages import AdoptEdition
from domain.model import Value
from domain.supervise.supervising import due_facts
from domain.terms import Named, Resolution
from domain.ticket.evolving import evolve
from domain.ticket.ticket import Ticket
from domain.vocabulary import AdoptionMode, ClockName, Level
from phrases import Phrase

EXAMPLES = 20
"""How many numbers of tickets that climb at once are named."""
NOWHERE = Named.of("-", Phrase("unknown"))
"""Stands for the district of tickets whose place is unknown."""


class Moved(Value):
    """A running clock that would be due at another instant."""

    name: ClockName
    holder: str = Field(description="code of the unit")
    before: datetime
    after: datetime

    @property
    def is_earlier(self) -> bool:
        """Return whether the holder would lose time."""
        return self.after < self.before


class Effect(Value):
    """What an edition would do to one ticket."""

    number: str
    district: Named
    adopts: bool = Field(description="anything would be written on the ticket")
    moved: tuple[Moved, ...] = ()
    lapsed: int = Field(default=0, description="obligations the edition does not ask for")
    missed: int = Field(default=0, description="obligations that would be overdue at once")
    climbs: tuple[Level, ...] = Field(default=(), description="rungs that would fire at once")
    named_elsewhere: bool = Field(
        default=False, description="its directory names another unit; nothing moves"
    )


class DistrictEffect(Value):
    """The effect on the tickets of one district."""

    district: Named
    tickets: int = 0
    earlier: int = 0
    later: int = 0
    escalated: int = 0


class Preview(Value):
    """What an edition would do to all running tickets: clocks moved, time lost, who is notified at once."""

    edition: str
    mode: AdoptionMode
    as_of: datetime
    tickets: int = Field(description="open tickets looked at")
    adopting: int = Field(description="tickets on which the adoption would leave a trace")
    unresolved: int = Field(description="tickets whose matter or place the edition does not have: they stay")
    clocks_earlier: int
    clocks_later: int
    promises_earlier: int = Field(description="of these, the requester's own")
    promises_later: int
    lapsed: int
    overdue_at_once: int = Field(description="obligations that would be over by now")
    escalated_at_once: int = Field(description="tickets that would climb at once")
    escalated: dict[Level, int] = Field(description="rungs that would fire at once, by level")
    examples: tuple[str, ...] = Field(description="numbers of the first tickets that would climb")
    units_losing: int = Field(description="units that would have less time for something")
    units_gaining: int
    named_elsewhere: int = Field(
        description="its directory would send them elsewhere; they stay where they are"
    )
    districts: tuple[DistrictEffect, ...]


def effect(ticket: Ticket, command: AdoptEdition, resolution: Resolution, now: datetime) -> Effect:
    """Return what `command` would do to `ticket`, for which its edition answers `resolution`."""
    facts = adopt(ticket, command, resolution.terms, now)
    after = reduce(evolve, facts, ticket)
    anyhow = _rung(ticket, now)
    at_once = [key for key in _rung(after, now) if key not in anyhow]
    unit = ticket.assignment.unit if ticket.assignment else ticket.routing.assignment.unit
    return Effect(
        number=ticket.number,
        district=_district(ticket),
        adopts=bool(facts),
        moved=tuple(
            Moved(
                name=before.name,
                holder=before.holder.code,
                before=before.due_at,
                after=after.clocks[key].due_at,
            )
            for key, before in ticket.clocks.items()
            if before.is_open and before.due_at != after.clocks[key].due_at
        ),
        lapsed=sum(isinstance(fact, f.ClockWaived) for fact in facts),
        missed=sum(level is None for _, level in at_once),
        climbs=tuple(level for _, level in at_once if level is not None),
        named_elsewhere=resolution.routing.assignment.unit.code != unit.code,
    )


def _rung(ticket: Ticket, now: datetime) -> list[tuple[str, Level | None]]:
    """Return the clocks missed (no level) and the rungs fired by what is due for `ticket` at `now`."""
    return [
        (fact.clock, fact.level if isinstance(fact, f.Escalated) else None)
        for fact in due_facts(ticket, now)
        if isinstance(fact, f.ClockMissed | f.Escalated)
    ]


def _district(ticket: Ticket) -> Named:
    if ticket.assignment is not None and ticket.assignment.district is not None:
        return ticket.assignment.district
    code, name = ticket.place.district, ticket.place_zh.partition(" ")[0]
    return Named(code=code, zh=name or code, en=code) if code else NOWHERE


class Tally:
    """Adds effects up, one ticket at a time, keeping counts alone."""

    def __init__(self, edition: str, mode: AdoptionMode, now: datetime) -> None:
        """Begin with no ticket, for the adoption of `edition` in `mode`."""
        self._about = (edition, mode, now)
        self._counts: dict[str, int] = dict.fromkeys(_COUNTS, 0)
        self._escalated: dict[Level, int] = dict.fromkeys(Level, 0)
        self._examples: list[str] = []
        self._losing: set[str] = set()
        self._gaining: set[str] = set()
        self._districts: dict[str, DistrictEffect] = {}

    def add_unresolved(self) -> None:
        """Count a ticket for which the edition has no answer."""
        self._counts["tickets"] += 1
        self._counts["unresolved"] += 1

    def add(self, one: Effect) -> None:
        """Count `one`."""
        earlier = [moved for moved in one.moved if moved.is_earlier]
        later = [moved for moved in one.moved if not moved.is_earlier]
        self._losing.update(moved.holder for moved in earlier)
        self._gaining.update(moved.holder for moved in later)
        counts = {
            "tickets": 1,
            "adopting": int(one.adopts),
            "clocks_earlier": len(earlier),
            "clocks_later": len(later),
            "promises_earlier": sum(moved.name is ClockName.FEEDBACK_BY for moved in earlier),
            "promises_later": sum(moved.name is ClockName.FEEDBACK_BY for moved in later),
            "lapsed": one.lapsed,
            "overdue_at_once": one.missed,
            "escalated_at_once": int(bool(one.climbs)),
            "named_elsewhere": int(one.named_elsewhere),
        }
        for name, count in counts.items():
            self._counts[name] += count
        for level in one.climbs:
            self._escalated[level] += 1
        if one.climbs and len(self._examples) < EXAMPLES:
            self._examples.append(one.number)
        self._add_district(one, bool(earlier), bool(later))

    def _add_district(self, one: Effect, earlier: bool, later: bool) -> None:  # noqa: FBT001 - two counts
        code = one.district.code
        known = self._districts.get(code) or DistrictEffect(district=one.district)
        self._districts[code] = DistrictEffect(
            district=known.district,
            tickets=known.tickets + 1,
            earlier=known.earlier + earlier,
            later=known.later + later,
            escalated=known.escalated + bool(one.climbs),
        )

    def preview(self) -> Preview:
        """Return what was counted so far, districts with most tickets first."""
        edition, mode, now = self._about
        districts = sorted(self._districts.values(), key=lambda one: (-one.tickets, one.district.code))
        return Preview(
            edition=edition,
            mode=mode,
            as_of=now,
            **self._counts,
            escalated={level: count for level, count in self._escalated.items() if count},
            examples=tuple(self._examples),
            units_losing=len(self._losing),
            units_gaining=len(self._gaining),
            districts=tuple(districts),
        )


_COUNTS: tuple[str, ...] = (
    "tickets",
    "adopting",
    "unresolved",
    "clocks_earlier",
    "clocks_later",
    "promises_earlier",
    "promises_later",
    "lapsed",
    "overdue_at_once",
    "escalated_at_once",
    "named_elsewhere",
)

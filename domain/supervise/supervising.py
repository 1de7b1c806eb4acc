"""Supervise (督办): reminders, overdue clocks, escalation rung by rung, urging, remarks.

Source: Ordinance art. 5, 20.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import reduce

from domain.command.authority import (
    above_the_unit,
    answers_escalation,
    anybody_involved,
    assigned_unit,
    city_desk,
    the_requester,
)
from domain.command.given import Given
from domain.command.spec import CommandSpec
from domain.errors import WrongStage
from domain.facts import main_line as f
from domain.facts.fact import AnyFact
from domain.messages import SYSTEM, Actor, Note, Urge
from domain.supervise.consequences import after_ladder, instead_of_climbing
from domain.supervise.ending import end_if_over
from domain.supervise.obligations import meet, recount, start_answer
from domain.supervise.off_the_ledger import nobody_reviewed
from domain.supervise.tasks import keep_within
from domain.terms import Named, Rung
from domain.ticket.clocks import Clock, earliest
from domain.ticket.evolving import evolve
from domain.ticket.ticket import Ticket
from domain.time.calendar import Calendar
from domain.vocabulary import MAIN_LINE, ClockName, Level, Role, Status
from phrases import Phrase

TO_ALL_AT_ONCE = frozenset({ClockName.ASSIST_BY, ClockName.EMERGENCY_BY})
"""The clocks that, once missed, climb to every desk in one go: the lead's district and the city see it."""
SEEN_BY_THE_DISTRICT = TO_ALL_AT_ONCE | {
    ClockName.SUBASSIGNMENT_BY,
    ClockName.REPORT_IN_BY,
    ClockName.JOINT_BY,
    ClockName.DELIBERATION_BY,
}
"""The clocks of branches whose silence climbs to the lead's district first, or as well."""


def next_instant(ticket: Ticket) -> datetime | None:
    """Return when a clock of the ticket next does something by itself, null when none will."""
    event = earliest(ticket.clocks) if ticket.is_open else None
    return event[0] if event else None


def due_facts(ticket: Ticket, now: datetime) -> Iterator[AnyFact]:
    """Yield what the clocks bring about up to `now`, each fact following from the ones before it.

    Every reminder and every rung comes exactly once, in order, however late this is asked.
    """
    while ticket.is_open and (event := earliest(ticket.clocks)) is not None and event[0] <= now:
        for fact in _ring(ticket, event[2], event[1], now):
            ticket = evolve(ticket, fact)
            yield fact


def urge(ticket: Ticket, command: Urge, _given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts of somebody pressing for the matter; a desk escalated to has answered by it."""
    urged = f.Urged(at=now, actor=command.actor, reason=command.reason, times=ticket.urged + 1)
    return [urged, *desk_answers(ticket, command.actor, now)]


def note(ticket: Ticket, command: Note, _given: Given, now: datetime) -> list[AnyFact]:
    """Return the facts of a remark; a desk that was escalated to has answered by it."""
    noted = f.Noted(at=now, actor=command.actor, text=command.text, about="note")
    return [noted, *desk_answers(ticket, command.actor, now)]


def unreadable(what: str, now: datetime) -> list[AnyFact]:
    """Return the remark that a message of the kind `what` came which could not be read; it is not lost."""
    return [f.Noted(at=now, actor=SYSTEM, text=None, about=f"{what}:Malformed")]


def desk_answers(ticket: Ticket, actor: Actor, now: datetime) -> list[AnyFact]:
    """Return the facts that meet the answer-by clocks of the actor's own desk."""
    return [
        fact for key in answers_escalation(ticket, actor) for fact in meet(ticket.clocks[key], now, actor)
    ]


def recalculate(ticket: Ticket, calendar: Calendar, now: datetime) -> list[AnyFact]:
    """Return the facts that count the open clocks again with a calendar that has become known."""
    if calendar == ticket.terms.calendar:
        return []
    out: list[AnyFact] = [
        f.CalendarChanged(at=now, actor=SYSTEM, calendar=calendar),
        *recount(ticket, ticket.terms, now, calendar, own_limits=True),
    ]
    return [*out, *keep_within(reduce(evolve, out, ticket), now)]


def next_rung(ticket: Ticket, base: Clock) -> tuple[Rung, Named] | None:
    """Return the rung above the highest one `base` has climbed, with its desk; null at the ladder's end."""
    return next(iter(_above(ticket, base)), None)


def _above(ticket: Ticket, base: Clock) -> list[tuple[Rung, Named]]:
    """Return the rungs above the highest one `base` has climbed, with their desks.

    A unit may have changed in between: a ladder is never climbed down to a district the city has passed.
    """
    levels = list(Level)
    reached = max((levels.index(level) for level in base.climbed), default=levels.index(Level.UNIT))
    return [step for step in _ladder(ticket, base) if levels.index(step[0].level) > reached]


def _ring(ticket: Ticket, clock: Clock, what: str, now: datetime) -> list[AnyFact]:
    base = ticket.clocks[clock.of or clock.key]
    if what == "climb":
        return _climb(ticket, base, now)
    if what == "missed":
        # A desk that was notified together with the one above it has nobody to escalate the matter to.
        is_passed = clock.of is not None and base.climbed[-1] is not clock.level
        climb = [] if is_passed else _climb(ticket, base, now)
        missed = f.ClockMissed(at=now, actor=SYSTEM, clock=clock.key)
        return [missed, *(instead_of_climbing(ticket, clock, now) or climb)]
    return [f.ClockWarned(at=now, actor=SYSTEM, clock=clock.key, rung=what)]


def _climb(ticket: Ticket, base: Clock, now: datetime) -> list[AnyFact]:
    above = _above(ticket, base)
    if not above:
        exhausted = f.LadderExhausted(at=now, actor=SYSTEM, clock=base.key)
        out = [exhausted, *nobody_reviewed(ticket, base, now), *after_ladder(ticket, base, now)]
        return end_if_over(ticket, out, now)
    out: list[AnyFact] = []
    for rung, desk in above if base.name in TO_ALL_AT_ONCE else above[:1]:
        out.append(f.Escalated(at=now, actor=SYSTEM, clock=base.key, level=rung.level, desk=desk))
        out.append(start_answer(ticket.terms, base, rung, desk, now))
    return out


def _ladder(ticket: Ticket, base: Clock) -> list[tuple[Rung, Named]]:
    """Return the rungs above the holder of `base` with their desks; a city unit has no district rung."""
    if base.name not in MAIN_LINE:  # the desks have as long to answer as the unit had
        levels = [Level.DISTRICT, Level.CITY] if base.name in SEEN_BY_THE_DISTRICT else [Level.CITY]
        above = {Level.CITY: ticket.terms.city_desk} | (ticket.assignment.desks if ticket.assignment else {})
        rungs = {level: Rung(level=level, answer_within=base.limit) for level in levels if level in above}
        return [(rung, above[level]) for level, rung in rungs.items()]
    rungs = ticket.terms.ladders.get(base.name, ())
    if ticket.assignment is None or base.name in (ClockName.DISPATCH_BY, ClockName.SURVEY_BY):
        return [(rung, ticket.terms.city_desk) for rung in rungs if rung.level is Level.CITY]
    desks = ticket.assignment.desks
    return [(rung, desks[rung.level]) for rung in rungs if rung.level in desks]


def _closed(act: Phrase) -> Callable[[Status], WrongStage]:
    def refusal(_status: Status) -> WrongStage:
        return WrongStage(Phrase("The ticket is closed: it is not possible to {act} now.", act=act))

    return refusal


COMMANDS = {
    "urge": CommandSpec(
        message=Urge,
        rule=urge,
        does=Phrase("urge it"),
        may={Role.SUPERVISOR: above_the_unit, Role.AGENT: city_desk, Role.REQUESTER: the_requester},
        wrong_stage=_closed(Phrase("urge")),
    ),
    "note": CommandSpec(
        message=Note,
        rule=note,
        does=Phrase("add a remark"),
        may={
            Role.AGENT: city_desk,
            Role.DISPATCHER: city_desk,
            Role.SURVEYOR: city_desk,
            Role.HANDLER: assigned_unit,
            Role.SUPERVISOR: anybody_involved,
            Role.REQUESTER: the_requester,
        },
        wrong_stage=_closed(Phrase("add a note")),
    ),
}
"""The commands of this step by name."""

"""What happens to a ticket by itself if nobody acts, step by step, by the rules that will bring it about."""

from collections.abc import Iterable
from datetime import datetime

from domain.facts import main_line as f
from domain.facts.fact import AnyFact
from domain.show.explanation import Sentence, Step
from domain.show.instants import spoken
from domain.show.standing import wakes_at
from domain.supervise.supervising import due_facts, next_instant
from domain.terms import Named
from domain.ticket.clocks import Clock
from domain.ticket.evolving import evolve
from domain.ticket.ticket import Ticket
from domain.vocabulary import ClockName, Level
from phrases import Phrase

STEPS_AHEAD = 12
"""How many coming steps are listed at most; a ladder has fewer."""


def ahead(ticket: Ticket, now: datetime) -> Iterable[Step]:
    """Yield what happens by itself from now on, by the rules that will bring it about."""
    steps = 0
    while ticket.is_open and steps < STEPS_AHEAD:
        clock_at, at = next_instant(ticket), wakes_at(ticket)
        if at is None:
            return
        if clock_at is None or at < clock_at:
            survey = Sentence.of(Phrase("{at}: the callback begins.", at=spoken(ticket, at)))
            yield Step(at=at, kind="survey_opened", clock=None, sentence=survey)
            return
        when = max(at, now)
        for fact in due_facts(ticket, when):
            ticket = evolve(ticket, fact)
            step = _step(ticket, fact)
            if step is not None:
                steps += 1
                yield step


def _step(ticket: Ticket, fact: AnyFact) -> Step | None:
    at = spoken(ticket, fact.at)
    match fact:
        case f.ClockWarned():
            what = _reminder(ticket.clocks[fact.clock], fact.rung.rpartition("/")[2])
        case f.ClockMissed():
            what = Phrase("the {name} runs out", name=_name(ticket, fact.clock))
        case f.Escalated():
            what = _escalation(ticket.clocks[fact.clock], fact.desk)
        case f.LadderExhausted():
            what = _ladders_end(ticket.clocks[fact.clock])
        case _:
            return None
    return Step(
        at=fact.at,
        kind=fact.kind,
        clock=fact.clock,
        sentence=Sentence.of(Phrase("{at}: {what}.", at=at, what=what)),
    )


def _escalation(clock: Clock, desk: Named) -> Phrase:
    if desk.code == clock.holder.code:
        return Phrase("{desk} is alarmed, because the {name} was missed", name=clock.name, desk=desk)
    return Phrase("raised to {desk}, because the {name} was missed", name=clock.name, desk=desk)


def _ladders_end(clock: Clock) -> Phrase:
    if clock.name is ClockName.SURVEY_BY:
        return Phrase("{name}: counted as a missed call of ours", name=clock.name)
    if Level.CITY in clock.climbed:
        return Phrase("{name}: no higher level left, the delay is on record", name=clock.name)
    return Phrase("{name}: no level above, the delay is on record", name=clock.name)


def _reminder(clock: Clock, rung: str) -> Phrase:
    """Return whom a reminder reaches, and how much of the time is used: `rung` is `50%` or `last_call`."""
    if rung == "last_call":
        return Phrase(
            "last reminder to {holder}: the {name} is about to run out", holder=clock.holder, name=clock.name
        )
    if rung == "50%":
        return Phrase(
            "reminder to {holder}: half of the {name} is used", holder=clock.holder, name=clock.name
        )
    return Phrase(
        "reminder to {holder}: {rung} of the {name} is used", holder=clock.holder, name=clock.name, rung=rung
    )


def _name(ticket: Ticket, key: str) -> ClockName:
    return ticket.clocks[key].name

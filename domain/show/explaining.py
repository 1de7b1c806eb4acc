"""Answers why a ticket is with this unit, at this level, with this deadline, from its facts alone.

Source: Ordinance art. 12, 13, 17, 20: who is responsible, by when and on what ground must be plain to see.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from domain.facts import main_line as f
from domain.facts.adopt import EditionAdopted
from domain.facts.fact import AnyFact
from domain.facts.incident import Membership
from domain.facts.supervise import EscalatedByHand
from domain.messages import Actor, Intake
from domain.show.coming import ahead
from domain.show.explanation import (
    Change,
    Climb,
    EditionUse,
    Explanation,
    Missed,
    Sentence,
    Turn,
    WhyDeadline,
    WhyLevel,
    WhyUnit,
)
from domain.show.instants import spoken, spoken_end
from domain.show.standing import sentence
from domain.supervise.escalating import LEVELS
from domain.terms import Routing
from domain.ticket.clocks import Clock
from domain.ticket.evolving import begin, evolve
from domain.ticket.ticket import Ticket
from domain.time.limits import elapsed_time, suspended_time, time_left
from domain.time.speech import spoken_duration, spoken_limit
from domain.vocabulary import ClockName, Level, Role, Status
from phrases import Phrase, Said, capital

_CAUSES = {
    "classified": Phrase("the classification was changed"),
    "calendar_changed": Phrase("a calendar became known"),
    "edition_adopted": Phrase("another edition was adopted"),
    "extension_decided": Phrase("more time was granted"),
}
_HOW = {
    "dispatched": Phrase("dispatched to"),
    "reassigned": Phrase("reassigned to"),
    "redo_ordered": Phrase("sent back for rework, now to"),
    "finally_assigned": Phrase("finally assigned to"),
    "left_incident": Phrase("detached from its incident and handed to"),
    "taken_off": Phrase("taken off the hold ledger and returned to"),
}


def explain(intake: Intake, facts: Sequence[AnyFact], now: datetime) -> Explanation:
    """Return why the ticket that follows from `intake` and `facts` stands as it does at `now`."""
    account = _Account(intake)
    for fact in facts[1:]:
        account.take(fact)
    ticket = account.ticket
    return Explanation(
        number=ticket.number,
        version=ticket.version,
        as_of=now,
        status=ticket.status,
        unit=_why_unit(account),
        level=_why_level(account),
        deadlines=tuple(_why_deadline(account, clock, now) for clock in _telling(ticket)),
        next=tuple(ahead(ticket, now)),
        editions=tuple(account.editions),
        summary=Sentence.of(sentence(ticket)),
    )


class _Account:
    """The facts once more, in order, keeping what the state forgets."""

    def __init__(self, intake: Intake) -> None:
        self.ticket = begin(intake)
        self.turns: list[Turn] = []
        self.climbs: list[Climb] = []
        self.changes: dict[str, list[Change]] = {}
        self.sources: dict[str, str | None] = {}
        self.directory: tuple[Routing, str] = (self.ticket.routing, intake.terms.edition)
        self.editions = [EditionUse(edition=intake.terms.edition, at=intake.filed_at, how="filed")]
        self.met_by_itself: set[str] = set()
        self._cause = "filed"

    def take(self, fact: AnyFact) -> None:
        """Let `fact` happen and keep what it explains."""
        before, self.ticket = self.ticket, evolve(self.ticket, fact)
        if isinstance(fact, f.ClockStarted | f.ClockRescheduled):
            self._counted(fact)
        elif isinstance(fact, f.Escalated):
            self.climbs.append(Climb(clock=fact.clock, level=fact.level, desk=fact.desk, at=fact.at))
        elif isinstance(fact, EscalatedByHand):
            self.climbs.append(Climb(clock=fact.task, level=LEVELS[fact.to], desk=fact.desk, at=fact.at))
        elif isinstance(fact, f.ClockMet) and fact.actor.role is Role.SYSTEM:
            self.met_by_itself.add(fact.clock)
        elif not fact.kind.startswith("clock_"):
            self._cause = fact.kind
        if isinstance(fact, EditionAdopted):
            self.editions.append(EditionUse(edition=fact.to_edition, at=fact.at, how=fact.mode))
        if isinstance(fact, f.Classified):
            self.directory = (self.ticket.routing, fact.resolution.terms.edition)
        if isinstance(fact, f.Dispatched):
            self.directory = (fact.routing, self.directory[1])
        if self.ticket.turn != before.turn:
            self._turned(fact)

    def _counted(self, fact: f.ClockStarted | f.ClockRescheduled) -> None:
        clock, terms = self.ticket.clocks[fact.clock], self.ticket.terms
        because = "started" if isinstance(fact, f.ClockStarted) else self._cause
        known = self.changes.setdefault(fact.clock, [])
        keeps = because == "calendar_changed" and bool(known)
        if not keeps:  # a new calendar counts the same limit again: its ground stays
            norm = terms.norms.get(clock.name)
            self.sources[fact.clock] = norm.source if norm and norm.limit == fact.limit else None
        known.append(
            Change(
                seq=self.ticket.version,
                at=fact.at,
                because=because,
                edition=known[-1].edition if keeps else terms.edition,
                limit=fact.limit,
                due_at=fact.due_at,
            )
        )

    def _turned(self, fact: AnyFact) -> None:
        reason = getattr(fact, "reason", None)
        self.turns.append(
            Turn(
                turn=self.ticket.turn,
                unit=self.ticket.responsible.unit,
                at=fact.at,
                how=fact.kind,
                by=fact.actor,
                by_directory=isinstance(fact, f.Dispatched) and fact.by_directory,
                reason=reason.id if reason else None,
            )
        )


def _why_unit(account: _Account) -> WhyUnit:
    routing, edition = account.directory
    ticket = account.ticket
    unit = ticket.assignment.unit if ticket.assignment else None
    rows = Sentence.of(
        Phrase(
            "Directory ({edition} {row}): {why} Legal basis (in Chinese): {legal_basis}.",
            edition=edition,
            row=routing.row,
            why=Said(routing.why_zh, routing.why_en),
            legal_basis=routing.legal_basis,
        ),
    )
    sentences = [rows, *(_turn(ticket, turn) for turn in account.turns)]
    if ticket.incident is not None:
        sentences.append(_incident(ticket, ticket.incident))
    if unit is None:
        named = routing.assignment.unit
        waits = Phrase("Not dispatched yet; the directory points to {named}.", named=named)
        sentences.append(Sentence.of(waits))
    return WhyUnit(
        unit=unit,
        edition=edition,
        row=routing.row,
        legal_basis=routing.legal_basis,
        certain=routing.certain,
        mode=ticket.mode or routing.mode,
        turns=tuple(account.turns),
        sentences=tuple(sentences),
    )


def _incident(ticket: Ticket, member: Membership) -> Sentence:
    at = spoken(ticket, member.joined_at)
    return Sentence.of(
        Phrase(
            "Handled with {number} since {at}: {lead} leads.", at=at, number=member.number, lead=member.lead
        ),
    )


def _turn(ticket: Ticket, turn: Turn) -> Sentence:
    how = _HOW.get(turn.how, turn.how)
    by = Phrase("by the system, as the directory says") if turn.by_directory else _who(turn.by)
    at = spoken(ticket, turn.at)
    return Sentence.of(
        Phrase(
            "Turn {turn}: {at}, {how} {unit} {by}.",
            turn=turn.turn,
            at=at,
            by=by,
            how=how,
            unit=turn.unit,
        ),
    )


def _who(actor: Actor) -> Phrase:
    parts = [part for part in (actor.unit, actor.person) if part]
    if actor.role is Role.SYSTEM:
        return Phrase("by the system")
    return Phrase("by {role} ({named})", role=actor.role, named=" ".join(parts))


def _why_level(account: _Account) -> WhyLevel:
    ticket = account.ticket
    missed = tuple(
        Missed(
            clock=clock.key,
            name=clock.name,
            holder=clock.missed_by or clock.holder,
            due_at=clock.due_at,
            missed_at=clock.missed_at,
            ended=not clock.is_open,
        )
        for clock in ticket.clocks.values()
        if clock.missed_at is not None and clock.of is None
    )
    sentences = [
        Sentence.of(
            Phrase(
                "The {name} ({holder}) ran out at {due_at}; {since}.",
                name=one.name,
                holder=one.holder,
                due_at=spoken_end(ticket, one.due_at),
                since=_since_missed(ticket.clocks[one.clock], account.met_by_itself),
            ),
        )
        for one in missed
    ]
    sentences += [_climb(ticket, climb) for climb in account.climbs]
    if ticket.level is Level.UNIT:
        with_the_unit = ticket.status in (Status.AWAITING_SIGN, Status.HANDLING, Status.HUNG)
        now = (
            Phrase("No escalation is pending: the unit itself handles it.")
            if with_the_unit
            else Phrase("No escalation is pending.")
        )
        sentences.append(Sentence.of(now))
    return WhyLevel(
        level=ticket.level, missed=missed, climbs=tuple(account.climbs), sentences=tuple(sentences)
    )


def _since_missed(clock: Clock, met_by_itself: set[str]) -> Phrase:
    if clock.name is ClockName.SURVEY_BY:
        return Phrase("a missed call of ours")
    if clock.is_open:
        return Phrase("still not done")
    if clock.key in met_by_itself:
        return Phrase("not done: the system went on without it")
    if clock.done_at is not None:
        return Phrase("done late")
    return Phrase("not done, and no longer counted because the ticket has moved on")


def _climb(ticket: Ticket, climb: Climb) -> Sentence:
    at, clock = spoken(ticket, climb.at), ticket.clocks.get(climb.clock)
    if clock is None:  # by hand, under a task: nothing has run out
        by = ticket.tasks[climb.clock].asked_by
        return Sentence.of(Phrase("Escalated to {desk} at {at} {by}.", at=at, by=_who(by), desk=climb.desk))
    if climb.desk.code == clock.holder.code:
        return Sentence.of(
            Phrase(
                "The {name} was missed: {desk} was alarmed at {at}.", name=clock.name, at=at, desk=climb.desk
            )
        )
    return Sentence.of(
        Phrase("The {name} was missed: raised to {desk} at {at}.", name=clock.name, at=at, desk=climb.desk),
    )


def _telling(ticket: Ticket) -> list[Clock]:
    """Return the clocks worth explaining: the requester's, met or not, then every other open one."""
    first = ticket.feedback_clock
    others = [clock for clock in ticket.open_clocks() if first is None or clock.key != first.key]
    return ([first] if first else []) + others


def _why_deadline(account: _Account, clock: Clock, now: datetime) -> WhyDeadline:
    ticket, calendar = account.ticket, account.ticket.terms.calendar
    until = clock.done_at or clock.waived_at or now
    elapsed = elapsed_time(clock.limit, clock.ledger, calendar, until)
    suspended = suspended_time(clock.limit, clock.ledger, calendar, until)
    changes = tuple(account.changes[clock.key])
    return WhyDeadline(
        clock=clock.key,
        name=clock.name,
        holder=clock.holder,
        standing=clock.standing,
        limit=clock.limit,
        source=account.sources[clock.key],
        edition=changes[-1].edition,
        started_at=clock.ledger.started_at,
        due_at=clock.due_at,
        provisional=clock.provisional,
        elapsed=elapsed,
        suspended=suspended,
        left=time_left(clock.limit, clock.ledger, calendar, until),
        changes=changes,
        sentences=(
            _limit(ticket, clock, account.sources[clock.key], changes[-1].edition),
            _ran(clock, elapsed, suspended),
            *(_change(ticket, change, earlier) for earlier, change in pairwise(changes)),
        ),
    )


def _limit(ticket: Ticket, clock: Clock, source: str | None, edition: str) -> Sentence:
    start = clock.ledger.started_at
    flag = Phrase(" (provisional)") if clock.provisional else ""
    capped = clock.cap is not None and clock.cap == clock.due_at
    most = Phrase(", at the latest with the limit it belongs to") if capped else ""
    basis = "" if clock.limit.in_days else Phrase(" ({basis})", basis=clock.limit.basis)
    return Sentence.of(
        Phrase(
            "{name} ({holder}): within {limit}{basis} from {at}{most}, due {due}{flag}. "
            "Edition {edition}{ground}.",
            name=capital(clock.name),
            holder=clock.holder,
            limit=spoken_limit(clock.limit),
            basis=basis,
            at=spoken(ticket, start),
            most=most,
            due=spoken_end(ticket, clock.due_at, start),
            flag=flag,
            edition=edition,
            ground=_ground(source),
        )
    )


def _ground(source: str | None) -> Phrase | str:
    """Return where a limit comes from; the sources of an edition are Chinese law, or a default's reason."""
    if source is None:
        return ""
    reason = source.removeprefix("default: ")
    if reason != source:
        return Phrase("; a default, because (in Chinese): {reason}", reason=reason)
    return Phrase("; basis (in Chinese): {source}", source=source)


def _ran(clock: Clock, elapsed: timedelta, suspended: timedelta) -> Sentence:
    basis = clock.limit.basis
    ran = Phrase("{ran} used ({basis})", ran=spoken_duration(elapsed, basis), basis=basis)
    if not suspended:
        return Sentence.of(Phrase("{ran}, never suspended.", ran=ran))
    return Sentence.of(
        Phrase("{ran}, suspended for {stood}.", ran=ran, stood=spoken_duration(suspended, basis))
    )


def _change(ticket: Ticket, change: Change, before: Change) -> Sentence:
    cause = _CAUSES.get(change.because) or Phrase("'{cause}'", cause=change.because)
    at, old, new = (
        spoken(ticket, change.at),
        spoken_end(ticket, before.due_at),
        spoken_end(ticket, change.due_at),
    )
    return Sentence.of(
        Phrase(
            "Recalculated at {at} because {cause}: from {old} to {new} (edition {edition}).",
            at=at,
            cause=cause,
            old=old,
            new=new,
            edition=change.edition,
        ),
    )

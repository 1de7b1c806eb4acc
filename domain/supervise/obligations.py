"""How obligations begin and end: the facts that start, fulfil, waive and recount a ticket's clocks."""

from collections.abc import Iterable
from datetime import datetime

from domain.facts import main_line as f
from domain.facts.fact import AnyFact
from domain.messages import SYSTEM, Actor
from domain.terms import Assignment, Named, Rung, Terms
from domain.ticket.clocks import Clock, Course, course
from domain.ticket.ticket import Ticket
from domain.time.calendar import Calendar, end_of_day
from domain.time.limits import Ledger, Limit
from domain.vocabulary import ClockName

BY_THE_DAY = (ClockName.DISPATCH_BY, ClockName.SURVEY_BY)
"""The clocks that are due by an hour of the day, not by a limit that could be recalculated."""

RESTARTED = (ClockName.SIGN_BY, ClockName.CONTACT_BY)
"""The clocks that restart for a new unit; the requester's own clock is never among them."""

OF_THE_UNIT = (ClockName.SIGN_BY, ClockName.CONTACT_BY, ClockName.DOOR_BY, ClockName.FEEDBACK_BY)
"""The clocks of the responsible unit, which warn in its hours, whichever of them the terms still know."""


def start(
    terms: Terms,
    name: ClockName,
    turn: int,
    assignment: Assignment,
    now: datetime,
    cap: datetime | None = None,
) -> f.ClockStarted:
    """Return the fact that starts the unit's clock `name` at `now`, due at the latest at `cap`.

    Source: Ordinance art. 13 (the limit stands on the ticket); the numbers are the edition's.
    """
    limit = terms.norms[name].limit
    counted = course(limit, Ledger.started(now), terms.calendar, terms.reminders, assignment.hours, cap)
    started = _started(name, turn, assignment.unit, limit, now, counted)
    return started.model_copy(update={"cap": cap})


def start_turn(
    ticket: Ticket, turn: int, assignment: Assignment, now: datetime, also: tuple[ClockName, ...] = ()
) -> list[AnyFact]:
    """Return the facts that restart sign and contact, and clocks `also`, for the unit of a new turn.

    They are due by the requester's limit at the latest, while that lies ahead; the limit itself stays.
    """
    limit = ticket.feedback_clock
    cap = limit.due_at if limit is not None and limit.due_at > now else None
    return [start(ticket.terms, name, turn, assignment, now, cap) for name in (*RESTARTED, *also)]


def start_dispatch(terms: Terms, filed_at: datetime, now: datetime) -> f.ClockStarted:
    """Return the fact that starts the dispatcher's clock: the day of filing, but with time enough to act.

    Source: same-day transfer (当天转办); the least time is the edition's.
    """
    limit = terms.dispatch_within
    counted = course(limit, Ledger.started(now), terms.calendar, terms.reminders, None)
    started = _started(ClockName.DISPATCH_BY, 0, terms.city_desk, limit, now, counted)
    midnight = end_of_day(filed_at, terms.calendar.time_zone)
    if not terms.same_day or midnight <= started.due_at:
        return started
    return started.model_copy(update={"due_at": midnight, "reminders": ()})


def start_answer(terms: Terms, base: Clock, rung: Rung, desk: Named, now: datetime) -> f.ClockStarted:
    """Return the fact that starts the time in which `desk` must answer the escalation of `base`."""
    key = f"{base.key}/{rung.level}"
    counted = course(rung.answer_within, Ledger.started(now), terms.calendar, None, None)
    return f.ClockStarted(
        at=now,
        actor=SYSTEM,
        clock=key,
        name=ClockName.ANSWER_BY,
        turn=base.turn,
        holder=desk,
        limit=rung.answer_within,
        due_at=counted.due_at,
        provisional=counted.provisional,
        reminders=(),
        of=base.key,
        level=rung.level,
    )


def start_survey(terms: Terms, attempt: int, round_: int, now: datetime, until: datetime) -> f.ClockStarted:
    """Return the fact that starts the time in which the city's desk must make callback try `attempt`."""
    return f.ClockStarted(
        at=now,
        actor=SYSTEM,
        clock=f"{ClockName.SURVEY_BY}.{round_}.{attempt}",
        name=ClockName.SURVEY_BY,
        turn=attempt,
        holder=terms.city_desk,
        limit=Limit(amount=until - now),
        due_at=until,
        provisional=False,
        reminders=(),
    )


def fulfil(ticket: Ticket, names: Iterable[ClockName], now: datetime, actor: Actor) -> list[AnyFact]:
    """Return the facts that fulfil the open clocks called `names`; their open escalations lapse."""
    wanted = tuple(names)
    out: list[AnyFact] = []
    for clock in ticket.open_clocks():
        if clock.name in wanted:
            out += fulfil_clock(ticket, clock, now, actor)
    return out


def fulfil_clock(ticket: Ticket, clock: Clock, now: datetime, actor: Actor) -> list[AnyFact]:
    """Return the facts that fulfil one clock, if it is open; its open escalations lapse."""
    if not clock.is_open:
        return []
    return [*meet(clock, now, actor), *_lapse(ticket, clock, now, "fulfilled")]


def waive_clock(ticket: Ticket, clock: Clock, now: datetime, because: str) -> list[AnyFact]:
    """Return the facts that let one clock lapse, if it is open, with its open escalations."""
    if not clock.is_open:
        return []
    waived = f.ClockWaived(at=now, actor=SYSTEM, clock=clock.key, because=because)
    return [waived, *_lapse(ticket, clock, now, because)]


def meet(clock: Clock, now: datetime, actor: Actor) -> list[AnyFact]:
    """Return the facts that meet `clock` at `now`; after its due instant it counts as missed, and late."""
    late = clock.missed_at is not None or now > clock.due_at
    out: list[AnyFact] = []
    if late and clock.missed_at is None:
        out.append(f.ClockMissed(at=now, actor=SYSTEM, clock=clock.key))
    return [*out, f.ClockMet(at=now, actor=actor, clock=clock.key, late=late)]


def waive(ticket: Ticket, names: Iterable[ClockName], now: datetime, because: str) -> list[AnyFact]:
    """Return the facts that let the open clocks called `names` lapse, with their open escalations."""
    wanted = tuple(names)
    out: list[AnyFact] = []
    for clock in ticket.open_clocks():
        if clock.name in wanted:
            out += waive_clock(ticket, clock, now, because)
    return out


def recount(
    ticket: Ticket,
    terms: Terms,
    now: datetime,
    calendar: Calendar,
    names: Iterable[ClockName] = tuple(ClockName),
    *,
    own_limits: bool = False,
) -> list[AnyFact]:
    """Return the facts that count the open clocks called `names` again from their own ledgers.

    Elapsed time is kept; only limit, calendar and the unit's hours may be new. Limits are those of
    `terms`, for the clocks these know. With `own_limits` each keeps its own, whatever the terms say by now,
    and the clocks of branches are counted as well. Clocks that come out the same stay silent.
    """
    wanted, out = tuple(names), list[AnyFact]()
    for clock in ticket.open_clocks():
        limit = clock.limit if own_limits else _limit_by(terms, ticket, clock)
        if limit is None or clock.name not in wanted or clock.name in BY_THE_DAY:
            continue
        is_units = ticket.assignment is not None and clock.name in OF_THE_UNIT
        hours = ticket.assignment.hours if ticket.assignment and is_units else None
        reminders = terms.reminders if is_units or clock.reminders else None
        new = course(limit, clock.ledger, calendar, reminders, hours, clock.cap)
        keeps_reminders = clock.is_overdue or (new.due_at == clock.due_at and not is_units)
        warns = clock.reminders if keeps_reminders else _as_named(clock, new)
        counted = (new.due_at, new.provisional, limit, warns)
        if counted != (clock.due_at, clock.provisional, clock.limit, clock.reminders):
            out.append(
                f.ClockRescheduled(
                    at=now,
                    actor=SYSTEM,
                    clock=clock.key,
                    limit=limit,
                    due_at=new.due_at,
                    provisional=new.provisional,
                    reminders=warns,
                    was_due_at=clock.due_at if new.due_at != clock.due_at else None,
                )
            )
    return out


def _as_named(clock: Clock, new: Course) -> tuple[tuple[str, datetime], ...]:
    """Return the reminders of `new` under the names that `clock` has for them: an extension's are its own."""
    names = {rung.rpartition("/")[2]: rung for rung, _ in clock.reminders}
    return tuple((names.get(rung, rung), at) for rung, at in new.reminders)


def _limit_by(terms: Terms, ticket: Ticket, clock: Clock) -> Limit | None:
    """Return the limit of `clock` by `terms`, null where they have none for it.

    More time that a desk has granted stands until the matter itself gets another limit; the other unit's part
    of a dual dispatch has as long as the requester waits, until it reports in place of a result.
    """
    is_parallel = clock.name is ClockName.PARALLEL_BY
    name = ClockName.FEEDBACK_BY if is_parallel else clock.name
    norm, before = terms.norms.get(name), ticket.terms.norms.get(name)
    if norm is None or before is None:
        return norm and norm.limit
    is_granted = clock.extended and before.limit == norm.limit
    is_its_own = is_parallel and clock.limit != before.limit
    return clock.limit if is_granted or is_its_own else norm.limit


def _started(
    name: ClockName, turn: int, holder: Named, limit: Limit, now: datetime, counted: Course
) -> f.ClockStarted:
    return f.ClockStarted(
        at=now,
        actor=SYSTEM,
        clock=f"{name}.{turn}",
        name=name,
        turn=turn,
        holder=holder,
        limit=limit,
        due_at=counted.due_at,
        provisional=counted.provisional,
        reminders=counted.reminders,
    )


def _lapse(ticket: Ticket, base: Clock, now: datetime, because: str) -> list[AnyFact]:
    return [
        f.ClockWaived(at=now, actor=SYSTEM, clock=clock.key, because=because)
        for clock in ticket.open_clocks()
        if clock.of == base.key
    ]

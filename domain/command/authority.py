"""Who may do what to a ticket: what a unit must be to it, asked by every command before anything else."""

from collections.abc import Callable, Mapping

from domain.errors import StaleVersion, WrongActor, WrongStage
from domain.messages import Actor, Command
from domain.ticket.ticket import Ticket
from domain.vocabulary import Level, Role
from phrases import Bilingual, Listed, Phrase

Standing = Callable[[Ticket, str | None], bool]
"""What a unit must be to a ticket so that its actor may act."""


def city_desk(ticket: Ticket, unit: str | None) -> bool:
    """Return whether `unit` is the city's dispatch desk."""
    return unit == ticket.terms.city_desk.code


def assigned_unit(ticket: Ticket, unit: str | None) -> bool:
    """Return whether `unit` is the responsible one."""
    return ticket.assignment is not None and unit == ticket.assignment.unit.code


def above_the_unit(ticket: Ticket, unit: str | None) -> bool:
    """Return whether `unit` is the city's desk or a desk or watcher above the assigned unit."""
    if city_desk(ticket, unit):
        return True
    if ticket.assignment is None:
        return False
    above = [desk.code for desk in ticket.assignment.desks.values()]
    return unit in above or unit in [watcher.code for watcher in ticket.assignment.watchers]


def desk_above(ticket: Ticket, unit: str | None) -> bool:
    """Return whether `unit` is the city's desk, or the district or its desk above the assigned unit.

    Never the responsible unit itself, and no unit that only gets a copy.
    """
    if unit is None or assigned_unit(ticket, unit):
        return False
    if city_desk(ticket, unit) or ticket.assignment is None:
        return city_desk(ticket, unit)
    district = ticket.assignment.district
    above = {desk.code for desk in ticket.assignment.desks.values()}
    return unit in above or (district is not None and unit == district.code)


def holder_of_a_task(ticket: Ticket, unit: str | None) -> bool:
    """Return whether `unit` holds an open task of the ticket."""
    return any(task.is_open and task.is_held_by(unit) for task in ticket.tasks.values())


def holder_once(ticket: Ticket, unit: str | None) -> bool:
    """Return whether `unit` holds, or held, a task of the ticket: what comes late is not turned away."""
    return any(task.is_held_by(unit) for task in ticket.tasks.values())


def lead_or_holder(ticket: Ticket, unit: str | None) -> bool:
    """Return whether `unit` is the responsible one or holds an open task."""
    return assigned_unit(ticket, unit) or holder_of_a_task(ticket, unit)


def asker_of_a_task(ticket: Ticket, unit: str | None) -> bool:
    """Return whether `unit` has asked for an open task of the ticket."""
    return unit is not None and any(
        task.is_open and task.asked_by.unit == unit for task in ticket.tasks.values()
    )


def anybody(_ticket: Ticket, unit: str | None) -> bool:
    """Return whether a unit is named at all; the rule itself says which may."""
    return unit is not None


def anybody_involved(ticket: Ticket, unit: str | None) -> bool:
    """Return whether `unit` is responsible, above the responsible one, or holds a task."""
    return assigned_unit(ticket, unit) or above_the_unit(ticket, unit) or holder_of_a_task(ticket, unit)


def the_requester(_ticket: Ticket, unit: str | None) -> bool:
    """Return whether no unit is named; the API has already verified the requester."""
    return unit is None


def above_then_or_now(ticket: Ticket, unit: str | None) -> bool:
    """Return whether `unit` might reassign by 0.1.0 or may today: what is replayed counted by one of them."""
    return above_the_unit(ticket, unit) or desk_above(ticket, unit)


def require_version(ticket: Ticket, command: Command) -> None:
    """Raise `StaleVersion` when the ticket has moved on since the sender of `command` read it."""
    if command.expected_version is not None and command.expected_version != ticket.version:
        raise StaleVersion(
            Phrase(
                "The ticket has moved on to version {version}; you saw {expected_version}. "
                "Read it again first.",
                version=ticket.version,
                expected_version=command.expected_version,
            ),
        )


def require_one_of(ticket: Ticket, act: Phrase, allowed: Mapping[Role, Standing], actor: Actor) -> None:
    """Raise `WrongActor` unless `allowed` has the actor's role, and the actor's unit the standing it asks."""
    accused = ticket.against
    if accused is not None and accused.is_barred(actor.unit):
        raise WrongActor(
            Phrase(
                "The complaint is about {accused}: by the rule of recusal, {unit} may not {act}.",
                accused=accused.unit,
                unit=_named(ticket, actor.unit),
                act=act,
            ),
        )
    standing = allowed.get(actor.role)
    if standing is None:
        raise WrongActor(
            Phrase(
                "The role '{role}' may not {act}; allowed: {allowed}.",
                role=actor.role,
                allowed=Listed(role for role in allowed),
                act=act,
            ),
        )
    if not standing(ticket, actor.unit):
        raise WrongActor(_not_theirs(ticket, act, actor.unit))


def _not_theirs(ticket: Ticket, act: Phrase, unit: str | None) -> Phrase:
    """Return whose the ticket is, and that `unit` may not `act`."""
    named = _named(ticket, unit)
    if ticket.assignment is None:
        desk = ticket.terms.city_desk
        return Phrase(
            "This ticket is not dispatched yet and is with {desk}; {unit} may not {act}.",
            desk=desk,
            unit=named,
            act=act,
        )
    if assigned_unit(ticket, unit):
        return Phrase("{unit} handles this ticket, but may not {act}.", unit=named, act=act)
    responsible = ticket.assignment.unit
    return Phrase(
        "{responsible} handles this ticket; {unit} may not {act}.",
        responsible=responsible,
        unit=named,
        act=act,
    )


def _named(ticket: Ticket, unit: str | None) -> Bilingual:
    """Return how people call `unit`, if the ticket knows its name, else its code."""
    if unit is None:
        return Phrase("whoever names no unit")
    known = [ticket.terms.city_desk, *(task.holder for task in ticket.tasks.values())]
    if ticket.against is not None:
        known.append(ticket.against.unit)
    if ticket.assignment is not None:
        above = ticket.assignment
        known += [
            above.unit,
            *above.desks.values(),
            *above.watchers,
            *([above.district] if above.district else []),
        ]
    return next((one for one in known if one.code == unit), Phrase("your unit ({code})", code=unit))


def answers_escalation(ticket: Ticket, actor: Actor) -> list[str]:
    """Return the keys of the open answer-by clocks that an act of `actor` answers: those of its own desk."""
    return [
        clock.key
        for clock in ticket.open_clocks()
        if clock.of is not None and actor.unit == clock.holder.code and clock.level is not Level.UNIT
    ]


def require_not_accused(ticket: Ticket, *units: str | None) -> None:
    """Raise `WrongStage` if one of `units` is the unit complained of, or answers to it.

    Neither the matter, nor a part of it, nor the word on it is for them.
    """
    accused = ticket.against
    barred = next((unit for unit in units if ticket.is_barred(unit)), None)
    if accused is None or barred is None:
        return
    raise WrongStage(
        Phrase(
            "The complaint is about {accused}: by the rule of recusal, that unit and those under it neither "
            "handle it nor take part. Choose another unit.",
            accused=accused.unit,
        ),
    )

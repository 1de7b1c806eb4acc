"""What a desk or a lead unit does to an incident: open, join many, give the result, close."""

import asyncio
from contextlib import suppress
from datetime import datetime

import structlog
from pydantic import Field

from api.forms import FORMS, KEY_CHARACTERS, LocationForm
from api.handling import command
from api.hotline import Hotline
from api.http.naming import category_named, place_name, place_named, unit_named
from api.incident_forms import CloseIncidentForm, IncidentResultForm, JoinManyForm, OpenIncidentForm
from api.intake import body_hash, required_key
from api.obeying import Act, Answer, Target, carry_out, keeping, send
from api.translating import actor_of, content_of
from domain.errors import Incomplete, Malformed, Refused, Unavailable, UnknownTicket, WrongStage
from domain.incident.incident import (
    CloseIncident,
    GiveResult,
    IncidentCommand,
    IncidentReceipt,
    Opening,
    begin_incident,
)
from domain.messages import TextRef
from domain.model import Value
from domain.numbers import read_incident_number
from domain.terms import Assignment, Resolution
from engine import calls as engine
from engine.calls import NotRunning
from engine.starting import incident_workflow_id
from phrases import Phrase
from readmodel import incidents
from readmodel.commands import CommandSlot
from readmodel.texts import unknown_ticket
from rules.routing import assignment

log = structlog.get_logger("jiesu.api")

AT_ONCE = 10
"""How many tickets of one batch join at a time."""


class Joined(Value):
    """What became of one ticket of a batch; without `refusal` it belongs to the incident now."""

    number: str
    refusal: str | None = None
    zh: str | None = None
    en: str | None = None


class Batch(Value):
    """What became of every ticket of a batch, in the order in which they were named."""

    incident: str
    joined: int = Field(description="how many belong to the incident now")
    items: tuple[Joined, ...]


async def open_incident(
    hotline: Hotline, form: OpenIncidentForm, idempotency_key: str | None
) -> Answer[IncidentReceipt]:
    """Open an incident and return where it stands, with whether the key had opened it before.

    It is safe in the database; its workflow starts at once, or with its first command.
    Raises `UnknownCode`, `WrongActor`, `Incomplete` without a unit where the directory names none for sure,
    `KeyReused`, `Malformed`, `Unavailable`.
    """
    key = required_key(idempotency_key)
    location = form.location or LocationForm()
    place = place_named(hotline.rules, location.district, location.town)
    category = category_named(hotline.rules, form.category)
    actor = actor_of(hotline, form.actor)
    resolution = hotline.rulebook.current_resolution(category.code, place, hotline.now())
    lead = _lead(hotline, form, resolution)

    def make(number: str, at: datetime, about: TextRef) -> Opening:
        opening = Opening(
            number=number,
            opened_at=at,
            actor=actor,
            category=category.named,
            place=place,
            place_zh=place_name(hotline.rules, place),
            lead=lead,
            about=about,
            proof=resolution.terms.proof,
            city_desk=hotline.rules.city_desk.named,
        )
        begin_incident(opening)
        return opening

    await hotline.prepare()
    opening, repeated = await incidents.open_incident(
        hotline.database,
        hotline.vault,
        hotline.vault.key_hash("incident", key),
        body_hash(hotline, form),
        form.about,
        make,
    )
    try:
        await engine.begin_incident(hotline.client, opening, hotline.task_queue, hotline.start_timeout)
    except Unavailable:
        log.warning("incident_starts_with_its_first_command", number=opening.number)
    log.info("incident_opened", number=opening.number, repeated=repeated)
    return Answer(begin_incident(opening).receipt(), repeated)


async def give_result(
    hotline: Hotline, number: str, form: IncidentResultForm, idempotency_key: str | None
) -> Answer[IncidentReceipt]:
    """Take the lead unit's result; it is on its way to every member when this returns."""
    return await _carry_out(hotline, number, "result", form, GiveResult, idempotency_key)


async def close(
    hotline: Hotline, number: str, form: CloseIncidentForm, idempotency_key: str | None
) -> Answer[IncidentReceipt]:
    """Close the incident, if no member waits for a result."""
    return await _carry_out(hotline, number, "close", form, CloseIncident, idempotency_key)


async def join_many(hotline: Hotline, number: str, form: JoinManyForm, idempotency_key: str | None) -> Batch:
    """Join every ticket of `form`, each by a command of its own, and return what became of each.

    Sent again with the same key, those that have joined stay as they are. Raises `Malformed`, and
    `Unavailable` as soon as a part of the system is away: those under way end, no other one begins.
    """
    key, number = required_key(idempotency_key), known_number(number)
    if len(set(form.tickets)) != len(form.tickets):
        raise Malformed(Phrase("A ticket stands in the list more than once."))
    few_at_a_time = asyncio.Semaphore(AT_ONCE)
    faults: list[Unavailable] = []
    join = FORMS["join_incident"].model_validate(
        {"actor": form.actor, "incident": number, "reason": form.reason}
    )

    async def one(ticket: str) -> Joined:
        async with few_at_a_time:
            try:
                if not faults:
                    await command(hotline, ticket, "join_incident", join, _key_of_one(hotline, key, ticket))
            except Unavailable as away:
                faults.append(_unfinished(ticket, away))
            except Refused as refused:
                return Joined(number=ticket, refusal=refused.code, zh=refused.zh, en=refused.en)
        return Joined(number=ticket)

    items = await asyncio.gather(*(one(ticket) for ticket in form.tickets))
    if faults:
        raise faults[0]
    joined = sum(item.refusal is None for item in items)
    return Batch(incident=number, joined=joined, items=tuple(items))


def _key_of_one(hotline: Hotline, key: str, ticket: str) -> str:
    """Return the key under which one ticket joins in the batch `key`; a long key shrinks to fit."""
    own = f"{key}/{ticket}"
    return own if len(own) <= KEY_CHARACTERS else f"{hotline.vault.key_hash('join', key)}/{ticket}"


def _unfinished(ticket: str, away: Unavailable) -> Unavailable:
    """Return the refusal of a batch that ends at `ticket`, which one may leave out of the next attempt."""
    return Unavailable(
        Phrase(
            "The batch ended at ticket {ticket}: {away} What has joined stays joined.",
            ticket=ticket,
            away=away,
        ),
    )


def known_number(text: str) -> str:
    """Return `text` as the number of an incident. Raises `UnknownTicket`, saying why, if it cannot be one."""
    try:
        return read_incident_number(text)
    except Malformed as malformed:
        raise UnknownTicket(malformed.what) from None


async def _carry_out(
    hotline: Hotline,
    number: str,
    name: str,
    form: IncidentResultForm | CloseIncidentForm,
    message: type[IncidentCommand],
    idempotency_key: str | None,
) -> Answer[IncidentReceipt]:
    """Have incident `number` obey `form`, a command called `name`, and return where it stands after it."""
    target = _incident(known_number(number))
    content = content_of(hotline, message, form, actor_of(hotline, form.actor))
    return await carry_out(Act(hotline, target, name, form, message, required_key(idempotency_key)), content)


def _incident(number: str) -> Target[IncidentReceipt]:
    return Target(
        number=number,
        workflow=incident_workflow_id(number),
        whose="incident",
        receipt=IncidentReceipt,
        when_not_running=_without_a_workflow,
        is_repeated=lambda slot: slot.attempt > 1,
        doubted=False,
    )


async def _without_a_workflow(
    act: Act[IncidentReceipt], message: IncidentCommand, slot: CommandSlot
) -> Answer[IncidentReceipt]:
    """Return the answer where no workflow ran: it is over, or the engine was away when it was opened."""
    hotline, number = act.hotline, act.target.number
    stored = await incidents.stored(hotline.database, number)
    if stored is None:
        raise unknown_ticket("incident")
    if (answer := stored.answers.get(slot.key_hash)) is not None:
        return Answer(answer, repeated=True)
    async with keeping(act, slot):
        if not stored.incident.is_open:
            raise WrongStage(Phrase("The incident is closed."))
        if stored.incident.version == 1:  # one that has done something must not begin again
            opening = stored.incident.opening
            await engine.begin_incident(hotline.client, opening, hotline.task_queue, hotline.start_timeout)
            with suppress(NotRunning):
                return Answer(await send(act, message, slot.key_hash))
    log.error("incident_workflow_lost", number=number)
    raise Unavailable(
        Phrase("The incident's workflow is not running; please tell operations."),
    )


def _lead(hotline: Hotline, form: OpenIncidentForm, resolution: Resolution) -> Assignment:
    if form.unit is not None:
        return assignment(hotline.rules, unit_named(hotline.rules, form.unit, "unit").code)
    routing = resolution.routing
    if not routing.certain:
        raise Incomplete(
            Phrase("The directory names no single unit for it: give the lead unit in `unit`."),
        )
    return routing.assignment

"""What a desk or a lead unit does to an incident: open, join many, give the result, close."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime

import structlog
from pydantic import Field

from api.forms import FORMS, KEY_CHARACTERS, Form, LocationForm
from api.handling import actor_of, command
from api.hotline import Hotline
from api.http.naming import category_named, place_name, place_named, unit_named
from api.incident_forms import CloseIncidentForm, IncidentResultForm, JoinManyForm, OpenIncidentForm
from api.intake import body_hash, required_key
from domain.errors import Incomplete, Malformed, Refused, Unavailable, UnknownTicket, WrongStage
from domain.incident.incident import (
    CloseIncident,
    GiveResult,
    IncidentCommand,
    IncidentReceipt,
    Opening,
    begin_incident,
)
from domain.messages import Actor, ProofRef, TextRef
from domain.model import Value
from domain.numbers import read_incident_number
from domain.terms import Assignment, Resolution
from engine import calls as engine
from engine.calls import NotRunning
from phrases import Phrase
from readmodel import commands, incidents
from readmodel.commands import CommandSlot
from readmodel.texts import NewText, unknown_ticket
from rules.routing import assignment

log = structlog.get_logger("jiesu.api")

AT_ONCE = 10
"""How many tickets of one batch join at a time."""

Make = Callable[[Actor, Mapping[str, TextRef]], IncidentCommand]
"""(who acts, stored texts by field) → the command."""


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
) -> tuple[IncidentReceipt, bool]:
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
    return begin_incident(opening).receipt(), repeated


async def give_result(
    hotline: Hotline, number: str, form: IncidentResultForm, idempotency_key: str | None
) -> tuple[IncidentReceipt, bool]:
    """Take the lead unit's result; it is on its way to every member when this returns."""

    def make(actor: Actor, texts: Mapping[str, TextRef]) -> GiveResult:
        proof = (ProofRef(kind=one.kind, ref=texts[f"proof.{i}"]) for i, one in enumerate(form.proof))
        return GiveResult(actor=actor, outcome=form.outcome, reply=texts["reply"], proof=tuple(proof))

    said = [NewText("reply", form.reply)]
    said += [NewText(f"proof.{place}", one.note) for place, one in enumerate(form.proof)]
    return await _obeyed(_Act(hotline, number, "result", form, idempotency_key), said, make)


async def close(
    hotline: Hotline, number: str, form: CloseIncidentForm, idempotency_key: str | None
) -> tuple[IncidentReceipt, bool]:
    """Close the incident, if no member waits for a result."""
    said = [NewText("reason", form.reason)] if form.reason else []
    act = _Act(hotline, number, "close", form, idempotency_key)
    return await _obeyed(
        act, said, lambda actor, texts: CloseIncident(actor=actor, reason=texts.get("reason"))
    )


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


class _Act:
    """A command to an incident that is being carried out."""

    def __init__(
        self,
        hotline: Hotline,
        number: str,
        name: str,
        form: IncidentResultForm | CloseIncidentForm,
        key: str | None,
    ) -> None:
        self.hotline = hotline
        self.number = known_number(number)
        self.name = name
        self.form: Form = form
        self.actor = actor_of(hotline, form.actor)
        self.key = hotline.vault.key_hash(self.number, required_key(key))

    async def begin(self, texts: list[NewText]) -> CommandSlot:
        """Note the command and seal its texts."""
        await self.hotline.prepare()
        return await commands.begin(
            self.hotline.database,
            self.hotline.vault,
            self.number,
            self.name,
            self.key,
            body_hash(self.hotline, self.form),
            texts,
            whose="incident",
        )

    async def update(self, message: IncidentCommand) -> IncidentReceipt:
        """Send the update."""
        hotline = self.hotline
        return await engine.update_incident(
            hotline.client, self.number, self.name, message, self.key, hotline.command_timeout
        )


async def _obeyed(act: _Act, texts: list[NewText], make: Make) -> tuple[IncidentReceipt, bool]:
    """Return the incident's answer, and whether the key came before; a refusal is kept, then raised."""
    slot = await act.begin(texts)
    if slot.refusal is not None:
        raise slot.refusal
    message = make(act.actor, slot.texts)
    try:
        try:
            return await act.update(message), slot.attempt > 1
        except NotRunning:
            return await _obeyed_after_all(act, message)
    except Unavailable:
        raise
    except Refused as refused:
        await commands.refuse(
            act.hotline.database, act.key, refused.code, refused.zh, refused.en, slot.attempt
        )
        raise


async def _obeyed_after_all(act: _Act, message: IncidentCommand) -> tuple[IncidentReceipt, bool]:
    """Return the answer where no workflow ran: it is over, or the engine was away when it was opened."""
    hotline = act.hotline
    stored = await incidents.stored(hotline.database, act.number)
    if stored is None:
        raise unknown_ticket("incident")
    if (answer := stored.answers.get(act.key)) is not None:
        return answer, True
    if not stored.incident.is_open:
        raise WrongStage(Phrase("The incident is closed."))
    if stored.incident.version == 1:  # one that has done something must not begin anew
        opening = stored.incident.opening
        await engine.begin_incident(hotline.client, opening, hotline.task_queue, hotline.start_timeout)
        try:
            return await act.update(message), False
        except NotRunning:
            pass
    log.error("incident_workflow_lost", number=act.number)
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

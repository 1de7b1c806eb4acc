"""Handling (办理): a command on its way to a ticket – noted, sent as an update, answered once and for all."""

import secrets
from collections.abc import Iterator
from typing import NamedTuple

import structlog
from pydantic import Field

from api.forms import ActorForm, CommandForm, ProofForm
from api.hotline import Hotline
from api.http.naming import category_named, unit_code, unit_named
from api.http.reading import bad_field
from api.intake import body_hash, checked_key, required_key
from api.reopening import open_again
from domain import messages as m
from domain.command.fields import marked, text_fields, unit_fields
from domain.commands import BRANCHES
from domain.errors import BadTrackingCode, Malformed, Refused, Unavailable, UnknownTicket, WrongStage
from domain.evaluate.reopening import Reopen
from domain.model import Value
from domain.numbers import read_number
from domain.vocabulary import Role, Status
from engine import calls as engine
from engine.calls import NotRunning
from phrases import Phrase
from readmodel import commands, tickets
from readmodel.commands import CommandSlot
from readmodel.texts import NewText, unknown_ticket

log = structlog.get_logger("jiesu.api")

MESSAGES: dict[str, type[m.Command]] = {
    "classify": m.Classify,
    "answer": m.Answer,
    "dispatch": m.Dispatch,
    "sign": m.Sign,
    "contact": m.Contact,
    "visit": m.Visit,
    "feedback": m.Feedback,
    "survey": m.Survey,
    "urge": m.Urge,
    "reassign": m.Reassign,
    "note": m.Note,
    **{name: branch.message for name, branch in BRANCHES.items()},
}
"""The message each command becomes; its name is that of the update."""


class Answer(Value):
    """Where the ticket stands after a command that counted; `repeated` if its key had counted before."""

    receipt: m.Receipt
    repeated: bool = Field(default=False)


class _Act(NamedTuple):
    """A command that is being carried out: which, for which ticket, under which key."""

    hotline: Hotline
    number: str
    name: str
    form: CommandForm
    key: str


async def command(
    hotline: Hotline, number: str, name: str, form: CommandForm, idempotency_key: str | None
) -> Answer:
    """Have ticket `number` obey `form`, a command called `name`, and return where the ticket stands after it.

    The same key with the same body gives the first outcome again, refusals included.
    Raises the ticket's refusal; `BadTrackingCode` for a requester who is not this ticket's; `UnknownTicket`,
    `UnknownCode`, `KeyReused`, `Malformed`; and `Unavailable` when database or engine did not answer: then
    the command did not count, or it did and the same key says so.
    """
    try:
        answer = await _carry_out(hotline, issued_number(number), name, form, idempotency_key)
    except Refused as refused:
        hotline.counters.obeyed(name, refused.code)
        raise
    hotline.counters.obeyed(name, "repeated" if answer.repeated else "counted")
    return answer


async def store_text(hotline: Hotline, number: str, text: str, idempotency_key: str | None) -> m.TextRef:
    """Store `text` for ticket `number` and return the reference by which a plain signal may name it.

    Raises `UnknownTicket`, `KeyReused`, `Malformed`, `Unavailable`.
    """
    number = issued_number(number)
    key = checked_key(idempotency_key) or secrets.token_hex(16)
    await hotline.prepare()
    slot = await commands.begin(
        hotline.database,
        hotline.vault,
        number,
        "text",
        hotline.vault.key_hash("text", number, key),
        hotline.vault.digest(text),
        [NewText("text", text)],
    )
    return slot.texts["text"]


def issued_number(text: str) -> str:
    """Return `text` as a ticket number. Raises `UnknownTicket`, saying why, if it cannot be one."""
    try:
        return read_number(text)
    except Malformed as malformed:
        raise UnknownTicket(malformed.what) from None


async def _carry_out(
    hotline: Hotline, number: str, name: str, form: CommandForm, idempotency_key: str | None
) -> Answer:
    key = required_key(idempotency_key)
    _know_the_requester(hotline, number, form)
    codes = _codes(hotline, name, form)
    await _know_other_tickets(hotline, name, form)
    act = _Act(hotline, number, name, form, key)
    slot = await _begin(act)
    if slot.refusal is not None:
        raise slot.refusal
    return await _obeyed(act, _message(name, codes, form, slot), slot)


async def _obeyed(act: _Act, message: m.Command, slot: CommandSlot) -> Answer:
    """Return the ticket's answer to `message`; a refusal is kept as this key's outcome, then raised."""
    about = {"number": act.number, "command": act.name}
    try:
        receipt = await _update(act, message, slot.key_hash)
    except NotRunning:
        return await _obeyed_after_all(act, message)
    except Unavailable:
        raise
    except Refused as refused:
        await _keep(act, slot, refused)
        raise
    log.info("command_counted", **about, version=receipt.version)
    return Answer(receipt=receipt, repeated=slot.answer is not None)


async def _obeyed_after_all(act: _Act, message: m.Command) -> Answer:
    """Return the answer where no workflow ran: a closed ticket refuses, a missing one is started."""
    hotline = act.hotline
    shown = await tickets.view(hotline.database, act.number)
    # Read anew: an earlier attempt with this key may have been what closed the ticket.
    slot = await _begin(act)
    if (kept := _outcome(slot)) is not None:
        return kept
    if shown is not None and shown.view["status"] == Status.CLOSED:
        return await _after_the_end(act, message, slot)
    if shown is not None and shown.has_run:  # begun anew, it would write over its own past
        raise _lost(act.number)
    request = await tickets.request_of(hotline.database, act.number)
    if request is None:
        raise unknown_ticket()
    await engine.start(hotline.client, request.intake, hotline.task_queue, hotline.start_timeout)
    log.info("workflow_started_for_command", number=act.number)
    try:
        return Answer(receipt=await _update(act, message, slot.key_hash))
    except NotRunning:
        raise _lost(act.number) from None
    except Unavailable:
        raise
    except Refused as refused:
        await _keep(act, slot, refused)
        raise


async def _after_the_end(act: _Act, message: m.Command, slot: CommandSlot) -> Answer:
    """Return the answer of a closed ticket: it can be opened again, and refuses everything else."""
    try:
        if not isinstance(message, Reopen):
            raise WrongStage(
                Phrase(
                    "The ticket is closed: nothing more can be done to it. If the matter is not "
                    "over, it can be opened again within the set time (reopen)."
                ),
            )
        receipt = await open_again(act.hotline, act.number, message, slot.key_hash)
    except Unavailable:
        await act.hotline.doubts.note(slot.key_hash)
        raise
    except Refused as refused:  # what somebody wrote too late does not count, and is not lost
        await _keep(act, slot, refused, keep_texts=not isinstance(message, Reopen))
        raise
    log.info("ticket_reopened", number=act.number, version=receipt.version)
    return Answer(receipt=receipt)


def _lost(number: str) -> Unavailable:
    """Return the refusal for a ticket whose workflow somebody stopped or deleted, and tell operations."""
    log.error("workflow_lost", number=number)
    return Unavailable(Phrase("The ticket's workflow is not running; please tell operations."))


async def _update(act: _Act, message: m.Command, update_id: str) -> m.Receipt:
    """Send the update; one that nobody answers is in doubt from then on."""
    hotline = act.hotline
    try:
        return await engine.update(
            hotline.client, act.number, act.name, message, update_id, hotline.command_timeout
        )
    except Unavailable:
        log.warning("command_unanswered", number=act.number, command=act.name)
        await hotline.doubts.note(update_id)
        raise


async def _begin(act: _Act) -> CommandSlot:
    hotline = act.hotline
    await hotline.prepare()
    return await commands.begin(
        hotline.database,
        hotline.vault,
        act.number,
        act.name,
        hotline.vault.key_hash(act.number, act.key),
        body_hash(hotline, act.form),
        list(_texts(act.name, act.form)),
    )


async def _keep(act: _Act, slot: CommandSlot, refused: Refused, *, keep_texts: bool = False) -> None:
    """Keep `refused` as the outcome of this key."""
    log.info("command_refused", number=act.number, command=act.name, refusal=refused.code)
    await commands.refuse(
        act.hotline.database,
        slot.key_hash,
        refused.code,
        refused.zh,
        refused.en,
        slot.attempt,
        keep_texts=keep_texts,
    )


def _outcome(slot: CommandSlot) -> Answer | None:
    """Return the answer this key had before, null for a new one. Raises the refusal it had before."""
    if slot.refusal is not None:
        raise slot.refusal
    return Answer(receipt=slot.answer, repeated=True) if slot.answer is not None else None


def _know_the_requester(hotline: Hotline, number: str, form: CommandForm) -> None:
    """Raise `BadTrackingCode` if somebody acts as requester without the code that only the requester has."""
    if form.actor.role is not Role.REQUESTER:
        return
    if form.tracking_code is None or not hotline.vault.is_tracking_code(number, form.tracking_code):
        raise BadTrackingCode(
            Phrase("To act as the requester, give the tracking_code that belongs to the number."),
        )


async def _know_other_tickets(hotline: Hotline, name: str, form: CommandForm) -> None:
    """Raise `Malformed` where another ticket is named by a number that is none, or that nobody has."""
    for field in marked(MESSAGES[name], "ticket"):
        said: str | None = getattr(form, field)
        if said is None:
            continue
        try:
            known = await tickets.view(hotline.database, read_number(said))
        except Malformed as malformed:
            raise bad_field(field, malformed) from None
        if known is None:
            raise bad_field(field, unknown_ticket())


def _unit_codes(hotline: Hotline, field: str, said: str | tuple[str, ...]) -> str | tuple[str, ...]:
    if isinstance(said, str):
        return unit_named(hotline.rules, said, field).code
    return tuple(unit_named(hotline.rules, name, field).code for name in said)


def _codes(hotline: Hotline, name: str, form: CommandForm) -> dict[str, object]:
    """Return the fields of the message that hold codes: units and category by name become codes."""
    fields: dict[str, object] = {
        "actor": actor_of(hotline, form.actor),
        "expected_version": form.expected_version,
    }
    for field in dict.fromkeys(("unit", *unit_fields(MESSAGES[name]))):
        if said := getattr(form, field, None):
            fields[field] = _unit_codes(hotline, field, said)
    if category := getattr(form, "category", None):
        fields["category"] = category_named(hotline.rules, category).code
    return fields


def actor_of(hotline: Hotline, form: ActorForm) -> m.Actor:
    """Return who acts, in codes; a person's name becomes a keyed hash. Raises `UnknownCode`."""
    return m.Actor(
        unit=unit_code(hotline.rules, form.unit, "actor.unit") if form.unit else None,
        role=form.role,
        person=hotline.vault.person_ref(form.person) if form.person else None,
    )


def _texts(name: str, form: CommandForm) -> Iterator[NewText]:
    for field in text_fields(MESSAGES[name]):
        if said := getattr(form, field, None):
            yield NewText(field, said)
    proofs: tuple[ProofForm, ...] = getattr(form, "proof", ())
    for place, proof in enumerate(proofs):
        yield NewText(f"proof.{place}", proof.note)


def _message(name: str, fields: dict[str, object], form: CommandForm, slot: CommandSlot) -> m.Command:
    """Return the message of `form`: codes from `fields`, stored texts by reference, the rest as it is."""
    kind = MESSAGES[name]
    content: dict[str, object] = dict(fields)
    for field in kind.model_fields:
        if field in content:
            continue
        if field == "proof":
            content[field] = _proof(form, slot)
        elif field in text_fields(kind):
            content[field] = slot.texts.get(field)
        else:
            content[field] = getattr(form, field)
    return kind.model_validate(content)


def _proof(form: CommandForm, slot: CommandSlot) -> tuple[m.ProofRef, ...]:
    proofs: tuple[ProofForm, ...] = getattr(form, "proof", ())
    return tuple(
        m.ProofRef(kind=proof.kind, ref=slot.texts[f"proof.{place}"]) for place, proof in enumerate(proofs)
    )

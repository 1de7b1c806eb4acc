"""Handling (办理): a command on its way to a ticket, and what becomes of it where no workflow runs."""

import secrets

import structlog

from api.forms import CommandForm
from api.hotline import Hotline
from api.http.exchange import issued_number
from api.http.reading import bad_field
from api.intake import checked_key, required_key
from api.obeying import Act, Answer, Target, begin, carry_out, keeping, send
from api.reopening import open_again
from api.translating import actor_of, content_of
from domain import messages as m
from domain.command.fields import holding
from domain.commands import COMMANDS
from domain.errors import BadTrackingCode, Malformed, Refused, Unavailable, WrongStage
from domain.evaluate.reopening import Reopen
from domain.numbers import read_number
from domain.vocabulary import Role, Status
from engine import calls as engine
from engine.calls import NotRunning
from engine.starting import workflow_id
from phrases import Phrase
from readmodel import commands, tickets
from readmodel.commands import CommandSlot
from readmodel.texts import NewText, unknown_ticket

log = structlog.get_logger("jiesu.api")


async def command(
    hotline: Hotline, number: str, name: str, form: CommandForm, idempotency_key: str | None
) -> Answer[m.Receipt]:
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


async def _carry_out(
    hotline: Hotline, number: str, name: str, form: CommandForm, idempotency_key: str | None
) -> Answer[m.Receipt]:
    key = required_key(idempotency_key)
    _know_the_requester(hotline, number, form)
    message = COMMANDS[name].message
    content = content_of(hotline, message, form, actor_of(hotline, form.actor))
    await _know_other_tickets(hotline, message, form)
    return await carry_out(Act(hotline, _ticket(number), name, form, message, key), content)


def _ticket(number: str) -> Target[m.Receipt]:
    return Target(
        number=number,
        workflow=workflow_id(number),
        whose="request",
        receipt=m.Receipt,
        when_not_running=_without_a_workflow,
        is_repeated=lambda slot: slot.answer is not None,
        doubted=True,
    )


async def _without_a_workflow(
    act: Act[m.Receipt], message: m.Command, _before: CommandSlot
) -> Answer[m.Receipt]:
    """Return the answer where no workflow ran: a closed ticket refuses, a missing one is started."""
    hotline, number = act.hotline, act.target.number
    shown = await tickets.view(hotline.database, number)
    # Read again: an earlier attempt with this key may have been what closed the ticket.
    slot = await begin(act)
    if (kept := _outcome(slot)) is not None:
        return kept
    if shown is not None and shown.view["status"] == Status.CLOSED:
        return await _after_the_end(act, message, slot)
    if shown is not None and shown.has_run:  # begun again, it would write over its own past
        raise _lost(number)
    request = await tickets.request_of(hotline.database, number)
    if request is None:
        raise unknown_ticket()
    await engine.start(hotline.client, request.intake, hotline.task_queue, hotline.start_timeout)
    log.info("workflow_started_for_command", number=number)
    try:
        async with keeping(act, slot):
            return Answer(await send(act, message, slot.key_hash))
    except NotRunning:
        raise _lost(number) from None


async def _after_the_end(act: Act[m.Receipt], message: m.Command, slot: CommandSlot) -> Answer[m.Receipt]:
    """Return the answer of a closed ticket: it can be opened again, and refuses everything else."""
    number = act.target.number
    # What was written too late does not count, and is not lost.
    async with keeping(act, slot, texts=not isinstance(message, Reopen)):
        if not isinstance(message, Reopen):
            raise WrongStage(
                Phrase(
                    "The ticket is closed: nothing more can be done to it. If the matter is not "
                    "over, it can be opened again within the set time (reopen)."
                ),
            )
        try:
            receipt = await open_again(act.hotline, number, message, slot.key_hash)
        except Unavailable:
            await act.hotline.unknown_outcomes.note(slot.key_hash)
            raise
    log.info("ticket_reopened", number=number, version=receipt.version)
    return Answer(receipt)


def _lost(number: str) -> Unavailable:
    """Return the refusal for a ticket whose workflow was stopped or deleted, and log it for operations."""
    log.error("workflow_lost", number=number)
    return Unavailable(Phrase("The ticket's workflow is not running; please tell operations."))


def _outcome(slot: CommandSlot) -> Answer[m.Receipt] | None:
    """Return the answer this key had before, null for a new one. Raises the refusal it had before."""
    if slot.refusal is not None:
        raise slot.refusal
    return Answer(slot.answer, repeated=True) if slot.answer is not None else None


def _know_the_requester(hotline: Hotline, number: str, form: CommandForm) -> None:
    """Raise `BadTrackingCode` for a requester without the code that only the requester has."""
    if form.actor.role is not Role.REQUESTER:
        return
    if form.tracking_code is None or not hotline.vault.is_tracking_code(number, form.tracking_code):
        raise BadTrackingCode(
            Phrase("To act as the requester, give the tracking_code that belongs to the number."),
        )


async def _know_other_tickets(hotline: Hotline, message: type[m.Command], form: CommandForm) -> None:
    """Raise `Malformed` where the number of another ticket is malformed or was never issued."""
    for field in holding(message, m.Holds.TICKET):
        said: str | None = getattr(form, field)
        if said is None:
            continue
        try:
            known = await tickets.view(hotline.database, read_number(said))
        except Malformed as malformed:
            raise bad_field(field, malformed) from None
        if known is None:
            raise bad_field(field, unknown_ticket())

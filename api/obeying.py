"""The path of a command to whatever obeys it: noted, sent as an update, answered once and for all.

Tickets and incidents differ in their `Target` alone.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import structlog
from pydantic import BaseModel

from api.forms import Form
from api.hotline import Hotline
from api.intake import body_hash
from api.translating import texts_of, to_message
from domain.errors import Refused, Unavailable
from domain.incident.incident import IncidentReceipt
from domain.messages import Receipt
from engine import calls as engine
from engine.calls import NotRunning
from readmodel import commands
from readmodel.commands import CommandSlot
from readmodel.texts import Whose

log = structlog.get_logger("jiesu.api")

ReceiptT = TypeVar("ReceiptT", Receipt, IncidentReceipt)


@dataclass(frozen=True)
class Answer(Generic[ReceiptT]):
    """Where the target stands after a command that counted; `repeated` if its key had counted before."""

    receipt: ReceiptT
    repeated: bool = False


@dataclass(frozen=True)
class Target(Generic[ReceiptT]):
    """What a command goes to: a ticket or an incident.

    `when_not_running`: gives the answer where no workflow runs; `is_repeated`: whether a command that was
    obeyed had been before; `doubted`: reconciliation asks later about commands without an answer.
    """

    number: str
    workflow: str
    whose: Whose
    receipt: type[ReceiptT]
    when_not_running: "Callable[[Act[ReceiptT], Any, CommandSlot], Awaitable[Answer[ReceiptT]]]"
    is_repeated: Callable[[CommandSlot], bool]
    doubted: bool


@dataclass(frozen=True)
class Act(Generic[ReceiptT]):
    """A command that is being carried out: which, for what, as which message, under which key."""

    hotline: Hotline
    target: Target[ReceiptT]
    name: str
    form: Form
    message: type[BaseModel]
    key: str

    @property
    def about(self) -> dict[str, str]:
        """Return what the log says of it."""
        return {"number": self.target.number, "command": self.name}


async def carry_out(act: Act[ReceiptT], content: dict[str, object]) -> Answer[ReceiptT]:
    """Return the target's answer; `content` is the message but for its texts.

    A refusal is kept as the outcome of the key, then raised; the outcome a key has had is given again.
    """
    slot = await begin(act)
    if slot.refusal is not None:
        raise slot.refusal
    message = to_message(act.message, content, act.form, slot)
    try:
        async with keeping(act, slot):
            receipt = await send(act, message, slot.key_hash)
    except NotRunning:
        return await act.target.when_not_running(act, message, slot)
    log.info("command_counted", **act.about, version=receipt.version)
    return Answer(receipt, repeated=act.target.is_repeated(slot))


async def begin(act: Act[Any]) -> CommandSlot:
    """Note the command and seal its texts.

    Raises `KeyReused`, `UnknownTicket`, `Malformed`, `Unavailable`.
    """
    hotline, number = act.hotline, act.target.number
    await hotline.prepare()
    return await commands.begin(
        hotline.database,
        hotline.vault,
        number,
        act.name,
        hotline.vault.key_hash(number, act.key),
        body_hash(hotline, act.form),
        texts_of(act.message, act.form),
        whose=act.target.whose,
    )


async def send(act: Act[ReceiptT], message: BaseModel, update_id: str) -> ReceiptT:
    """Send the update and return its answer; without an answer its outcome is unknown from then on.

    Raises the refusal it gives, `NotRunning`, `Unavailable`.
    """
    hotline, target = act.hotline, act.target
    try:
        return await engine.update(
            hotline.client,
            target.workflow,
            act.name,
            message,
            update_id,
            target.receipt,
            hotline.command_timeout,
        )
    except Unavailable:
        log.warning("command_unanswered", **act.about)
        if target.doubted:
            await hotline.unknown_outcomes.note(update_id)
        raise


@asynccontextmanager
async def keeping(act: Act[Any], slot: CommandSlot, *, texts: bool = False) -> AsyncGenerator[None]:
    """Keep a refusal raised inside as the outcome of this key, its `texts` too if they are not to be lost."""
    try:
        yield
    except Unavailable:
        raise
    except Refused as refused:
        log.info("command_refused", **act.about, refusal=refused.code)
        await commands.refuse(
            act.hotline.database,
            slot.key_hash,
            refused.code,
            refused.zh,
            refused.en,
            slot.attempt,
            keep_texts=texts,
        )
        raise

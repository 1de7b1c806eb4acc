"""Reopening (重新办理): an ended ticket's workflow is over, so it is begun again where it ended."""

from collections.abc import Mapping, Sequence

import structlog

from api.hotline import Hotline
from domain.errors import Unavailable
from domain.evaluate.reopening import Reopen, as_it_stands
from domain.facts.fact import FACT, AnyFact
from domain.messages import Receipt
from domain.show.views import Batch
from domain.ticket.transitions import require
from engine import calls as engine
from engine.calls import NotRunning
from phrases import Phrase
from readmodel import commands, tickets
from readmodel.texts import unknown_ticket

log = structlog.get_logger("jiesu.api")


async def open_again(hotline: Hotline, number: str, command: Reopen, update_id: str) -> Receipt:
    """Have the ended ticket `number` decide on `command` in a run that knows all that happened before.

    Raises the refusal it gives (too late, too often, open already), `UnknownTicket`, or `Unavailable`.
    """
    request = await tickets.request_of(hotline.database, number)
    if request is None:
        raise unknown_ticket()
    facts, answers, is_live = await _all_that_happened(hotline, number)
    beginning = as_it_stands(request.intake, facts, answers)
    if beginning.carried is not None and is_live:  # another command was quicker
        require(beginning.carried.ticket.status, "reopened", Phrase("open it again"))
    if beginning.carried is None or beginning.carried.ticket.is_open:
        log.error("ended_ticket_is_incomplete", number=number)
        raise Unavailable(
            Phrase("The ticket's record is not complete yet; try again later, or tell operations."),
        )
    return await engine.begin_again(
        hotline.client, beginning, hotline.task_queue, "reopen", command, update_id, hotline.command_timeout
    )


async def _all_that_happened(
    hotline: Hotline, number: str
) -> tuple[Sequence[AnyFact], Mapping[str, Receipt], bool]:
    """Return every fact and answer: by the workflow (true), or by the log where the engine has it no more."""
    try:
        known = await engine.query(hotline.client, number, "everything", Batch, hotline.query_timeout)
    except (NotRunning, Unavailable):
        events = await tickets.events(hotline.database, number)
        facts = [FACT.validate_python(event.fact) for event in events]
        return facts, await commands.answers_of(hotline.database, number), False
    return [recorded.fact for recorded in known.facts], known.answers, True

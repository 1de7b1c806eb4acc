"""A ticket whose history no code can replay goes on from its event log."""

from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from domain.errors import Unavailable, UnknownTicket, WrongStage
from domain.evaluate.reopening import as_it_stands
from domain.facts.fact import FACT
from domain.rebuild.rebuilding import NoAnswer
from engine.asking import TicketQueries
from engine.replaying import trouble_with
from engine.starting import replace_run, workflow_id
from phrases import Phrase
from readmodel import Database, commands, tickets
from workflows.ticket import Ticket


async def revive(database: Database, client: Client, number: str, task_queue: str) -> None:
    """End the run of ticket `number` that stands still or knows too little; begin one that knows the log.

    What was acknowledged is in the event log and goes on; the engine takes one run for the other in one act.
    A command under way is asked again by its client, with its key. Raises `UnknownTicket`; `WrongStage` where
    the ticket does not run, or can be replayed and knows all of it; `Unavailable`.
    """
    request = await tickets.request_of(database, number)
    if request is None:
        raise UnknownTicket(Phrase("There is no ticket {number}.", number=number))
    events = await tickets.events(database, number)
    newest = events[-1].seq if events else 0
    if await _can_be_replayed(client, number) and await _knows(client, number, newest):
        raise WrongStage(
            Phrase("The history of ticket {number} replays: all is well.", number=number),
        )
    facts = [FACT.validate_python(event.fact) for event in events]
    answers = await commands.answers_of(database, number)
    await replace_run(client, as_it_stands(request.intake, facts, answers), task_queue)


async def _can_be_replayed(client: Client, number: str) -> bool:
    """Return whether the present code replays the running history. Raises `WrongStage`, `Unavailable`."""
    handle = client.get_workflow_handle(workflow_id(number))
    try:
        is_running = (await handle.describe()).status is WorkflowExecutionStatus.RUNNING
        history = await handle.fetch_history()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise Unavailable(
                Phrase("The engine does not answer: {name}.", name=error.status.name)
            ) from error
        is_running, history = False, None
    if not is_running or history is None:
        raise WrongStage(
            Phrase("No workflow of ticket {number} runs: see `jiesu reconcile` first.", number=number),
        )
    return await trouble_with(history, Ticket) is None


async def _knows(client: Client, number: str, version: int) -> bool:
    """Return whether the workflow knows `version` facts or more: an older copy of the engine does not."""
    try:
        batch = await TicketQueries(client).everything(number)
    except (RPCError, NoAnswer) as silent:
        raise Unavailable(Phrase("The engine does not answer.")) from silent
    return batch is None or batch.view.version >= version

"""Signals to many tickets leave the queue short: a command waits behind a few of them, not behind all."""

import asyncio
from datetime import timedelta
from uuid import uuid4

from temporalio.testing import ActivityEnvironment, WorkflowEnvironment

from activities.signalling import RPC_TIMEOUT, UNDER_WAY, Signalled, Signalling
from engine.starting import start_ticket, workflow_id
from readmodel import Database
from readmodel.vault import Vault
from tests.activities.listening import Faults, faulty, heard, listening
from tests.readmodel.records import filed

TICKETS = UNDER_WAY + 4


class Call:
    """Signals under way to tickets of a queue without a worker."""

    def __init__(self, database: Database, environment: WorkflowEnvironment, patience: timedelta) -> None:
        """Talk to the engine of `environment`; wait so long for each ticket."""
        self.faults = Faults()
        self.queue = f"pacing-{uuid4().hex}"
        self.client = faulty(environment, self.faults)
        self.engine = database
        self.signalling = Signalling(database, self.client, self.queue, patience)
        self.numbers: list[str] = []

    async def begins(self) -> asyncio.Task[Signalled]:
        """Start the tickets, and begin to tell them all."""
        for _ in range(TICKETS):
            intake = (await filed(self.engine, Vault(b"1" * 32))).intake
            await start_ticket(self.client, intake, self.queue, RPC_TIMEOUT)
            self.numbers.append(intake.number)
        return asyncio.create_task(self.signalling.send("adopt", dict.fromkeys(self.numbers)))

    async def tells_all(self) -> Signalled:
        """Start the tickets, tell them all, and return what became of each."""
        return await (await self.begins())

    async def comes_to_a_stop(self) -> int:
        """Return how many have been signalled a while after the first few were."""
        while len(self.faults.signalled) < UNDER_WAY:  # noqa: ASYNC110 - the engine's answers come when they come
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.5)
        return len(self.faults.signalled)


async def test_the_next_ticket_is_signalled_when_an_earlier_one_has_processed_its_signal(
    database: Database, dev_server: WorkflowEnvironment
) -> None:
    """Without a worker only a few are signalled. When a worker comes all are, each once."""
    call = Call(database, dev_server, timedelta(minutes=5))
    signalling = await call.begins()
    assert await call.comes_to_a_stop() == UNDER_WAY
    async with listening(call.client, call.queue):
        outcome = await signalling
        assert sorted(outcome.reached) == sorted(call.numbers)
        assert [await heard(call.client, number) for number in call.numbers] == [["adopt"]] * TICKETS


async def test_every_ticket_signalled_is_a_heartbeat(
    database: Database, dev_server: WorkflowEnvironment
) -> None:
    """Twenty at a slow engine take longer than a step may be silent: it would be retried for ever."""
    call = Call(database, dev_server, timedelta(milliseconds=50))
    signs: list[tuple[object, ...]] = []
    inside = ActivityEnvironment()
    inside.on_heartbeat = lambda *answer: signs.append(answer)
    answer = await inside.run(call.tells_all)
    assert {number for (number,) in signs} == {*answer.reached} == {*call.numbers}
    for number in call.numbers:
        await call.client.get_workflow_handle(workflow_id(number)).terminate("end of the test")


async def test_without_any_worker_signalling_goes_on_all_the_same(
    database: Database, dev_server: WorkflowEnvironment
) -> None:
    """A ticket that does not work at it holds its place for a time only, and has been told."""
    call = Call(database, dev_server, timedelta(milliseconds=50))
    outcome = await (await call.begins())
    assert sorted(outcome.reached) == sorted(call.faults.signalled) == sorted(call.numbers)
    async with listening(call.client, call.queue):
        assert [await heard(call.client, number) for number in call.numbers] == [["adopt"]] * TICKETS

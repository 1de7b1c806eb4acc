"""A ticket whose history no code can play again goes on from its event log: nothing that was said is lost."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

import worker
from activities.rulebook import Rulebook
from api.hotline import Hotline
from domain.errors import UnknownTicket, WrongStage
from domain.facts.fact import FACT
from domain.rebuild.rebuilding import account_of
from domain.show.views import Batch
from engine.replaying import trouble_with
from operations.reviving import revive
from readmodel import tickets
from settings import Settings
from tests.api.desk import NEVER_ISSUED, Desk, handler, impatient, problem, serving
from tests.domain.journey import Journey
from tests.readmodel.records import written
from tests.workflows.mutants import ShowsFirst
from workflows.ticket import Ticket


@asynccontextmanager
async def worked_by(hotline: Hotline, rulebook: Rulebook, folder: Path) -> AsyncGenerator[None]:
    """Have a worker with `worker.WORKFLOWS` at work behind `hotline`."""
    settings = Settings(task_queue=hotline.task_queue, data_dir=folder)
    async with worker.build_worker(hotline.client, settings, hotline.database, rulebook):
        yield


async def test_a_ticket_that_stands_still_goes_on_where_it_stood(
    idle: Hotline, rulebook: Rulebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signed by other code: every command finds nobody; revived, it answers to the same keys."""
    others = tuple(one for one in worker.WORKFLOWS if one is not Ticket)
    desk, hasty = Desk(serving(idle), idle), Desk(serving(impatient(idle)), idle)
    with monkeypatch.context() as patched:
        patched.setattr(worker, "WORKFLOWS", (ShowsFirst, *others))
        async with worked_by(idle, rulebook, tmp_path):
            number = await desk.has_filed()
            await desk.waits_to_see(f"tickets/{number}", lambda seen: seen["status"] == "awaiting_sign")
            signed = await desk.says(number, "sign", handler(), key="signed")
            assert signed.status_code == 200
    before = await tickets.events(idle.database, number)
    async with worked_by(idle, rulebook, tmp_path):
        problem(
            await hasty.says(number, "contact", handler(), key="called", result="reached"), 503, "Unavailable"
        )
        await revive(idle.database, idle.client, number, idle.task_queue)
        called = await desk.says(number, "contact", handler(), key="called", result="reached")
        assert called.status_code == 200, called.text
        again = await desk.says(number, "sign", handler(), key="signed")
        assert again.json() == signed.json()
        handle = idle.client.get_workflow_handle(f"ticket/{number}")
        everything = await handle.query("everything", result_type=Batch)
        with pytest.raises(WrongStage, match="replays"):
            await revive(idle.database, idle.client, number, idle.task_queue)
    after = await tickets.events(idle.database, number)
    assert after[: len(before)] == before
    assert [event.kind for event in after[len(before) :]].count("contact_attempted") == 1
    assert [fact.fact.kind for fact in everything.facts] == [event.kind for event in after]
    assert await trouble_with(await handle.fetch_history(), Ticket) is None


async def test_a_ticket_of_which_the_engine_knows_too_little_goes_on_from_its_log(
    idle: Hotline, rulebook: Rulebook, tmp_path: Path
) -> None:
    """A fact that only the log has, as after an older copy of the engine: revived, the workflow knows it."""
    desk = Desk(serving(idle), idle)
    async with worked_by(idle, rulebook, tmp_path):
        number = await desk.has_filed()
        await desk.waits_to_see(f"tickets/{number}", lambda seen: seen["status"] == "awaiting_sign")
        known = await tickets.request_of(idle.database, number)
        assert known is not None
        facts = [FACT.validate_python(one.fact) for one in await tickets.events(idle.database, number)]
        journey = Journey(known.intake)
        journey.log, journey.ticket = facts, account_of(known.intake, facts).ticket
        journey.now = facts[-1].at + timedelta(minutes=1)
        journey.sign()
        await written(idle.database, journey)
        await revive(idle.database, idle.client, number, idle.task_queue)
        handle = idle.client.get_workflow_handle(f"ticket/{number}")
        everything = await handle.query("everything", result_type=Batch)
        assert everything.view.version == journey.ticket.version
        assert everything.view.status == "handling"


async def test_what_is_no_running_ticket_is_not_revived(idle: Hotline) -> None:
    """An unknown number; a request whose workflow is not there."""
    with pytest.raises(UnknownTicket):
        await revive(idle.database, idle.client, NEVER_ISSUED, idle.task_queue)
    number = await Desk(serving(idle), idle).has_filed()
    handle = idle.client.get_workflow_handle(f"ticket/{number}")
    await handle.terminate("test")
    with pytest.raises(WrongStage, match="reconcile"):
        await revive(idle.database, idle.client, number, idle.task_queue)

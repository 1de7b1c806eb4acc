"""What supervisors and operations see: queries, the engine's own lists, and the sentence in its UI."""

import asyncio
import json
from datetime import timedelta

from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import WorkflowExecution

from domain import messages as m
from domain.vocabulary import ClockName, Level, Stage, Status
from engine.starting import start_ticket, workflow_id
from tests import sample
from tests.workflows.city import City, Request

PATIENCE_SECONDS = 5


async def listed(city: City, ticket: Request, filters: str) -> WorkflowExecution | None:
    """Return the ticket from the engine's list with `filters`, null when it does not come within a while."""
    query = f'WorkflowType = "Ticket" AND WorkflowId = "{workflow_id(ticket.number)}" AND {filters}'
    for _ in range(PATIENCE_SECONDS * 20):
        async for execution in city.client.list_workflows(query):
            return execution
        await asyncio.sleep(0.05)
    return None


async def details(ticket: Request) -> str:
    """Return the sentence the Temporal UI shows as the ticket's current details."""
    metadata = await ticket.handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    return str(metadata.current_details)


async def test_the_engine_lists_tickets_by_stage_district_and_overdue(real_city: City) -> None:
    """First with the unit and in time; after two hours without a signature overdue, with the district."""
    ticket = await real_city.files()
    assert await listed(
        real_city, ticket, '`Stage` = "handle" AND `District` = "昌平区" AND `Overdue` = false'
    )
    assert await listed(real_city, ticket, f'`Unit` = "{sample.TOWN.code}" AND `Tier` = "tier_3"')
    await ticket.fast_forwards(timedelta(hours=2, seconds=5))
    assert await listed(
        real_city, ticket, '`Overdue` = true AND EscalationLevel = "district" AND `Due` IS NOT NULL'
    )
    await ticket.signs()
    assert await listed(real_city, ticket, '`Overdue` = false AND EscalationLevel = "unit"')


async def test_a_closed_ticket_is_nowhere_due(real_city: City) -> None:
    """The end takes the due time off the list and shows the stage `closed`."""
    ticket = await real_city.files(with_terms=sample.terms(at_feedback=True, always_open=True))
    await ticket.is_recorded()
    await ticket.is_handled()
    await ticket.comes_to(Status.SURVEYING)
    await ticket.gets_answers()
    await ticket.ends()
    assert await listed(real_city, ticket, '`Stage` = "closed" AND `Overdue` = false AND `Due` IS NULL')


async def test_the_ui_says_where_the_ticket_stands_and_what_comes_next(city: City) -> None:
    """The current details name stage, holder, due time and the desk it climbs to, in both languages."""
    ticket = await city.files()
    await ticket.comes_to(Status.AWAITING_SIGN)
    text = await details(ticket)
    assert all(
        word in text
        for word in ("待签收", "回龙观街道", "签收时限", "昌平区调度台", "Changping dispatch desk")
    )
    await city.comes_to((await ticket.clock(ClockName.SIGN_BY)).due_at + timedelta(seconds=1))
    await ticket.shows(lambda view: view.level is Level.DISTRICT)
    assert "现已逾期" in await details(ticket)
    view = await ticket.status()
    assert await details(ticket) == f"**{view.sentence_zh}**\n\n{view.sentence_en}"


async def test_timers_and_writes_carry_summaries(city: City) -> None:
    """Every timer and every write in the history says in words what it is for."""
    ticket = await city.files(certain=False)
    await ticket.comes_to(Status.AWAITING_DISPATCH)
    await ticket.receives("dispatch", m.Dispatch(actor=sample.DISPATCHER, unit=sample.HEATING.code))
    summaries = [
        json.loads(event.user_metadata.summary.data)
        for event in (await ticket.history()).events
        if event.HasField("user_metadata")
    ]
    assert any("待派单" in summary for summary in summaries)
    assert any(summary.startswith("写入 record 4–") for summary in summaries)
    assert f"查阅单位 unit: {sample.HEATING.code}" in summaries
    timers = (await ticket.event_kinds()).count("TIMER_STARTED")
    assert len(summaries) >= timers


async def test_queries_answer_in_plain_json(city: City) -> None:
    """A supervisor's own tool reads status, clocks and timeline without our code."""
    ticket = await city.files()
    await ticket.comes_to(Status.AWAITING_SIGN)
    status = await ticket.handle.query("status")
    assert (status["stage"], status["unit"]["zh"], status["next_clock"]) == (
        "handle",
        "回龙观街道",
        "sign_by",
    )
    clocks = await ticket.handle.query("clocks")
    assert [clock["clock"] for clock in clocks] == [
        "dispatch_by.0",
        "sign_by.1",
        "contact_by.1",
        "feedback_by.1",
    ]
    timeline = await ticket.handle.query("timeline")
    assert [fact["kind"] for fact in timeline[:2]] == ["filed", "accepted"]
    assert len(timeline) == status["version"]


async def test_everything_can_be_asked_for_and_is_what_was_recorded(city: City) -> None:
    """For a projection that is behind: all facts from the first, all notices, all answers."""
    ticket = await city.files()
    await ticket.comes_to(Status.AWAITING_SIGN)
    receipt = await ticket.receives("sign", m.Sign(actor=sample.HANDLER), "k-1")
    everything = await ticket.everything()
    assert [fact.seq for fact in everything.facts] == list(range(1, receipt.version + 1))
    assert everything.answers == {"k-1": receipt}
    assert everything.view == await ticket.status()
    await ticket.agrees_with_database()


async def test_starting_a_ticket_twice_starts_it_once(real_city: City) -> None:
    """Intake and reconciliation may both start it; a second start changes nothing, also after the end."""
    intake = await real_city.intake(type_=sample.RequestType.PRAISE)
    real_city.database.begin(intake)
    for _ in range(2):
        await start_ticket(real_city.client, intake, real_city.queue, timedelta(seconds=5))
    handle = real_city.client.get_workflow_handle(workflow_id(intake.number), result_type=m.Receipt)
    ticket = real_city.knows(handle, intake.number)
    await ticket.ends()
    await start_ticket(real_city.client, intake, real_city.queue, timedelta(seconds=5))
    assert await ticket.kinds() == ["filed", "closed"]
    found = await listed(real_city, ticket, f'`Stage` = "{Stage.CLOSED}"')
    assert found is not None
    description = await handle.describe()
    assert await description.static_summary() == "表扬 · 噪声扰民 · 昌平区 回龙观街道"

"""Histories of yesterday's tickets and incidents, over or not, at every stage, go on with today's code."""

import json
from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

from domain.commands import COMMANDS
from domain.vocabulary import Stage
from engine import replaying
from tests.workflows.all_scenarios import SCENARIOS
from tests.workflows.incident_mutants import PausesFirst, TellsNobody
from tests.workflows.mutants import ReadsTheClockOnTheWall, ShowsFirst, ShowsNothing
from workflows.incident import Incident
from workflows.ticket import Ticket

HISTORIES = Path(__file__).parents[1] / "histories"
NAMES = sorted(path.stem for path in HISTORIES.glob("*.json"))
INCIDENTS = [name for name in NAMES if name.startswith("incident")]
TICKETS = [name for name in NAMES if name not in INCIDENTS]


@cache
def history(name: str) -> WorkflowHistory:
    """Return the recorded history `name`."""
    return WorkflowHistory.from_json(
        f"recorded/{name}", (HISTORIES / f"{name}.json").read_text(encoding="utf-8")
    )


def replayer(workflow: type) -> Replayer:
    """Return a replayer of `workflow` in the SDK's sandbox."""
    return Replayer(workflows=[workflow], data_converter=pydantic_data_converter)


async def unlike(workflow: type, names: list[str]) -> list[str]:
    """Return those of the histories `names` that `workflow` does not replay; run as the product runs it."""

    async def histories() -> AsyncIterator[WorkflowHistory]:
        for name in names:
            yield history(name)

    async with replaying.replayer(workflow).workflow_replay_iterator(histories()) as results:
        return [
            result.history.workflow_id.removeprefix("recorded/")
            async for result in results
            if isinstance(result.replay_failure, NondeterminismError)
        ]


@pytest.mark.parametrize("name", TICKETS)
async def test_a_recorded_ticket_replays(name: str) -> None:
    """Today's code takes every decision of the history again, in the same order."""
    await replayer(Ticket).replay_workflow(history(name))


@pytest.mark.parametrize("name", INCIDENTS)
async def test_a_recorded_incident_replays(name: str) -> None:
    """The incident's workflow as well."""
    await replayer(Incident).replay_workflow(history(name))


def test_every_scenario_has_its_history_and_the_other_way_round() -> None:
    """A scenario that was never recorded guards nothing."""
    assert sorted(SCENARIOS) == NAMES


def test_histories_hold_open_tickets_at_every_stage() -> None:
    """Dispatch, handle, feedback and evaluate; accept is over with the filing."""
    stages = {last_stage(name) for name in TICKETS if name.startswith("open")}
    assert stages == {Stage.DISPATCH, Stage.HANDLE, Stage.FEEDBACK, Stage.EVALUATE}


def last_stage(name: str) -> Stage:
    """Return the stage a history's search attributes show last: those of the start, and every change."""
    shown = [
        attributes.search_attributes.indexed_fields
        for event in history(name).events
        for attributes in (
            event.workflow_execution_started_event_attributes,
            event.upsert_workflow_search_attributes_event_attributes,
        )
    ]
    (*_, stage) = [json.loads(fields["Stage"].data) for fields in shown if "Stage" in fields]
    return Stage(stage)


async def test_a_change_that_no_running_ticket_survives_is_found() -> None:
    """Every single history finds the mutant out: none of them is too short to guard anything."""
    assert await unlike(ShowsFirst, TICKETS) == TICKETS


async def test_a_command_that_is_no_longer_given_is_found() -> None:
    """Every history in which the ticket showed something new misses it."""
    showing = [name for name in TICKETS if "upsertWorkflowSearchAttributes" in history(name).to_json()]
    assert len(showing) > len(TICKETS) // 2
    assert await unlike(ShowsNothing, showing) == showing


async def test_a_change_that_no_running_incident_survives_is_found() -> None:
    """A pause before everything else is found in every history, a result that is not told where one was."""
    assert await unlike(PausesFirst, INCIDENTS) == INCIDENTS
    lines = [name for name in INCIDENTS if "tell_members" in history(name).to_json()]
    assert lines
    assert await unlike(TellsNobody, lines) == lines


def test_every_command_of_a_branch_counts_in_some_history() -> None:
    """A command that no history holds can change its facts or its activities unnoticed: record a scenario."""
    heard = {
        event.workflow_execution_update_accepted_event_attributes.accepted_request.input.name
        for name in TICKETS
        for event in history(name).events
    }
    assert set(COMMANDS) <= heard, f"no history holds {sorted(set(COMMANDS) - heard)}"


async def test_code_that_reads_the_wall_clock_is_stopped_by_the_sandbox() -> None:
    """Workflow code has the engine's time and no other; the sandbox of the tests sees to it."""
    with pytest.raises(Exception, match=r"datetime\.datetime\.now|Restricted"):
        await replayer(ReadsTheClockOnTheWall).replay_workflow(history("closed_praise"))

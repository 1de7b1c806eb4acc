"""From each release to the present code without stopping: tickets in every stage, workers side by side."""

import asyncio
import json
import signal
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from rules.reading import load
from tests.upgrade.checkout import RELEASES, ROOT, NoSuchCommit, checked_out
from tests.upgrade.people import REPLY, People, answered
from tests.upgrade.two_releases import Release, Servers, servers

pytestmark = [pytest.mark.e2e, pytest.mark.long, pytest.mark.timeout(480)]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Servers]:
    """PostgreSQL and Temporal on a fresh data folder."""
    with servers(tmp_path) as both:
        yield both


@pytest.fixture(params=RELEASES, ids=[release["version"] for release in RELEASES])
def old(request: pytest.FixtureRequest, running: Servers, tmp_path: Path) -> Iterator[Release]:
    """A release as it was, its schema made, its worker and its API at work."""
    tree = checked_out(request.param, tmp_path / "old")
    release = Release(f"old-{request.param['version']}", tree, running)
    made = release.run("migrate")
    assert made.returncode == 0, made.stdout + made.stderr
    try:
        release.start("worker")
        release.start("api")
        yield release
    finally:
        release.stop_all()


@pytest.fixture
def new(running: Servers) -> Iterator[Release]:
    """The present code; nothing of it runs yet."""
    release = Release("new", ROOT, running)
    try:
        yield release
    finally:
        release.stop_all()


def opened(people: People) -> dict[str, str]:
    """Bring a ticket to every stage that a release without branches knows; stage → number."""
    one = {
        "in its window": people.file("inquiry"),
        "awaiting dispatch": people.file(category=False),
        "silent": people.file(),
        "awaiting sign": people.file(),
        "urged": people.file(),
        "moved out of the district": people.file(),
    }
    handled = ("handling", "assisted", "feedback given", "cannot now", "surveyed", "redo", "closed")
    one |= {name: people.file() for name in handled}
    people.does(one["urged"], "urge", actor=people.supervisor(), reason="请尽快办理")
    elsewhere = "E-HEAT"
    people.does(
        one["moved out of the district"], "reassign", actor=people.supervisor(), unit=elsewhere, reason=REPLY
    )
    for name in ("handling", "assisted"):
        people.does(one[name], "sign", actor=people.handler())
    people.does(
        one["assisted"], "assist", actor=people.handler(), unit=people.other, text="请协助", mandatory=True
    )
    for name in ("feedback given", "surveyed", "redo", "closed"):
        people.handles(one[name])
    people.handles(one["cannot now"], outcome="cannot_now")
    for name in ("redo", "closed"):
        people.comes_to(one[name], "surveying")
        people.is_asked(one[name], content=name == "closed")
    people.comes_to(one["closed"], "closed")
    people.comes_to(one["redo"], "awaiting_sign")
    people.comes_to(one["surveyed"], "surveying")
    return one


def test_tickets_in_every_stage_are_upgraded_mid_ticket_and_come_to_their_end(
    old: Release, new: Release
) -> None:
    """Expand the schema, run both workers, kill either, stop the old: nothing lost, late or doubled."""
    people = People(old, load("beijing-minutes"))
    tickets = opened(people)
    deadlines = {number: limits(people, number) for number in tickets.values()}

    migrated = new.run("migrate")  # the old code goes on, on the new schema
    assert migrated.returncode == 0, migrated.stdout + migrated.stderr
    tickets["filed on the new schema"] = people.file()
    people.goes_on(tickets["handling"])

    new.start("worker")  # side by side; then each takes over from the other, in mid-ticket
    replayed = new.run("replay", "--data", str(new.servers.folder))
    assert replayed.returncode == 0, replayed.stdout + replayed.stderr
    old.stop("worker", signal.SIGKILL)
    people.goes_on(tickets["awaiting sign"])
    people.does(tickets["filed on the new schema"], "sign", actor=people.handler())
    old.start("worker")
    new.stop("worker", signal.SIGKILL)
    people.does(tickets["filed on the new schema"], "contact", actor=people.handler(), result="reached")
    people.goes_on(tickets["redo"])
    tickets["moved by an old worker"] = people.file()  # which writes no line of the feeds
    move = {"actor": people.at_the_desk("dispatcher"), "unit": people.other, "reason": REPLY}
    people.does(tickets["moved by an old worker"], "reassign", **move)
    new.start("worker")
    tickets["filed while both ran"] = people.file()
    for name in ("awaiting sign", "urged", "handling"):
        people.goes_on(tickets[name])

    old.stop("worker")
    people.does(tickets["filed while both ran"], "sign", actor=people.handler())
    new.start("api")
    old.stop("api")
    people.through = new
    again = new.run("migrate", "--complete")  # what the old workers left out of the feeds is added
    assert again.returncode == 0, again.stdout + again.stderr
    open_ones = list(tickets.values())
    deadline = time.monotonic() + 200
    while open_ones := [number for number in open_ones if people.goes_on(number)]:
        assert time.monotonic() < deadline, [people.view(number) for number in open_ones]
        time.sleep(0.5)

    assert failed_tasks(new.servers) == {}
    for name, number in tickets.items():
        facts = of_the_database(people, number)
        assert differing(of_the_workflow(new.servers, number), facts) == [], name
        assert [fact["kind"] for fact in facts].count("closed") == 1, name
        after = limits(people, number)
        assert number in fed(people, facts), name
        moved = {clock: at for clock, at in deadlines.get(number, {}).items() if after.get(clock) != at}
        assert moved == {}, name
    agreed = new.run("reconcile", "--data", str(new.servers.folder))
    assert agreed.returncode == 0, agreed.stdout + agreed.stderr


def test_a_clone_without_the_commit_of_a_release_fails_and_says_so(tmp_path: Path) -> None:
    """Not skipped: an upgrade that was not tried is not known to work."""
    lost = {"version": "0.0.9", "commit": "0" * 40}
    with pytest.raises(NoSuchCommit, match="git fetch --unshallow"):
        checked_out(lost, tmp_path)


def limits(people: People, number: str) -> dict[str, datetime]:
    """Return when each limit of the requester is due, by clock: they are nobody's to move."""
    facts = of_the_database(people, number)
    return {
        fact["clock"]: datetime.fromisoformat(fact["due_at"])
        for fact in facts
        if fact["kind"] == "clock_started" and fact["name"] == "feedback_by"
    }


def of_the_database(people: People, number: str) -> list[dict[str, Any]]:
    """Return the facts of a ticket as the database holds them, read by the present code."""
    events = people.through.get(f"/api/v1/tickets/{number}/timeline")["events"]
    return [event["fact"] for event in events]


def fed(people: People, facts: list[dict[str, Any]]) -> set[str]:
    """Return the tickets in the feed of the unit that the ticket with these `facts` went to first."""
    unit = next((fact["assignment"]["unit"]["code"] for fact in facts if "assignment" in fact), people.town)
    numbers: set[str] = set()
    mark: dict[str, str] = {}
    while True:
        page = people.through.get(f"/api/v1/units/{unit}/feed", **mark)
        numbers |= {entry["number"] for entry in page["items"]}
        if not page["more"]:
            return numbers
        mark = {"after": page["next"]}


def of_the_workflow(both: Servers, number: str) -> list[dict[str, Any]]:
    """Return the facts of a ticket as its workflow has them after replay."""

    async def ask() -> list[dict[str, Any]]:
        client = await Client.connect(both.temporal_address, data_converter=pydantic_data_converter)
        return await answered(client, number, "timeline")

    return asyncio.run(ask())


def differing(shown: Any, kept: Any, where: str = "") -> list[tuple[str, Any, Any]]:  # noqa: ANN401 - any JSON
    """Return where the facts that a workflow shows differ from those the database keeps: where, shown, kept.

    What a release wrote lacks the fields that came later; replayed, they are there.
    """
    if isinstance(shown, dict) and isinstance(kept, dict):
        return [one for name in kept for one in differing(shown.get(name), kept[name], f"{where}.{name}")]
    if isinstance(shown, list) and isinstance(kept, list) and len(shown) == len(kept):
        return [
            one
            for place, pair in enumerate(zip(shown, kept, strict=True))
            for one in differing(*pair, f"{where}[{place}]")
        ]
    return [] if shown == kept else [(where, shown, kept)]


def failed_tasks(both: Servers) -> dict[str, list[str]]:
    """Return the workflow tasks that failed, by workflow: none may have, of whichever release."""

    async def look() -> dict[str, list[str]]:
        client = await Client.connect(both.temporal_address)
        found: dict[str, list[str]] = {}
        async for execution in client.list_workflows():
            handle = client.get_workflow_handle(execution.id, run_id=execution.run_id)
            history = await handle.fetch_history()
            failures = [
                json.dumps(event.workflow_task_failed_event_attributes.failure.message)
                for event in history.events
                if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
            ]
            if failures:
                found[execution.id] = failures
        return found

    return asyncio.run(look())

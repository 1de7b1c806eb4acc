"""Which code took a decision, and whether running workflows survive another: build ids and `jiesu replay`."""

import asyncio
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from temporalio.testing import WorkflowEnvironment
from typer.testing import CliRunner

from cli import release
from domain.rebuild.taking_in import take_in
from domain.show.views import StatusView, status_view
from domain.ticket.ticket import Ticket as State
from domain.vocabulary import Status
from operations.replaying import Replayed, replay_running
from settings import BadSetting, Settings
from tests import sample
from tests.workflows.city import City, city_of
from tests.workflows.mutants import ShowsFirst
from worker import build_id, worker_options

ROOT = Path(__file__).parents[2]


def test_the_build_id_is_the_release_and_what_the_setting_adds() -> None:
    """Without the setting the release alone; what is no word is refused."""
    assert build_id(Settings()) == version("jiesu")
    assert build_id(Settings(build_id="3f2a")) == f"{version('jiesu')}+3f2a"
    with pytest.raises(BadSetting, match="JIESU_BUILD_ID"):
        Settings.from_environment({"JIESU_BUILD_ID": "two words"})


def test_the_command_line_says_which_release_it_is() -> None:
    """`jiesu --version` names release and build, and starts nothing."""
    output = subprocess.run(
        [sys.executable, "-P", "-m", "cli", "--version"],
        env={"PYTHONPATH": str(ROOT), "JIESU_BUILD_ID": "b7"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert output.stdout.strip() == f"jiesu {version('jiesu')} (build {version('jiesu')}+b7)"


def settings_of(city: City, environment: WorkflowEnvironment) -> Settings:
    """Return settings that lead to the tickets of `city`."""
    address = environment.client.service_client.config.target_host
    return Settings(
        temporal_address=address,
        temporal_namespace=city.client.namespace,
        task_queue=city.queue,
        build_id="b1",
    )


async def test_every_workflow_task_says_which_build_took_it(dev_server: WorkflowEnvironment) -> None:
    """By that a history tells which code decided what."""
    async with city_of(dev_server) as city:
        settings = settings_of(city, dev_server)
        async with city.worker(**worker_options(settings)):
            ticket = await city.files()
            await ticket.comes_to(Status.AWAITING_SIGN)
            await ticket.signs()
            history = await ticket.history()
    done = [
        event.workflow_task_completed_event_attributes
        for event in history.events
        if event.HasField("workflow_task_completed_event_attributes")
    ]
    assert done
    assert {one.deployment_version.build_id or one.worker_version.build_id for one in done} == {
        build_id(settings)
    }


async def test_running_workflows_are_replayed_and_those_that_differ_are_named(
    dev_server: WorkflowEnvironment,
) -> None:
    """A ticket that other code has run is found; one of ours is not. A sample tells some of them."""
    async with city_of(dev_server) as city:
        settings = settings_of(city, dev_server)
        async with city.worker():
            ours = [await city.files() for _ in range(3)]
            for ticket in ours:
                await ticket.comes_to(Status.AWAITING_SIGN)
                await ticket.signs()
        found = await replay_running_all(settings, 3)
        assert found.diverged == {}
        steps: list[tuple[int, int]] = []
        found = await replay_running(settings, 1, lambda *step: steps.append(step))
        assert (found.workflows, steps) == (1, [(1, 1)])
        async with city.worker(ShowsFirst):
            other = await city.files()
            await other.comes_to(Status.AWAITING_SIGN)
            await other.signs()
        found = await replay_running_all(settings, 4)
        assert set(found.diverged) == {f"ticket/{other.number}"}


def _unseen(_done: int, _of: int) -> None:
    """Show no progress."""


async def replay_running_all(settings: Settings, expected: int) -> Replayed:
    """Replay as soon as the engine's list has `expected` workflows: it is a moment behind."""
    async with asyncio.timeout(20):
        while (found := await replay_running(settings, None, _unseen)).workflows < expected:  # noqa: ASYNC110 - no event
            await asyncio.sleep(0.2)
    return found


def test_what_is_shown_may_have_fields_of_a_later_release_and_what_decides_may_not() -> None:
    """Today's API reads the views of tomorrow's workers; a state not understood is an error."""
    ticket = take_in(sample.intake()).ticket
    later = {"of_a_later_release": 1}
    shown = status_view(ticket)
    assert StatusView.model_validate({**shown.model_dump(mode="json"), **later}) == shown
    with pytest.raises(ValueError, match="of_a_later_release"):
        State.model_validate({**ticket.model_dump(mode="json"), **later})


def test_a_ticket_never_carries_that_it_is_being_replayed() -> None:
    """The flag is for rules alone: no history, no older worker ever meets it."""
    replayed_one = take_in(sample.intake()).ticket.model_copy(update={"is_replayed": True})
    assert "is_replayed" not in replayed_one.model_dump(mode="json")


@pytest.mark.parametrize(("diverged", "code"), [(0, 0), (1, 1), (25, 1)])
def test_a_release_that_running_workflows_do_not_survive_is_not_to_be_deployed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, diverged: int, code: int
) -> None:
    """Exit code 1 and the first of them by name, with why; the rest is a number."""
    why = {f"ticket/{place:02d}": "[TMPRL1100] nondeterminism" for place in range(diverged)}

    async def replayed(_settings: Settings, sample: int | None, _step: object) -> Replayed:
        return Replayed(sample or 0, why)

    monkeypatch.setattr(release, "replay_running", replayed)
    monkeypatch.setenv("JIESU_DATABASE_URL", "postgresql://jiesu@127.0.0.1:1/jiesu")
    monkeypatch.setenv("JIESU_TEMPORAL_ADDRESS", "127.0.0.1:1")
    done = CliRunner().invoke(release.app, ["--data", str(tmp_path), "--sample", "40"])
    assert done.exit_code == code, done.output
    assert f"replayed: 40 · 不一致 diverged: {diverged}" in done.output
    assert ("Do not deploy this release." in done.output) == bool(diverged)
    assert done.output.count("[TMPRL1100]") == min(diverged, 20)
    assert ("… 5" in done.output) == (diverged == 25)


async def test_what_an_older_release_left_out_is_completed_and_counted(
    dsn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty database lacks nothing."""
    await asyncio.to_thread(release.complete, Settings(database_url=dsn))
    assert "rows added to the feeds: 0" in capsys.readouterr().out

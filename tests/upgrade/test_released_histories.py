"""Tickets that releases have left open go on with today's code, and replay to the facts recorded then."""

import ast
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.workflow import NondeterminismError

from domain.show.views import RecordedFact
from domain.ticket.ticket import TicketInput
from engine.replaying import replayer
from tests.upgrade.checkout import RELEASES, ROOT
from tests.workflows.mutants import ForgetsItsMarks
from workflows.ticket import Ticket

FOLDER = Path(__file__).parent / "histories"
HISTORIES = sorted(path for path in FOLDER.glob("*/*.json") if not path.name.endswith(".facts.json"))
NAMES = [f"{path.parent.name}/{path.stem}" for path in HISTORIES]
TURNED_AWAY_TODAY = [
    "open_reassigned_out_of_the_district",
    "closed_after_a_move_out_of_the_district",
    "open_pushed_down_to_the_town",
    "open_dispatched_to_the_town_past_the_directory",
    "open_moved_by_a_watcher",
    "open_redo_taken_to_another_town",
    "closed_after_saying_cannot_now",
    "open_said_cannot_now_by_signal",
    "open_reported_on_again_and_again",
]
"""The tickets of 0.1.0 that hold a command which today's rules turn away."""
LEAST = 30
"""How many histories of its tickets each release has left behind, at least."""

_TOLD = TypeAdapter(list[RecordedFact])
_replayed: list[Ticket] = []


@workflow.defn(name="Ticket")
class Remembered(Ticket):
    """A ticket that stays where it can be looked at when the replay is over."""

    @workflow.init
    def __init__(self, beginning: TicketInput) -> None:
        """Set up as ever."""
        super().__init__(beginning)
        _replayed.append(self)

    @workflow.run
    async def run(self, beginning: TicketInput) -> Any:  # noqa: ANN401 - the receipt
        """Go on as ever."""
        return await super().run(beginning)


@cache
def history(name: str) -> WorkflowHistory:
    """Return the recorded history `name`, which is release and scenario."""
    return WorkflowHistory.from_json(
        f"recorded/{name}", (FOLDER / f"{name}.json").read_text(encoding="utf-8")
    )


async def replayed(name: str) -> list[RecordedFact]:
    """Return the facts that today's ticket tells from the history `name`."""
    _replayed.clear()
    await replayer(Remembered).replay_workflow(history(name))
    return list(_replayed[-1].everything().facts)


@pytest.mark.parametrize("name", NAMES)
async def test_a_ticket_of_a_release_replays_to_the_facts_it_recorded(name: str) -> None:
    """The same facts, under the same numbers, at the same instants: they stand in the database already."""
    before = _TOLD.validate_json((FOLDER / f"{name}.facts.json").read_text(encoding="utf-8"))
    after = await replayed(name)
    assert [(one.seq, one.fact.kind, one.fact.at) for one in after] == [
        (one.seq, one.fact.kind, one.fact.at) for one in before
    ]


@pytest.mark.parametrize("name", TURNED_AWAY_TODAY)
async def test_a_command_that_todays_rules_turn_away_would_leave_its_ticket_standing(name: str) -> None:
    """Each of these histories does hold one: asked about it again as if it came today, the replay fails."""
    with pytest.raises(NondeterminismError):
        await replayer(ForgetsItsMarks).replay_workflow(history(f"0.1.0/{name}"))


def test_every_release_has_left_enough_histories() -> None:
    """Those of `tests/histories` that it froze, and those recorded by its code since."""
    for release in RELEASES:
        own = [name for name in NAMES if name.startswith(f"{release['version']}/")]
        frozen = [path for path in release["frozen"] if path.startswith("tests/histories/")]
        assert len(own) + len(frozen) >= LEAST, release["version"]
        recorded = {f"tests/upgrade/histories/{name}.json" for name in own}
        assert recorded <= set(release["frozen"]), "freeze what was recorded: tests/upgrade/releases.toml"


def test_every_stricter_rule_is_newer_than_the_oldest_release_that_may_be_open() -> None:
    """A mark of a release nobody can run any more has served its time."""
    oldest = _parts(RELEASES[0]["version"])
    marks = [
        str(node.args[0].value)
        for path in (ROOT / "domain").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in {"stricter_since", "changed_since"}
        and isinstance(node.args[0], ast.Constant)
    ]
    assert marks
    assert all(_parts(since) > oldest for since in marks)


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))

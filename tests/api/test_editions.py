"""Editions over running tickets: previewed, adopted, watched and stopped over HTTP, with a worker behind."""

import random
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from temporalio.client import Client

from activities.rulebook import Rulebook
from api.hotline import Hotline
from domain.vocabulary import AdoptionMode
from readmodel import connect, editions
from readmodel.vault import Vault
from rules.loading import RULES
from settings import Settings
from tests.api.desk import Desk, end_tickets, handler, problem, serving
from worker import build_worker

HASTY = "hasty"
"""An edition that asks for everything sooner."""
EDITION = """\
name: hasty
extends: beijing
title: {zh: 加急规则, en: hasty rules}
"""
NORMS = """\
category,place,clock,limit,basis,source
heating.indoor.cold,*,feedback_by,1h,natural,default:test
"""


@pytest.fixture
def rules_dir(tmp_path: Path) -> Path:
    """A folder with the product's edition and the hasty one."""
    root = tmp_path / "rules"
    shutil.copytree(RULES / "beijing", root / "beijing")
    (root / HASTY).mkdir()
    (root / HASTY / "edition.yaml").write_text(EDITION, encoding="utf-8")
    (root / HASTY / "norms.csv").write_text(NORMS, encoding="utf-8")
    return root


@pytest.fixture
async def city(dsn: str, client: Client, rules_dir: Path, tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk with a database, a worker and two editions of its own."""
    connection = await asyncpg.connect(dsn)  # numbers of its own: all tests share one engine
    await connection.execute("SELECT setval('ticket_serial', $1)", random.randint(1, 900_000))
    await connection.close()
    database = connect(dsn, 8)
    rulebook = Rulebook("beijing", tmp_path, database, rules_dir)
    queue = f"editions-{tmp_path.name}"
    hotline = Hotline(
        rulebook=rulebook, vault=Vault(b"0" * 32), database=database, client=client, task_queue=queue
    )
    settings = Settings(task_queue=queue, data_dir=tmp_path, rules_dir=rules_dir)
    worker_rules = Rulebook("beijing", tmp_path, database, rules_dir)
    async with build_worker(client, settings, database, worker_rules), serving(hotline) as http:
        yield Desk(http, hotline)
        await end_tickets(hotline)
    await hotline.close()


async def adopt(desk: Desk, mode: AdoptionMode, edition: str = HASTY) -> str:
    """Have an edition adopted; return its identity."""
    body = {"edition": edition, "mode": mode, "by": "ops-1"}
    answer = await desk.http.post("/api/v1/editions/adopt", json=body)
    assert answer.status_code == 202, answer.text
    order = answer.json()["progress"]["order"]
    assert order["actor"]["person"] == "ops-1"
    identity: str = order["edition"]
    return identity


async def dispatched(desk: Desk) -> str:
    """Return a ticket about a cold room that lies with its unit; the edition gives it a day."""
    number = await desk.has_filed()
    await desk.waits_to_see(f"tickets/{number}", lambda shown: shown["unit"] is not None)
    return number


async def is_kept(desk: Desk, identity: str) -> bool:
    """Return whether the database keeps the edition, for every worker to read."""
    try:
        await editions.fetch(desk.hotline.database, identity)
    except LookupError:
        return False
    return True


async def test_an_edition_is_previewed_adopted_and_then_decides(city: Desk) -> None:
    """What the preview says is what then happens; the worker reads the edition the API kept."""
    number = await dispatched(city)
    before = await city.sees(f"tickets/{number}")
    found = await city.sees("editions/preview", edition=HASTY, mode="now")
    assert (found["tickets"], found["adopting"], found["unresolved"]) == (1, 1, 0)
    by_identity = await city.sees("editions/preview", edition=found["edition"], mode="now")
    assert {**by_identity, "as_of": None} == {**found, "as_of": None}
    assert not await is_kept(city, found["edition"]), "a look has written something down"
    assert (found["promises_earlier"], found["promises_later"], found["units_losing"]) == (1, 0, 1)
    assert (found["escalated_at_once"], found["districts"][0]["earlier"]) == (0, 1)
    assert (await city.sees(f"tickets/{number}"))["version"] == before["version"]

    identity = await adopt(city, AdoptionMode.NOW)
    assert identity == found["edition"]
    assert await is_kept(city, identity)
    after = await city.waits_to_see(f"tickets/{number}", lambda shown: shown["edition"] == identity)
    assert after["promised_at"] < before["promised_at"]
    progress = await city.waits_to_see(
        "editions/adoption", lambda shown: shown["progress"]["tickets"] == 1, edition=identity
    )
    assert progress["workflow"] == f"adopt/{identity}"
    explanation = await city.sees(f"tickets/{number}/explain")
    assert [use["how"] for use in explanation["editions"]] == ["filed", "now"]
    assert (await city.says(number, "sign", handler())).status_code == 200
    again = await city.sees("editions/preview", edition=identity, mode="now")
    assert again["adopting"] == 0


@pytest.mark.parametrize(("mode", "adopting"), [("pinned", 1), ("next_step", 1)])
async def test_a_preview_of_the_gentler_modes_moves_nothing(city: Desk, mode: str, adopting: int) -> None:
    """It leaves its record on the ticket, no more."""
    await dispatched(city)
    found = await city.sees("editions/preview", edition=HASTY, mode=mode)
    assert found["adopting"] == adopting
    assert found["clocks_earlier"] == found["clocks_later"] == found["escalated_at_once"] == 0


async def test_an_adoption_is_stopped_over_http_and_nobody_stops_what_never_began(city: Desk) -> None:
    """The answer says how far it came."""
    identity = await adopt(city, AdoptionMode.PINNED)
    await city.waits_to_see("editions/adoption", bool, edition=identity)
    body = {"edition": "hasty@000000000000"}
    problem(await city.http.post("/api/v1/editions/adopt/stop", json=body), 422, "UnknownCode")
    never = await city.http.get("/api/v1/editions/adoption", params=body)
    problem(never, 422, "UnknownCode")


@pytest.mark.parametrize("edition", ["atlantis", "hasty@000000000000", "../etc"])
async def test_an_edition_that_is_not_there_is_refused(city: Desk, edition: str) -> None:
    """With one sentence, whether by name or by identity."""
    answer = await city.http.get("/api/v1/editions/preview", params={"edition": edition})
    assert answer.status_code == 422
    assert answer.json()["code"] in {"UnknownCode", "Malformed"}
    body = {"edition": edition, "mode": "now", "by": "ops-1"}
    assert (await city.http.post("/api/v1/editions/adopt", json=body)).status_code == 422


async def test_an_unsound_edition_is_refused_with_the_line(city: Desk, rules_dir: Path) -> None:
    """Nobody adopts what the checks refuse."""
    (rules_dir / HASTY / "norms.csv").write_text(NORMS.replace("1h", "soon"), encoding="utf-8")
    answer = await city.http.get("/api/v1/editions/preview", params={"edition": HASTY})
    refusal = problem(answer, 422, "Malformed")
    assert "norms.csv:2" in refusal["en"]


async def test_who_answers_for_it_must_be_named(city: Desk) -> None:
    """And the mode is one of three."""
    body = {"edition": HASTY, "mode": "perhaps"}
    refusal = problem(await city.http.post("/api/v1/editions/adopt", json=body), 422, "Malformed")
    assert {error["field"] for error in refusal["errors"]} == {"mode", "by"}

"""`jiesu rules diff|preview|adopt` against a real database and engine."""

import asyncio
import json
import random
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
import typer
from structlog.testing import capture_logs
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment
from typer.testing import CliRunner, Result

from activities.rulebook import Rulebook
from api.hotline import Hotline
from cli.edition import add_to
from readmodel import connect
from readmodel.vault import Vault
from rules.loading import RULES
from settings import Settings
from tests.api.desk import Desk, end_tickets, serving
from worker import build_worker

NORMS = "category,place,clock,limit,basis,source\nheating.indoor.cold,*,feedback_by,1h,natural,default:test\n"


@dataclass(frozen=True)
class Operations:
    """Somebody at the terminal of the machine, and a desk to look at what came of it."""

    settings: Settings
    desk: Desk

    async def types(self, *arguments: str) -> Result:
        """Return what `jiesu rules` says and how it ends."""
        app = typer.Typer()
        add_to(app, lambda _data: self.settings)
        with capture_logs():
            return await asyncio.to_thread(CliRunner().invoke, app, list(arguments), env={"COLUMNS": "200"})

    def changes_the_rules(self) -> None:
        """Let the city write another limit into the edition called `city`."""
        assert self.settings.rules_dir is not None
        (self.settings.rules_dir / "city" / "norms.csv").write_text(NORMS, encoding="utf-8")


@pytest.fixture
async def operations(
    dsn: str, client: Client, dev_server: WorkflowEnvironment, tmp_path: Path
) -> AsyncIterator[Operations]:
    """An installation with an edition of its own, and one open ticket."""
    root = tmp_path / "rules"
    shutil.copytree(RULES / "beijing", root / "beijing")
    (root / "city").mkdir()
    (root / "city" / "edition.yaml").write_text("name: city\nextends: beijing\n", encoding="utf-8")
    connection = await asyncpg.connect(dsn)  # numbers of its own: all tests share one engine
    await connection.execute("SELECT setval('ticket_serial', $1)", random.randint(1, 900_000))
    await connection.close()
    settings = Settings(
        data_dir=tmp_path,
        rules_dir=root,
        edition="city",
        database_url=dsn,
        temporal_address=dev_server.client.service_client.config.target_host,
        temporal_namespace=client.namespace,
        task_queue=f"edition-cli-{tmp_path.name}",
    )
    database = connect(dsn, 8)
    rulebook = Rulebook("city", tmp_path, database, root)
    hotline = Hotline(
        rulebook=rulebook,
        vault=Vault(b"0" * 32),
        database=database,
        client=client,
        task_queue=settings.task_queue,
    )
    worker_rules = Rulebook("city", tmp_path, database, root)
    async with build_worker(client, settings, database, worker_rules), serving(hotline) as http:
        yield Operations(settings, Desk(http, hotline))
        await end_tickets(hotline)
    await hotline.close()


async def test_changed_rules_are_compared_previewed_and_adopted_at_the_terminal(
    operations: Operations,
) -> None:
    """From what the tickets carry to what the files say now."""
    desk = operations.desk
    number = await desk.has_filed()
    before = await desk.waits_to_see(f"tickets/{number}", lambda shown: shown["unit"] is not None)
    operations.changes_the_rules()

    compared = await operations.types(
        "diff", before["edition"], "city", "--root", str(operations.settings.rules_dir)
    )
    assert compared.exit_code == 1, compared.output
    assert "heating.indoor.cold" in compared.stdout

    previewed = await operations.types("preview", "city", "--json")
    assert previewed.exit_code == 0, previewed.output
    found = json.loads(previewed.stdout)
    assert (found["tickets"], found["promises_earlier"]) == (1, 1)
    shown = (await operations.types("preview", "city")).stdout
    assert "在办工单 open tickets: 1" in shown
    assert "units that lose time: 1" in shown

    adopted = await operations.types("adopt", "city", "--mode", "now", "--by", "ops-1")
    assert adopted.exit_code == 0, adopted.output
    assert "1 tickets notified" in adopted.stdout
    after = await desk.waits_to_see(f"tickets/{number}", lambda shown: shown["edition"] == found["edition"])
    assert after["promised_at"] < before["promised_at"]
    assert after["unit"] == before["unit"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["preview", "atlantis"], "atlantis"),
        (["preview", "city@000000000000"], "keeps no edition"),
        (["adopt", "city", "--mode", "now"], "--by"),
        (["adopt", "city", "--mode", "now", "--by", "王 小明"], "staff code"),
        (["adopt", "city", "--mode", "now", "--by", "13800138000"], "staff code"),
        (["adopt", "city", "--stop"], "name@hash"),
        (["adopt", "city@000000000000", "--stop"], "No adoption"),
    ],
)
async def test_what_cannot_be_done_is_one_sentence(
    operations: Operations, arguments: list[str], said: str
) -> None:
    """And exit code 1."""
    result = await operations.types(*arguments)
    assert result.exit_code == 1
    assert said in result.stderr

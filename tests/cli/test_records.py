"""`jiesu ticket archive|verify` and `jiesu feed` against the real API, engine and database."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import typer
from structlog.testing import capture_logs
from typer.testing import CliRunner, Result

from cli.records import add_feed, add_to
from readmodel import editions
from tests.api.conftest import desk, idle, idle_desk, rows, rulebook, worked
from tests.api.desk import HEATING, Desk
from tests.cli.test_ticket import Bridge

__all__ = ["desk", "idle", "idle_desk", "rows", "rulebook", "worked"]  # fixtures of the API's tests


@dataclass(frozen=True)
class Terminal:
    """A terminal at which somebody types one of the commands."""

    open_line: Callable[[str], httpx.Client]

    async def types(self, *arguments: str) -> Result:
        """Return what the command says and how it ends."""
        app = typer.Typer()
        add_to(app, self.open_line)
        add_feed(app, self.open_line)
        with capture_logs():
            return await asyncio.to_thread(CliRunner().invoke, app, list(arguments))


@pytest.fixture
async def terminal(idle_desk: Desk) -> Terminal:
    """A terminal with a line to an API of its own."""
    loop = asyncio.get_running_loop()
    return Terminal(
        lambda _address: httpx.Client(transport=Bridge(idle_desk.http, loop), base_url="http://testserver")
    )


async def test_an_archive_is_written_and_verified_offline(
    terminal: Terminal, idle_desk: Desk, tmp_path: Path
) -> None:
    """Praise closes by itself; a copy with one fact less is reported in both languages and ends with 1."""
    await editions.store(idle_desk.hotline.database, idle_desk.hotline.rules.identity, {})
    number = await idle_desk.has_filed(type="praise")
    file = tmp_path / "archive.json"
    done = await terminal.types("archive", number, "--output", str(file))
    assert done.exit_code == 0, done.output
    assert json.loads(file.read_text(encoding="utf-8"))["sha256"] in done.stdout
    offline = Terminal(lambda _address: pytest.fail("nobody is asked"))
    whole = await offline.types("verify", str(file))
    assert (whole.exit_code, "完整无缺" in whole.stdout) == (0, True)
    document = json.loads(file.read_text(encoding="utf-8"))
    document["facts"].pop(1)
    file.write_text(json.dumps(document), encoding="utf-8")
    cut = await offline.types("verify", str(file))
    assert cut.exit_code == 1
    assert "缺少第 2 条事实" in cut.stderr
    assert "Facts are missing: 2" in cut.stderr


@pytest.mark.parametrize("content", ["", "no json", "[]", '{"format": 1}'])
async def test_a_file_that_is_no_archive_is_one_sentence(
    terminal: Terminal, tmp_path: Path, content: str
) -> None:
    """Nor is one that is not there a traceback."""
    file = tmp_path / "x.json"
    for _ in range(2):
        printed = await terminal.types("verify", str(file))
        assert printed.exit_code == 1
        assert len(printed.stderr.strip().splitlines()) == 1
        file.write_text(content, encoding="utf-8")


async def test_an_open_ticket_is_not_archived_and_no_file_is_written(
    terminal: Terminal, idle_desk: Desk, tmp_path: Path
) -> None:
    """The API's own sentence."""
    number = await idle_desk.has_filed()
    printed = await terminal.types("archive", number, "--output", str(tmp_path / "x.json"))
    assert (printed.exit_code, "办结" in printed.stderr) == (1, True)
    assert not (tmp_path / "x.json").exists()


async def test_a_feed_is_appended_and_goes_on_where_the_file_ends(
    terminal: Terminal, idle_desk: Desk, tmp_path: Path
) -> None:
    """Again and again, also behind a line that was cut short: every ticket stands in it once."""
    file = tmp_path / "feed.ndjson"
    numbers = [await idle_desk.has_filed(description="暖气\u2028不热") for _ in range(2)]
    first = await terminal.types("feed", HEATING, "--output", str(file))
    assert first.exit_code == 0, first.output
    assert "2 件" in first.stderr
    numbers.append(await idle_desk.has_filed())
    with file.open("ab") as handle:
        handle.write(b'{"cursor": "cut sh')
    assert (await terminal.types("feed", HEATING, "--output", str(file))).exit_code == 0
    assert (await terminal.types("feed", HEATING, "--output", str(file))).exit_code == 0
    answer = [json.loads(line) for line in file.read_bytes().split(b"\n")[:-1]]
    assert [item["number"] for item in answer] == numbers
    later = tmp_path / "later.ndjson"
    await terminal.types("feed", HEATING, "--after", answer[1]["cursor"], "--output", str(later))
    assert [json.loads(line)["number"] for line in later.read_bytes().splitlines()] == numbers[2:]


async def test_a_feed_that_is_refused_or_cut_ends_with_one_sentence(
    terminal: Terminal, tmp_path: Path
) -> None:
    """An unknown unit; a stream without its last line; a file that holds something else."""
    file = tmp_path / "feed.ndjson"
    unknown = await terminal.types("feed", "nobody", "--output", str(file))
    assert (unknown.exit_code, "nobody" in unknown.stderr) == (1, True)
    cut = Terminal(
        lambda address: httpx.Client(
            base_url=address,
            transport=httpx.MockTransport(lambda _: httpx.Response(200, content=b'{"cursor": "a"}\n{"cur')),
        )
    )
    answer = await cut.types("feed", HEATING, "--output", str(file), "--api", "http://127.0.0.1:1")
    assert (answer.exit_code, "续传" in answer.stderr) == (1, True)
    assert file.read_bytes() == b'{"cursor": "a"}\n'
    file.write_text("something else\n", encoding="utf-8")
    assert (await terminal.types("feed", HEATING, "--output", str(file))).exit_code == 1
    assert file.read_text(encoding="utf-8") == "something else\n"

"""`jiesu ticket …` against the real API, engine and database: fields, keys, sentences, exit codes."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner, Result

from api.forms import FORMS, RequestForm
from cli.fields import FieldError, body_of, fields_help
from cli.ticket import build_app
from tests.api.conftest import desk, idle, idle_desk, rows, rulebook, worked
from tests.api.desk import HEATING, NEVER_ISSUED, Desk

__all__ = ["desk", "idle", "idle_desk", "rows", "rulebook", "worked"]  # fixtures of the API's tests

HANDLER = f"{HEATING}:handler:h-17"
A_COLD_ROOM = (
    "type=complaint",
    "channel=phone",
    "description=暖气不热",
    "category=室温不达标",
    "location.district=昌平区",
    "location.town=回龙观街道",
)


class Bridge(httpx.BaseTransport):
    """Carries a thread's requests to the application in the tests' event loop."""

    def __init__(self, http: httpx.AsyncClient, loop: asyncio.AbstractEventLoop) -> None:
        """Lead to `http`, which lives in `loop`."""
        self._http = http
        self._loop = loop

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return what the application answers."""

        async def pass_on() -> httpx.Response:
            return await self._http.request(
                request.method, str(request.url), content=request.read(), headers=dict(request.headers)
            )

        answer = asyncio.run_coroutine_threadsafe(pass_on(), self._loop).result(60)
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


@dataclass(frozen=True)
class Terminal:
    """A terminal at which somebody types `jiesu ticket …`."""

    open_line: Callable[[str], httpx.Client]

    async def types(self, *arguments: str) -> Result:
        """Return what the command says and how it ends."""
        app = build_app(self.open_line)
        where = {"COLUMNS": "300"}
        with (
            capture_logs()
        ):  # the API of these tests lives in this process; its log is none of the terminal's
            return await asyncio.to_thread(CliRunner().invoke, app, list(arguments), env=where)

    async def gets(self, *arguments: str) -> Any:  # noqa: ANN401 - JSON
        """Return the JSON that a command prints, which must end with 0."""
        result = await self.types(*arguments, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)


@pytest.fixture
async def terminal(desk: Desk) -> Terminal:
    """A terminal with a line to the API."""
    loop = asyncio.get_running_loop()
    return Terminal(
        lambda _address: httpx.Client(transport=Bridge(desk.http, loop), base_url="http://testserver")
    )


async def filed(terminal: Terminal, desk: Desk) -> str:
    """File a request at the terminal; return its number once it lies with its unit."""
    number: str = (await terminal.gets("file", *A_COLD_ROOM))["number"]
    await desk.waits_to_see(f"tickets/{number}", lambda shown: shown["unit"] is not None)
    return number


async def test_a_request_goes_from_filing_to_feedback_at_the_terminal(terminal: Terminal, desk: Desk) -> None:
    """Filed, shown, signed, contacted, answered with proof: each ends with 0 and says where it stands."""
    number = await filed(terminal, desk)
    assert "北京市热力集团" in (await terminal.types("show", number)).stdout
    for arguments in (
        ("sign",),
        ("contact", "result=reached"),
        ("visit", "proof=photo:室温二十度"),
        ("feedback", "outcome=resolved", "reply=已修复", "proof=photo:温度计", "proof=document:签字单"),
    ):
        name, *fields = arguments
        result = await terminal.types("do", name, number, "--as", HANDLER, *fields)
        assert result.exit_code == 0, result.output
        assert number in result.stdout
    assert (await desk.sees(f"tickets/{number}"))["status"] == "feedback_given"


async def test_a_branch_command_goes_the_same_way(terminal: Terminal, desk: Desk) -> None:
    """Nothing in the command line knows of assist; the table does."""
    number = await filed(terminal, desk)
    await terminal.gets("do", "sign", number, "--as", HANDLER)
    fields = ("unit=昌平区", "text=请协助入户", "mandatory=否")
    await terminal.gets("do", "assist", number, "--as", HANDLER, *fields)
    (task,) = (await desk.sees(f"tickets/{number}"))["tasks"]
    assert (task["task"], task["mandatory"]) == ("assist.1", False)


async def test_the_key_is_printed_and_the_same_key_counts_once(terminal: Terminal, desk: Desk) -> None:
    """Whoever got no answer sends it again under the key he was shown."""
    number = await filed(terminal, desk)
    first = await terminal.types("do", "sign", number, "--as", HANDLER)
    key = first.stderr.partition("key: ")[2].strip()
    again = await terminal.types("do", "sign", number, "--as", HANDLER, "--key", key)
    assert (again.exit_code, again.stdout) == (0, first.stdout)
    again = await terminal.types("do", "sign", number, "--as", HANDLER)
    assert again.exit_code == 1


async def test_a_refusal_is_the_apis_own_sentence_and_ends_with_one(terminal: Terminal, desk: Desk) -> None:
    """No traceback, both languages, every field that does not fit."""
    number = await filed(terminal, desk)
    stranger = await terminal.types("do", "sign", number, "--as", "昌平区:handler")
    assert stranger.exit_code == 1
    assert "本工单由北京市热力集团承办,您所在单位(110114)不能签收。" in stranger.stderr
    misspelt = await terminal.types("do", "contact", number, "--as", HANDLER, "outcome=reached")
    assert misspelt.exit_code == 1
    assert "outcome: 没有这个字段" in misspelt.stderr
    assert "result: 必填" in misspelt.stderr
    unknown = await terminal.types("show", NEVER_ISSUED)
    assert (unknown.exit_code, unknown.stdout) == (1, "")


async def test_the_requester_acts_with_the_tracking_code(terminal: Terminal, desk: Desk) -> None:
    """And not without it."""
    answer = await terminal.gets("file", *A_COLD_ROOM)
    arguments = ("do", "urge", answer["number"], "--as", "requester", "reason=孩子病了")
    assert (await terminal.types(*arguments)).exit_code == 1
    assert (await terminal.types(*arguments, "--code", answer["tracking_code"])).exit_code == 0


async def test_a_ticket_explains_itself_at_the_terminal(terminal: Terminal, desk: Desk) -> None:
    """Unit, level, deadlines, and what comes if nobody acts."""
    number = await filed(terminal, desk)
    output = (await terminal.types("explain", number)).stdout
    for words in ("为何在此单位", "directory.csv:", "为何此时限", "供热", "若无人办理", "raised to"):
        assert words in output


async def test_an_api_that_is_away_is_one_sentence(terminal: Terminal) -> None:
    """With the address that was tried."""
    result = await asyncio.to_thread(
        CliRunner().invoke, build_app(), ["show", NEVER_ISSUED, "--api", "http://127.0.0.1:1"]
    )
    assert result.exit_code == 1
    assert "http://127.0.0.1:1" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("key", ["钥匙", " ", "a\nb", "k "])
def test_a_key_that_no_header_carries_is_reported_before_anything_is_sent(key: str) -> None:
    """Not as the fault of an API that was never asked."""
    lines: list[str] = []

    def open_line(address: str) -> httpx.Client:
        lines.append(address)
        raise AssertionError("nothing is to be sent")

    arguments = ["do", "sign", NEVER_ISSUED, "--as", HANDLER, "--key", key]
    result = CliRunner().invoke(build_app(open_line), arguments)
    assert (result.exit_code, lines) == (1, [])
    assert "--key 只能含" in result.stderr
    assert "API" not in result.stderr


async def test_what_is_no_unicode_is_reported_as_such(terminal: Terminal) -> None:
    """Bytes that are no UTF-8 come as halves of characters; the sentence blames them, not the API."""
    result = await terminal.types("file", *A_COLD_ROOM, "external_id=\udcff")
    assert result.exit_code == 1
    assert "无法发送" in result.stderr


async def test_somebody_else_s_page_is_reported_as_such() -> None:
    """What answers there is not the API."""
    page = httpx.MockTransport(lambda _: httpx.Response(200, text="<html>"))
    app = build_app(lambda _: httpx.Client(transport=page, base_url="http://elsewhere"))
    result = CliRunner().invoke(app, ["show", NEVER_ISSUED])
    assert (result.exit_code, result.stderr.strip()) == (
        1,
        "http://elsewhere 不是接诉的接口。 What answers at http://elsewhere is not the API.",
    )


def test_every_command_is_listed_with_its_roles() -> None:
    """From the tables of the main line and of the branches."""
    output = CliRunner().invoke(build_app(), ["commands"], env={"COLUMNS": "300"}).stdout
    for name in FORMS:
        assert name in output
    assert "承办人 handler" in output


@pytest.mark.parametrize(
    ("name", "stages"),
    [
        ("classify", "accept dispatch handle"),
        ("answer", "accept dispatch"),
        ("dispatch", "accept dispatch"),
        ("sign", "handle"),
        ("contact", "handle"),
        ("visit", "handle"),
        ("feedback", "handle"),
        ("survey", "evaluate"),
        ("urge", "accept dispatch handle feedback evaluate"),
        ("reassign", "handle"),
        ("note", "accept dispatch handle feedback evaluate"),
        ("reopen", "closed"),
    ],
)
def test_the_list_says_at_which_stages_a_command_counts(name: str, stages: str) -> None:
    """As the rules have it, for the main line as for the branches."""
    output = CliRunner().invoke(build_app(), ["commands"], env={"COLUMNS": "300"}).stdout
    (row,) = (line for line in output.splitlines() if line.split()[1:2] == [name])
    when = row.rstrip(" │").rpartition("│")[2].split("、")
    assert " ".join(stage.split()[-1] for stage in when) == stages


@pytest.mark.parametrize("name", FORMS)
def test_the_help_of_every_command_lists_its_fields(name: str) -> None:
    """Those of its own; who acts and when is said by options."""
    output = CliRunner().invoke(build_app(), ["do", name, "--help"], env={"COLUMNS": "300"}).stdout
    own = set(FORMS[name].model_fields) - {"actor", "expected_version", "tracking_code"}
    for field in own:
        assert f" {field}" in output


def test_a_field_without_value_and_a_number_that_is_none_are_reported() -> None:
    """By sentences of our own: they never reach the API."""
    with pytest.raises(FieldError, match="field=value"):
        body_of(RequestForm, ["complaint"])
    with pytest.raises(FieldError, match="latitude"):
        body_of(RequestForm, ["location.latitude=north"])


def test_fields_become_what_the_form_takes() -> None:
    """Nested parts, numbers, lists; what is unknown stays text for the API to refuse."""
    body = body_of(FORMS["feedback"], ["outcome=resolved", "proof=photo:a:b", "reply=x=y", "strange=1"])
    assert body == {
        "outcome": "resolved",
        "proof": [{"kind": "photo", "note": "a:b"}],
        "reply": "x=y",
        "strange": "1",
    }
    assert body_of(RequestForm, ["location.latitude=39.9"]) == {"location": {"latitude": 39.9}}
    assert "type* = inquiry|help" in fields_help(RequestForm)

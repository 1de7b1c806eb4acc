"""`jiesu ticket …`: everything people do to a ticket, from the command line, through the HTTP API."""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, Any, NoReturn
from uuid import uuid4

import httpx
import typer
from pydantic import BaseModel
from rich.console import Console
from rich.table import Table

from api.forms import FORMS, CommandForm, RequestForm
from cli.fields import FieldError, body_of, fields_help
from cli.lazy import lazy
from domain.commands import COMMANDS
from domain.ticket.transitions import STAGES
from domain.vocabulary import Stage
from embedded.running import find
from engine.errors import CannotStart
from settings import from_process

Document = dict[str, Any]
"""What the API answers or is sent."""

OpenLine = Callable[[str], httpx.Client]
"""Opens a line to the API at an address."""

_HANDLED = frozenset({"actor", "expected_version", "tracking_code"})
"""Fields of every command that have an option of their own."""
_SECONDS = 30

Number = Annotated[str, typer.Argument(help="工单编号 number of the ticket")]
Fields = Annotated[list[str] | None, typer.Argument(help="字段=值 field=value …", metavar="[FIELD=VALUE]…")]
Api = Annotated[str | None, typer.Option("--api", help="接口地址 address of the API")]
Key = Annotated[str | None, typer.Option("--key", help="幂等键,重发时沿用 idempotency key")]
Json = Annotated[bool, typer.Option("--json", help="输出 JSON print JSON")]
As = Annotated[str, typer.Option("--as", help="单位:角色[:工号] unit:role[:person], or requester")]
Code = Annotated[str | None, typer.Option("--code", help="查询码,诉求人操作时必填 tracking code")]
Version = Annotated[int | None, typer.Option("--expect", help="工单版本 refuse if it has changed since")]


def dial(address: str) -> httpx.Client:
    """Return a line to the API at `address`; proxies of the environment are not for it."""
    return httpx.Client(base_url=address, timeout=_SECONDS, trust_env=False)


def build_app(open_line: OpenLine = dial) -> typer.Typer:
    """Return the commands; they talk over the lines that `open_line` opens."""
    app = typer.Typer(
        cls=lazy({"archive": "cli.records", "verify": "cli.records"}),
        help="工单：登记、查看、操作、说明 / tickets: file, show, act, explain",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
    )
    _add_reading(app, open_line)
    _add_filing(app, open_line)
    acts = typer.Typer(
        help="操作工单,每个命令的 --help 列出字段。 Give a ticket a command.", no_args_is_help=True
    )
    for name, form in FORMS.items():
        _add_act(acts, name, form, open_line)
    app.add_typer(acts, name="do")
    return app


def _add_reading(app: typer.Typer, open_line: OpenLine) -> None:
    @app.command("show", help="查看工单 show a ticket")
    def show(number: Number, api: Api = None, *, as_json: Json = False) -> None:
        document = ask(open_line, api, f"/api/v1/tickets/{number}")
        _print(document, as_json, _show_ticket)

    @app.command("explain", help="说明:为何在此单位、此层级、此时限 why this unit, level and deadline")
    def explain(number: Number, api: Api = None, *, as_json: Json = False) -> None:
        document = ask(open_line, api, f"/api/v1/tickets/{number}/explain")
        _print(document, as_json, _show_explanation)

    @app.command("commands", help="列出全部命令 list every command with who may give it, and when")
    def commands() -> None:
        table = Table()
        for heading in ("命令 command", "含义 meaning", "角色 who", "环节 stage"):
            table.add_column(heading, overflow="fold")
        for name in FORMS:
            table.add_row(name, _meaning(name), _who(name), _when(name))
        Console().print(table)


def _add_filing(app: typer.Typer, open_line: OpenLine) -> None:
    text = "登记诉求 file a request\n\n\b\n" + fields_help(RequestForm)

    @app.command("file", help=text)
    def file(fields: Fields = None, api: Api = None, key: Key = None, *, as_json: Json = False) -> None:
        document = _send(open_line, api, "/api/v1/requests", _body(RequestForm, fields), key)
        _print(document, as_json, _show_filed)


def _add_act(acts: typer.Typer, name: str, form: type[CommandForm], open_line: OpenLine) -> None:
    own = fields_help(form, without=_HANDLED)
    text = f"{_meaning(name)}\n\n角色 who: {_who(name)}\n\n" + (f"\b\n{own}" if own else "")

    @acts.command(name, help=text)
    def act(  # noqa: PLR0913 - these are the options
        number: Number,
        actor: As,
        fields: Fields = None,
        code: Code = None,
        version: Version = None,
        api: Api = None,
        key: Key = None,
        *,
        as_json: Json = False,
    ) -> None:
        body = {**_body(form, fields), "actor": _actor(actor)}
        body |= {"tracking_code": code} if code else {}
        body |= {"expected_version": version} if version is not None else {}
        document = _send(open_line, api, f"/api/v1/tickets/{number}/{name}", body, key)
        _print(document, as_json, _show_receipt)


# ---------------------------------------------------------------- what the table says of a command


def _meaning(name: str) -> str:
    return COMMANDS[name].does.both()


def _who(name: str) -> str:
    return "、".join(f"{role.zh} {role.value}" for role in COMMANDS[name].may)


def _when(name: str) -> str:
    stages = {STAGES[status] for status in COMMANDS[name].when}
    return "、".join(f"{stage.zh} {stage.value}" for stage in Stage if stage in stages)


# ---------------------------------------------------------------- talking to the API


def _body(form: type[BaseModel], fields: list[str] | None) -> Document:
    try:
        return body_of(form, fields or [])
    except FieldError as mistake:
        fail(str(mistake))


def _actor(text: str) -> dict[str, str]:
    """Return who acts as the form has it: `unit:role[:person]`, or a role alone for the requester."""
    parts = text.split(":")
    if len(parts) == 1:
        return {"role": parts[0]}
    names = ("unit", "role", "person")
    if len(parts) > len(names):
        fail(f"--as 应为 单位:角色[:工号],而不是 {text}。 --as is unit:role[:person], not {text}.")
    return {name: part for name, part in zip(names, parts, strict=False) if part}


def ask(open_line: OpenLine, api: str | None, path: str) -> Document:
    """Return what the API answers at `path`; a refusal ends the command with its sentence."""
    with open_line(api or address()) as line:
        return _answer(lambda: line.get(path), str(line.base_url))


def _send(open_line: OpenLine, api: str | None, path: str, body: Document, key: str | None) -> Document:
    key = _sendable(key) if key else uuid4().hex
    typer.echo(f"幂等键 key: {key}", err=True)  # before it is sent: a caller without an answer repeats it
    with open_line(api or address()) as line:
        headers = {"Idempotency-Key": key}
        return _answer(lambda: line.post(path, json=body, headers=headers), str(line.base_url))


def _answer(ask: Callable[[], httpx.Response], address: str) -> Document:
    """Return what the API answers; its refusal ends the command with its own sentence."""
    try:
        answer = ask()
    except UnicodeEncodeError:
        fail("含有无效字符,无法发送。 It holds characters that cannot be sent.")
    except (httpx.TransportError, httpx.InvalidURL, httpx.UnsupportedProtocol) as away:
        kind = type(away).__name__
        fail(f"接口 {address} 没有应答({kind})。 The API at {address} does not answer ({kind}).")
    try:
        document: Document = answer.json()
    except ValueError:
        fail(f"{address} 不是接诉的接口。 What answers at {address} is not the API.")
    if not answer.is_success:
        refused(answer, document)
    return document


def _sendable(key: str) -> str:
    """Return the idempotency key the caller chose; one that no header can carry ends the command."""
    if not (key.isascii() and key.isprintable() and key == key.strip()):
        fail(
            "--key 只能含英文字母、数字和符号,首尾不能有空格。"
            " --key holds ASCII letters, digits and signs alone, without a space at its ends."
        )
    return key


def refused(answer: httpx.Response, document: Document) -> NoReturn:
    """End the command with the sentences of a refusal."""
    sentences = [str(document.get("detail") or answer.reason_phrase)]
    sentences += [f"  {error['field']}: {error['zh']} {error['en']}" for error in document.get("errors", ())]
    fail("\n".join(sentences))


def address() -> str:
    """Return where the installation of this machine listens, else where the settings say it would."""
    settings = from_process()
    with suppress(CannotStart):
        settings = find(settings)
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104 - read, not bound
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def fail(sentence: str) -> NoReturn:
    """End the command with `sentence` and exit code 1."""
    typer.echo(sentence, err=True)
    raise typer.Exit(1)


# ---------------------------------------------------------------- for people to read


def _print(document: Document, as_json: bool, show: Callable[[Document], None]) -> None:
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        show(document)


def _show_filed(document: Document) -> None:
    repeated = "(此前已登记)" if document["repeated"] else ""
    typer.echo(f"{document['number']}  查询码 code: {document['tracking_code']} {repeated}".rstrip())
    proposed = document["proposed"]
    typer.echo(f"{proposed['why_zh']}\n{proposed['why_en']}")


def _show_receipt(document: Document) -> None:
    unit = document["unit"]
    where = f",{unit['zh']} {unit['en']} ({unit['code']})" if unit else ""
    promised = f",时限 due {document['promised_at']}" if document["promised_at"] else ""
    version = f"第{document['version']}版 version"
    typer.echo(f"{document['number']} {version}: {document['status']}{where}{promised}")


def _show_ticket(document: Document) -> None:
    typer.echo(f"{document['number']}  {document['category']['zh']} {document['category']['en']}")
    typer.echo(f"{document['sentence_zh']}\n{document['sentence_en']}")
    typer.echo(f"{document['why_zh']}\n{document['why_en']}")
    for task in document["tasks"]:
        overdue = "(逾期 overdue)" if task["overdue"] else ""
        typer.echo(f"  {task['task']} {task['holder']['zh']} {task['due_at']}{overdue}")
    if not document["live"]:
        typer.echo(f"截至 as of {document['as_of']}")


def _show_explanation(document: Document) -> None:
    deadlines = [one for due in document["deadlines"] for one in due["sentences"]]
    parts = (
        ("现状 now", [document["summary"]]),
        ("为何在此单位 why this unit", document["unit"]["sentences"]),
        ("为何在此层级 why this level", document["level"]["sentences"]),
        ("为何此时限 why these deadlines", deadlines),
        ("若无人办理 if nobody acts", [step["sentence"] for step in document["next"]]),
    )
    for title, sentences in parts:
        typer.echo(title)
        for sentence in sentences:
            typer.echo(f"  {sentence['zh']}\n    {sentence['en']}")


app = build_app()

"""`jiesu ticket archive|verify` and `jiesu feed`: what is kept, and what units are sent."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import httpx
import typer

from api.feed import LINES
from cli.ticket import Api, Number, OpenLine, address, ask, dial, fail, refused
from domain.rebuild.archive import findings

_REPORT_EVERY = 100

Output = Annotated[Path, typer.Option("--output", help="写入文件 file to write", dir_okay=False)]
Unit = Annotated[str, typer.Argument(help="单位编号或名称 code or name of the unit")]
After = Annotated[str | None, typer.Option("--after", help="续传标记 mark to go on from")]


def add_to(app: typer.Typer, open_line: OpenLine = dial) -> None:
    """Give `app`, which is `jiesu ticket`, the commands about archives."""

    @app.command("archive", help="归档:导出已办结的工单 write a closed ticket, whole, to a file")
    def archive(number: Number, output: Output, api: Api = None) -> None:
        document = ask(open_line, api, f"/api/v1/tickets/{number}/archive")
        output.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        _tell_findings(document)
        counts = ", ".join(f"{name} {count}" for name, count in document["counts"].items())
        typer.echo(f"{output}: {counts}\nsha256 {document['sha256']}")

    @app.command("verify", help="核验归档文件,无需联网 check an archive, offline")
    def verify(file: Annotated[Path, typer.Argument(help="归档文件 the archive")]) -> None:
        try:
            document = json.loads(file.read_bytes())
        except OSError as error:
            fail(f"无法读取 {file}:{error.strerror}。 {file} cannot be read: {error.strerror}.")
        except (ValueError, RecursionError):
            fail(f"{file} 不是 JSON 文件。 {file} is not JSON.")
        _tell_findings(document)
        typer.echo(f"{document['number']} 完整无缺 is whole: {document['counts']['facts']} facts")


def add_feed(app: typer.Typer, open_line: OpenLine = dial) -> None:
    """Give `app`, which is `jiesu`, the command `feed`."""

    @app.command("feed", help="全量数据推送:续写本单位工单变化 Append what changed for a unit to a file")
    def feed(unit: Unit, output: Output, after: After = None, api: Api = None) -> None:
        with output.open("a+b") as file, open_line(api or address()) as line:
            last = _last_mark(file)
            ended = _follow(line, unit, after or last, file)
        if ended.get("end") != "complete":
            fail("传输中断,再次运行即可续传。 The feed was cut: run it again, it goes on where it ended.")
        typer.echo(f"{ended['items']} 件 tickets, --after {ended['next']}", err=True)


def _tell_findings(document: object) -> None:
    """Say what is missing or was changed and end with 1; return if nothing is."""
    found = findings(document)
    if found:
        fail("\n".join(f"{one.zh} {one.en}" for one in found))


def _follow(line: httpx.Client, unit: str, after: str | None, file: BinaryIO) -> dict[str, Any]:
    """Append each ticket to `file` as it comes; return the line that ends the stream, empty if none came."""
    parameters = {"after": after} if after else {}
    asked = line.stream("GET", f"/api/v1/units/{unit}/feed", params=parameters, headers={"Accept": LINES})
    try:
        with asked as answer:
            if not answer.is_success:
                answer.read()
                refused(answer, answer.json())
            return _append(answer.iter_bytes(), file, lambda count: typer.echo(f"{count} …", err=True))
    except (httpx.TransportError, httpx.InvalidURL, httpx.UnsupportedProtocol) as away:
        kind = type(away).__name__
        fail(f"接口 {line.base_url} 没有应答({kind})。 The API at {line.base_url} does not answer ({kind}).")
    finally:
        file.flush()
        os.fsync(file.fileno())


def _append(parts: Iterator[bytes], file: BinaryIO, report: Callable[[int], None]) -> dict[str, Any]:
    """Append whole lines only: what is cut in the middle of one is read again the next time."""
    rest, count = b"", 0
    for part in parts:
        *lines, rest = (rest + part).split(b"\n")
        for line in lines:
            entry: dict[str, Any] = json.loads(line)
            if "end" in entry:
                return entry
            file.write(line + b"\n")
            count += 1
            if count % _REPORT_EVERY == 0:
                report(count)
    return {}


def _last_mark(file: BinaryIO) -> str | None:
    """Return the mark of the last whole line in `file`, null for none; a line cut short is taken off."""
    file.seek(0)
    mark, end = None, 0
    for line in file:
        if not line.endswith(b"\n"):
            break
        try:
            mark = json.loads(line)["cursor"]
        except (ValueError, KeyError, TypeError):
            fail("该文件不是推送数据,请换一个文件。 The file holds something else: give another one.")
        end += len(line)
    file.truncate(end)
    return mark


app = typer.Typer()
add_to(app)
add_feed(app)
